//! Texts that lie one after the other, a row behind the row before, as in a column without a dictionary: what is looked for
//! in all of them is looked for once, in their bytes as a whole.

use crate::processor::vectorised;
use colq_column::{Values, View, are_row_codes};
use memchr::memmem::Finder;

/// The texts of some rows, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextRun<'a> {
    /// The bytes, of which the first stands at `base`.
    bytes: &'a [u8],
    base: u64,
    /// Where each row begins, and where the last ends; ascending.
    offsets: &'a [u64],
    /// Known to be nothing but ASCII.
    is_ascii: bool,
}

impl<'a> TextRun<'a> {
    /// The rows of a view whose texts lie so; `None` for other codes of a dictionary. A row that is NULL has some text, mostly
    /// an empty one.
    pub(crate) fn new(view: &View<'a>) -> Option<TextRun<'a>> {
        let dictionary = view.dictionary?;
        let Values::U32(codes) = view.values else { return None };
        let (first, last) = (*codes.first()?, *codes.last()?);
        // Where the ends do not fit, the codes between them need not be looked at.
        if last.checked_sub(first)? as usize != codes.len() - 1 {
            return None;
        }
        let by_one = || codes.iter().zip(first..).fold(true, |all, (code, wanted)| all & (*code == wanted));
        let rise = are_row_codes(codes) || by_one();
        let start = first as usize;
        let offsets = dictionary.offsets().get(start..=start.checked_add(codes.len())?)?;
        let (bytes, is_ascii) = (dictionary.text_bytes(), dictionary.is_ascii());
        rise.then_some(TextRun { bytes, base: 0, offsets, is_ascii })
    }

    /// Rows.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// All bytes of the rows.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        let (Some(first), Some(last)) = (self.offsets.first(), self.offsets.last()) else { return &[] };
        self.between(*first, *last)
    }

    /// The bytes in which [`TextRun::starts`] and [`TextRun::ends`] are places, counted from [`TextRun::base`]: those of the
    /// rows, and maybe of others before and behind them.
    pub(crate) fn all_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The place of the first of [`TextRun::all_bytes`].
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// True where all rows are ASCII.
    pub(crate) fn is_ascii(&self) -> bool {
        self.is_ascii || highest_bits(self.bytes()) == 0
    }

    /// The place that [`TextRun::starts`] and [`TextRun::ends`] have for the first of [`TextRun::bytes`].
    pub(crate) fn first_place(&self) -> u64 {
        self.offsets.first().copied().unwrap_or(0)
    }

    /// Where the rows begin.
    pub(crate) fn starts(&self) -> &'a [u64] {
        self.offsets.get(..self.len()).unwrap_or(&[])
    }

    /// Where the rows end.
    pub(crate) fn ends(&self) -> &'a [u64] {
        self.offsets.get(1..).unwrap_or(&[])
    }

    /// One row; an empty text where there is none.
    pub(crate) fn text(&self, row: usize) -> &'a [u8] {
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(start), Some(end)) => self.between(*start, *end),
            _ => &[],
        }
    }

    /// Leaves 1 in the rows that had it and for whose texts `test` holds, 0 in the others.
    pub(crate) fn keep(&self, flags: &mut [u8], mut test: impl FnMut(&'a [u8]) -> bool) {
        for (part, flags) in flags.chunks_mut(FLAGS).enumerate() {
            // Where few rows are left, most parts have none.
            if flags.iter().fold(0, |any, flag| any | flag) == 0 {
                continue;
            }
            for (row, flag) in (part * FLAGS..).zip(flags).filter(|(_, flag)| **flag != 0) {
                *flag = u8::from(test(self.text(row)));
            }
        }
    }

    fn between(&self, start: u64, end: u64) -> &'a [u8] {
        self.bytes.get((start - self.base) as usize..(end - self.base) as usize).unwrap_or(&[])
    }

    /// The texts, by row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let run = *self;
        run.offsets.windows(2).map(move |pair| match pair {
            [start, end] => run.between(*start, *end),
            _ => &[],
        })
    }

    /// The same rows in parts of so many.
    pub(crate) fn parts(&self, rows: usize) -> impl Iterator<Item = TextRun<'a>> + use<'a> {
        let run = *self;
        (0..run.len()).step_by(rows.max(1)).map(move |start| {
            let end = (start + rows).min(run.len());
            TextRun { offsets: run.offsets.get(start..=end).unwrap_or(&[]), ..run }
        })
    }

    /// The same rows with other bytes, as many as [`TextRun::bytes`] has.
    pub(crate) fn over<'b>(&self, bytes: &'b [u8]) -> TextRun<'b>
    where
        'a: 'b,
    {
        TextRun { bytes, base: self.first_place(), offsets: self.offsets, is_ascii: false }
    }

    /// Each row that holds what is looked for, with its text.
    pub(crate) fn each_with(&self, part: &Finder<'_>, mut each: impl FnMut(usize, &'a [u8])) {
        let (bytes, part_len) = (self.bytes(), part.needle().len());
        let (first, ends) = (self.first_place(), self.ends());
        let (mut from, mut row) = (0, 0);
        while let Some(found) = bytes.get(from..).and_then(|rest| part.find(rest)) {
            let at = from + found;
            // The row that ends behind the place.
            let near = ends.get(row..).unwrap_or(&[]);
            let Some(steps) = first_above(near, first + at as u64) else { return };
            row += steps;
            let Some(end) = ends.get(row) else { return };
            let end = (*end - first) as usize;
            if at + part_len > end {
                // It reaches into the next row.
                from = at + 1;
                continue;
            }
            let start = self.offsets.get(row).map_or(0, |start| (*start - first) as usize);
            each(row, bytes.get(start..end).unwrap_or(&[]));
            (from, row) = (end, row + 1);
        }
    }
}

vectorised! {
    /// Law: the highest bit of the answer is 1 where that of some byte is.
    fn highest_bits(bytes: &[u8]) -> u8 {
        bytes.iter().fold(0, |bits, byte| bits | (byte & 0x80))
    }
}

/// The place of the first number that is above `at`, of ascending numbers of which it is mostly near the first; `None` where
/// none is.
fn first_above(numbers: &[u64], at: u64) -> Option<usize> {
    let mut step = NEAR;
    let mut from = 0;
    // By steps of twice the length until one lies above, and then by halves.
    while numbers.get(from + step - 1).is_some_and(|number| *number <= at) {
        from += step;
        step *= 2;
    }
    let near = numbers.get(from..(from + step).min(numbers.len()))?;
    let place = match step {
        NEAR => near.iter().take_while(|number| **number <= at).count(),
        _ => near.partition_point(|number| *number <= at),
    };
    (place < near.len()).then_some(from + place)
}

/// Flags that are looked at together.
const FLAGS: usize = 16;

/// Rows that are looked at one by one before a search by halves.
const NEAR: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::texts_of_rows;
    use colq_types::DataType;

    #[test]
    fn the_first_above_is_found_near_and_far() {
        for len in [0, 1, 7, 8, 9, 23, 24, 25, 1_000] {
            let numbers: Vec<u64> = (0..len).map(|i| i / 3 * 2).collect();
            for at in 0..len + 3 {
                let expected = numbers.iter().position(|number| *number > at);
                assert_eq!(first_above(&numbers, at), expected, "{at} of {len}");
            }
        }
    }

    #[test]
    fn what_reaches_over_the_end_of_a_row_is_not_in_it() {
        let texts = ["", "aab", "a", "b", "", "abab", "xa", "bx", "ab"];
        let dictionary = texts_of_rows(&texts);
        for (start, end) in [(0, 9), (1, 9), (2, 5), (3, 4), (8, 9)] {
            let codes: Vec<u32> = (start..end).collect();
            let (values, data_type) = (Values::U32(&codes), DataType::Text);
            let view = View { data_type, values, validity: None, dictionary: Some(&dictionary) };
            let run = TextRun::new(&view).unwrap();
            let wanted = &texts[start as usize..end as usize];
            assert!(run.iter().eq(wanted.iter().map(|text| text.as_bytes())));
            for rows in [1, 2, 100] {
                let mut found = Vec::new();
                for (number, part) in run.parts(rows).enumerate() {
                    let lower = part.bytes().to_ascii_lowercase();
                    part.over(&lower).each_with(&Finder::new("ab"), |row, text| {
                        found.push((number * rows + row, text.to_vec()));
                    });
                }
                let expected = wanted.iter().enumerate().filter(|(_, text)| text.contains("ab"));
                let expected: Vec<_> = expected.map(|(row, text)| (row, text.as_bytes().to_vec())).collect();
                assert_eq!(found, expected, "{start} {end} {rows}");
            }
        }
        let codes = [0, 2, 3];
        let values = Values::U32(&codes);
        let view = View { data_type: DataType::Text, values, validity: None, dictionary: Some(&dictionary) };
        assert!(TextRun::new(&view).is_none());
    }
}
