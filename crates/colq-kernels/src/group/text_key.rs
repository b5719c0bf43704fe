//! Plain text, which has no dictionary for all rows, as two words of a key.
//!
//! Law: two texts have the same words exactly when they are equal, once long ones are resolved. Naive twin: the texts.
//!
//! Up to 15 bytes stand in the words themselves, the first byte lowest, zeros behind them and the length in the highest
//! byte; so most keys are compared, hashed and moved without a look at a text. A longer text is its hash and a mark with
//! its length. That is enough to divide rows, since equal texts have equal words, but it does not tell two texts
//! apart: whoever gathers the groups brings the texts, and the words become the hash and a code of [`LongTexts`].
//! (The form is that of the strings of Umbra: Neumann and Freitag, CIDR 2020.)

use super::key::{KeyColumn, KeyLayout, KeySpace};
use super::long_texts::{LongTexts, hash_text};
use super::table::GroupTable;
use colq_column::{Bitmap, Column, DictionaryBuilder, View};
use colq_types::DataType;
use std::sync::Arc;

/// Words of a plain text.
pub(super) const TEXT_WORDS: usize = 2;

/// Bytes of a text that stand in its words.
const SHORT_LEN: usize = 15;

/// Where the length, or one of the marks, stands in the second word.
const MARK_SHIFT: u32 = 56;

/// Below the mark.
const BELOW_MARK: u64 = (1 << MARK_SHIFT) - 1;

/// The mark of a long text of which only hash and length are known. No other mark but the next has its bit.
const LONG: u64 = 0x40;

/// The mark of a long text with its code.
const CODED: u64 = 0x41;

/// The mark of NULL.
const NULL: u64 = 0x80;

/// The words of NULL.
const NULL_WORDS: [u64; TEXT_WORDS] = [0, NULL << MARK_SHIFT];

/// True where keys are texts that bring their bytes.
pub(super) fn is_plain_text(space: &KeySpace) -> bool {
    space.data_type == DataType::Text && space.range.is_none()
}

/// The words of the text that stands in these bytes from `start` to `end`.
#[inline(always)]
fn words_of(bytes: &[u8], start: usize, end: usize) -> [u64; TEXT_WORDS] {
    let len = end.saturating_sub(start);
    if len > SHORT_LEN {
        let text = bytes.get(start..end).unwrap_or(&[]);
        return [hash_text(text), LONG << MARK_SHIFT | len as u64 & BELOW_MARK];
    }
    let word = match bytes.get(start..).and_then(|rest| rest.first_chunk::<16>()) {
        Some(chunk) => u128::from_le_bytes(*chunk) & ((1 << (8 * len)) - 1),
        None => {
            let mut chunk = [0; 16];
            let text = bytes.get(start..end).unwrap_or(&[]);
            chunk.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
            u128::from_le_bytes(chunk)
        }
    };
    [word as u64, (word >> 64) as u64 | (len as u64) << MARK_SHIFT]
}

/// The text of resolved words, of which `short` holds the bytes where they are few; `None` for NULL.
#[inline(always)]
fn text_of<'a>(words: [u64; 2], short: &'a mut [u8; 16], long: Option<&'a LongTexts>) -> Option<&'a [u8]> {
    let mark = words[1] >> MARK_SHIFT;
    if mark <= SHORT_LEN as u64 {
        *short = (u128::from(words[1]) << 64 | u128::from(words[0])).to_le_bytes();
        return short.get(..mark as usize);
    }
    (mark != NULL).then(|| long.map_or(&[][..], |long| long.get((words[1] & BELOW_MARK) as u32)))
}

impl KeyColumn {
    /// The words of the texts of the selected rows.
    pub(super) fn lay_out_texts(
        &self,
        view: &View<'_>,
        positions: Option<&[u32]>,
        words: &mut [u64],
        width: usize,
    ) {
        let keys = words.chunks_exact_mut(width).filter_map(|key| key.get_mut(self.first_word..));
        let keys = keys.filter_map(|rest| rest.first_chunk_mut::<TEXT_WORDS>());
        let rows = RowWords::new(view);
        match (positions, view.validity) {
            (None, None) => keys.enumerate().for_each(|(row, key)| *key = rows.get(row)),
            (None, Some(validity)) => {
                keys.enumerate().for_each(|(row, key)| {
                    *key = if validity.get(row) { rows.get(row) } else { NULL_WORDS };
                });
            }
            (Some(positions), validity) => keys.zip(positions).for_each(|(key, position)| {
                let row = *position as usize;
                *key = if validity.is_none_or(|v| v.get(row)) { rows.get(row) } else { NULL_WORDS };
            }),
        }
    }

    /// The texts of these keys.
    pub(super) fn decode_texts<'t>(
        &self,
        words: &[u64],
        width: usize,
        long: &dyn Fn(usize) -> Option<&'t LongTexts>,
        distinct: bool,
    ) -> Column {
        let mut texts = DictionaryBuilder::default();
        let mut validity = Bitmap::default();
        let mut codes: Vec<u32> = Vec::with_capacity(words.len() / width.max(1));
        for (row, key) in words.chunks_exact(width).enumerate() {
            let own = [key[self.first_word], key[self.first_word + 1]];
            let mut short = [0; 16];
            let text = text_of(own, &mut short, long(row));
            validity.push(text.is_some());
            codes.push(match text {
                None => 0,
                Some(text) if distinct => texts.intern(text),
                Some(text) => texts.append(text),
            });
        }
        Column::text(codes, Arc::new(texts.finish())).with_validity(Some(validity))
    }
}

/// The words of each row of a view.
struct RowWords<'a> {
    view: &'a View<'a>,
    /// Those of each code, where a zone has fewer texts than rows.
    by_code: Vec<[u64; TEXT_WORDS]>,
    offsets: &'a [u64],
    bytes: &'a [u8],
}

impl<'a> RowWords<'a> {
    fn new(view: &'a View<'a>) -> RowWords<'a> {
        let (offsets, bytes) = view.dictionary.map_or((&[][..], &[][..]), |d| (d.offsets(), d.text_bytes()));
        let is_short = view.dictionary.is_some_and(|d| d.len() < view.len());
        let mut rows = RowWords { view, by_code: Vec::new(), offsets, bytes };
        if is_short {
            rows.by_code = (0..offsets.len().saturating_sub(1)).map(|code| rows.of_code(code)).collect();
        }
        rows
    }

    #[inline(always)]
    fn get(&self, row: usize) -> [u64; TEXT_WORDS] {
        let code = self.view.values.code(row).unwrap_or(0) as usize;
        match self.by_code.is_empty() {
            true => self.of_code(code),
            false => self.by_code.get(code).copied().unwrap_or([0; TEXT_WORDS]),
        }
    }

    #[inline(always)]
    fn of_code(&self, code: usize) -> [u64; TEXT_WORDS] {
        match self.offsets.get(code..code + 2) {
            Some([start, end]) => words_of(self.bytes, *start as usize, *end as usize),
            // A code that is not in the dictionary has the empty text.
            _ => [0; TEXT_WORDS],
        }
    }
}

impl KeyLayout {
    /// The columns of plain text.
    pub fn plain_texts(&self) -> &[usize] {
        &self.texts
    }

    /// True where one of the keys has a long text, so that they must be resolved.
    pub fn has_long_texts(&self, words: &[u64]) -> bool {
        let any = |index: &usize| {
            let second = self.columns.get(*index).map_or(0, |column| column.first_word + 1);
            // Without a branch a row.
            words.chunks_exact(self.word_count()).fold(0, |all, key| all | key[second]) >> MARK_SHIFT & LONG
                != 0
        };
        self.texts.iter().any(any)
    }

    /// Tells long texts apart: their words become the codes of `texts`, one for each column of plain text. `text` gives
    /// the text of a key by its number and by that of the column among those of plain text, and where the key has a code
    /// already by that.
    pub fn resolve<'t>(
        &self,
        words: &mut [u64],
        texts: &mut [LongTexts],
        text: impl Fn(usize, usize, Option<u32>) -> &'t [u8],
    ) {
        let width = self.word_count();
        for (number, (index, texts)) in self.texts.iter().zip(texts).enumerate() {
            let Some(column) = self.columns.get(*index) else { continue };
            for (row, key) in words.chunks_exact_mut(width).enumerate() {
                let second = key[column.first_word + 1];
                let own = match second >> MARK_SHIFT {
                    LONG => text(row, number, None),
                    CODED => text(row, number, Some((second & BELOW_MARK) as u32)),
                    _ => continue,
                };
                let code = texts.intern(key[column.first_word], own);
                key[column.first_word + 1] = CODED << MARK_SHIFT | u64::from(code);
            }
        }
    }

    /// The texts at `positions` of a view that is a column of plain text: of long ones the text, of others nothing.
    pub fn long_texts(view: &View<'_>, positions: &[u32]) -> Column {
        let mut texts = DictionaryBuilder::default();
        let none = texts.append(b"");
        let (offsets, bytes) = view.dictionary.map_or((&[][..], &[][..]), |d| (d.offsets(), d.text_bytes()));
        let codes = positions.iter().map(|position| {
            let row = *position as usize;
            let code = view.values.code(row).filter(|_| view.is_valid(row)).unwrap_or(u32::MAX) as usize;
            let ends = offsets.get(code..code.saturating_add(2));
            let Some([start, end]) = ends.filter(|ends| ends[1] - ends[0] > SHORT_LEN as u64) else {
                return none;
            };
            texts.append(bytes.get(*start as usize..*end as usize).unwrap_or(&[]))
        });
        let codes: Vec<u32> = codes.collect();
        Column::text(codes, Arc::new(texts.finish()))
    }

    /// Which of `partitions` (a power of two) a key belongs to, whatever codes its long texts have.
    pub fn partition(&self, key: &[u64], partitions: usize) -> usize {
        if self.texts.is_empty() {
            return GroupTable::partition(key, partitions);
        }
        let mut plain = key.to_vec();
        for column in self.texts.iter().filter_map(|index| self.columns.get(*index)) {
            if let Some(second) = plain.get_mut(column.first_word + 1).filter(|w| **w >> MARK_SHIFT == CODED)
            {
                *second = LONG << MARK_SHIFT;
            }
        }
        GroupTable::partition(&plain, partitions)
    }

    /// How many of these keys of a single column of plain text are not NULL.
    pub fn valid_texts(&self, words: &[u64]) -> u64 {
        words.chunks_exact(TEXT_WORDS).filter(|key| **key != NULL_WORDS).count() as u64
    }
}

#[cfg(test)]
mod tests;
