//! Columns into Arrow arrays.

use crate::{Error, arrow_type};
use arrow_array::types::*;
use arrow_array::{ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType as ArrowType;
use colq_column::{Bitmap, Buffer, Column, Dictionary};
use colq_types::{DataType, TimeUnit};
use std::sync::Arc;

/// Copies a column into an array of the type that [`arrow_type`] gives. Nulls stay nulls.
///
/// # Errors
/// [`Error::Invalid`] where the parts of the column do not fit: a layout that is not the type's, a code
/// without a text, texts beyond 2 GiB.
pub fn to_arrow(column: &Column) -> Result<ArrayRef, Error> {
    let nulls = column.validity.as_ref().map(null_buffer);
    let array: ArrayRef = match (&column.values, column.data_type) {
        (_, DataType::Text) => return text(column, nulls),
        (Buffer::Bool(v), DataType::Bool) => {
            let bits = BooleanBuffer::from_iter(v.iter().map(|byte| *byte != 0));
            // `BooleanArray::new` panics where the other constructors return errors.
            if nulls.as_ref().is_some_and(|nulls| nulls.len() != bits.len()) {
                return Err(invalid("values and validity have unequal lengths"));
            }
            Arc::new(BooleanArray::new(bits, nulls))
        }
        (Buffer::I8(v), DataType::I8) => array::<Int8Type>(v, nulls)?,
        (Buffer::I16(v), DataType::I16) => array::<Int16Type>(v, nulls)?,
        (Buffer::I32(v), DataType::I32) => array::<Int32Type>(v, nulls)?,
        (Buffer::I64(v), DataType::I64) => array::<Int64Type>(v, nulls)?,
        (Buffer::U8(v), DataType::U8) => array::<UInt8Type>(v, nulls)?,
        (Buffer::U16(v), DataType::U16) => array::<UInt16Type>(v, nulls)?,
        (Buffer::U32(v), DataType::U32) => array::<UInt32Type>(v, nulls)?,
        (Buffer::U64(v), DataType::U64) => array::<UInt64Type>(v, nulls)?,
        (Buffer::F32(v), DataType::F32) => array::<Float32Type>(v, nulls)?,
        (Buffer::F64(v), DataType::F64) => array::<Float64Type>(v, nulls)?,
        (Buffer::I32(v), DataType::Date) => array::<Date32Type>(v, nulls)?,
        (Buffer::I64(v), DataType::Timestamp(unit)) => match unit {
            TimeUnit::Second => array::<TimestampSecondType>(v, nulls)?,
            TimeUnit::Millisecond => array::<TimestampMillisecondType>(v, nulls)?,
            TimeUnit::Microsecond => array::<TimestampMicrosecondType>(v, nulls)?,
            TimeUnit::Nanosecond => array::<TimestampNanosecondType>(v, nulls)?,
        },
        (values, data_type) => {
            let layout = values.physical().name();
            return Err(Error::Invalid {
                message: format!("the values of a {data_type} column are {layout}"),
            });
        }
    };
    // A timestamp array is made without its zone.
    let wanted = arrow_type(column.data_type);
    if matches!(wanted, ArrowType::Timestamp(..)) {
        let data = array.to_data().into_builder().data_type(wanted).build().map_err(invalid)?;
        return Ok(arrow_array::make_array(data));
    }
    Ok(array)
}

fn invalid(error: impl ToString) -> Error {
    Error::Invalid { message: error.to_string() }
}

fn array<T: ArrowPrimitiveType>(values: &[T::Native], nulls: Option<NullBuffer>) -> Result<ArrayRef, Error> {
    let values = ScalarBuffer::from(values.to_vec());
    Ok(Arc::new(PrimitiveArray::<T>::try_new(values, nulls).map_err(invalid)?))
}

fn null_buffer(validity: &Bitmap) -> NullBuffer {
    NullBuffer::new(BooleanBuffer::from_bits(validity.to_bytes(), 0, validity.len()))
}

fn text(column: &Column, nulls: Option<NullBuffer>) -> Result<ArrayRef, Error> {
    let empty = Arc::new(Dictionary::of([]));
    let dictionary = column.dictionary.as_ref().unwrap_or(&empty);
    let mut texts = Vec::with_capacity(dictionary.len());
    for value in dictionary.iter() {
        texts.push(std::str::from_utf8(value).map_err(invalid)?);
    }
    if i32::try_from(dictionary.text_bytes().len()).is_err() {
        return Err(Error::Invalid { message: "the distinct texts take more than 2 GiB".to_owned() });
    }
    let values = column.values.as_values();
    let codes: Option<Vec<u32>> = (0..column.len()).map(|row| values.code(row)).collect();
    let codes = codes.ok_or_else(|| invalid("the codes of a text column are no unsigned integers"))?;
    let keys = PrimitiveArray::<UInt32Type>::try_new(ScalarBuffer::from(codes), nulls).map_err(invalid)?;
    let array = DictionaryArray::try_new(keys, Arc::new(StringArray::from(texts))).map_err(invalid)?;
    Ok(Arc::new(array))
}
