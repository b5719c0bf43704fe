//! The kinds of arrays of Arrow's own integration files that are flat, through its file format and colq and back.

use super::*;
use arrow_array::builder::{FixedSizeListBuilder, Float32Builder};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{Field, Schema};

/// The same value at every row, whatever the layouts.
fn same(left: &dyn Array, right: &dyn Array) {
    let (left, right) = (from_arrow(left).unwrap(), from_arrow(right).unwrap());
    assert_eq!(left.data_type, right.data_type);
    assert_eq!(scalars(&left), scalars(&right));
}

fn golden() -> Vec<(&'static str, ArrayRef)> {
    let mut vectors = FixedSizeListBuilder::new(Float32Builder::new(), 3);
    for row in 0..40 {
        vectors.values().append_slice(&[row as f32, 0.5, f32::NEG_INFINITY]);
        vectors.append(row % 5 != 0);
    }
    let primitive: Int64Array = (0..40).map(|i| Some(i * i)).collect();
    let nullable: Int64Array = (0..40).map(|i| (i % 3 != 0).then_some(-i)).collect();
    let money: Decimal128Array = (0..40).map(|i| (i % 4 != 1).then_some(i * 101 - 500)).collect();
    let wide: Decimal128Array = (0..40).map(|i| Some(i << 90)).collect();
    let texts = |i: usize| (i % 6 != 2).then(|| ["", "é", "long enough to leave a view"][i % 3]);
    let halves: Float16Array = (0..40).map(|i| (i % 2 == 0).then(|| half::f16::from_f32(i as f32))).collect();
    vec![
        ("primitive", Arc::new(primitive)),
        ("nullable", Arc::new(nullable)),
        ("zerolength", Arc::new(nullable_empty())),
        ("bool", Arc::new((0..40).map(|i| (i % 7 != 0).then_some(i % 2 == 0)).collect::<BooleanArray>())),
        ("float16", Arc::new(halves)),
        ("dictionary", Arc::new((0..40).map(texts).collect::<DictionaryArray<Int16Type>>())),
        ("decimal", Arc::new(money.with_precision_and_scale(7, 3).unwrap())),
        ("decimal of 128 bits", Arc::new(wide.with_precision_and_scale(38, 10).unwrap())),
        (
            "decimal64",
            Arc::new(Decimal64Array::from_iter_values(0..40).with_precision_and_scale(18, 1).unwrap()),
        ),
        (
            "decimal32",
            Arc::new(Decimal32Array::from_iter_values(0..40).with_precision_and_scale(9, 9).unwrap()),
        ),
        ("duration", Arc::new((0..40).map(|i| (i > 3).then_some(-i)).collect::<DurationNanosecondArray>())),
        ("datetime", Arc::new(TimestampMillisecondArray::from_iter_values(0..40).with_timezone("UTC"))),
        ("naive datetime", Arc::new(TimestampSecondArray::from_iter_values(0..40))),
        ("date", Arc::new((0..40).map(|i| (i != 9).then_some(i - 20)).collect::<Date32Array>())),
        ("fixed size list", Arc::new(vectors.finish())),
        ("utf8", Arc::new((0..40).map(texts).collect::<StringArray>())),
        ("large utf8", Arc::new((0..40).map(texts).collect::<LargeStringArray>())),
        ("utf8 view", Arc::new((0..40).map(texts).collect::<StringViewArray>())),
        ("null", Arc::new(NullArray::new(40))),
    ]
}

fn nullable_empty() -> Int32Array {
    Int32Array::from(Vec::<Option<i32>>::new())
}

fn through_file(array: &ArrayRef) -> ArrayRef {
    let schema = Arc::new(Schema::new(vec![Field::new("x", array.data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array.clone()]).unwrap();
    let mut writer = FileWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    let mut reader = FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
    reader.next().unwrap().unwrap().column(0).clone()
}

fn through_stream(array: &ArrayRef) -> ArrayRef {
    let schema = Arc::new(Schema::new(vec![Field::new("x", array.data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array.clone()]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    let mut reader = StreamReader::try_new(bytes.as_slice(), None).unwrap();
    reader.next().unwrap().unwrap().column(0).clone()
}

#[test]
fn every_kind_goes_through_files_and_columns_and_back() {
    for (name, array) in golden() {
        for array in [array.clone(), array.slice(array.len() / 4, array.len() / 2)] {
            let column = from_arrow(&through_file(&array)).unwrap_or_else(|e| panic!("{name}: {e}"));
            let again = through_stream(&to_arrow(&column).unwrap());
            same(&array, &again);
            assert_eq!(again.logical_null_count(), array.logical_null_count(), "{name}");
        }
    }
}
