//! Arrow arrays into columns.
//!
//! The bytes of an array stay where they are, and the column keeps them alive. They are copied only where colq holds
//! something else: bools (a byte each), dates of milliseconds, decimals of another width, and values that are not zero
//! under a null.

use crate::bytes::validity;
use crate::types::element;
use crate::values::shared;
use crate::{Error, column_type, from_text};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_buffer::{Buffer as ArrowBuffer, NullBuffer};
use arrow_schema::DataType as ArrowType;
use colq_column::{Buffer, Column};
use colq_types::{DataType, Physical, decimal};

/// The column of the type that [`column_type`] gives, over the memory of the array. Nulls stay nulls; NaN stays NaN.
///
/// # Errors
/// [`Error::UnsupportedType`] where no column type holds the array; [`Error::NotADay`] for a Date64 that is no
/// midnight; [`Error::Digits`] for a decimal with more digits than its type says; [`Error::NullInVector`] for a null
/// within a list; [`Error::Key`] for a broken dictionary.
pub fn from_arrow(array: &dyn Array) -> Result<Column, Error> {
    let found = array.data_type();
    let unsupported = || Error::UnsupportedType { found: found.to_string() };
    let data_type = column_type(found).ok_or_else(unsupported)?;
    let nulls = array.nulls();
    let values: Buffer = match found {
        ArrowType::Boolean => {
            let bits = array.as_boolean().values();
            let mut bytes: Vec<u8> = bits.iter().map(u8::from).collect();
            if let Some(nulls) = nulls {
                bytes.iter_mut().zip(nulls.iter()).for_each(|(byte, valid)| *byte &= u8::from(valid));
            }
            Buffer::Bool(bytes)
        }
        ArrowType::Date64 => days(array.as_primitive::<Date64Type>().values(), nulls)?.into(),
        ArrowType::Decimal32(precision, _) => {
            let values = array.as_primitive::<Decimal32Type>().values();
            digits(values.iter().map(|v| i128::from(*v)), nulls, data_type, *precision)?
        }
        ArrowType::Decimal64(precision, _) => {
            let array = array.as_primitive::<Decimal64Type>();
            let values = array.values().iter().map(|v| i128::from(*v));
            if *precision <= DataType::MAX_STORED_PRECISION {
                check_digits(values, nulls, data_type, *precision)?;
                shared(data_type, array.values().inner(), nulls).ok_or_else(unsupported)?
            } else {
                digits(values, nulls, data_type, *precision)?
            }
        }
        ArrowType::Decimal128(precision, _) => {
            let array = array.as_primitive::<Decimal128Type>();
            let values = array.values().iter().copied();
            if *precision <= DataType::MAX_STORED_PRECISION {
                digits(values, nulls, data_type, *precision)?
            } else {
                check_digits(values, nulls, data_type, *precision)?;
                shared(data_type, array.values().inner(), nulls).ok_or_else(unsupported)?
            }
        }
        ArrowType::FixedSizeList(..) => {
            let list = array.as_fixed_size_list();
            let numbers = list.values();
            let len = data_type.row_len();
            if let Some(inner) = numbers.nulls().filter(|inner| inner.null_count() > 0) {
                let is_valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
                let bad = (0..inner.len()).find(|at| inner.is_null(*at) && is_valid(at / len));
                if let Some(at) = bad {
                    return Err(Error::NullInVector { row: at / len });
                }
            }
            let buffer = number_bytes(numbers.as_ref()).ok_or_else(unsupported)?;
            shared(data_type, buffer, nulls).ok_or_else(unsupported)?
        }
        other => match primitive_bytes(array) {
            Some(buffer) if data_type != DataType::Text => {
                shared(data_type, buffer, nulls).ok_or_else(unsupported)?
            }
            _ if data_type == DataType::Text => return from_text::text(array),
            _ => return Err(Error::UnsupportedType { found: other.to_string() }),
        },
    };
    Ok(Column { data_type, values, validity: None, dictionary: None }.with_validity(validity(nulls)))
}

/// The values of an array whose layout is a column's, without those before its offset or after its length.
fn primitive_bytes(array: &dyn Array) -> Option<&ArrowBuffer> {
    use arrow_schema::TimeUnit::*;
    Some(match array.data_type() {
        ArrowType::Date32 => bytes_of::<Date32Type>(array),
        ArrowType::Timestamp(Second, _) => bytes_of::<TimestampSecondType>(array),
        ArrowType::Timestamp(Millisecond, _) => bytes_of::<TimestampMillisecondType>(array),
        ArrowType::Timestamp(Microsecond, _) => bytes_of::<TimestampMicrosecondType>(array),
        ArrowType::Timestamp(Nanosecond, _) => bytes_of::<TimestampNanosecondType>(array),
        ArrowType::Duration(Second) => bytes_of::<DurationSecondType>(array),
        ArrowType::Duration(Millisecond) => bytes_of::<DurationMillisecondType>(array),
        ArrowType::Duration(Microsecond) => bytes_of::<DurationMicrosecondType>(array),
        ArrowType::Duration(Nanosecond) => bytes_of::<DurationNanosecondType>(array),
        _ => return number_bytes(array),
    })
}

/// The same for the number types.
fn number_bytes(array: &dyn Array) -> Option<&ArrowBuffer> {
    Some(match element(array.data_type())? {
        Physical::I8 => bytes_of::<Int8Type>(array),
        Physical::I16 => bytes_of::<Int16Type>(array),
        Physical::I32 => bytes_of::<Int32Type>(array),
        Physical::I64 => bytes_of::<Int64Type>(array),
        Physical::U8 => bytes_of::<UInt8Type>(array),
        Physical::U16 => bytes_of::<UInt16Type>(array),
        Physical::U32 => bytes_of::<UInt32Type>(array),
        Physical::U64 => bytes_of::<UInt64Type>(array),
        Physical::F16 => bytes_of::<Float16Type>(array),
        Physical::F32 => bytes_of::<Float32Type>(array),
        Physical::F64 => bytes_of::<Float64Type>(array),
        Physical::Bool | Physical::Bf16 | Physical::I128 => return None,
    })
}

fn bytes_of<T: ArrowPrimitiveType>(array: &dyn Array) -> &ArrowBuffer {
    array.as_primitive::<T>().values().inner()
}

fn days(milliseconds: &[i64], nulls: Option<&NullBuffer>) -> Result<Vec<i32>, Error> {
    const DAY: i64 = 86_400_000;
    let day = |(row, ms): (usize, &i64)| {
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(0);
        }
        let whole = (ms % DAY == 0).then_some(ms / DAY).and_then(|days| i32::try_from(days).ok());
        whole.ok_or(Error::NotADay { row, milliseconds: *ms })
    };
    milliseconds.iter().enumerate().map(day).collect()
}

/// Refuses values of more digits than their type has: Arrow does not look.
fn check_digits(
    values: impl Iterator<Item = i128>,
    nulls: Option<&NullBuffer>,
    data_type: DataType,
    precision: u8,
) -> Result<(), Error> {
    let is_bad = |(row, value): &(usize, i128)| {
        !decimal::fits(*value, precision) && nulls.is_none_or(|nulls| nulls.is_valid(*row))
    };
    match values.enumerate().find(is_bad) {
        None => Ok(()),
        Some((row, value)) => {
            let scale = if let DataType::Decimal { scale, .. } = data_type { scale } else { 0 };
            Err(Error::Digits { row, value: decimal::format(value, scale), precision })
        }
    }
}

/// Checked decimals in the layout of the column type.
fn digits(
    values: impl Iterator<Item = i128> + Clone,
    nulls: Option<&NullBuffer>,
    data_type: DataType,
    precision: u8,
) -> Result<Buffer, Error> {
    check_digits(values.clone(), nulls, data_type, precision)?;
    let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let values = values.enumerate().map(|(row, value)| if valid(row) { value } else { 0 });
    Ok(if data_type.physical() == Some(Physical::I64) {
        // At most 18 digits fit; they were counted.
        values.map(|value| value as i64).collect::<Vec<i64>>().into()
    } else {
        values.collect::<Vec<i128>>().into()
    })
}
