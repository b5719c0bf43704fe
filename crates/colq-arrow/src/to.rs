//! Columns into Arrow arrays.
//!
//! Values that lie as Arrow wants them are not copied: shared bytes are shared on, and a column that is given away
//! gives its vectors away. What is copied: bools (Arrow packs them into bits), bf16 (Arrow has none, so they are
//! widened), decimals of an `i64` where Decimal128 is wanted, codes that are wanted wider, and the values of a borrowed
//! column in this program's own memory.

use crate::bytes::null_buffer;
use crate::error::invalid;
use crate::types::natural_type;
use crate::values::value_buffer;
use crate::{Error, text};
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, FixedSizeListArray, PrimitiveArray, make_array,
};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::DataType as ArrowType;
use colq_column::{Buffer, Column, Values};
use colq_types::{DataType, Physical};
use std::sync::Arc;

/// A borrowed column as an array of the type that [`natural_type`] gives. Bytes that somebody else keeps alive are
/// shared and live as long as the array; values in the column's own memory are copied (see [`into_arrow`]). Nulls
/// stay nulls.
///
/// # Errors
/// [`Error::Invalid`] where the parts of the column do not fit: a layout that is not the type's, a code without a
/// text, unequal lengths.
pub fn to_arrow(column: &Column) -> Result<ArrayRef, Error> {
    into_arrow(column.clone())
}

/// As [`to_arrow`], for a column that is given away: its vectors move into the array.
///
/// # Errors
/// As [`to_arrow`].
pub fn into_arrow(column: Column) -> Result<ArrayRef, Error> {
    let wanted = natural_type(&column);
    into_arrow_as(column, &wanted)
}

/// As [`into_arrow`], as this Arrow type: that of [`crate::arrow_type`]; Decimal64 and Decimal32 for decimals of so many
/// digits, the former without a copy; for text also Utf8, and a dictionary with keys of any unsigned layout that holds
/// its codes.
///
/// # Errors
/// As [`to_arrow`], and [`Error::Cast`] for a type that the column cannot have.
pub fn into_arrow_as(column: Column, wanted: &ArrowType) -> Result<ArrayRef, Error> {
    let Column { data_type, values, validity, dictionary } = column;
    if validity.as_ref().is_some_and(|validity| validity.len() != values.len()) {
        return Err(invalid("values and validity have unequal lengths"));
    }
    let fits = match data_type {
        DataType::Text => values.physical() != Physical::Bool,
        DataType::Vector { element, len } => {
            values.physical() == element && values.row_len() == len as usize && is_vector(&values)
        }
        other => Some(values.physical()) == other.physical() && !is_vector(&values),
    };
    if !fits {
        let layout = values.physical().name();
        return Err(invalid(format!("the values of a {data_type} column are {layout}")));
    }
    let nulls = validity.map(null_buffer);
    match (data_type, wanted) {
        (DataType::Text, _) => text::to_arrow(values, nulls, dictionary, wanted),
        (DataType::Vector { len, .. }, ArrowType::FixedSizeList(item, size))
            if i64::from(*size) == i64::from(len) =>
        {
            let (len, numbers) = (values.len(), flat(values)?);
            let numbers = plain(numbers, item.data_type(), None)?;
            let list = FixedSizeListArray::try_new_with_length(item.clone(), *size, numbers, nulls, len);
            Ok(Arc::new(list.map_err(invalid)?))
        }
        (DataType::Decimal { precision, scale }, _) => decimal(values, precision, scale, wanted, nulls),
        _ if *wanted == crate::arrow_type(data_type) => plain(values, wanted, nulls),
        _ => Err(Error::Cast { found: data_type.to_string(), wanted: wanted.to_string() }),
    }
}

fn is_vector(values: &Buffer) -> bool {
    matches!(values.as_values(), Values::Vector(_))
}

/// The numbers of vectors, one row after the other.
fn flat(values: Buffer) -> Result<Buffer, Error> {
    Ok(match values {
        Buffer::Vector(vectors) => vectors.into_numbers(),
        Buffer::Shared(shared) => {
            let number = DataType::parse(Buffer::Shared(shared.clone()).physical().name());
            let numbers = number.and_then(|number| {
                colq_column::SharedValues::new(number, Physical::U32, shared.bytes().clone())
            });
            Buffer::Shared(numbers.ok_or_else(|| invalid("a vector has no numbers"))?)
        }
        other => other,
    })
}

/// Values whose layout is Arrow's, bools and bf16.
fn plain(values: Buffer, wanted: &ArrowType, nulls: Option<NullBuffer>) -> Result<ArrayRef, Error> {
    let len = values.len();
    match values.as_values() {
        Values::Bool(bytes) => {
            let bits = BooleanBuffer::collect_bool(len, |row| bytes.get(row).is_some_and(|byte| *byte != 0));
            // The lengths were seen to be equal.
            return Ok(Arc::new(BooleanArray::new(bits, nulls)));
        }
        Values::Bf16(narrow) => {
            let wide: Vec<f32> = narrow.iter().map(|value| value.to_f32()).collect();
            return plain(Buffer::from(wide), wanted, nulls);
        }
        _ => {}
    }
    // One builder for all layouts. It checks the length of the bytes, and copies them only where they are not aligned
    // as Arrow wants them, which is stricter than the machine for 128 bits.
    let data = ArrayData::builder(wanted.clone()).len(len).nulls(nulls).add_buffer(value_buffer(values));
    Ok(make_array(data.align_buffers(true).build().map_err(invalid)?))
}

/// Decimals as a decimal type of Arrow with the same digits.
fn decimal(
    values: Buffer,
    precision: u8,
    scale: u8,
    wanted: &ArrowType,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, Error> {
    let same = |p: u8, s: i8| p == precision && i16::from(s) == i16::from(scale);
    let Some(narrow) = values.as_values().as_slice::<i64>() else {
        return match wanted {
            ArrowType::Decimal128(p, s) if same(*p, *s) => plain(values, wanted, nulls),
            _ => Err(cast(precision, scale, wanted)),
        };
    };
    match wanted {
        ArrowType::Decimal64(p, s) if same(*p, *s) => plain(values, wanted, nulls),
        ArrowType::Decimal32(p, s) if same(*p, *s) => {
            let small = |(row, value): (usize, &i64)| {
                i32::try_from(*value).map_err(|_| Error::Digits {
                    row,
                    value: colq_types::decimal::format(i128::from(*value), scale),
                    precision,
                })
            };
            let small = narrow.iter().enumerate().map(small).collect::<Result<Vec<i32>, Error>>()?;
            typed::<Decimal32Type>(small, wanted, nulls)
        }
        ArrowType::Decimal128(p, s) if same(*p, *s) => {
            let wide: Vec<i128> = narrow.iter().copied().map(i128::from).collect();
            typed::<Decimal128Type>(wide, wanted, nulls)
        }
        _ => Err(cast(precision, scale, wanted)),
    }
}

fn cast(precision: u8, scale: u8, wanted: &ArrowType) -> Error {
    Error::Cast { found: format!("decimal({precision},{scale})"), wanted: wanted.to_string() }
}

fn typed<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    wanted: &ArrowType,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, Error> {
    let array = PrimitiveArray::<T>::try_new(ScalarBuffer::from(values), nulls).map_err(invalid)?;
    Ok(Arc::new(array.with_data_type(wanted.clone())) as Arc<dyn Array>)
}
