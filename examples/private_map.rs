//! What if every fare were a tenth higher? A private map is a slice that may be written: pages are copied when they
//! are first written to, and the table stays as it is.
//!
//! Run it with `cargo run --example private_map`.

use colq::{Batch, BatchColumn, DataType, Field, PrivateValues, Schema, Table};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("trips.colq");
    let schema = Schema::new(vec![Field::new("fare", DataType::F32)]);
    let fares = vec![BatchColumn::new(DataType::F32, vec![10.0f32; 100_000])];
    let mut writer = Table::create(&path, schema.clone())?;
    writer.write(&Batch::new(Arc::new(schema), fares).ok_or("the columns do not fit the schema")?)?;
    writer.commit()?;

    // SAFETY: the table is in a temporary folder of this process, and nobody else touches its files.
    #[allow(unsafe_code, reason = "an example of the mapped way")]
    let trips = unsafe { Table::map(&path)? };
    let mut dearer: PrivateValues<f32> = trips.column("fare")?.private()?;
    for fare in dearer.iter_mut() {
        *fare *= 1.5;
    }

    // The map of the table, and a fresh private one, still hold the file's values.
    let fares: &[f32] = trips.column("fare")?.values()?;
    assert!(dearer.iter().all(|fare| *fare == 15.0));
    assert!(fares.iter().all(|fare| *fare == 10.0));
    assert_eq!(trips.column("fare")?.private::<f32>()?[99_999], 10.0);
    assert_eq!(Table::open(&path)?.column("fare")?.read_values::<f32>()?[0], 10.0);
    println!("{} fares are 15.0 here, and 10.0 in the table", dearer.len());
    Ok(())
}
