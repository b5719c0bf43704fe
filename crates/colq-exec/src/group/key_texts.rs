//! Plain texts as keys of groups: those of a zone that are too long for the words of a key, and the texts of finished
//! groups on their way into an answer.
//!
//! Groups of a partition have each text once a group, one after the other, with rising codes. So putting pieces of
//! partitions together is copying bytes, and no text is looked up again.

use super::Grouping;
use colq_column::{Bitmap, Column, Dictionary, DictionaryBuilder, View};
use colq_kernels::{KeyLayout, LongTexts};
use colq_types::DataType;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// The texts of zones that have no long ones.
static NONE: LazyLock<Arc<Dictionary>> = LazyLock::new(|| Arc::new(Dictionary::of([])));

impl Grouping<'_> {
    /// The long texts of each key of plain text, for the rows of a zone in their new order. `words` are their keys in
    /// any order.
    pub(super) fn long_texts(&self, views: &[View<'_>], words: &[u64], order: &[u32]) -> Vec<Column> {
        let any = self.layout.has_long_texts(words);
        let texts = self.layout.plain_texts().iter().filter_map(|index| views.get(*index));
        texts
            .map(|view| match any {
                true => KeyLayout::long_texts(view, order),
                false => Column::text(vec![0u8; order.len()], NONE.clone()),
            })
            .collect()
    }

    /// Tells the long texts of a zone's keys apart.
    pub(super) fn resolve_zone(
        &self,
        views: &[View<'_>],
        positions: Option<&[u32]>,
        words: &mut [u64],
        texts: &mut [LongTexts],
    ) {
        if !self.layout.has_long_texts(words) {
            return;
        }
        let plain = self.layout.plain_texts().iter();
        let of_rows: Vec<_> = plain.filter_map(|index| views.get(*index)).map(View::texts).collect();
        self.layout.resolve(words, texts, |row, text, _| {
            let row = positions.map_or(row, |positions| positions.get(row).map_or(row, |at| *at as usize));
            of_rows.get(text).map_or(&[][..], |texts| texts.get(row))
        });
    }
}

/// Bytes a column owns, with its texts where each row has its own.
pub(super) fn owned_len(column: &Column) -> usize {
    let texts = column.dictionary.as_ref().filter(|dictionary| !dictionary.is_distinct());
    column.byte_len() + texts.map_or(0, |texts| texts.text_len() + texts.offsets().len() * 8)
}

/// The rows at `positions` of parts of text columns, counted over all parts, with the texts copied row by row. `None`
/// where the parts are no texts of their rows, and are better put together by their codes.
pub(super) fn gathered_texts<'a>(
    parts: impl Iterator<Item = (&'a Column, &'a Range<usize>)> + Clone,
    positions: &[u32],
) -> Option<Column> {
    let is_plain = |column: &Column| {
        let texts = column.dictionary.as_ref();
        column.data_type == DataType::Text && texts.is_some_and(|texts| !texts.is_distinct())
    };
    if !parts.clone().any(|(column, _)| is_plain(column)) {
        return None;
    }
    let mut rows: Vec<Option<&[u8]>> = Vec::with_capacity(positions.len());
    for (column, range) in parts {
        let view = column.view();
        let texts = view.dictionary.map(|texts| (texts.offsets(), texts.text_bytes()));
        rows.extend(range.clone().map(|row| {
            let code = view.values.code(row).filter(|_| view.is_valid(row))? as usize;
            let (offsets, bytes) = texts?;
            let [start, end] = offsets.get(code..code + 2)? else { return None };
            bytes.get(*start as usize..*end as usize)
        }));
    }
    let mut texts = DictionaryBuilder::default();
    let mut validity = Bitmap::default();
    let mut codes: Vec<u32> = Vec::with_capacity(positions.len());
    for position in positions {
        let text = rows.get(*position as usize).copied().flatten();
        validity.push(text.is_some());
        codes.push(text.map_or(0, |text| texts.append(text)));
    }
    Some(Column::text(codes, Arc::new(texts.finish())).with_validity(Some(validity)))
}

/// The same column with each text once in its dictionary, so that codes can be compared.
pub(super) fn with_distinct_texts(column: Column) -> Column {
    if column.dictionary.as_ref().is_none_or(|texts| texts.is_distinct()) {
        return column;
    }
    let view = column.view();
    let mut texts = DictionaryBuilder::default();
    let code = |row: usize| if view.is_valid(row) { texts.intern(view.text(row)) } else { 0 };
    let codes: Vec<u32> = (0..column.len()).map(code).collect();
    Column::text(codes, Arc::new(texts.finish())).with_validity(column.validity)
}
