//! Appends in commits, while a reader keeps the version it opened.
//!
//! Run it with `cargo run --example append`.

use colq::{Batch, BatchColumn, DataType, Field, Schema, Table, col, sum};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("meter.colq");
    let schema = Schema::new(vec![Field::new("watts", DataType::F32)]);
    let batch = |values: Vec<f32>| {
        let columns = vec![BatchColumn::new(DataType::F32, values)];
        Batch::new(Arc::new(schema.clone()), columns).ok_or("the columns do not fit the schema")
    };

    let mut writer = Table::create(&path, schema.clone())?;
    writer.write(&batch(vec![100.0, 150.0])?)?;
    writer.commit()?;
    drop(writer);
    let early = Table::open(&path)?;

    let mut writer = Table::append(&path)?;
    writer.write(&batch(vec![50.0])?)?;
    println!("version {} is committed", writer.commit()?);

    let late = early.refresh()?;
    assert_eq!((early.row_count(), late.row_count()), (2, 3));
    let total = late.query().agg([sum(col("watts")).alias("total")]).collect()?;
    assert_eq!(total.column("total")?.to_vec::<f64>()?, [300.0]);
    println!("the early reader still sees {} rows, the late one {}", early.row_count(), late.row_count());
    Ok(())
}
