//! Texts of rows that are moved: laid down at their places, and gathered in another order.

use crate::Error;
use colq_column::{Column, Dictionary, SharedBytes, Values, View};
use colq_kernels::SortTexts;
use std::sync::Arc;

/// The texts of these rows as a column.
pub(super) fn gather_texts(texts: SortTexts<'_>, order: &[u32]) -> Result<Column, Error> {
    let span = |row: &u32| (texts.offsets[*row as usize] as usize, texts.offsets[*row as usize + 1] as usize);
    let mut to = Vec::with_capacity(order.len() + 1);
    let mut end = 0;
    to.push(0);
    for (start, behind) in order.iter().map(span) {
        end += behind - start;
        to.push(end as u64);
    }
    let mut out = vec![0u8; end];
    let mut at = 0;
    for (start, behind) in order.iter().map(span) {
        let len = behind - start;
        copy_text(&mut out[at..at + len], &texts.bytes[start..behind]);
        at += len;
    }
    let texts = Dictionary::of_rows(to, SharedBytes::from(out))
        .map_err(|e| Error::Internal(format!("a text of the answer is not sound: {e}")))?;
    Ok(Column::text((0..order.len() as u32).collect::<Vec<_>>(), Arc::new(texts)))
}

/// Copies a text to a place of its length. Most are short: a call that copies any number of bytes costs more than two words
/// that may overlap.
#[inline(always)]
pub(super) fn copy_text(to: &mut [u8], from: &[u8]) {
    fn ends<const N: usize>(to: &mut [u8], from: &[u8]) {
        if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
            if let Some(to) = to.first_chunk_mut::<N>() {
                *to = *first;
            }
            if let Some(to) = to.last_chunk_mut::<N>() {
                *to = *last;
            }
        }
    }
    match from.len() {
        8..=16 => ends::<8>(to, from),
        4..=7 => ends::<4>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// The texts of the rows of a view, looked up once: empty ones for NULLs.
pub(super) struct ViewTexts<'a> {
    view: View<'a>,
    codes: Option<&'a [u32]>,
    offsets: &'a [u64],
    bytes: &'a [u8],
}

impl<'a> ViewTexts<'a> {
    pub(super) fn new(view: &View<'a>) -> ViewTexts<'a> {
        let codes = match view.values {
            Values::U32(codes) => Some(codes),
            _ => None,
        };
        let (offsets, bytes) = view.dictionary.map_or((&[][..], &[][..]), |d| (d.offsets(), d.text_bytes()));
        ViewTexts { view: *view, codes, offsets, bytes }
    }

    #[inline(always)]
    pub(super) fn get(&self, row: usize) -> &'a [u8] {
        if self.view.validity.is_some_and(|validity| !validity.get(row)) {
            return &[];
        }
        let Some(codes) = self.codes else { return self.view.text(row) };
        let code = codes.get(row).map_or(usize::MAX - 1, |code| *code as usize);
        match self.offsets.get(code..code + 2) {
            Some([start, end]) => self.bytes.get(*start as usize..*end as usize).unwrap_or(&[]),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_are_copied_and_gathered() {
        let texts: Vec<String> =
            (0..70).map(|len| "0123456789abcdefghijklmnopqrstuvwxyz".repeat(2)[..len].into()).collect();
        for text in &texts {
            let mut to = vec![0; text.len()];
            copy_text(&mut to, text.as_bytes());
            assert_eq!(to, text.as_bytes());
        }
        let mut offsets = vec![0u64];
        texts.iter().for_each(|text| offsets.push(offsets[offsets.len() - 1] + text.len() as u64));
        let bytes = texts.concat().into_bytes();
        let order: Vec<u32> = (0..70).rev().chain([3, 3]).collect();
        let column = gather_texts(SortTexts { offsets: &offsets, bytes: &bytes }, &order).unwrap();
        let view = column.view();
        let texts_of = ViewTexts::new(&view);
        for (at, row) in order.iter().enumerate() {
            assert_eq!(column.view().text(at), texts[*row as usize].as_bytes());
            assert_eq!(texts_of.get(at), texts[*row as usize].as_bytes());
        }
    }
}
