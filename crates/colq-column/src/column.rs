//! An owned column.

use crate::{Bitmap, Buffer, Dictionary, DictionaryBuilder, View};
use colq_types::{DataType, Scalar};
use std::sync::Arc;

/// An owned column of some rows.
#[derive(Debug, Clone)]
pub struct Column {
    /// What the values mean.
    pub data_type: DataType,
    /// The values; for text, codes into `dictionary`. Null slots hold zero.
    pub values: Buffer,
    /// One bit a row, 1 for a value; `None` means no nulls.
    pub validity: Option<Bitmap>,
    /// The distinct values of a text column; `None` for every other type.
    pub dictionary: Option<Arc<Dictionary>>,
}

impl Column {
    /// A column of a type that is not text, without nulls. The layout of `values` must be the type's.
    pub fn new(data_type: DataType, values: impl Into<Buffer>) -> Column {
        let values = values.into();
        debug_assert_eq!(data_type.physical(), Some(values.physical()));
        Column { data_type, values, validity: None, dictionary: None }
    }

    /// A text column of codes into a dictionary.
    pub fn text(codes: impl Into<Buffer>, dictionary: Arc<Dictionary>) -> Column {
        Column {
            data_type: DataType::Text,
            values: codes.into(),
            validity: None,
            dictionary: Some(dictionary),
        }
    }

    /// The same column with this validity; all ones become none.
    #[must_use]
    pub fn with_validity(mut self, validity: Option<Bitmap>) -> Column {
        self.validity = validity.filter(|v| !v.all());
        self
    }

    /// A column of one type from scalars. A scalar of another type becomes NULL, so check before: this is
    /// for results and tests, not for imports.
    pub fn from_scalars<'a>(data_type: DataType, scalars: impl IntoIterator<Item = &'a Scalar>) -> Column {
        let physical = data_type.physical().unwrap_or(colq_types::Physical::U32);
        let mut values = Buffer::with_capacity(physical, 0);
        let mut validity = Bitmap::default();
        let mut builder = DictionaryBuilder::default();
        for scalar in scalars {
            let pushed = push_scalar(&mut values, scalar, &mut builder);
            if !pushed {
                values.push_zeros(1);
            }
            validity.push(pushed);
        }
        let dictionary = (data_type == DataType::Text).then(|| Arc::new(builder.finish()));
        Column { data_type, values, validity: None, dictionary }.with_validity(Some(validity))
    }

    /// Borrows the whole column.
    pub fn view(&self) -> View<'_> {
        View {
            data_type: self.data_type,
            values: self.values.as_values(),
            validity: self.validity.as_ref(),
            dictionary: self.dictionary.as_ref(),
        }
    }

    /// Rows held.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of a row; NULL past the end.
    pub fn scalar(&self, row: usize) -> Scalar {
        self.view().scalar(row)
    }

    /// The rows at these positions, in this order. Panics when a position is past the end.
    pub fn gather(&self, positions: &[u32]) -> Column {
        let validity = self.validity.as_ref().map(|v| positions.iter().map(|i| v.get(*i as usize)).collect());
        Column {
            data_type: self.data_type,
            values: Buffer::gather(self.values.as_values(), positions),
            validity: None,
            dictionary: self.dictionary.clone(),
        }
        .with_validity(validity)
    }

    /// Bytes owned by values and validity.
    pub fn byte_len(&self) -> usize {
        self.values.byte_len() + self.validity.as_ref().map_or(0, |v| v.words().len() * 8)
    }
}

/// Adds a scalar of the buffer's type; false, and nothing added, when it does not fit.
fn push_scalar(values: &mut Buffer, scalar: &Scalar, builder: &mut DictionaryBuilder) -> bool {
    fn integer<T: TryFrom<i128>>(values: &mut Vec<T>, scalar: &Scalar) -> bool {
        let value = scalar.as_i128().and_then(|v| T::try_from(v).ok());
        value.map(|v| values.push(v)).is_some()
    }
    match (values, scalar) {
        (Buffer::U32(v), Scalar::Text(text)) => v.push(builder.intern(text.as_bytes())),
        (Buffer::Bool(v), Scalar::Bool(b)) => v.push(u8::from(*b)),
        (Buffer::F32(v), Scalar::F32(x)) => v.push(*x),
        (Buffer::F32(v), other) => return other.as_f64().map(|x| v.push(x as f32)).is_some(),
        (Buffer::F64(v), other) => return other.as_f64().map(|x| v.push(x)).is_some(),
        (Buffer::I8(v), s) => return integer(v, s),
        (Buffer::I16(v), s) => return integer(v, s),
        (Buffer::I32(v), s) => return integer(v, s),
        (Buffer::I64(v), s) => return integer(v, s),
        (Buffer::U8(v), s) => return integer(v, s),
        (Buffer::U16(v), s) => return integer(v, s),
        (Buffer::U32(v), s) => return integer(v, s),
        (Buffer::U64(v), s) => return integer(v, s),
        (Buffer::Bool(_), _) => return false,
    }
    true
}
