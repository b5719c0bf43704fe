//! Texts against a text that a query names, by the order of their bytes: eight bytes of each row as a number, and the rows that
//! agree in these one by one.

use crate::Error;
use crate::pack::pack;
use crate::sort::fill_words;
use crate::text_equal::test_texts;
use crate::text_run::TextRun;
use colq_column::{Bitmap, View, text_prefix};
use colq_types::Comparison;

/// Rows whose words are made and compared at a time: they stay in the first-level cache.
const ROWS: usize = 1024;

/// Law: `out[i]` = `view[i] op text` by bytes; NULL rows are the caller's to handle.
///
/// # Errors
/// [`Error::WrongLayout`] where the view has no texts.
pub fn compare_text(view: &View<'_>, op: Comparison, text: &[u8], out: &mut Bitmap) -> Result<(), Error> {
    let Some(run) = TextRun::new(view) else {
        return test_texts(view, out, |value| op.holds(value.cmp(text)));
    };
    let wanted = text_prefix(text);
    let (is_below, is_above) = (op.holds(std::cmp::Ordering::Less), op.holds(std::cmp::Ordering::Greater));
    out.assign(run.len(), false);
    let mut words = [0; ROWS];
    for (part, bits) in run.parts(ROWS).zip(out.words_mut().chunks_mut(ROWS / 64)) {
        let Some(words) = words.get_mut(..part.len()) else { continue };
        fill_words(&part, 0, words);
        // Of both sides none or one holds.
        match (is_below, is_above) {
            (true, true) => pack(words, false, bits, |word| word != wanted),
            (true, false) => pack(words, false, bits, |word| word < wanted),
            (false, true) => pack(words, false, bits, |word| word > wanted),
            (false, false) => bits.fill(0),
        }
        let mut ties = [0u64; ROWS / 64];
        pack(words, false, &mut ties, |word| word == wanted);
        for ((bits, mut tied), first) in bits.iter_mut().zip(ties).zip((0..).step_by(64)) {
            while tied != 0 {
                let at = tied.trailing_zeros() as usize;
                tied &= tied - 1;
                *bits |= u64::from(op.holds(part.text(first + at).cmp(text))) << at;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::testing::{LENGTHS, spread, texts_of_rows};
    use colq_column::{Column, Dictionary};
    use std::sync::Arc;

    #[test]
    fn texts_compare_as_their_bytes_do() {
        const TEXTS: [&str; 9] =
            ["", "a", "a\0", "abcdefgh", "abcdefgh\0", "abcdefghi", "b", "\u{e9}", "abcdefghij and more"];
        for len in LENGTHS.into_iter().chain([3_000]) {
            let places: Vec<u32> = (0..len).map(|row| (spread(row) % 9) as u32).collect();
            let texts: Vec<&str> = places.iter().map(|at| TEXTS[*at as usize]).collect();
            let rows = Column::text((0..len as u32).collect::<Vec<_>>(), texts_of_rows(&texts));
            let by_code = Column::text(places, Arc::new(Dictionary::of(TEXTS)));
            for column in [rows, by_code] {
                for op in [
                    Comparison::Less,
                    Comparison::LessOrEqual,
                    Comparison::Greater,
                    Comparison::GreaterOrEqual,
                    Comparison::Equal,
                    Comparison::NotEqual,
                ] {
                    for text in TEXTS {
                        let mut out = Bitmap::default();
                        compare_text(&column.view(), op, text.as_bytes(), &mut out).unwrap();
                        let expected: Bitmap = texts.iter().map(|row| op.holds((*row).cmp(text))).collect();
                        assert_eq!(out, expected, "{len} rows {op:?} {text:?}");
                    }
                }
            }
        }
    }
}
