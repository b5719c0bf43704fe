//! A loss for each row that two processes write at once: this one starts itself a second time. Each sees the other's
//! stores live; queries see a checkpoint.
//!
//! Run it with `cargo run --example mutable_column`.

use colq::{Batch, BatchColumn, DataType, Field, MutableColumn, Schema, Table, col, sum};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const ROWS: u64 = 10_000;

/// Set for the second process: the path of the table.
const TABLE: &str = "COLQ_EXAMPLE_TABLE";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(path) = std::env::var_os(TABLE) {
        return second_process(Path::new(&path));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("samples.colq");
    let schema = Schema::new(vec![Field::new("label", DataType::I32)]);
    let labels = vec![BatchColumn::new(DataType::I32, vec![1i32; ROWS as usize])];
    let mut writer = Table::create(&path, schema.clone())?;
    writer.write(&Batch::new(Arc::new(schema), labels).ok_or("the columns do not fit the schema")?)?;
    writer.commit()?;
    drop(writer);

    // SAFETY: nobody makes files in this temporary folder shorter. What the second process stores is harmless.
    #[allow(unsafe_code, reason = "an example of the shared way")]
    let (loss, seen) = unsafe {
        (MutableColumn::create(&path, "loss", ROWS, 0.0f32)?, MutableColumn::create(&path, "seen", 1, 0u64)?)
    };
    let mut second = Command::new(std::env::current_exe()?).env(TABLE, &path).spawn()?;
    for row in (0..ROWS).step_by(2) {
        loss.set(row, 0.25)?;
        seen.fetch_add(0, 1)?;
    }
    assert!(second.wait()?.success());

    // Every store of both is there, and no addition was lost.
    assert_eq!((loss.get(0)?, loss.get(1)?), (0.25, 0.75));
    assert_eq!(seen.get(0)?, ROWS);
    // Queries do not see live numbers, but a copy of them that is committed like any column.
    assert!(Table::open(&path)?.column("loss").is_err());
    let version = loss.checkpoint()?;
    let total = Table::open(&path)?.query().agg([sum(col("loss")).alias("total")]).collect()?;
    assert_eq!(total.column("total")?.to_vec::<f64>()?, [5000.0]);
    println!("two processes wrote {ROWS} losses; version {version} holds a copy of them");
    Ok(())
}

/// Writes the odd rows, while the first process writes the even ones.
fn second_process(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    // SAFETY: as in the first process.
    #[allow(unsafe_code, reason = "an example of the shared way")]
    let (loss, seen) =
        unsafe { (MutableColumn::<f32>::open(path, "loss")?, MutableColumn::<u64>::open(path, "seen")?) };
    for row in (1..ROWS).step_by(2) {
        loss.set(row, 0.75)?;
        seen.fetch_add(0, 1)?;
    }
    // Others see stores at once; a flush is for the case that the power fails.
    loss.flush_range(0..ROWS)?;
    Ok(())
}
