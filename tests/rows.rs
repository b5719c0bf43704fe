//! Structs as rows: what goes in comes out, by every kind of field, and what does not fit is an error that names the
//! column and the row.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use colq::{DataType, Row, Scalar, Table, TimeUnit, bf16, col, f16, sum};

#[derive(Debug, Clone, PartialEq, Row)]
struct Everything {
    flag: bool,
    tiny: i8,
    small: Option<i16>,
    #[row(type = "date")]
    day: i32,
    #[row(type = "timestamp(ns)")]
    at: i64,
    #[row(type = "duration(ms)")]
    took: Option<i64>,
    #[row(type = "decimal(12,2)")]
    price: i64,
    byte: u8,
    port: Option<u16>,
    address: u32,
    id: u64,
    half: f16,
    brain: Option<bf16>,
    single: f32,
    double: Option<f64>,
    #[row(name = "a name, with \"everything\"")]
    text: String,
    note: Option<String>,
    embedding: [f32; 3],
}

fn row(i: i64) -> Everything {
    let odd = i % 2 == 1;
    Everything {
        flag: odd,
        tiny: -(i as i8),
        small: odd.then_some(i as i16),
        day: i as i32 - 3,
        at: i * 1_000_000_007,
        took: (!odd).then_some(-i),
        price: 199 * i,
        byte: i as u8,
        port: odd.then_some(i as u16),
        address: u32::MAX - i as u32,
        id: u64::MAX - i as u64,
        half: f16::from_f32(i as f32 / 2.0),
        brain: odd.then(|| bf16::from_f32(i as f32)),
        single: i as f32 / 3.0,
        double: odd.then_some(i as f64 / 7.0),
        text: format!("row {}", i % 5),
        note: odd.then(|| "odd".to_owned()),
        embedding: [i as f32, 0.5, -1.0],
    }
}

#[test]
fn rows_of_every_kind_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let all: Vec<Everything> = (0..100).map(row).collect();
    let mut writer = Table::create_rows::<Everything>(&path).unwrap();
    writer.write_rows(&all[..60]).unwrap();
    writer.write_rows::<Everything>(&[]).unwrap();
    writer.write_rows(&all[60..]).unwrap();
    writer.commit().unwrap();
    let table = Table::open(&path).unwrap();
    let types: Vec<String> = table.schema().fields().iter().map(|f| f.data_type.to_string()).collect();
    assert_eq!(types[3..7], ["date", "timestamp(ns)", "duration(ms)", "decimal(12,2)"]);
    assert_eq!(types[17], "vector(f32,3)");
    let back: Vec<Everything> = table.query().collect().unwrap().rows().unwrap().collect();
    assert_eq!(back, all);
    let mut streamed = Vec::new();
    for frame in table.query().batches().unwrap() {
        streamed.extend(frame.unwrap().rows::<Everything>().unwrap());
    }
    assert_eq!(streamed, all);
}

#[test]
fn handles_compare_with_values_of_their_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let all: Vec<Everything> = (0..100).map(row).collect();
    let mut writer = Table::create_rows::<Everything>(&path).unwrap();
    writer.write_rows(&all).unwrap();
    writer.commit().unwrap();
    let table = Table::open(&path).unwrap();
    let count = |filter| table.query().filter(filter).collect().unwrap().row_count();
    assert_eq!(count(Everything::tiny.gt(-10)), 10);
    assert_eq!(count(Everything::double.is_null()), 50);
    assert_eq!(count(Everything::text.eq("row 3").and(Everything::flag.eq(true))), 10);
    assert_eq!(count(Everything::small.between(10, 20)), 5);
    assert_eq!(count(Everything::port.is_in([1, 3, 4])), 2);
    let total = table.query().agg([sum(Everything::byte.into())]).collect().unwrap();
    assert_eq!(total.scalar(0, 0), Scalar::U64(4950));
    let first = table.query().sort([Everything::id]).limit(1).collect().unwrap();
    assert_eq!(first.rows::<Everything>().unwrap().next().unwrap(), all[99]);
}

#[derive(Debug, PartialEq, Row)]
struct Wide {
    tiny: i64,
    single: f64,
}

#[derive(Debug, Row)]
struct Strict {
    double: f64,
}

#[derive(Debug, Row)]
struct Missing {
    nothing: i64,
}

#[derive(Debug, Row)]
struct WrongType {
    #[row(type = "timestamp(us)")]
    at: i32,
}

#[test]
fn what_does_not_fit_is_an_error_by_column_and_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let mut writer = Table::create_rows::<Everything>(&path).unwrap();
    writer.write_rows(&[row(1), row(2)]).unwrap();
    let error = writer.write_rows(&[Wide { tiny: 1, single: 1.0 }]).unwrap_err();
    assert!(error.to_string().contains("tiny i64, single f64"), "{error}");
    writer.commit().unwrap();
    let table = Table::open(&path).unwrap();
    let frame = table.query().select([col("tiny"), col("single"), col("double")]).collect().unwrap();
    let wide: Vec<Wide> = frame.rows().unwrap().collect();
    assert_eq!(wide[1].tiny, -2);
    let error = frame.rows::<Strict>().unwrap_err();
    assert_eq!(error.to_string(), "Row 1 of column `double` is NULL, and f64 was asked for.");
    let error = frame.rows::<Missing>().unwrap_err();
    assert!(error.to_string().starts_with("No column named nothing."), "{error}");
    let error = WrongType::schema().unwrap_err();
    assert!(error.to_string().contains("`at` is declared timestamp(us)"), "{error}");
    let at = Everything::schema().unwrap().fields()[4].data_type;
    assert_eq!(at, DataType::Timestamp(TimeUnit::Nanosecond));
}
