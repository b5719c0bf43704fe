//! A mapped table in Arrow's hands: the file's own bytes, for as long as anybody holds an array.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use colq_arrow::{export_stream, from_arrow, import_stream, to_arrow};
use colq_column::{Batch, Buffer, Column, ColumnSource, SharedBytes, SharedValues};
use colq_types::{DataType, Field, Physical, RowRange, Scalar, Schema, zone_count, zone_range};
use std::path::Path;
use std::sync::Arc;

const ROWS: usize = 150_000;

fn schema() -> Arc<Schema> {
    let field = |name: &str, data_type| Field::new(name, data_type);
    Arc::new(Schema::new(vec![
        field("fare", DataType::F64),
        field("zone", DataType::Text),
        field("count", DataType::I32),
    ]))
}

/// Fares, zones of which some are NULL, and counts.
fn write(path: &Path) -> Batch {
    let fares: Vec<f64> = (0..ROWS).map(|row| row as f64 / 8.0).collect();
    let zones: Vec<Scalar> = (0..ROWS)
        .map(|row| if row % 11 == 0 { Scalar::Null } else { Scalar::from(["A", "Bü", ""][row % 3]) })
        .collect();
    let columns = vec![
        Column::new(DataType::F64, fares),
        Column::from_scalars(DataType::Text, &zones),
        Column::new(DataType::I32, (0..ROWS as i32).collect::<Vec<i32>>()),
    ];
    let batch = Batch::new(schema(), columns).unwrap();
    let mut writer = colq::Table::create(path, (*schema()).clone()).unwrap();
    writer.write(&batch).unwrap();
    writer.commit().unwrap();
    batch
}

fn map(path: &Path) -> colq_store::Table {
    // SAFETY: the table is in a temporary folder of this process, and nobody else touches its files.
    #[allow(unsafe_code, reason = "the test maps its own table")]
    unsafe {
        colq_store::Table::map(path).unwrap()
    }
}

/// The mapped bytes of the fares, kept by the table they belong to.
struct Fares(colq_store::Table);

impl AsRef<[u8]> for Fares {
    fn as_ref(&self) -> &[u8] {
        self.0.values::<f64>(0).map_or(&[], bytes_of)
    }
}

/// The bytes of floats.
fn bytes_of(values: &[f64]) -> &[u8] {
    colq_column::Values::F64(values).as_bytes()
}

#[test]
fn a_mapped_column_is_an_array_and_outlives_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trips.colq");
    let written = write(&path);
    let table = map(&path);
    let whole: *const f64 = table.values::<f64>(0).unwrap().as_ptr();
    let row_count = table.row_count();
    let mut arrays: Vec<(RowRange, ArrayRef)> = Vec::new();
    let bytes = SharedBytes::new(Arc::new(Fares(table.clone())));
    for zone in 0..zone_count(row_count) {
        let rows = zone_range(zone, row_count);
        let range = rows.start as usize * 8..rows.end as usize * 8;
        let values = SharedValues::new(DataType::F64, Physical::U32, bytes.slice(range).unwrap()).unwrap();
        let column = Column::new(DataType::F64, Buffer::Shared(values));
        let array = to_arrow(&column).unwrap();
        let place = array.as_primitive::<Float64Type>().values().as_ptr();
        assert_eq!(place, whole.wrapping_add(rows.start as usize), "zone {zone} was copied");
        let back = from_arrow(&array).unwrap();
        assert_eq!(back.values.as_values().as_bytes().as_ptr(), place.cast::<u8>());
        arrays.push((rows, array));
    }
    drop((table, bytes));
    for (rows, array) in arrays {
        let fares = array.as_primitive::<Float64Type>().values().to_vec();
        let expected = (rows.start..rows.end).map(|row| row as f64 / 8.0).collect::<Vec<f64>>();
        assert_eq!(fares, expected);
    }
    assert_eq!(written.row_count(), ROWS);
}

#[test]
fn a_table_goes_through_the_c_stream_interface_zone_by_zone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trips.colq");
    let written = write(&path);
    let table = Arc::new(map(&path));
    let row_count = table.row_count();
    let zones = (0..zone_count(row_count)).map(move |zone| {
        let rows = zone_range(zone, row_count);
        let columns: Result<Vec<Column>, _> =
            (0..3).map(|column| ColumnSource::column(&*table, column, rows)).collect();
        let batch = Batch::new(schema(), columns.map_err(|error| error.into_inner())?);
        batch.ok_or_else(|| "the columns do not fit".into())
    });
    let stream = export_stream(&schema(), Box::new(zones)).unwrap();
    let mut first = 0;
    for batch in import_stream(stream).unwrap() {
        let batch = batch.unwrap();
        for row in (0..batch.row_count()).step_by(997) {
            assert_eq!(batch.row(row), written.row(first + row));
        }
        first += batch.row_count();
    }
    assert_eq!(first, ROWS);
}

/// The front door: a column, an answer and a stream of answers go to Arrow, and a table is made of what comes back.
#[test]
fn the_front_door_hands_answers_over_and_takes_them_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    let batch = write(&path);
    #[allow(unsafe_code, reason = "the test maps its own table")]
    // SAFETY: the table is in a temporary folder of this process, and nobody else touches its files.
    let table = unsafe { colq::Table::map(&path) }.unwrap();
    let fares = table.column("fare").unwrap();
    let array = fares.to_arrow().unwrap();
    let slice = fares.values::<f64>().unwrap();
    assert_eq!(array.as_primitive::<Float64Type>().values().as_ptr(), slice.as_ptr());

    let back = folder.path().join("back.colq");
    let mut writer = colq::Table::create(&back, (*schema()).clone()).unwrap();
    let frame = table.query().limit(100_000).collect().unwrap();
    let record = frame.to_arrow().unwrap();
    assert_eq!(*colq::schema_of_arrow(&record.schema()).unwrap(), *schema());
    assert_eq!(colq::Frame::from_arrow(&record).unwrap().row_count(), 100_000);
    writer.write_arrow(&record).unwrap();
    let rest = table.query().offset(100_000).batches().unwrap().into_arrow_stream().unwrap();
    assert_eq!(writer.write_arrow_stream(rest).unwrap(), 50_000);
    writer.commit().unwrap();
    let rows = colq::Table::open(&back).unwrap().query().collect().unwrap();
    assert_eq!(rows.row_count(), ROWS);
    for row in [0, 99_999, 100_000, ROWS - 1] {
        assert_eq!(rows.as_batch().row(row), batch.row(row));
    }
    let other = table.query().select([colq::col("fare")]).collect().unwrap().into_arrow().unwrap();
    let error = writer.write_arrow(&other).unwrap_err();
    assert!(error.to_string().contains("1 columns"), "{error}");
    let reader = table.query().batches().unwrap().into_arrow().unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), ROWS);
}
