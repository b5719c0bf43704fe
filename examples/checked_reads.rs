//! A byte of a table is overwritten behind its back. A plain query answers from what is there; a checked one says
//! what is damaged and where, and never a wrong answer.
//!
//! Run it with `cargo run --example checked_reads`.

use colq::{Batch, BatchColumn, DataType, Field, Schema, Table, col, lit, max};
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("meter.colq");
    let schema = Schema::new(vec![Field::new("watts", DataType::I32)]);
    let watts =
        vec![BatchColumn::new(DataType::I32, (0..100_000).map(|row| row % 1000).collect::<Vec<i32>>())];
    let mut writer = Table::create(&path, schema.clone())?;
    writer.write(&Batch::new(Arc::new(schema), watts).ok_or("the columns do not fit the schema")?)?;
    writer.commit()?;

    // The summaries would answer a bare max; of the even rows only the values can.
    let highest = |table: &Table| {
        let even = (col("watts") % lit(2)).eq(lit(0));
        table.query().filter(even).agg([max(col("watts")).alias("highest")]).collect()
    };
    assert_eq!(highest(&Table::open_checked(&path)?)?.column("highest")?.to_vec::<i32>()?, [998]);

    // Row 70,000 lies in zone 1; its values begin 4,096 bytes into the file.
    let mut file = std::fs::OpenOptions::new().write(true).open(path.join("columns/watts.npy"))?;
    file.seek(SeekFrom::Start(4096 + 70_000 * 4))?;
    file.write_all(&1_000_000i32.to_le_bytes())?;
    drop(file);

    assert_eq!(Table::open(&path)?.column("watts")?.read_values::<i32>()?[70_000], 1_000_000);
    let Err(error) = highest(&Table::open_checked(&path)?) else {
        return Err("the damage was not found".into());
    };
    assert!(error.is_corrupt());
    let text = error.to_string();
    assert!(text.contains("watts.npy") && text.contains("zone 1"), "{text}");
    println!("{}", text.replace(&format!("{}/", folder.path().display()), ""));
    Ok(())
}
