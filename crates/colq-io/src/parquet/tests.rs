//! Files written by the library's own writer, by pyarrow (data/planes.parquet), and damaged ones.

use super::open;
use crate::{Error, ImportOptions};
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType as ArrowType, Field as ArrowField};
use colq_column::Batch;
use colq_context::Context;
use colq_types::{DataType, Scalar};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::data_type::Int96;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn planes() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/planes.parquet")
}

fn read(path: &Path, options: &ImportOptions) -> Result<Vec<Batch>, Error> {
    let context = Context::new();
    let mut stream = open(path, options, &context)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch()? {
        assert_eq!(batch.schema(), stream.schema());
        batches.push(batch);
    }
    assert!(stream.next_batch()?.is_none());
    let (done, total) = context.progress();
    assert!(batches.is_empty() || done == total);
    Ok(batches)
}

fn rows(batches: &[Batch]) -> Vec<Vec<Scalar>> {
    batches.iter().flat_map(|b| (0..b.row_count()).map(|row| b.row(row))).collect()
}

fn write(columns: Vec<(&str, ArrayRef)>, properties: WriterProperties) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

fn message(path: &Path, options: &ImportOptions) -> String {
    let text = read(path, options).unwrap_err().to_string();
    text.replace(&format!("{}/", path.parent().unwrap().display()), "")
}

#[test]
fn the_planes_come_out_as_they_are_known() {
    let batches = read(&planes(), &ImportOptions::default()).unwrap();
    assert_eq!(batches.len(), 1);
    let types: Vec<String> = batches[0].schema().fields().iter().map(|f| f.data_type.to_string()).collect();
    assert_eq!(types, ["text", "i64", "text", "text", "text", "i64", "i64", "i64", "text"]);
    // The figures are those of pyarrow.
    assert_eq!(batches[0].row_count(), 3322);
    assert_eq!(batches[0].columns()[7].view().null_count(), 3299);
    assert_eq!(batches[0].columns()[2].dictionary.as_ref().unwrap().len(), 3);
    let text = |t: &str| Scalar::Text(t.to_owned());
    assert_eq!(
        batches[0].row(0)[..4],
        [text("N10156"), Scalar::I64(2004), text("Fixed wing multi engine"), text("EMBRAER")]
    );
}

#[test]
fn columns_are_chosen_in_their_order_and_missing_ones_are_told() {
    let columns = Some(vec!["seats".to_owned(), "tailnum".to_owned()]);
    let batches = read(&planes(), &ImportOptions { columns, ..ImportOptions::default() }).unwrap();
    assert_eq!(batches[0].row(0), [Scalar::I64(55), Scalar::Text("N10156".to_owned())]);
    let columns = Some(vec!["seat".to_owned()]);
    let options = ImportOptions { columns, ..ImportOptions::default() };
    assert_eq!(
        message(&planes(), &options),
        "planes.parquet has no column named seat. Columns are tailnum, year, type, manufacturer, model, engines, seats, speed, engine."
    );
}

#[test]
fn every_flat_type_has_a_column_type() {
    let day = 86_400_000;
    let columns: Vec<(&str, ArrayRef, &str)> = vec![
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None])), "bool"),
        ("i8", Arc::new(Int8Array::from(vec![Some(-1), None])), "i8"),
        ("u16", Arc::new(UInt16Array::from(vec![Some(9), None])), "u16"),
        ("u64", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None])), "u64"),
        ("f16", Arc::new(Float16Array::from_iter([Some(half(0.5)), None])), "f16"),
        ("dur", Arc::new(DurationMillisecondArray::from(vec![Some(1500), None])), "duration(ms)"),
        (
            "dec",
            Arc::new(Decimal128Array::from(vec![Some(150), None]).with_precision_and_scale(18, 2).unwrap()),
            "decimal(18,2)",
        ),
        ("vec", Arc::new(vectors()), "vector(f32,2)"),
        ("f32", Arc::new(Float32Array::from(vec![Some(0.5), None])), "f32"),
        ("d32", Arc::new(Date32Array::from(vec![Some(-1), None])), "date"),
        ("d64", Arc::new(Date64Array::from(vec![Some(-day), None])), "date"),
        ("s", Arc::new(TimestampSecondArray::from(vec![Some(1), None])), "timestamp(s)"),
        (
            "ms",
            Arc::new(TimestampMillisecondArray::from(vec![Some(1), None]).with_timezone("+02:00")),
            "timestamp(ms)",
        ),
        ("us", Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None])), "timestamp(us)"),
        (
            "ns",
            Arc::new(TimestampNanosecondArray::from(vec![Some(1), None]).with_timezone("UTC")),
            "timestamp(ns)",
        ),
        ("t", Arc::new(StringArray::from(vec![Some("ü"), None])), "text"),
        ("lt", Arc::new(LargeStringArray::from(vec![Some(""), None])), "text"),
        ("vt", Arc::new(StringViewArray::from(vec![Some("x"), None])), "text"),
        ("dt", Arc::new([Some("x"), None].into_iter().collect::<DictionaryArray<Int8Type>>()), "text"),
    ];
    let expected: Vec<&str> = columns.iter().map(|c| c.2).collect();
    let arrays = columns.into_iter().map(|(name, array, _)| (name, array)).collect();
    let (_folder, path) = write(arrays, WriterProperties::default());
    let batches = read(&path, &ImportOptions::default()).unwrap();
    let types: Vec<String> = batches[0].schema().fields().iter().map(|f| f.data_type.to_string()).collect();
    assert_eq!(types, expected);
    let shown: Vec<String> = batches[0].row(0).iter().map(Scalar::to_string).collect();
    let (early, milli) = ("1970-01-01T00:00:01Z", "1970-01-01T00:00:00.001Z");
    assert_eq!(
        shown[..13],
        [
            "true",
            "-1",
            "9",
            "18446744073709551615",
            "0.5",
            "PT1.5S",
            "1.50",
            "[1.0, 2.0]",
            "0.5",
            "1969-12-31",
            "1969-12-31",
            early,
            milli
        ]
    );
    assert_eq!(
        shown[13..],
        ["1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000000001Z", "ü", "", "x", "x"]
    );
    assert!(batches[0].row(1).iter().all(Scalar::is_null));
}

/// Only dictionaries of text were read, and no decimals of 256 bits, although their values fit; declared as decimal(18,s),
/// as the error advised, the latter were refused too.
#[test]
fn dictionaries_of_numbers_and_wide_decimals_are_read_by_their_values() {
    let keys = Int8Array::from(vec![Some(1), None, Some(0)]);
    let numbers = DictionaryArray::new(keys, Arc::new(Int64Array::from(vec![7, 9])));
    let wide = |precision: u8, values: [i64; 3]| {
        let values = values.map(arrow_buffer::i256::from).to_vec();
        Arc::new(Decimal256Array::from(values).with_precision_and_scale(precision, 2).unwrap())
    };
    let (numbers, narrow, wide) = (Arc::new(numbers), wide(10, [1, 2, 3]), wide(60, [-4, 5, 6]));
    let (_folder, path) =
        write(vec![("n", numbers), ("narrow", narrow), ("wide", wide)], WriterProperties::default());
    let types = vec![("wide".to_owned(), DataType::decimal(18, 2).unwrap())];
    let batches = read(&path, &ImportOptions { types, ..ImportOptions::default() }).unwrap();
    let types: Vec<String> = batches[0].schema().fields().iter().map(|f| f.data_type.to_string()).collect();
    assert_eq!(types, ["i64", "decimal(10,2)", "decimal(18,2)"]);
    let shown = |row: usize| batches[0].row(row).iter().map(Scalar::to_string).collect::<Vec<_>>();
    assert_eq!([shown(0), shown(1)], [["9", "0.01", "-0.04"], ["NULL", "0.02", "0.05"]]);
    assert!(message(&path, &ImportOptions::default()).contains("Declare it as decimal(18,s)"));
}

/// A vector and a null.
fn vectors() -> FixedSizeListArray {
    let item = Arc::new(ArrowField::new_list_field(ArrowType::Float32, true));
    let numbers = Float32Array::from(vec![Some(1.0), Some(2.0), None, None]);
    FixedSizeListArray::new(item, 2, Arc::new(numbers), Some(vec![true, false].into()))
}

#[test]
fn lists_of_one_length_may_be_declared_as_vectors() {
    let lists = |second: Vec<Option<i32>>| {
        let rows = [Some(vec![Some(1), Some(2)]), None, Some(second)];
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>(rows);
        write(vec![("v", Arc::new(list))], WriterProperties::default())
    };
    let declared = |name: &str| {
        let types = vec![("v".to_owned(), DataType::parse(name).unwrap())];
        ImportOptions { types, ..ImportOptions::default() }
    };
    let (_folder, path) = lists(vec![Some(3), Some(4)]);
    for name in ["vector(i32,2)", "vector(f32,2)", "vector(bf16,2)"] {
        let batches = read(&path, &declared(name)).unwrap();
        let shown: Vec<String> =
            rows(&batches).iter().map(|row| row[0].to_string().replace(".0", "")).collect();
        assert_eq!(shown, ["[1, 2]", "NULL", "[3, 4]"]);
    }
    assert!(read(&path, &declared("vector(i32,3)")).is_err());
    assert!(message(&path, &ImportOptions::default()).contains("Declare it as vector(f32,n)"));
    let (_folder, path) = lists(vec![Some(3)]);
    assert!(read(&path, &declared("vector(i32,2)")).is_err());
    let (_folder, path) = lists(vec![Some(3), None]);
    assert!(message(&path, &declared("vector(i32,2)")).contains("Row 2 is a list with a null"));
}

/// A half float, through the one door that needs no crate of its own.
fn half(value: f32) -> <Float16Type as ArrowPrimitiveType>::Native {
    let array = arrow_cast::cast(&Float32Array::from(vec![value]), &ArrowType::Float16).unwrap();
    array.as_any().downcast_ref::<Float16Array>().unwrap().value(0)
}

#[test]
fn types_without_a_column_type_are_refused_by_name_and_full_type() {
    let decimals = || -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![150, -5]).with_precision_and_scale(20, 2).unwrap())
    };
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let fields = vec![Arc::new(ArrowField::new("x", ArrowType::Int32, true))];
    let nested = StructArray::new(fields.into(), vec![Arc::new(Int32Array::from(vec![1, 2]))], None);
    let leave = "Leave it out by naming the other columns.";
    let cases: Vec<(ArrayRef, String)> = vec![
        (decimals(), "Decimal128(20, 2), which colq cannot hold. Declare it as decimal(18,s) if its values have no more digits, or as f64 to have them rounded, or leave it out by naming the other columns.".to_owned()),
        (Arc::new(list), format!("List(Int32, field: 'element'), which colq cannot hold. {leave}")),
        (Arc::new(nested), format!("Struct(\"x\": Int32), which colq cannot hold. {leave}")),
        (Arc::new(BinaryArray::from(vec![b"a".as_slice(), b""])), format!("Binary, which colq cannot hold. {leave}")),
        (Arc::new(Time32SecondArray::from(vec![1, 2])), format!("Time32(s), which colq cannot hold. {leave}")),
    ];
    for (array, expected) in cases {
        let (_folder, path) = write(
            vec![("n", array), ("ok", Arc::new(Int8Array::from(vec![1, 2])))],
            WriterProperties::default(),
        );
        let told = message(&path, &ImportOptions::default());
        let full = format!("t.parquet: column n has the type {expected}");
        assert!(
            told == full || (expected.starts_with("List") && told.contains("column n has the type List(")),
            "{told}"
        );
        let columns = Some(vec!["ok".to_owned()]);
        assert_eq!(
            read(&path, &ImportOptions { columns, ..ImportOptions::default() }).unwrap()[0].row_count(),
            2
        );
    }
    let (_folder, path) = write(vec![("n", decimals())], WriterProperties::default());
    let types = vec![("n".to_owned(), DataType::F64)];
    let batches = read(&path, &ImportOptions { types, ..ImportOptions::default() }).unwrap();
    assert_eq!(rows(&batches), [[Scalar::F64(1.5)], [Scalar::F64(-0.05)]]);
}

#[test]
fn declared_types_are_checked_and_never_cut_a_value() {
    let (_folder, path) = write(
        vec![
            ("n", Arc::new(Int64Array::from(vec![1, 300]))),
            ("x", Arc::new(Float64Array::from(vec![1.5, 2.5]))),
        ],
        WriterProperties::default(),
    );
    let declare = |name: &str, data_type| ImportOptions {
        types: vec![(name.to_owned(), data_type)],
        ..ImportOptions::default()
    };
    assert_eq!(rows(&read(&path, &declare("n", DataType::I16)).unwrap())[1][0], Scalar::I64(300));
    let told = message(&path, &declare("n", DataType::U8));
    assert!(told.starts_with("t.parquet: column n: ") && told.contains("300"), "{told}");
    assert_eq!(
        message(&path, &declare("x", DataType::I64)),
        "t.parquet: column x has the type Float64, which colq cannot hold. It cannot be read as the declared type. Declare none, and cast it in a query."
    );
}

#[test]
fn old_timestamps_of_96_bits_reach_far_dates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let schema = parquet::schema::parser::parse_message_type("message m { required int96 at; }").unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let at = |julian_day: u32, nanos: u64| {
        let mut value = Int96::new();
        value.set_data(nanos as u32, (nanos >> 32) as u32, julian_day);
        value
    };
    // 1970-01-01 is Julian day 2,440,588; the other is the end of 9999, which nanoseconds do not reach.
    let values = [at(2_440_588, 1_000_000_000), at(5_373_484, 0)];
    column.typed::<parquet::data_type::Int96Type>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let shown: Vec<String> =
        rows(&read(&path, &ImportOptions::default()).unwrap()).iter().map(|row| row[0].to_string()).collect();
    assert_eq!(shown, ["1970-01-01T00:00:01Z", "9999-12-31T00:00:00Z"]);
}

#[test]
fn files_that_are_no_parquet_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    std::fs::write(&path, "").unwrap();
    assert_eq!(
        message(&path, &ImportOptions::default()),
        "t.parquet is empty: there is no header and no row."
    );
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let told = message(&path, &ImportOptions::default());
    assert!(told.starts_with("t.parquet is not a Parquet file that can be read: "), "{told}");
}

/// The file cut off everywhere, and with single bytes changed: an error or some batches, never a panic. The
/// library checks no sums by default, so a changed value may go unseen.
#[test]
fn damaged_files_are_errors_and_never_panics() {
    let good = std::fs::read(planes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    for len in (0..good.len()).step_by(997) {
        std::fs::write(&path, &good[..len]).unwrap();
        assert!(read(&path, &ImportOptions::default()).is_err(), "cut to {len}");
    }
    let mut errors = 0;
    for i in 0..600usize {
        // The footer is where the structure is; the rest gets every other one.
        let at = if i % 2 == 0 { good.len() - 1 - i * 11 % 6000 } else { i * 7919 % good.len() };
        let mut bad = good.clone();
        bad[at] ^= 1 << (i % 8) | 0x41;
        std::fs::write(&path, &bad).unwrap();
        errors += usize::from(read(&path, &ImportOptions::default()).is_err());
    }
    assert!(errors > 50, "{errors}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn random_columns_come_back(
        numbers in prop::collection::vec(prop::option::of(any::<i64>()), 1..400),
        group in 1usize..150,
        page in 1usize..60,
        dictionary in any::<bool>(),
        threads in 1usize..4,
    ) {
        let texts: Vec<Option<String>> =
            numbers.iter().map(|n| n.map(|n| if n % 3 == 0 { "same".to_owned() } else { n.to_string() })).collect();
        let floats: Vec<Option<f64>> = numbers.iter().map(|n| n.map(|n| n as f64 / 7.0)).collect();
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(group))
            .set_data_page_row_count_limit(page)
            .set_write_batch_size(16)
            .set_dictionary_enabled(dictionary)
            .set_dictionary_page_size_limit(64)
            .set_compression(Compression::SNAPPY)
            .build();
        let (_folder, path) = write(
            vec![
                ("n", Arc::new(Int64Array::from(numbers.clone()))),
                ("t", Arc::new(StringArray::from(texts.clone()))),
                ("x", Arc::new(Float64Array::from(floats.clone()))),
            ],
            properties,
        );
        let batches = read(&path, &ImportOptions { threads, ..ImportOptions::default() }).unwrap();
        // Row groups do not show.
        prop_assert_eq!(batches.len(), 1);
        let expected: Vec<Vec<Scalar>> = (0..numbers.len())
            .map(|i| vec![Scalar::from(numbers[i]), Scalar::from(texts[i].clone()), floats[i].map_or(Scalar::Null, Scalar::F64)])
            .collect();
        prop_assert_eq!(rows(&batches), expected);
    }
}

#[test]
fn a_file_without_rows_has_a_schema_and_no_batch() {
    let (_folder, path) =
        write(vec![("n", Arc::new(Int8Array::from(Vec::<i8>::new())))], WriterProperties::default());
    let mut stream = open(&path, &ImportOptions::default(), &Context::new()).unwrap();
    assert_eq!(stream.schema().fields()[0].data_type, DataType::I8);
    assert!(stream.next_batch().unwrap().is_none());
}
