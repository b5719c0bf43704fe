//! Reads a file and says how fast: `cargo run --release -p colq-io --example read --features parquet -- FILE`.

use colq_context::Context;
use colq_io::{ImportOptions, OnError};
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("name a file")?);
    let threads = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let options = ImportOptions { threads, on_error: OnError::Fail, ..ImportOptions::default() };
    let context = Context::new();
    let start = Instant::now();
    let mut stream = colq_io::open(&path, &options, &context)?;
    let opened = start.elapsed();
    let (mut rows, mut byte_len) = (0, 0);
    while let Some(batch) = stream.next_batch()? {
        rows += batch.row_count();
        byte_len += batch.byte_len();
    }
    let all = start.elapsed();
    let file_len = std::fs::metadata(&path)?.len();
    for field in stream.schema().fields() {
        eprintln!("{}: {}", field.name, field.data_type);
    }
    println!(
        "{rows} rows, {file_len} bytes of file, {byte_len} bytes of values; open {opened:.1?}, all {all:.1?}: {:.0} MB/s of file, {:.0} MB/s of values, claimed {} MiB",
        file_len as f64 / 1e6 / all.as_secs_f64(),
        byte_len as f64 / 1e6 / all.as_secs_f64(),
        context.owned_peak() >> 20,
    );
    Ok(())
}
