//! How fast a table is written and opened: `cargo run --release -p colq-store --example write_speed [rows]`.
//! Values are in memory already, so this is summarising, hashing and writing to the page cache; the sync at
//! the end depends on the disk and is counted apart.

use colq_column::{Batch, Bitmap, Column, Dictionary};
use colq_store::{Table, TableWriter, verify};
use colq_types::{DataType, Field, Schema};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

/// Seconds that this process was on a processor, which a busy machine changes less than the clock's.
fn busy_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}

fn main() -> Result<(), Box<dyn Error>> {
    let rows: u32 = std::env::args().nth(1).map_or(Ok(20_000_000), |rows| rows.parse())?;
    let folder = tempfile::tempdir_in(".")?;
    let mixed = |i: u32| i.wrapping_mul(2_654_435_761);
    let dictionary = Arc::new(Dictionary::of(["AA", "B6", "DL", "UA"]));
    let columns = [
        ("f32", Column::new(DataType::F32, (0..rows).map(|i| mixed(i) as f32).collect::<Vec<_>>())),
        ("f64", Column::new(DataType::F64, (0..rows).map(|i| f64::from(mixed(i))).collect::<Vec<_>>())),
        ("i64", Column::new(DataType::I64, (0..rows).map(|i| i64::from(mixed(i))).collect::<Vec<_>>())),
        ("i32", Column::new(DataType::I32, (0..rows).map(|i| mixed(i) as i32).collect::<Vec<_>>())),
        ("u8", Column::new(DataType::U8, (0..rows).map(|i| mixed(i) as u8).collect::<Vec<_>>())),
        ("text", Column::text((0..rows).map(|i| (mixed(i) & 3) as u8).collect::<Vec<_>>(), dictionary)),
        (
            "f32 with nulls",
            Column::new(
                DataType::F32,
                (0..rows).map(|i| if i % 7 == 0 { 0.0 } else { mixed(i) as f32 }).collect::<Vec<_>>(),
            )
            .with_validity(Some((0..rows).map(|i| i % 7 != 0).collect::<Bitmap>())),
        ),
    ];
    for (name, column) in &columns {
        let schema = Schema::new(vec![Field::new(*name, column.data_type)]);
        let bytes = column.values.byte_len();
        let batch = Batch::new(Arc::new(schema.clone()), vec![column.clone()]).ok_or("batch")?;
        let path = folder.path().join(format!("{name}.colq"));
        let mut writer = TableWriter::create(&path, &schema)?;
        let (start, busy) = (Instant::now(), busy_seconds());
        writer.write(&batch)?;
        let (write, busy) = (start.elapsed(), busy_seconds() - busy);
        writer.commit()?;
        let all = start.elapsed();
        let gigabytes = bytes as f64 / 1e9;
        println!(
            "{name:>15}: write {:.2} GB/s, of processor time {:.2} GB/s, with sync {:.2} GB/s",
            gigabytes / write.as_secs_f64(),
            gigabytes / busy,
            gigabytes / all.as_secs_f64()
        );
    }
    let schema: Schema = columns.iter().map(|(name, c)| Field::new(*name, c.data_type)).collect();
    let batch = Batch::new(Arc::new(schema.clone()), columns.into_iter().map(|(_, c)| c).collect());
    let path = folder.path().join("all.colq");
    let mut writer = TableWriter::create(&path, &schema)?;
    let batch = batch.ok_or("batch")?;
    let start = Instant::now();
    writer.write(&batch)?;
    let all = start.elapsed();
    println!("all columns: write {:.2} GB/s", batch.byte_len() as f64 / 1e9 / all.as_secs_f64());
    writer.commit()?;
    let start = Instant::now();
    for _ in 0..100 {
        Table::open(&path)?;
    }
    println!("open: {:?}", start.elapsed() / 100);
    let start = Instant::now();
    let report = verify(&path)?;
    println!("verify: {:.2} GB/s", report.byte_count as f64 / 1e9 / start.elapsed().as_secs_f64());
    Ok(())
}
