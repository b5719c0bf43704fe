//! Texts as they are computed, row by row: as a dictionary where they repeat, else one after the other, which costs no
//! search for each of them.
//!
//! Law: row `i` is the `i`-th text that was pushed. What the first rows are like decides the layout, so that it depends on the
//! zone alone.

use colq_column::{Buffer, Column, Dictionary, DictionaryBuilder, SharedBytes};
use colq_types::ZONE_ROWS;
use std::ops::Range;
use std::sync::Arc;

/// Rows after which the layout is decided.
const TRIAL: usize = 1024;

/// Bytes of text that are asked for before they are needed.
const MOST_ROOM: usize = 1 << 23;

/// Bytes that one instruction or two copy.
const AT_ONCE: usize = 32;

/// The texts of the rows so far.
#[derive(Debug, Default)]
pub(crate) struct TextRows {
    /// The codes of the rows, while texts are looked for.
    codes: Vec<u32>,
    distinct: DictionaryBuilder,
    /// Where rows begin and end, once texts are no longer looked for.
    offsets: Vec<u64>,
    bytes: Vec<u8>,
}

impl TextRows {
    /// Adds a row.
    pub(crate) fn push(&mut self, text: &[u8]) {
        if !self.offsets.is_empty() {
            self.bytes.extend_from_slice(text);
            self.offsets.push(self.bytes.len() as u64);
            return;
        }
        let code = self.distinct.intern(text);
        self.codes.push(code);
        if self.codes.len() == TRIAL && self.distinct.len() > TRIAL / 2 {
            self.lay_out();
        }
    }

    /// True once rows stand one after the other.
    pub(crate) fn is_laid_out(&self) -> bool {
        !self.offsets.is_empty()
    }

    /// Adds the rows that stand at these places of `bytes`.
    pub(crate) fn extend(&mut self, bytes: &[u8], places: &[Range<usize>]) {
        if !self.is_laid_out() {
            places.iter().for_each(|place| self.push(bytes.get(place.clone()).unwrap_or(&[])));
            return;
        }
        let added: usize = places.iter().map(Range::len).sum();
        self.bytes.reserve(added + AT_ONCE);
        self.offsets.reserve(places.len());
        for place in places {
            // Some bytes too many are copied faster than so many as there are, and then are no longer there.
            match bytes.get(place.start..).and_then(|rest| rest.first_chunk::<AT_ONCE>()) {
                Some(chunk) if place.len() <= AT_ONCE => {
                    let end = self.bytes.len() + place.len();
                    self.bytes.extend_from_slice(chunk);
                    self.bytes.truncate(end);
                }
                _ => self.bytes.extend_from_slice(bytes.get(place.clone()).unwrap_or(&[])),
            }
            self.offsets.push(self.bytes.len() as u64);
        }
    }

    /// Adds a row without a value.
    pub(crate) fn push_null(&mut self) {
        match self.offsets.is_empty() {
            true => self.codes.push(0),
            false => self.offsets.push(self.bytes.len() as u64),
        }
    }

    /// Bytes of the texts that are held.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len() + self.distinct.text_bytes().len()
    }

    /// Puts the rows so far one after the other. A row without a value has the text of code 0 then, if any.
    fn lay_out(&mut self) {
        // Room for a zone of such rows, so that it need not be looked for again and again.
        let (rows, text_len) = (ZONE_ROWS as usize, self.distinct.text_bytes().len());
        self.offsets.reserve(rows + 1);
        self.bytes.reserve((text_len / TRIAL * rows).min(MOST_ROOM));
        self.offsets.push(0);
        for code in std::mem::take(&mut self.codes) {
            self.bytes.extend_from_slice(self.distinct.get(code).unwrap_or(&[]));
            self.offsets.push(self.bytes.len() as u64);
        }
        self.distinct = DictionaryBuilder::default();
    }

    /// The column, without NULLs.
    pub(crate) fn finish(self) -> Column {
        if self.offsets.is_empty() {
            return Column::text(Buffer::U32(self.codes), Arc::new(self.distinct.finish()));
        }
        let rows = self.offsets.len() - 1;
        let bytes = SharedBytes::from(self.bytes);
        match Dictionary::of_rows(self.offsets.clone(), bytes.clone()) {
            Ok(dictionary) => Column::text(Buffer::row_codes(rows), Arc::new(dictionary)),
            // Only a file changed by another process brings in what is no UTF-8; it is kept as it is.
            Err(_) => {
                let mut distinct = DictionaryBuilder::default();
                let text = |pair: &[u64]| match pair {
                    [start, end] => bytes.as_slice().get(*start as usize..*end as usize).unwrap_or(&[]),
                    _ => &[],
                };
                let codes = self.offsets.windows(2).map(|pair| distinct.intern(text(pair))).collect();
                Column::text(Buffer::U32(codes), Arc::new(distinct.finish()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_texts_in_either_layout() {
        for (values, is_distinct) in [(3, true), (100_000, false)] {
            for len in [0, 1, TRIAL - 1, TRIAL, TRIAL + 1, 5_000] {
                let mut rows = TextRows::default();
                let text = |row: usize| (row * 7919 % values).to_string();
                for row in 0..len {
                    match row % 10 {
                        9 => rows.push_null(),
                        _ => rows.push(text(row).as_bytes()),
                    }
                }
                let column = rows.finish();
                assert_eq!(column.len(), len);
                let view = column.view();
                for row in (0..len).filter(|row| row % 10 != 9) {
                    assert_eq!(view.text(row), text(row).as_bytes(), "{row} of {len}");
                }
                let found = view.dictionary.is_some_and(|dictionary| dictionary.is_distinct());
                assert_eq!(found, is_distinct || len < TRIAL, "{len}");
            }
        }
    }
}
