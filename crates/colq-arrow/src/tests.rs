//! Arrays to columns and back.

use super::{Error, arrow_type, column_type, from_arrow, to_arrow};
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::DataType as ArrowType;
use colq_column::{Buffer, Column};
use colq_types::{DataType, Scalar};
use std::sync::Arc;

fn scalars(column: &Column) -> Vec<Scalar> {
    (0..column.len()).map(|row| column.scalar(row)).collect()
}

/// Three values and a null of each type.
fn samples() -> Vec<Column> {
    DataType::ALL
        .into_iter()
        .map(|data_type| {
            let value = |i: i64| match data_type {
                DataType::Bool => Scalar::Bool(i == 1),
                DataType::F32 => Scalar::F32(i as f32 + 0.5),
                DataType::F64 => Scalar::F64(if i == 2 { f64::NEG_INFINITY } else { -0.0 }),
                DataType::Date => Scalar::Date(i as i32 - 1),
                DataType::Timestamp(unit) => Scalar::Timestamp(i - 1, unit),
                DataType::Text => Scalar::Text(["", "ü", "b"][i as usize % 3].to_owned()),
                _ => Scalar::I64(i * 40),
            };
            Column::from_scalars(data_type, &[value(0), value(1), Scalar::Null, value(2), value(1)])
        })
        .collect()
}

#[test]
fn every_type_goes_there_and_back() {
    for column in samples() {
        let array = to_arrow(&column).unwrap();
        assert_eq!(*array.data_type(), arrow_type(column.data_type));
        assert_eq!(column_type(array.data_type()), Some(column.data_type));
        let back = from_arrow(&array).unwrap();
        assert_eq!(back.data_type, column.data_type);
        assert_eq!(scalars(&back), scalars(&column));
        // A slice has an offset, in the validity bits too.
        let slice = from_arrow(&array.slice(1, 3)).unwrap();
        assert_eq!(scalars(&slice), scalars(&column)[1..4]);
    }
}

#[test]
fn null_slots_hold_zero_whatever_the_array_has_there() {
    let nulls = Some(vec![true, false].into());
    let array = Int32Array::new(vec![1, 77].into(), nulls);
    assert_eq!(from_arrow(&array).unwrap().values, Buffer::I32(vec![1, 0]));
    let array = Int32Array::new(vec![1, 77].into(), Some(vec![true, true].into()));
    assert!(from_arrow(&array).unwrap().validity.is_none());
}

#[test]
fn every_layout_of_text_is_text() {
    let texts = vec![Some("a"), None, Some(""), Some("a")];
    let arrays: [ArrayRef; 4] = [
        Arc::new(StringArray::from(texts.clone())),
        Arc::new(LargeStringArray::from(texts.clone())),
        Arc::new(StringViewArray::from(texts.clone())),
        Arc::new(texts.iter().copied().collect::<DictionaryArray<Int8Type>>()),
    ];
    for array in arrays {
        let column = from_arrow(&array).unwrap();
        assert_eq!(column.dictionary.as_ref().unwrap().len(), 2);
        let text = |t: &str| Scalar::Text(t.to_owned());
        assert_eq!(scalars(&column), [text("a"), Scalar::Null, text(""), text("a")]);
    }
    assert_eq!(scalars(&from_arrow(&NullArray::new(2)).unwrap()), [Scalar::Null, Scalar::Null]);
}

#[test]
fn a_dictionary_may_have_nulls_duplicates_and_unused_values() {
    let values = StringArray::from(vec![Some("unused"), Some("x"), None, Some("x")]);
    let keys = UInt16Array::from(vec![Some(1), Some(2), Some(3), None]);
    let column = from_arrow(&DictionaryArray::new(keys, Arc::new(values))).unwrap();
    assert_eq!(column.values, Buffer::U32(vec![0, 0, 0, 0]));
    assert_eq!(column.dictionary.as_ref().unwrap().len(), 1);
    assert_eq!(column.view().null_count(), 2);
}

#[test]
fn half_floats_and_milliseconds_are_widened_exactly() {
    let halves = Float32Array::from(vec![0.5, f32::NAN]);
    let halves: Float16Array = halves.iter().map(|v| v.map(half::f16::from_f32)).collect();
    let column = from_arrow(&halves).unwrap();
    assert_eq!(column.data_type, DataType::F32);
    assert_eq!(column.scalar(0), Scalar::F32(0.5));
    let days = Date64Array::from(vec![-86_400_000, 86_400_000]);
    assert_eq!(from_arrow(&days).unwrap().values, Buffer::I32(vec![-1, 1]));
    let error = from_arrow(&Date64Array::from(vec![0, 5])).unwrap_err();
    assert_eq!(error, Error::NotADay { row: 1, milliseconds: 5 });
    assert_eq!(error.to_string(), "Row 1 holds 5 ms, which is no whole day that a date can hold.");
}

#[test]
fn what_no_column_holds_is_refused_by_its_type() {
    let error = from_arrow(&BinaryArray::from(vec![b"a".as_slice()])).unwrap_err();
    assert_eq!(error.to_string(), "The Arrow type Binary has no column type in colq.");
    for refused in [ArrowType::Decimal128(9, 2), ArrowType::Time32(arrow_schema::TimeUnit::Second)] {
        assert_eq!(column_type(&refused), None);
    }
    let numbers = ArrowType::Dictionary(Box::new(ArrowType::Int8), Box::new(ArrowType::Int64));
    assert_eq!(column_type(&numbers), None);
}

#[test]
fn parts_that_do_not_fit_are_errors() {
    let column = Column { data_type: DataType::F32, ..Column::new(DataType::I8, vec![1i8]) };
    assert_eq!(
        to_arrow(&column).unwrap_err().to_string(),
        "The column is not sound: the values of a f32 column are i8."
    );
    let codes = Column::text(vec![5u32], Arc::new(colq_column::Dictionary::of(["a"])));
    assert!(matches!(to_arrow(&codes), Err(Error::Invalid { .. })));
}
