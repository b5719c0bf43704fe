//! Arrow arrays into columns.

use crate::{Error, column_type};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType, downcast_dictionary_array};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::{DataType as ArrowType, TimeUnit as ArrowUnit};
use colq_column::{Bitmap, Buffer, Column, DictionaryBuilder};
use std::sync::Arc;

/// Copies an array into a column of the type that [`column_type`] gives. Nulls stay nulls; NaN stays NaN.
///
/// # Errors
/// [`Error::UnsupportedType`] where no column type holds the array; [`Error::NotADay`] for a Date64 that is no
/// midnight; [`Error::Key`] for a broken dictionary.
pub fn from_arrow(array: &dyn Array) -> Result<Column, Error> {
    let found = array.data_type();
    let data_type = column_type(found).ok_or_else(|| Error::UnsupportedType { found: found.to_string() })?;
    let values: Buffer = match found {
        ArrowType::Boolean => {
            let bits = array.as_boolean().values();
            let mut bytes: Vec<u8> = bits.iter().map(u8::from).collect();
            zero_nulls(&mut bytes, array.nulls());
            Buffer::Bool(bytes)
        }
        ArrowType::Int8 => numbers::<Int8Type>(array).into(),
        ArrowType::Int16 => numbers::<Int16Type>(array).into(),
        ArrowType::Int32 => numbers::<Int32Type>(array).into(),
        ArrowType::Int64 => numbers::<Int64Type>(array).into(),
        ArrowType::UInt8 => numbers::<UInt8Type>(array).into(),
        ArrowType::UInt16 => numbers::<UInt16Type>(array).into(),
        ArrowType::UInt32 => numbers::<UInt32Type>(array).into(),
        ArrowType::UInt64 => numbers::<UInt64Type>(array).into(),
        ArrowType::Float16 => {
            numbers::<Float16Type>(array).into_iter().map(|v| v.to_f32()).collect::<Vec<f32>>().into()
        }
        ArrowType::Float32 => numbers::<Float32Type>(array).into(),
        ArrowType::Float64 => numbers::<Float64Type>(array).into(),
        ArrowType::Date32 => numbers::<Date32Type>(array).into(),
        ArrowType::Date64 => days(numbers::<Date64Type>(array))?.into(),
        ArrowType::Timestamp(ArrowUnit::Second, _) => numbers::<TimestampSecondType>(array).into(),
        ArrowType::Timestamp(ArrowUnit::Millisecond, _) => numbers::<TimestampMillisecondType>(array).into(),
        ArrowType::Timestamp(ArrowUnit::Microsecond, _) => numbers::<TimestampMicrosecondType>(array).into(),
        ArrowType::Timestamp(ArrowUnit::Nanosecond, _) => numbers::<TimestampNanosecondType>(array).into(),
        _ => return text(array),
    };
    Ok(Column { data_type, values, validity: None, dictionary: None }.with_validity(validity(array.nulls())))
}

/// The values with zero in the null slots, where Arrow allows anything.
fn numbers<T: ArrowPrimitiveType>(array: &dyn Array) -> Vec<T::Native> {
    let array = array.as_primitive::<T>();
    let mut values = array.values().to_vec();
    zero_nulls(&mut values, array.nulls());
    values
}

fn zero_nulls<T: Default>(values: &mut [T], nulls: Option<&NullBuffer>) {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return };
    for (value, valid) in values.iter_mut().zip(nulls.iter()) {
        if !valid {
            *value = T::default();
        }
    }
}

fn validity(nulls: Option<&NullBuffer>) -> Option<Bitmap> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0)?;
    Some(Bitmap::from_bytes(nulls.validity(), nulls.offset(), nulls.len()))
}

fn days(milliseconds: Vec<i64>) -> Result<Vec<i32>, Error> {
    const DAY: i64 = 86_400_000;
    let day = |(row, ms): (usize, i64)| {
        let whole = (ms % DAY == 0).then_some(ms / DAY).and_then(|days| i32::try_from(days).ok());
        whole.ok_or(Error::NotADay { row, milliseconds: ms })
    };
    milliseconds.into_iter().enumerate().map(day).collect()
}

fn text(array: &dyn Array) -> Result<Column, Error> {
    let mut builder = DictionaryBuilder::default();
    let mut validity = Bitmap::ones(array.len());
    let codes = match array.data_type() {
        ArrowType::Null => {
            validity = Bitmap::zeros(array.len());
            vec![0; array.len()]
        }
        ArrowType::Dictionary(..) => downcast_dictionary_array!(
            array => {
                let keys: Vec<usize> = array.keys().values().iter().map(|key| key.as_usize()).collect();
                let values = array.values();
                codes_of_keys(&keys, array.nulls(), values.as_ref(), &mut builder, &mut validity)?
            }
            other => return Err(Error::UnsupportedType { found: other.to_string() })
        ),
        _ => {
            let mut codes = Vec::with_capacity(array.len());
            for row in 0..array.len() {
                codes.push(match text_at(array, row) {
                    Some(text) => builder.intern(text.as_bytes()),
                    None => {
                        validity.set(row, false);
                        0
                    }
                });
            }
            codes
        }
    };
    Ok(Column::text(codes, Arc::new(builder.finish())).with_validity(Some(validity)))
}

/// The codes of dictionary keys. A text is interned once however often its key comes, and values that no key
/// points to are not looked at.
fn codes_of_keys(
    keys: &[usize],
    nulls: Option<&NullBuffer>,
    values: &dyn Array,
    builder: &mut DictionaryBuilder,
    validity: &mut Bitmap,
) -> Result<Vec<u32>, Error> {
    /// What is known of a value of the array's dictionary.
    #[derive(Clone, Copy)]
    enum Known {
        Nothing,
        Null,
        Code(u32),
    }
    let mut known = vec![Known::Nothing; values.len()];
    let mut codes = Vec::with_capacity(keys.len());
    for (row, &key) in keys.iter().enumerate() {
        let mut code = Known::Null;
        if nulls.is_none_or(|nulls| nulls.is_valid(row)) {
            let slot = known.get_mut(key).ok_or(Error::Key { row, key, len: values.len() })?;
            if let Known::Nothing = slot {
                *slot =
                    text_at(values, key).map_or(Known::Null, |t| Known::Code(builder.intern(t.as_bytes())));
            }
            code = *slot;
        }
        if let Known::Code(code) = code {
            codes.push(code);
        } else {
            validity.set(row, false);
            codes.push(0);
        }
    }
    Ok(codes)
}

/// The text of a row of a text array; `None` where it is null.
#[inline]
fn text_at(array: &dyn Array, row: usize) -> Option<&str> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        ArrowType::Utf8 => Some(array.as_string::<i32>().value(row)),
        ArrowType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        ArrowType::Utf8View => Some(array.as_string_view().value(row)),
        _ => None,
    }
}
