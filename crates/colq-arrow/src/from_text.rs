//! Arrow arrays of text into text columns.
//!
//! Text that repeats gets a dictionary of distinct values, so that queries compare codes; text that does not keeps its
//! bytes where they are, a value for each row. Which of the two is told by a sample, so it costs the same for any
//! length. An array that brings a dictionary keeps it, if its values are distinct as they should be.

use crate::Error;
use crate::bytes::{shared_bytes, validity};
use crate::error::invalid;
use crate::values::{shared, zeroed};
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrowPrimitiveType, GenericStringArray, OffsetSizeTrait, StringViewArray,
    downcast_dictionary_array,
};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::DataType as ArrowType;
use colq_column::{Bitmap, Buffer, Column, Dictionary, DictionaryBuilder};
use colq_types::DataType;
use std::sync::Arc;

/// Rows looked at to tell whether values repeat.
const SAMPLE: usize = 1024;

/// Rows up to which a dictionary is made without asking: it costs nothing.
const FEW: usize = 64;

/// Text of any layout.
pub(crate) fn text(array: &dyn Array) -> Result<Column, Error> {
    match array.data_type() {
        ArrowType::Null => {
            let codes = vec![0u8; array.len()];
            let nothing = Bitmap::zeros(array.len());
            Ok(Column::text(codes, Arc::new(Dictionary::of([]))).with_validity(Some(nothing)))
        }
        ArrowType::Dictionary(..) => downcast_dictionary_array!(
            array => keyed(array.keys(), array.values().as_ref()),
            other => Err(Error::UnsupportedType { found: other.to_string() })
        ),
        ArrowType::Utf8 if !repeats(array) => rows(array.as_string::<i32>()),
        ArrowType::LargeUtf8 if !repeats(array) => rows(array.as_string::<i64>()),
        ArrowType::Utf8View if !repeats(array) => copied(array.as_string_view()),
        ArrowType::Utf8View => Ok(interned(array.as_string_view().iter(), array.nulls())),
        ArrowType::LargeUtf8 => Ok(interned(array.as_string::<i64>().iter(), array.nulls())),
        ArrowType::Utf8 => Ok(interned(array.as_string::<i32>().iter(), array.nulls())),
        other => Err(Error::UnsupportedType { found: other.to_string() }),
    }
}

/// True when values are few for their rows: at most half of a sample are distinct.
fn repeats(array: &dyn Array) -> bool {
    if array.len() <= FEW {
        return true;
    }
    let mut seen = std::collections::HashSet::new();
    let step = array.len().div_ceil(SAMPLE);
    let mut count = 0;
    for row in (0..array.len()).step_by(step) {
        if let Some(text) = text_at(array, row) {
            seen.insert(text);
            count += 1;
        }
    }
    seen.len() * 2 <= count
}

/// A dictionary of the distinct values.
fn interned<'a>(texts: impl Iterator<Item = Option<&'a str>>, nulls: Option<&NullBuffer>) -> Column {
    let mut builder = DictionaryBuilder::default();
    let code = |text: Option<&str>| text.map_or(0, |text| builder.intern(text.as_bytes()));
    let codes: Vec<u32> = texts.map(code).collect();
    Column::text(codes, Arc::new(builder.finish())).with_validity(validity(nulls))
}

/// A value for each row, in the array's own bytes.
fn rows<O: OffsetSizeTrait>(array: &GenericStringArray<O>) -> Result<Column, Error> {
    let offsets = array.value_offsets();
    let position = |offset: Option<&O>| offset.map_or(0, |offset| offset.as_usize());
    let (first, last) = (position(offsets.first()), position(offsets.last()));
    let bytes = shared_bytes(array.values()).slice(first..last);
    let bytes = bytes.ok_or_else(|| invalid("the offsets of a text array leave its bytes"))?;
    let offsets = offsets.iter().map(|offset| (offset.as_usize() - first) as u64).collect();
    of_rows(array.len(), Dictionary::of_rows(offsets, bytes).map_err(invalid)?, array.nulls())
}

/// A value for each row of an array whose values do not lie one after the other.
fn copied(array: &StringViewArray) -> Result<Column, Error> {
    let (mut offsets, mut bytes) = (Vec::with_capacity(array.len() + 1), Vec::new());
    offsets.push(0);
    for text in array {
        bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
        offsets.push(bytes.len() as u64);
    }
    of_rows(array.len(), Dictionary::of_rows(offsets, bytes.into()).map_err(invalid)?, array.nulls())
}

fn of_rows(len: usize, dictionary: Dictionary, nulls: Option<&NullBuffer>) -> Result<Column, Error> {
    let len = u32::try_from(len).map_err(|_| invalid("a text array has more rows than codes can count"))?;
    let codes = zeroed(Buffer::from((0..len).collect::<Vec<u32>>()), nulls);
    Ok(Column::text(codes, Arc::new(dictionary)).with_validity(validity(nulls)))
}

/// Keys into an array of text.
fn keyed<K: ArrowPrimitiveType>(
    keys: &arrow_array::PrimitiveArray<K>,
    values: &dyn Array,
) -> Result<Column, Error> {
    let key_at = |row: usize| -> i128 {
        let key = keys.value(row);
        // Keys are integers of at most 64 bits, and negative ones are past every end.
        key.to_i64().map_or_else(|| key.as_usize() as i128, i128::from)
    };
    let len = values.len();
    for row in (0..keys.len()).filter(|row| keys.is_valid(*row)) {
        let key = key_at(row);
        if !(0..len as i128).contains(&key) {
            return Err(Error::Key { row, key, len });
        }
    }
    let as_codes = match K::DATA_TYPE {
        ArrowType::UInt8 | ArrowType::Int8 => Some(DataType::U8),
        ArrowType::UInt16 | ArrowType::Int16 => Some(DataType::U16),
        ArrowType::UInt32 | ArrowType::Int32 => Some(DataType::U32),
        _ => None,
    };
    // A dictionary much larger than its rows is not worth looking through.
    let worth = len <= keys.len().saturating_mul(4).max(FEW);
    if let Some(layout) = as_codes.filter(|_| worth && values.null_count() == 0)
        && let Some(dictionary) = distinct(values)?
        // Signed keys that count are not negative, so that their bytes are those of unsigned ones.
        && let Some(codes) = shared(layout, keys.values().inner(), keys.nulls())
    {
        return Ok(Column::text(codes, Arc::new(dictionary)).with_validity(validity(keys.nulls())));
    }
    let mut builder = DictionaryBuilder::default();
    let mut known: std::collections::HashMap<i128, Option<u32>> = std::collections::HashMap::new();
    let mut valid = Bitmap::zeros(keys.len());
    let mut codes = vec![0u32; keys.len()];
    for (row, slot) in codes.iter_mut().enumerate().filter(|(row, _)| keys.is_valid(*row)) {
        let key = key_at(row);
        let code = *known.entry(key).or_insert_with(|| {
            text_at(values, usize::try_from(key).ok()?).map(|text| builder.intern(text.as_bytes()))
        });
        if let Some(code) = code {
            *slot = code;
            valid.set(row, true);
        }
    }
    Ok(Column::text(codes, Arc::new(builder.finish())).with_validity(Some(valid)))
}

/// The values of an array as a dictionary in its own bytes; `None` where one comes twice.
fn distinct(values: &dyn Array) -> Result<Option<Dictionary>, Error> {
    let mut builder = DictionaryBuilder::default();
    for row in 0..values.len() {
        let Some(text) = text_at(values, row) else { return Ok(None) };
        if builder.intern(text.as_bytes()) as usize != row {
            return Ok(None);
        }
    }
    fn parts<O: OffsetSizeTrait>(array: &GenericStringArray<O>) -> Option<Dictionary> {
        let offsets = array.value_offsets();
        let (first, last) = (offsets.first()?.as_usize(), offsets.last()?.as_usize());
        let bytes = shared_bytes(array.values()).slice(first..last)?;
        let offsets = offsets.iter().map(|offset| (offset.as_usize() - first) as u64).collect();
        Dictionary::new(offsets, bytes).ok()
    }
    Ok(match values.data_type() {
        ArrowType::Utf8 => parts(values.as_string::<i32>()),
        ArrowType::LargeUtf8 => parts(values.as_string::<i64>()),
        _ => Some(builder.finish()),
    })
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
