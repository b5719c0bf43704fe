//! EXPLAIN: the tree with types, estimates and what zone summaries decide; and what EXPLAIN ANALYZE adds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use colq::{Batch, BatchColumn, DataType, Field, Scalar, Schema, Session, Table};
use std::sync::Arc;

/// Four zones and a tail: ids in order, ten dictionary texts.
const ROWS: i64 = 300_000;

fn session(folder: &tempfile::TempDir) -> Session {
    let path = folder.path().join("t.colq");
    let schema = Schema::new(vec![
        Field::new("id", DataType::I64),
        Field::new("fare", DataType::F32),
        Field::new("zone", DataType::Text),
    ]);
    let mut writer = Table::create(&path, schema.clone()).unwrap();
    let zones: Vec<Scalar> = (0..ROWS).map(|r| Scalar::Text(format!("zone {}", r % 10))).collect();
    let columns = vec![
        BatchColumn::new(DataType::I64, (0..ROWS).collect::<Vec<_>>()),
        BatchColumn::new(DataType::F32, (0..ROWS).map(|r| (r % 100) as f32).collect::<Vec<_>>()),
        BatchColumn::from_scalars(DataType::Text, &zones),
    ];
    writer.write(&Batch::new(Arc::new(schema), columns).unwrap()).unwrap();
    writer.commit().unwrap();
    let mut session = Session::new();
    session.register("t", Table::open(&path).unwrap());
    session
}

const SQL: &str =
    "select zone, sum(fare) as fares from t where id < 100000 group by zone order by fares desc limit 3";

#[test]
fn a_plan_shows_types_estimates_and_what_the_zones_decide() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(&folder);
    let expected = "\
limit 3
│    about 3 rows
└─ sort by fares DESC
   │    about 10 rows
   └─ project zone, sum(fare) AS fares
      │    about 10 rows
      │    gives zone: text, fares: f64
      └─ aggregate sum(fare) by zone
         │    about 10 rows
         │    gives zone: text, sum(fare): f64
         └─ filter (id < 100000)
            │    zones: 3 pruned, 1 pass whole, 1 to be looked at
            │    about 100,000 rows
            └─ scan t
                    300,000 rows in 5 zones
                    reads id: i64, fare: f32, zone: text
";
    assert_eq!(session.prepare(SQL).unwrap().explain().unwrap(), expected);
    let explained = session.sql(&format!("explain {SQL}")).unwrap();
    let lines: Vec<String> = explained.scalar_rows().map(|row| row[0].to_string()).collect();
    assert_eq!(lines.join("\n") + "\n", expected);
}

#[test]
fn an_analysis_says_what_was_read_and_how() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(&folder);
    let analysis = session.prepare(SQL).unwrap().analyze().unwrap();
    assert_eq!(analysis.frame().row_count(), 3);
    let text = analysis.to_string();
    for fact in [
        "10 rows in ",
        "100,000 rows passed",
        "zones: 0 answered by their summaries, 3 pruned, 2 read;",
        "order: ",
        "groups: the key is an index into",
        "kernel: ",
        "owned peak: ",
        "tables: read",
        "threads: ",
    ] {
        assert!(text.contains(fact), "{fact} is not in\n{text}");
    }
    // Zone summaries alone answer this one.
    let text = session.prepare("select count(*), max(id) from t").unwrap().analyze().unwrap().to_string();
    assert!(
        text.contains("zones: 5 answered by their summaries, 0 pruned, 0 read; 0 bytes of values"),
        "{text}"
    );
}
