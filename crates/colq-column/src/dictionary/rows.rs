//! The texts of rows by their codes, of a dictionary that is too long to stay in the cache: many at a time, so that the memory
//! is waited for once and not once for each.

use super::{Dictionary, Offsets};
use crate::SharedBytes;
use std::hint::black_box;
use std::ops::Range;

/// Rows whose texts are fetched together: of 256 bytes each they stay in the second-level cache.
const FETCHED: usize = 256;

/// Texts longer than this are not fetched to their end ahead of their use.
const FETCHED_BYTES: usize = 256;

/// Bytes of a line of the cache.
const LINE: usize = 64;

impl Dictionary {
    /// Where the value of a code lies in [`Dictionary::text_bytes`]; `None` for a code that is not in the dictionary.
    #[inline]
    pub fn place(&self, code: u32) -> Option<Range<usize>> {
        let offsets = self.offsets();
        let (start, end) = (*offsets.get(code as usize)?, *offsets.get(code as usize + 1)?);
        Some(start as usize..end as usize)
    }

    /// Reads what lies at some places, so that it is near when it is asked for: no read waits for another.
    pub fn fetch(&self, places: &[Range<usize>]) {
        let text = self.text_bytes();
        let mut all = 0;
        for place in places {
            for at in place.clone().take(FETCHED_BYTES).step_by(LINE) {
                all ^= text.get(at).copied().unwrap_or(0);
            }
            all ^= text.get(place.end.saturating_sub(1)).copied().unwrap_or(0);
        }
        black_box(all);
    }

    /// Law: the texts of `len` rows, one after the other: row `i` has the value of `code(i)`, an empty text where it has none.
    /// What is known of the texts of this dictionary is known of them. `None` where they have more than `most` bytes together.
    pub fn rows_of(
        &self,
        len: usize,
        most: usize,
        code: impl Fn(usize) -> Option<u32>,
    ) -> Option<Dictionary> {
        let (text, mut offsets) = (self.text_bytes(), Vec::with_capacity(len + 1));
        offsets.push(0);
        let mut bytes = Vec::new();
        let mut places: Vec<Range<usize>> = Vec::with_capacity(FETCHED);
        for start in (0..len).step_by(FETCHED) {
            places.clear();
            let rows = start..len.min(start + FETCHED);
            places.extend(rows.map(|row| code(row).and_then(|code| self.place(code)).unwrap_or(0..0)));
            let coming: usize = places.iter().map(Range::len).sum();
            if coming > most.saturating_sub(bytes.len()) {
                return None;
            }
            self.fetch(&places);
            for place in &places {
                bytes.extend_from_slice(text.get(place.clone()).unwrap_or(&[]));
                offsets.push(bytes.len() as u64);
            }
        }
        let (offsets, bytes) = (Offsets::Own(offsets), SharedBytes::from(bytes));
        Some(Dictionary { offsets, bytes, is_distinct: false, ..*self })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    #[test]
    fn rows_have_the_texts_of_their_codes() {
        let long = "long ".repeat(300);
        let dictionary = Dictionary::of(["", "a", "b\u{fc}", &long]);
        let codes: Vec<Option<u32>> = (0..1000).map(|row| Some(row % 6).filter(|code| *code < 5)).collect();
        let rows = dictionary.rows_of(codes.len(), 1 << 20, |row| codes[row]).unwrap();
        assert!(!rows.is_distinct());
        let expected = codes.iter().map(|code| code.and_then(|code| dictionary.get(code)).unwrap_or(&[]));
        assert_eq!(rows.iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert_eq!(dictionary.rows_of(0, 0, |_| None).unwrap().len(), 0);
        assert!(dictionary.rows_of(3, 5, |row| Some(row as u32)).is_some());
        assert!(dictionary.rows_of(9, 1_499, |_| Some(3)).is_none());
        let ascii = Dictionary::new(vec![0, 1], SharedBytes::from(b"a".to_vec())).unwrap();
        let rows = ascii.rows_of(2, 2, |_| Some(0)).unwrap();
        assert_eq!((rows.is_checked(), rows.is_ascii()), (true, true));
    }
}
