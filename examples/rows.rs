//! Structs as rows: `#[derive(Row)]` gives the schema, typed column handles, and rows in and out.
//!
//! Run it with `cargo run --example rows`.

use colq::{Row, Table, col, count, mean};

/// A trip. `Trip::fare` is the handle of its column: `Trip::fare.gt("ten")` does not compile.
#[derive(Debug, Row)]
struct Trip {
    #[row(type = "timestamp(s)")]
    at: i64,
    zone: String,
    fare: f32,
    tip: Option<f32>,
}

/// One row of the answer below.
#[derive(Debug, PartialEq, Row)]
struct Zone {
    zone: String,
    trips: i64,
    tip: Option<f64>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("trips.colq");

    let trips: Vec<Trip> = (0u16..1_000)
        .map(|i| Trip {
            at: 1_700_000_000 + i64::from(i) * 60,
            zone: if i % 3 == 0 { "harbour" } else { "station" }.to_owned(),
            fare: f32::from(i % 50),
            tip: (i % 2 == 0).then_some(1.5),
        })
        .collect();
    let mut writer = Table::create_rows::<Trip>(&path)?;
    writer.write_rows(&trips)?;
    writer.commit()?;

    let by_zone = Table::open(&path)?
        .query()
        .filter(Trip::fare.gt_eq(40.0))
        .group_by([Trip::zone.expr()])
        .agg([count().alias("trips"), mean(Trip::tip.expr()).alias("tip")])
        .sort([col("zone")])
        .collect()?;
    for zone in by_zone.rows::<Zone>()? {
        println!("{}: {} dear trips, tip {:?}", zone.zone, zone.trips, zone.tip);
        assert_eq!(zone.tip, Some(1.5));
    }
    assert_eq!(by_zone.row_count(), 2);
    Ok(())
}
