//! Text columns into Arrow arrays: a dictionary array where the values are distinct, plain text otherwise.

use crate::Error;
use crate::bytes::{arrow_buffer, offset_buffer};
use crate::error::invalid;
use crate::types::number_type;
use crate::values::value_buffer;
use arrow_array::types::*;
use arrow_array::{ArrayRef, DictionaryArray, LargeStringArray, PrimitiveArray, StringArray};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType as ArrowType;
use colq_column::{Buffer, Dictionary};
use colq_types::Physical;
use std::sync::Arc;

/// Codes and their dictionary as an array of this type.
pub(crate) fn to_arrow(
    codes: Buffer,
    nulls: Option<NullBuffer>,
    dictionary: Option<Arc<Dictionary>>,
    wanted: &ArrowType,
) -> Result<ArrayRef, Error> {
    if !matches!(codes.physical(), Physical::U8 | Physical::U16 | Physical::U32) {
        return Err(invalid("the codes of a text column are no unsigned integers of at most 32 bits"));
    }
    let dictionary = dictionary.unwrap_or_else(|| Arc::new(Dictionary::of([])));
    match wanted {
        ArrowType::LargeUtf8 if is_rows(&codes, &dictionary, nulls.as_ref()) => {
            Ok(Arc::new(values(&dictionary, nulls)?))
        }
        ArrowType::LargeUtf8 => {
            Ok(Arc::new(texts(&codes, nulls.as_ref(), &dictionary)?.collect::<LargeStringArray>()))
        }
        ArrowType::Utf8 => {
            let byte_len: usize =
                texts(&codes, nulls.as_ref(), &dictionary)?.map(|text| text.map_or(0, str::len)).sum();
            if i32::try_from(byte_len).is_err() {
                return Err(invalid("the texts of an Arrow array of Utf8 take more than 2 GiB"));
            }
            Ok(Arc::new(texts(&codes, nulls.as_ref(), &dictionary)?.collect::<StringArray>()))
        }
        ArrowType::Dictionary(keys, value) if **value == ArrowType::LargeUtf8 => {
            let texts: ArrayRef = Arc::new(values(&dictionary, None)?);
            match **keys {
                ArrowType::UInt8 => keyed::<UInt8Type>(codes, nulls, texts),
                ArrowType::UInt16 => keyed::<UInt16Type>(codes, nulls, texts),
                ArrowType::UInt32 => keyed::<UInt32Type>(codes, nulls, texts),
                _ => Err(cast(wanted)),
            }
        }
        _ => Err(cast(wanted)),
    }
}

fn cast(wanted: &ArrowType) -> Error {
    Error::Cast { found: "text".to_owned(), wanted: wanted.to_string() }
}

/// True when the dictionary is the very rows, one after the other.
fn is_rows(codes: &Buffer, dictionary: &Dictionary, nulls: Option<&NullBuffer>) -> bool {
    let values = codes.as_values();
    let in_place = |row: usize| {
        nulls.is_some_and(|nulls| nulls.is_null(row))
            || values.code(row).is_some_and(|code| code as usize == row)
    };
    codes.len() == dictionary.len() && (0..codes.len()).all(in_place)
}

/// All values of a dictionary, text and offsets in their place.
fn values(dictionary: &Arc<Dictionary>, nulls: Option<NullBuffer>) -> Result<LargeStringArray, Error> {
    let len = dictionary.offsets().len();
    let offsets = ScalarBuffer::<i64>::new(offset_buffer(dictionary), 0, len);
    // A dictionary's offsets ascend from 0, which is all that this asserts.
    let offsets = OffsetBuffer::new(offsets);
    LargeStringArray::try_new(offsets, arrow_buffer(&dictionary.shared_bytes()), nulls).map_err(invalid)
}

/// The texts of all rows.
fn texts<'a>(
    codes: &'a Buffer,
    nulls: Option<&'a NullBuffer>,
    dictionary: &'a Dictionary,
) -> Result<impl Iterator<Item = Option<&'a str>> + 'a, Error> {
    let values = codes.as_values();
    let is_valid = move |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let text = move |row: usize| {
        let bytes = values.code(row).and_then(|code| dictionary.get(code))?;
        std::str::from_utf8(bytes).ok()
    };
    if let Some(row) = (0..codes.len()).find(|row| is_valid(*row) && text(*row).is_none()) {
        return Err(invalid(format!("row {row} has a code without a text")));
    }
    Ok((0..codes.len()).map(move |row| if is_valid(row) { text(row) } else { None }))
}

/// Codes as keys of this width: as they are where they have it, else widened or checked.
fn keyed<K: ArrowDictionaryKeyType>(
    codes: Buffer,
    nulls: Option<NullBuffer>,
    texts: ArrayRef,
) -> Result<ArrayRef, Error>
where
    K::Native: TryFrom<u32>,
{
    let len = codes.len();
    let keys = if number_type(codes.physical()) == K::DATA_TYPE {
        let buffer = value_buffer(codes);
        // Bytes that are not aligned never made a column.
        ScalarBuffer::<K::Native>::new(buffer, 0, len)
    } else {
        let values = codes.as_values();
        let narrow = |row: usize| values.code(row).and_then(|code| K::Native::try_from(code).ok());
        let keys: Option<Vec<K::Native>> = (0..len).map(narrow).collect();
        let wide = || invalid(format!("the codes of a text column do not fit keys of {}", K::DATA_TYPE));
        ScalarBuffer::from(keys.ok_or_else(wide)?)
    };
    let keys = PrimitiveArray::<K>::try_new(keys, nulls).map_err(invalid)?;
    Ok(Arc::new(DictionaryArray::try_new(keys, texts).map_err(invalid)?))
}
