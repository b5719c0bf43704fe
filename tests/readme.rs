//! The Rust of the README is this code, which compiles and runs: every line of it stands there, in this order.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

const THIS_FILE: &str = include_str!("readme.rs");
const README: &str = include_str!("../README.md");

#[allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "the README shows the mapped way, and what it asks for"
)]
fn example() -> colq::Result<Vec<Option<f64>>> {
    // README begins
    use colq::{Row, Table, col, count, lit, mean, sum};

    let trips = unsafe { Table::map("trips.colq")? };
    let fare: &[f32] = trips.column("fare")?.values::<f32>()?;
    let by_zone = trips
        .query()
        .filter(col("fare").gt(lit(10)).and(col("zone").is_in([1, 7])))
        .group_by([col("zone")])
        .agg([count(), sum(col("fare")), mean(col("tip")).alias("tip")])
        .sort([col("zone")])
        .collect()?;
    let tips: Vec<Option<f64>> = by_zone.column("tip")?.to_vec()?;

    let dear = trips.query().filter(col("fare").gt(lit(10)));
    for frame in dear.batches()? {
        let frame = frame?;
        let fares: &[f32] = frame.column("fare")?.values()?;
        assert!(fares.iter().all(|fare| *fare > 10.0));
    }
    dear.write("dear.colq")?;

    #[derive(Row)]
    struct Trip {
        zone: i64,
        fare: f32,
        tip: Option<f64>,
    }
    for trip in trips.query().filter(Trip::fare.gt(10.0)).collect()?.rows::<Trip>()? {
        println!("{}: {} and {:?}", trip.zone, trip.fare, trip.tip);
    }
    // README ends
    assert_eq!(fare, [12.5, 30.0, 8.0]);
    Ok(tips)
}

#[test]
fn the_readme_says_what_this_file_does() {
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    std::fs::write("trips.csv", "zone,fare,tip\n1,12.5,2\n7,30,\n1,8,1.5\n").unwrap();
    let options = colq::ImportOptions {
        types: vec![("fare".to_owned(), colq::DataType::F32)],
        ..colq::ImportOptions::default()
    };
    let import = colq::Import::new("trips.colq").options(options);
    import.run(["trips.csv"], &colq::Context::new()).unwrap();
    assert_eq!(example().unwrap(), [Some(2.0), None]);

    let begin = THIS_FILE.find("// README begins\n").unwrap();
    let end = THIS_FILE.find("// README ends\n").unwrap();
    let mut rest = README;
    let mut lines = 0;
    for line in THIS_FILE[begin..end].lines().skip(1).map(str::trim).filter(|line| !line.is_empty()) {
        let at = rest.find(line).unwrap_or_else(|| panic!("the README does not say, here: {line}"));
        rest = &rest[at + line.len()..];
        lines += 1;
    }
    assert!(lines > 8, "the example was not found");
}
