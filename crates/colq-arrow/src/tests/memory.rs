//! Whose memory it is: nothing is copied where the layouts agree, and the owner lives as long as anybody needs it.

use super::*;
use arrow_array::cast::AsArray;
use arrow_buffer::{Buffer as ArrowBuffer, NullBuffer, ScalarBuffer};
use colq_column::{Bitmap, Dictionary, SharedBytes, SharedValues};
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes aligned for everything, which tell when they are gone.
struct Owner {
    words: Vec<u128>,
    gone: Arc<AtomicBool>,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.words)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
    }
}

fn owner() -> (SharedBytes, Arc<AtomicBool>) {
    let gone = Arc::new(AtomicBool::new(false));
    let owner = Owner { words: (0..96).map(|i| i % 7).collect(), gone: gone.clone() };
    (SharedBytes::new(Arc::new(owner)), gone)
}

/// Where the values of an array begin.
fn place(array: &dyn Array) -> *const u8 {
    array.to_data().buffers()[0].as_ptr()
}

#[test]
fn shared_bytes_are_the_array_and_live_as_long_as_it_does() {
    for data_type in DataType::ALL.into_iter().chain([DataType::decimal(38, 2).unwrap()]) {
        let is_shared = !matches!(data_type, DataType::Bool | DataType::Bf16 | DataType::Text);
        let (all, gone) = owner();
        let len = 96 * 16 / (data_type.physical().map_or(4, Physical::byte_width) * data_type.row_len());
        let row_bytes = data_type.physical().map_or(4, Physical::byte_width) * data_type.row_len();
        let bytes = all.slice(0..len * row_bytes).unwrap();
        drop(all);
        let start = bytes.as_slice().as_ptr();
        let values = SharedValues::new(data_type, Physical::U32, bytes).unwrap();
        let column = Column { data_type, values: Buffer::Shared(values), validity: None, dictionary: None };
        if !is_shared {
            continue;
        }
        let wanted = match data_type {
            DataType::Decimal { precision, scale } if precision <= 18 => {
                ArrowType::Decimal64(precision, scale as i8)
            }
            other => arrow_type(other),
        };
        let array = into_arrow_as(column, &wanted).unwrap();
        let at = match array.as_fixed_size_list_opt() {
            Some(list) => place(list.values()),
            None => place(&array),
        };
        assert_eq!(at, start, "{data_type}");
        assert!(!gone.load(Ordering::SeqCst));
        // And back again: still the same bytes.
        let back = from_arrow(&array).unwrap();
        assert_eq!(back.values.as_values().as_bytes().as_ptr(), start, "{data_type}");
        drop(array);
        assert!(!gone.load(Ordering::SeqCst), "the column lost its bytes");
        assert_eq!(back.len(), len);
        drop(back);
        assert!(gone.load(Ordering::SeqCst), "somebody still holds the bytes of a {data_type}");
    }
}

#[test]
fn a_column_that_is_given_away_moves_its_vectors() {
    for column in samples() {
        let moves = !matches!(column.data_type, DataType::Bool | DataType::Bf16 | DataType::Decimal { .. });
        let start = column.values.as_values().as_bytes().as_ptr();
        let array = into_arrow(column.clone()).unwrap();
        // A borrowed column keeps what it has.
        assert_eq!(column.values.as_values().as_bytes().as_ptr(), start);
        drop(array);
        let name = column.data_type;
        let array = into_arrow(column).unwrap();
        let at = match array.data_type() {
            ArrowType::FixedSizeList(..) => place(array.as_fixed_size_list().values()),
            ArrowType::Dictionary(..) => place(array.as_dictionary::<UInt32Type>().keys()),
            _ => place(&array),
        };
        assert!(at == start || !moves, "{name} was copied");
    }
}

#[test]
fn arrays_are_columns_without_a_copy() {
    let numbers = Int64Array::from_iter_values(0..1000);
    let column = from_arrow(&numbers.slice(8, 900)).unwrap();
    assert_eq!(column.values.as_values().as_bytes().as_ptr(), place(&numbers.slice(8, 900)));
    drop(numbers);
    assert_eq!(column.scalar(899), Scalar::I64(907));
    let texts = LargeStringArray::from_iter_values((0..1000).map(|i| format!("text {i}")));
    let column = from_arrow(&texts).unwrap();
    let bytes = column.dictionary.as_ref().unwrap().text_bytes();
    assert_eq!(bytes.as_ptr(), texts.values().as_ptr());
    let again = to_arrow(&column).unwrap();
    assert_eq!(again.as_string::<i64>().values().as_ptr(), bytes.as_ptr());
}

#[test]
fn a_dictionary_is_shared_with_its_codes_offsets_and_text() {
    let values = Arc::new(LargeStringArray::from_iter_values(["a", "bb", ""]));
    let keys = UInt8Array::from(vec![Some(2), None, Some(0), Some(1), Some(1)]);
    let array = DictionaryArray::new(keys.clone(), values.clone());
    let column = from_arrow(&array).unwrap();
    let dictionary = column.dictionary.clone().unwrap();
    assert_eq!(column.values.physical(), Physical::U8);
    assert_eq!(column.values.as_values().as_bytes().as_ptr(), keys.values().as_ptr());
    assert_eq!(dictionary.text_bytes().as_ptr(), values.values().as_ptr());
    let again = to_arrow(&column).unwrap();
    let again = again.as_dictionary::<UInt8Type>();
    assert_eq!(again.keys().values().as_ptr(), keys.values().as_ptr());
    let texts = again.values().as_string::<i64>();
    assert_eq!(texts.values().as_ptr(), values.values().as_ptr());
    assert_eq!(texts.value_offsets().as_ptr().cast::<u8>(), dictionary.offsets().as_ptr().cast::<u8>());
    // Signed keys are the same bytes, and null ones may hold anything.
    let keys = Int32Array::new(vec![0, -1, 1].into(), Some(vec![true, false, true].into()));
    let array = DictionaryArray::new(keys, values);
    assert_eq!(from_arrow(&array).unwrap().values, Buffer::U32(vec![0, 0, 1]));
}

#[test]
fn validity_of_whole_words_is_shared_both_ways() {
    let words = ArrowBuffer::from_vec(vec![u64::MAX, 1, u64::MAX, 0]);
    let start = words.as_ptr();
    for (offset, len, shared) in [(0, 256, true), (64, 128, true), (64, 100, false), (3, 128, false)] {
        let bits = arrow_buffer::BooleanBuffer::new(words.clone(), offset, len);
        let values = ScalarBuffer::from(vec![0i32; len]);
        let array = Int32Array::new(values, Some(NullBuffer::new(bits)));
        let column = from_arrow(&array).unwrap();
        let validity = column.validity.as_ref().unwrap();
        assert_eq!(validity.as_shared().is_some(), shared);
        let naive: Bitmap = (0..len).map(|row| array.is_valid(row)).collect();
        assert_eq!(*validity, naive);
        let again = to_arrow(&column).unwrap();
        assert_eq!(again.nulls(), array.nulls());
        if shared {
            assert_eq!(validity.words().as_ptr().cast::<u8>(), start.wrapping_add(offset / 8));
            assert_eq!(again.nulls().unwrap().validity().as_ptr(), start.wrapping_add(offset / 8));
        }
    }
}

#[test]
fn texts_of_rows_and_of_dictionaries_can_be_given_as_either() {
    let dictionary = Arc::new(Dictionary::of(["a", "bb"]));
    let column = Column::text(vec![1u8, 0, 1], dictionary)
        .with_validity(Some([true, true, false].into_iter().collect()));
    let key = |key: ArrowType| ArrowType::Dictionary(Box::new(key), Box::new(ArrowType::LargeUtf8));
    for wanted in [ArrowType::LargeUtf8, ArrowType::Utf8, key(ArrowType::UInt8), key(ArrowType::UInt32)] {
        let array = into_arrow_as(column.clone(), &wanted).unwrap();
        assert_eq!(*array.data_type(), wanted);
        assert_eq!(scalars(&from_arrow(&array).unwrap()), scalars(&column));
    }
    let wide = Column::text(vec![300u32], Arc::new(Dictionary::of((0..301).map(|_| "x"))));
    assert!(into_arrow_as(wide, &key(ArrowType::UInt8)).is_err());
}
