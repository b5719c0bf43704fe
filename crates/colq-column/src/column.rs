//! An owned column.

use crate::{Bitmap, Buffer, Dictionary, DictionaryBuilder, VectorBuffer, View};
use colq_types::{DataType, Scalar, decimal, halves};
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
    /// The values of a text column, distinct where [`Dictionary::is_distinct`] says so; `None` for every other type.
    pub dictionary: Option<Arc<Dictionary>>,
}

impl Column {
    /// A column of a type that is not text, without nulls. The layout of `values` must be the type's.
    pub fn new(data_type: DataType, values: impl Into<Buffer>) -> Column {
        let values = values.into();
        debug_assert!(data_type.physical().is_none_or(|physical| physical == values.physical()));
        Column { data_type, values, validity: None, dictionary: None }
    }

    /// A column of vectors without nulls; `None` where the numbers make no whole rows of `row_len`.
    pub fn vectors(row_len: u32, numbers: impl Into<Buffer>) -> Option<Column> {
        let numbers = numbers.into();
        let data_type = DataType::vector(numbers.physical(), row_len)?;
        let values = VectorBuffer::new(row_len as usize, numbers)?;
        Some(Column { data_type, values: Buffer::Vector(Box::new(values)), validity: None, dictionary: None })
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
        let mut values = Buffer::of_type(data_type, 0);
        let mut validity = Bitmap::default();
        let mut builder = DictionaryBuilder::default();
        for scalar in scalars {
            let pushed = push_scalar(&mut values, data_type, scalar, &mut builder);
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

    /// Bytes owned by values and validity; those that somebody else keeps alive do not count.
    pub fn byte_len(&self) -> usize {
        let own = self.validity.as_ref().filter(|v| v.as_shared().is_none());
        self.values.byte_len() + own.map_or(0, |v| v.words().len() * 8)
    }
}

/// Adds a scalar of the type; false, and nothing added, when it does not fit.
fn push_scalar(
    values: &mut Buffer,
    data_type: DataType,
    scalar: &Scalar,
    builder: &mut DictionaryBuilder,
) -> bool {
    fn integer<T: TryFrom<i128>>(values: &mut Vec<T>, value: Option<i128>) -> bool {
        let value = value.and_then(|v| T::try_from(v).ok());
        value.map(|v| values.push(v)).is_some()
    }
    if let (Buffer::Vector(_), Scalar::Vector(numbers)) = (&*values, scalar) {
        return push_vector(values, data_type, numbers);
    }
    // Decimals keep their digits; everything else that is whole is itself.
    let whole = match (data_type, scalar) {
        (DataType::Decimal { precision, scale }, Scalar::Decimal(value, from)) => {
            decimal::rescale(*value, *from, scale).filter(|v| decimal::fits(*v, precision))
        }
        (DataType::Decimal { precision, scale }, other) => other
            .as_i128()
            .and_then(|v| decimal::rescale(v, 0, scale))
            .filter(|v| decimal::fits(*v, precision)),
        (_, other) => other.as_i128(),
    };
    match (values, scalar) {
        (Buffer::U32(v), Scalar::Text(text)) => v.push(builder.intern(text.as_bytes())),
        (Buffer::Bool(v), Scalar::Bool(b)) => v.push(u8::from(*b)),
        (Buffer::F32(v), Scalar::F32(x)) => v.push(*x),
        (Buffer::F16(v), other) => return other.as_f64().map(|x| v.push(halves::to_f16(x))).is_some(),
        (Buffer::Bf16(v), other) => return other.as_f64().map(|x| v.push(halves::to_bf16(x))).is_some(),
        (Buffer::F32(v), other) => return other.as_f64().map(|x| v.push(x as f32)).is_some(),
        (Buffer::F64(v), other) => return other.as_f64().map(|x| v.push(x)).is_some(),
        (Buffer::I8(v), _) => return integer(v, whole),
        (Buffer::I16(v), _) => return integer(v, whole),
        (Buffer::I32(v), _) => return integer(v, whole),
        (Buffer::I64(v), _) => return integer(v, whole),
        (Buffer::U8(v), _) => return integer(v, whole),
        (Buffer::U16(v), _) => return integer(v, whole),
        (Buffer::U32(v), _) => return integer(v, whole),
        (Buffer::U64(v), _) => return integer(v, whole),
        (Buffer::I128(v), _) => return integer(v, whole),
        (Buffer::Bool(_) | Buffer::Vector(_) | Buffer::Shared(_), _) => return false,
    }
    true
}

/// Adds a row of numbers, if it has the type's length and all of them fit.
fn push_vector(values: &mut Buffer, data_type: DataType, numbers: &[Scalar]) -> bool {
    let DataType::Vector { element, len } = data_type else { return false };
    let Some(number_type) = DataType::parse(element.name()) else { return false };
    let row = Column::from_scalars(number_type, numbers);
    if numbers.len() != len as usize || row.validity.is_some() {
        return false;
    }
    let row = VectorBuffer::new(numbers.len(), row.values).map(|row| Buffer::Vector(Box::new(row)));
    row.is_some_and(|row| values.extend_values(row.as_values()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_types::{Physical, TimeUnit};

    #[test]
    fn scalars_of_every_type_go_in_and_come_out() {
        let vector = |x: f32| Scalar::Vector(vec![Scalar::F32(x), Scalar::F32(2.0), Scalar::F32(3.0)]);
        for (data_type, scalar) in [
            (DataType::F16, Scalar::F32(0.5)),
            (DataType::Bf16, Scalar::F32(-1.5)),
            (DataType::Decimal { precision: 12, scale: 2 }, Scalar::Decimal(-1250, 2)),
            (DataType::Decimal { precision: 38, scale: 6 }, Scalar::Decimal(1 << 100, 6)),
            (DataType::Duration(TimeUnit::Millisecond), Scalar::Duration(-7, TimeUnit::Millisecond)),
            (DataType::Vector { element: Physical::F32, len: 3 }, vector(1.0)),
        ] {
            let column = Column::from_scalars(data_type, [&scalar, &Scalar::Null]);
            assert_eq!((column.scalar(0), column.scalar(1)), (scalar, Scalar::Null));
            assert_eq!(column.len(), 2);
        }
        let short = Column::from_scalars(
            DataType::Vector { element: Physical::F32, len: 3 },
            &[Scalar::Vector(vec![Scalar::F32(1.0)])],
        );
        assert!(short.scalar(0).is_null());
        let wide = Column::from_scalars(DataType::Decimal { precision: 3, scale: 1 }, &[Scalar::I64(100)]);
        assert!(wide.scalar(0).is_null());
    }
}
