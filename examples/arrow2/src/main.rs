//! A mapped column as an arrow2 array, for whoever still holds such arrays. It ends with an assertion that nothing was
//! copied; it does not show how to write a table through arrow2.
//!
//! Run it with `cargo run --manifest-path examples/arrow2/Cargo.toml`.

use arrow2::array::{Array, PrimitiveArray};
use colq::{Batch, BatchColumn, DataType, Field, Schema, Table};
use std::sync::Arc;

const ROWS: usize = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("trips.colq");
    let schema = Schema::new(vec![Field::new("fare", DataType::F64)]);
    let fares: Vec<f64> = (0..ROWS).map(|row| (row % 100) as f64 / 4.0).collect();
    let expected: f64 = fares.iter().sum();
    let column = BatchColumn::new(DataType::F64, fares);
    let batch = Batch::new(Arc::new(schema.clone()), vec![column]).ok_or("the column does not fit its schema")?;
    let mut writer = Table::create(&path, schema)?;
    writer.write(&batch)?;
    writer.commit()?;

    // SAFETY: the table is in a temporary folder of this process, and nobody else touches its files.
    let trips = unsafe { Table::map(&path)? };
    let fare: &[f64] = trips.column("fare")?.values()?;

    // SAFETY: arrow2 asks that the slice outlives the array. The array is dropped with this block, and `trips`, which
    // keeps the map, is borrowed until after it.
    let array: PrimitiveArray<f64> = unsafe { arrow2::ffi::mmap::slice(fare) };
    assert_eq!(array.values().as_ptr(), fare.as_ptr(), "the values were copied");
    assert_eq!((array.len(), array.null_count()), (ROWS, 0));

    let sum: f64 = array.values_iter().sum();
    assert_eq!(sum, expected);
    println!("{} fares, {sum} in all, in the file's own bytes", array.len());
    Ok(())
}
