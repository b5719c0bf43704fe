//! Texts that lie one after the other, a row behind the row before, as in a column without a dictionary: what is looked for
//! in all of them is looked for once, in their bytes as a whole.

use colq_column::{Values, View};
use memchr::memmem::Finder;

/// The texts of some rows, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextRun<'a> {
    /// The bytes, of which the first stands at `base`.
    bytes: &'a [u8],
    base: u64,
    /// Where each row begins, and where the last ends; ascending.
    offsets: &'a [u64],
}

impl<'a> TextRun<'a> {
    /// The rows of a view whose texts lie so; `None` for codes of a dictionary. A row that is NULL has some text, mostly an
    /// empty one.
    pub(crate) fn new(view: &View<'a>) -> Option<TextRun<'a>> {
        let dictionary = view.dictionary.filter(|dictionary| !dictionary.is_distinct())?;
        let Values::U32(codes) = view.values else { return None };
        let first = *codes.first()?;
        let rise = codes.iter().zip(first..).fold(true, |all, (code, wanted)| all & (*code == wanted));
        let start = first as usize;
        let offsets = dictionary.offsets().get(start..=start.checked_add(codes.len())?)?;
        rise.then(|| TextRun { bytes: dictionary.text_bytes(), base: 0, offsets })
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

    /// The bytes of each row, in number.
    pub(crate) fn byte_lens(&self) -> impl Iterator<Item = u64> + use<'a> {
        self.offsets.windows(2).map(|pair| match pair {
            [start, end] => end - start,
            _ => 0,
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
        TextRun { bytes, base: self.offsets.first().copied().unwrap_or(0), offsets: self.offsets }
    }

    /// Each row that holds what is looked for, with its text.
    pub(crate) fn each_with(&self, part: &Finder<'_>, mut each: impl FnMut(usize, &'a [u8])) {
        let (bytes, part_len) = (self.bytes(), part.needle().len());
        let first = self.offsets.first().copied().unwrap_or(0);
        let ends = self.offsets.get(1..).unwrap_or(&[]);
        let (mut from, mut row) = (0, 0);
        while let Some(found) = bytes.get(from..).and_then(|rest| part.find(rest)) {
            let at = from + found;
            // The row that ends behind the place. It is mostly near, and else found by halves.
            let near = ends.get(row..).unwrap_or(&[]);
            let is_before = |end: &u64| (*end - first) as usize <= at;
            row += match near.iter().take(NEAR).position(|end| !is_before(end)) {
                Some(steps) => steps,
                None => near.partition_point(is_before),
            };
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

    /// For each row whether it begins with one text and ends with another that do not overlap, and what `or` says of the
    /// whole row then.
    pub(crate) fn fill_edges(&self, start: &[u8], end: &[u8], out: &mut [u8], also: impl Fn(&[u8]) -> bool) {
        let (head, tail) = (Word::of(start), Word::of(end));
        let least = start.len() + end.len();
        for (text, out) in self.iter().zip(out) {
            // A row that is too short or begins with another word needs no look at the rest.
            let near = text.len() >= least && head.begins(text) && tail.ends(text);
            *out = u8::from(near && text.starts_with(start) && text.ends_with(end) && also(text));
        }
    }
}

/// Rows that are looked at one by one before a search by halves.
const NEAR: usize = 8;

/// Up to eight bytes at an end of a text, as one word.
#[derive(Debug, Clone, Copy)]
struct Word {
    word: u64,
    mask: u64,
    len: usize,
}

impl Word {
    /// The first eight bytes, or fewer.
    fn of(text: &[u8]) -> Word {
        let mut bytes = [0; 8];
        let len = text.len().min(8);
        bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        let mask = if len == 8 { u64::MAX } else { (1 << (len * 8)) - 1 };
        Word { word: u64::from_le_bytes(bytes), mask, len: text.len() }
    }

    /// True where the text may begin with it.
    #[inline(always)]
    fn begins(self, text: &[u8]) -> bool {
        text.first_chunk::<8>().is_none_or(|bytes| u64::from_le_bytes(*bytes) & self.mask == self.word)
    }

    /// True where the text may end with it.
    #[inline(always)]
    fn ends(self, text: &[u8]) -> bool {
        let tail = text.get(text.len().saturating_sub(self.len)..).unwrap_or(&[]);
        self.begins(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::{Dictionary, SharedBytes};
    use colq_types::DataType;

    fn rows_of(texts: &[&str]) -> Dictionary {
        let mut offsets = vec![0];
        let mut bytes = Vec::new();
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
            offsets.push(bytes.len() as u64);
        }
        Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap()
    }

    #[test]
    fn what_reaches_over_the_end_of_a_row_is_not_in_it() {
        let texts = ["", "aab", "a", "b", "", "abab", "xa", "bx", "ab"];
        let dictionary = std::sync::Arc::new(rows_of(&texts));
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
