//! A column of a part of an order, as it was laid down: its rows to be looked at, and to be taken in the part's order.

use super::texts::gather_texts;
use crate::Error;
use colq_column::{Bitmap, Column, Dictionary, Values, View};
use colq_kernels::{SortTexts, gather};
use colq_types::{DataType, Physical};
use std::sync::Arc;

/// The rows of a column.
#[derive(Debug)]
pub(super) struct PartColumn {
    data_type: DataType,
    /// Words of 16 bytes, so that every layout is aligned; of texts the numbers of the rows.
    words: Vec<u128>,
    byte_len: usize,
    validity: Option<Bitmap>,
    /// Of text the dictionary of its codes, or the texts of the rows.
    dictionary: Option<Arc<Dictionary>>,
}

impl PartColumn {
    /// Values of this type, or codes of four bytes: the first bytes of `words`.
    pub(super) fn of_values(
        data_type: DataType,
        words: Vec<u128>,
        byte_len: usize,
        validity: Option<Bitmap>,
        dictionary: Option<Arc<Dictionary>>,
    ) -> PartColumn {
        PartColumn { data_type, words, byte_len, validity, dictionary }
    }

    /// Texts of rows, which need not be UTF-8.
    pub(super) fn of_texts(texts: Dictionary, row_count: usize, validity: Option<Bitmap>) -> PartColumn {
        let byte_len = row_count * size_of::<u32>();
        let mut words = vec![0u128; byte_len.div_ceil(size_of::<u128>())];
        let rows: &mut [u32] = bytemuck::cast_slice_mut(&mut words);
        rows.iter_mut().zip(0..).for_each(|(code, row)| *code = row);
        PartColumn { data_type: DataType::Text, words, byte_len, validity, dictionary: Some(Arc::new(texts)) }
    }

    /// The rows as they stand.
    pub(super) fn view(&self) -> Result<View<'_>, Error> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.words);
        let bytes = bytes.get(..self.byte_len).unwrap_or(bytes);
        let other = || Error::Internal(format!("a part of a {} column has another layout", self.data_type));
        Ok(View {
            data_type: self.data_type,
            values: Values::of_type(self.data_type, Physical::U32, bytes).ok_or_else(other)?,
            validity: self.validity.as_ref(),
            dictionary: self.dictionary.as_ref(),
        })
    }

    /// The texts of the rows, where each row has its own.
    pub(super) fn texts(&self) -> Option<SortTexts<'_>> {
        let own = self.dictionary.as_ref().filter(|texts| !texts.is_distinct())?;
        Some(SortTexts { offsets: own.offsets(), bytes: own.text_bytes() })
    }

    /// These rows, in this order.
    pub(super) fn gather(&self, order: &[u32]) -> Result<Column, Error> {
        let Some(texts) = self.texts() else {
            return gather(&self.view()?, order).map_err(|e| Error::Internal(e.to_string()));
        };
        let valid = |bits: &Bitmap| order.iter().map(|row| bits.get(*row as usize)).collect::<Bitmap>();
        Ok(gather_texts(texts, order)?.with_validity(self.validity.as_ref().map(valid)))
    }
}
