//! One bracket for all rows of a zone: the words of a chunk of rows are compared with its ends side by side.

use super::{Bracket, BracketSums};
use crate::Error;
use crate::digits::{Ordered, ROWS, bits_of, over_words};
use crate::processor::vectorised;
use colq_column::{Bitmap, Values, View};

/// From so many rows of a chunk on that are near the bracket, those at its ends are counted side by side too: values
/// that are often equal are often there.
const MANY: u32 = ROWS as u32 / 8;

/// Law: `sums` grows by the words of the selected rows, and `kept` by those within the bracket, in the order of the rows.
/// `selected` leaves out the nulls, and `None` means all rows.
///
/// # Errors
/// As [`native_words`](crate::native_words).
pub fn count_around(
    view: &View<'_>,
    selected: Option<&Bitmap>,
    bracket: Bracket,
    sums: &mut BracketSums,
    kept: &mut Vec<u64>,
) -> Result<(), Error> {
    let Bracket { low, high } = bracket;
    let counts = over_words!(view, values => around(values, selected, low, high, kept));
    sums.add(counts);
    Ok(())
}

/// Which words of a chunk pass.
#[inline(always)]
fn mask(words: &[u64; ROWS], passes: impl Fn(u64) -> bool) -> u64 {
    words.iter().enumerate().fold(0, |mask, (row, word)| mask | u64::from(passes(*word)) << row)
}

vectorised! {
    /// Counts words below the lower end, up to it, up to the higher end, and all.
    fn around<T: Ordered>(
        values: &[T],
        selected: Option<&Bitmap>,
        low: u64,
        high: u64,
        kept: &mut Vec<u64>,
    ) -> [u64; 4] {
        let (mut below, mut at_low, mut near, mut all) = (0, 0, 0, 0);
        let mut words = [0u64; ROWS];
        for (number, chunk) in values.chunks(ROWS).enumerate() {
            let bits = bits_of(selected, number) & u64::MAX >> (ROWS - chunk.len());
            if bits == 0 {
                continue;
            }
            words.iter_mut().zip(chunk).for_each(|(word, value)| *word = value.word());
            below += u64::from((bits & mask(&words, |word| word < low)).count_ones());
            all += u64::from(bits.count_ones());
            let mut open = bits & mask(&words, |word| (word >= low) & (word <= high));
            near += u64::from(open.count_ones());
            if open.count_ones() >= MANY {
                let lowest = mask(&words, |word| word == low);
                at_low += u64::from((open & lowest).count_ones());
                open &= !(lowest | mask(&words, |word| word == high));
            }
            while open != 0 {
                let word = words[open.trailing_zeros() as usize % ROWS];
                at_low += u64::from(word == low);
                if word != low && word != high {
                    kept.push(word);
                }
                open &= open - 1;
            }
        }
        [below, below + at_low, below + near, all]
    }
}
