//! A mapped column is a slice: the file's own bytes, with no copy and no decoding.
//!
//! Run it with `cargo run --example mapped_column`.

use colq::Table;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("flights.colq");
    colq::import(concat!(env!("CARGO_MANIFEST_DIR"), "/data/flights.csv"), &path)?;

    // SAFETY: the table is in a temporary folder of this process, and nobody else touches its files.
    #[allow(unsafe_code, reason = "an example of the mapped way")]
    let flights = unsafe { Table::map(&path)? };
    let distance: &[i64] = flights.column("distance")?.values()?;
    assert_eq!(distance.len() as u64, flights.row_count());
    let longest = distance.iter().max().copied().unwrap_or(0);
    println!("{} rows, the longest flight is {longest} miles", distance.len());

    // Null slots hold zero; the validity tells them from real zeros.
    let delay = flights.column("dep_delay")?;
    let (values, validity) = (delay.values::<i64>()?, delay.validity()?);
    let late =
        (0..values.len()).filter(|row| validity.as_ref().is_none_or(|v| v.get(*row)) && values[*row] > 60);
    println!("{} flights left more than an hour late", late.count());
    Ok(())
}
