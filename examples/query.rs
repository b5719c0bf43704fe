//! Imports a real CSV file and asks it a question, in the builder and in SQL.
//!
//! Run it with `cargo run --example query`.

use colq::{Table, col, count, lit, mean};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("flights.colq");
    let report = colq::import(concat!(env!("CARGO_MANIFEST_DIR"), "/data/flights.csv"), &path)?;
    println!("{} rows imported", report.row_count);

    let flights = Table::open(&path)?;
    let by_carrier = flights
        .query()
        .filter(col("distance").gt(lit(500)).and(col("dep_delay").is_not_null()))
        .group_by([col("carrier")])
        .agg([count().alias("flights"), mean(col("dep_delay")).alias("delay")])
        .sort([col("delay").desc()])
        .limit(3)
        .collect()?;
    let carriers: Vec<String> = by_carrier.column("carrier")?.to_vec()?;
    let delays: Vec<f64> = by_carrier.column("delay")?.to_vec()?;
    for (carrier, delay) in carriers.iter().zip(&delays) {
        println!("{carrier}: {delay:.1} minutes");
    }

    let same = flights.sql(
        "SELECT carrier, avg(dep_delay) AS delay FROM this WHERE distance > 500 AND dep_delay IS NOT NULL
         GROUP BY carrier ORDER BY delay DESC LIMIT 3",
    )?;
    assert_eq!(same.column("delay")?.to_vec::<f64>()?, delays);
    Ok(())
}
