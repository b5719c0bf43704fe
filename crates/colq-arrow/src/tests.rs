//! Arrays to columns and back.

use super::{Error, arrow_type, column_type, from_arrow, into_arrow, into_arrow_as, natural_type, to_arrow};
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::DataType as ArrowType;
use colq_column::{Buffer, Column};
use colq_types::{DataType, Physical, Scalar};
use std::sync::Arc;

mod golden;
mod memory;
mod property;
mod streams;

pub(crate) fn scalars(column: &Column) -> Vec<Scalar> {
    (0..column.len()).map(|row| column.scalar(row)).collect()
}

/// Values and a null of each type.
pub(crate) fn samples() -> Vec<Column> {
    let types = DataType::ALL.into_iter().chain(
        ["decimal(38,6)", "decimal(18,0)", "vector(f16,2)", "vector(u8,1)", "vector(i64,4)"]
            .map(|name| DataType::parse(name).unwrap()),
    );
    types
        .map(|data_type| {
            let value = |i: i64| match data_type {
                DataType::Bool => Scalar::Bool(i == 1),
                DataType::F16 | DataType::Bf16 | DataType::F32 => Scalar::F32(i as f32 + 0.5),
                DataType::F64 => Scalar::F64(if i == 2 { f64::NEG_INFINITY } else { -0.0 }),
                DataType::Date => Scalar::Date(i as i32 - 1),
                DataType::Timestamp(unit) => Scalar::Timestamp(i - 1, unit),
                DataType::Duration(unit) => Scalar::Duration(i - 1, unit),
                DataType::Decimal { scale, .. } => Scalar::Decimal(i128::from(i) * 7 - 7, scale),
                DataType::Text => Scalar::Text(["", "ü", "b"][i as usize % 3].to_owned()),
                DataType::Vector { len, .. } => {
                    Scalar::Vector((0..i64::from(len)).map(|at| Scalar::I64(at + i)).collect())
                }
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
        assert_eq!(*array.data_type(), natural_type(&column));
        let back = from_arrow(&array).unwrap();
        // What Arrow lacks comes back as what stands for it.
        let expected = match column.data_type {
            DataType::Bf16 => DataType::F32,
            other => other,
        };
        assert_eq!(back.data_type, expected);
        assert_eq!(column_type(&arrow_type(column.data_type)), Some(expected));
        assert_eq!(scalars(&back), scalars(&column), "{}", column.data_type);
        // A slice has an offset, in the validity bits too.
        let slice = from_arrow(&array.slice(1, 3)).unwrap();
        assert_eq!(scalars(&slice), scalars(&column)[1..4]);
        let given = into_arrow_as(column.clone(), &arrow_type(column.data_type)).unwrap();
        assert_eq!(scalars(&from_arrow(&given).unwrap()), scalars(&column));
        let none = to_arrow(&column.gather(&[])).unwrap();
        assert_eq!(from_arrow(&none).unwrap().len(), 0);
    }
}

#[test]
fn null_slots_hold_zero_whatever_the_array_has_there() {
    let nulls = Some(vec![true, false].into());
    let array = Int32Array::new(vec![1, 77].into(), nulls.clone());
    assert_eq!(from_arrow(&array).unwrap().values, Buffer::I32(vec![1, 0]));
    let array = Int32Array::new(vec![1, 77].into(), Some(vec![true, true].into()));
    assert!(from_arrow(&array).unwrap().validity.is_none());
    let array = BooleanArray::new(vec![true, true].into(), nulls.clone());
    assert_eq!(from_arrow(&array).unwrap().values, Buffer::Bool(vec![1, 0]));
    // Negative zero is not zero byte for byte.
    let array = Float64Array::new(vec![1.0, -0.0].into(), nulls.clone());
    let bits = from_arrow(&array).unwrap();
    assert_eq!(bits.values.as_values().as_slice::<f64>().unwrap()[1].to_bits(), 0);
    let array = Date64Array::new(vec![86_400_000, 5].into(), nulls.clone());
    assert_eq!(from_arrow(&array).unwrap().values, Buffer::I32(vec![1, 0]));
    let array =
        Decimal128Array::new(vec![1, i128::MAX].into(), nulls).with_precision_and_scale(5, 2).unwrap();
    assert_eq!(from_arrow(&array).unwrap().values, Buffer::I64(vec![1, 0]));
}

#[test]
fn every_layout_of_text_is_text() {
    let texts = vec![Some("a"), None, Some(""), Some("a")];
    let arrays: [ArrayRef; 5] = [
        Arc::new(StringArray::from(texts.clone())),
        Arc::new(LargeStringArray::from(texts.clone())),
        Arc::new(StringViewArray::from(texts.clone())),
        Arc::new(texts.iter().copied().collect::<DictionaryArray<Int8Type>>()),
        Arc::new(texts.iter().copied().collect::<DictionaryArray<UInt64Type>>()),
    ];
    for array in arrays {
        let column = from_arrow(&array).unwrap();
        assert_eq!(column.dictionary.as_ref().unwrap().len(), 2);
        assert!(column.dictionary.as_ref().unwrap().is_distinct());
        let text = |t: &str| Scalar::Text(t.to_owned());
        assert_eq!(scalars(&column), [text("a"), Scalar::Null, text(""), text("a")]);
    }
    assert_eq!(scalars(&from_arrow(&NullArray::new(2)).unwrap()), [Scalar::Null, Scalar::Null]);
}

#[test]
fn text_that_does_not_repeat_keeps_its_rows_and_text_that_does_gets_a_dictionary() {
    let free: Vec<Option<String>> = (0..2000).map(|i| (i % 7 != 3).then(|| format!("text {i}"))).collect();
    let few: Vec<Option<String>> = (0..2000).map(|i| Some(format!("text {}", i % 50))).collect();
    for (texts, is_distinct) in [(free, false), (few, true)] {
        let arrays: [ArrayRef; 3] = [
            Arc::new(StringArray::from(texts.clone())),
            Arc::new(LargeStringArray::from(texts.clone())),
            Arc::new(texts.iter().map(Option::as_deref).collect::<StringViewArray>()),
        ];
        for array in arrays {
            for array in [array.slice(0, 2000), array.slice(70, 1900)] {
                let column = from_arrow(&array).unwrap();
                assert_eq!(column.dictionary.as_ref().unwrap().is_distinct(), is_distinct);
                let again = into_arrow(column.clone()).unwrap();
                assert_eq!(matches!(again.data_type(), ArrowType::Dictionary(..)), is_distinct);
                assert_eq!(scalars(&from_arrow(&again).unwrap()), scalars(&column));
                let first = texts.iter().position(|t| t.is_some()).unwrap();
                assert!(array.len() < 2000 || column.scalar(first) == Scalar::from(texts[first].clone()));
            }
        }
    }
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
fn what_a_column_cannot_hold_is_told_by_its_row() {
    let days = Date64Array::from(vec![-86_400_000, 86_400_000]);
    assert_eq!(from_arrow(&days).unwrap().values, Buffer::I32(vec![-1, 1]));
    let error = from_arrow(&Date64Array::from(vec![0, 5])).unwrap_err();
    assert_eq!(error.to_string(), "Row 1 holds 5 ms, which is no whole day that a date can hold.");
    let money = Decimal128Array::from(vec![99_999, 100_000]).with_precision_and_scale(5, 2).unwrap();
    let error = from_arrow(&money).unwrap_err();
    assert_eq!(error.to_string(), "Row 1 holds 1000.00, which has more than the 5 digits of its type.");
    let list = |numbers: Vec<Option<f32>>, nulls: Option<Vec<bool>>| {
        let field = Arc::new(arrow_schema::Field::new_list_field(ArrowType::Float32, true));
        FixedSizeListArray::new(field, 2, Arc::new(Float32Array::from(numbers)), nulls.map(Into::into))
    };
    let masked = list(vec![Some(1.0), Some(2.0), None, Some(9.0)], Some(vec![true, false]));
    let column = from_arrow(&masked).unwrap();
    assert_eq!(column.values.as_values().as_slice::<f32>().unwrap(), [1.0, 2.0, 0.0, 0.0]);
    let error = from_arrow(&list(vec![Some(1.0), Some(2.0), Some(3.0), None], None)).unwrap_err();
    assert!(matches!(error, Error::NullInVector { row: 1 }));
}

#[test]
fn what_no_column_holds_is_refused_by_its_type() {
    let error = from_arrow(&BinaryArray::from(vec![b"a".as_slice()])).unwrap_err();
    assert_eq!(error.to_string(), "The Arrow type Binary has no column type in colq.");
    let numbers = ArrowType::Dictionary(Box::new(ArrowType::Int8), Box::new(ArrowType::Int64));
    let item = Arc::new(arrow_schema::Field::new_list_field(ArrowType::Utf8, true));
    for refused in [
        ArrowType::Decimal256(9, 2),
        ArrowType::Decimal128(9, -2),
        ArrowType::Time32(arrow_schema::TimeUnit::Second),
        numbers,
        ArrowType::FixedSizeList(item.clone(), 3),
        ArrowType::List(item),
        ArrowType::FixedSizeList(Arc::new(arrow_schema::Field::new_list_field(ArrowType::Int8, true)), 0),
    ] {
        assert_eq!(column_type(&refused), None, "{refused}");
    }
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
    assert!(matches!(into_arrow_as(codes, &ArrowType::LargeUtf8), Err(Error::Invalid { .. })));
    let short = Column {
        data_type: DataType::vector(Physical::F32, 3).unwrap(),
        ..Column::vectors(2, vec![1f32; 6]).unwrap()
    };
    assert!(matches!(to_arrow(&short), Err(Error::Invalid { .. })));
    let number = Column::new(DataType::I8, vec![1i8]);
    let error = into_arrow_as(number, &ArrowType::Int16).unwrap_err();
    assert_eq!(error.to_string(), "A column of type i8 cannot be given as the Arrow type Int16.");
}
