//! Several tables as one: UNION ALL against the naive engine, and paths with `*`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use colq::{Batch, BatchColumn, Context, DataType, Field, Scalar, Schema, Session, Table};
use colq_column::ColumnSource;
use colq_exec::{Pool, execute, execute_batches};
use colq_plan::{Query, Relation, SelectItem, bind, col, count, lit, sum};
use colq_testkit::{NaiveTable, compare, run};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Rows of the three tables: an unfinished zone, a few rows, and a whole zone.
const ROWS: [i64; 4] = [70_001, 3, 65_536, 0];

fn batch(which: usize) -> Batch {
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::I64),
        Field::new("fare", DataType::F64),
        Field::new("zone", DataType::Text),
    ]));
    let first = which as i64 * 1_000_000;
    let fares: Vec<Scalar> = (0..ROWS[which])
        .map(|r| if r % 11 == 0 { Scalar::Null } else { Scalar::F64((first + r) as f64 / 7.0) })
        .collect();
    let zones: Vec<Scalar> =
        (0..ROWS[which]).map(|r| Scalar::Text(format!("zone {}", (r * 31 + which as i64) % 17))).collect();
    let columns = vec![
        BatchColumn::new(DataType::I64, (first..first + ROWS[which]).collect::<Vec<_>>()),
        BatchColumn::from_scalars(DataType::F64, &fares),
        BatchColumn::from_scalars(DataType::Text, &zones),
    ];
    Batch::new(schema, columns).unwrap()
}

fn select(which: usize, columns: &[&str]) -> Query {
    let select = columns.iter().map(|name| SelectItem::from(col(*name))).collect();
    Query { select, ..Query::from(Relation::table(format!("t{which}"))) }
}

/// The queries over a union: of whole tables, of columns in another order, of computed rows.
fn queries() -> Vec<Query> {
    let whole =
        || Relation::UnionAll((0..4).map(|t| Query::from(Relation::table(format!("t{t}")))).collect());
    let turned = Relation::UnionAll(vec![select(0, &["zone", "id"]), select(2, &["zone", "id"])]);
    let computed = Relation::UnionAll(vec![
        Query {
            select: vec![(col("id") + lit(1)).alias("n").into()],
            filter: Some(col("fare").gt(lit(5))),
            ..Query::from(Relation::table("t0"))
        },
        // An i64 and an f64 meet as f64.
        Query { select: vec![col("fare").into()], ..Query::from(Relation::table("t2")) },
    ]);
    vec![
        Query::from(whole()),
        Query {
            select: vec![count().into(), sum(col("fare")).into(), sum(col("id")).into()],
            ..Query::from(whole())
        },
        Query {
            select: vec![count().into(), sum(col("fare")).into()],
            filter: Some(col("zone").eq(lit("zone 3"))),
            ..Query::from(whole())
        },
        Query {
            select: vec![col("zone").into(), count().into(), sum(col("fare")).into()],
            group_by: vec![col("zone")],
            ..Query::from(whole())
        },
        Query {
            order_by: vec![col("fare").desc(), col("id").asc()],
            limit: Some(20),
            offset: 70_000,
            ..Query::from(whole())
        },
        Query { limit: Some(10), offset: 69_998, ..Query::from(whole()) },
        Query { select: vec![col("zone").into()], distinct: true, ..Query::from(turned.clone()) },
        Query::from(turned),
        Query { select: vec![sum(col("n")).into(), count().into()], ..Query::from(computed.clone()) },
        Query::from(computed),
    ]
}

#[test]
fn a_union_has_the_answers_of_the_naive_engine() {
    let tables: HashMap<String, Batch> = (0..4).map(|t| (format!("t{t}"), batch(t))).collect();
    let catalog: HashMap<String, Schema> =
        tables.iter().map(|(n, b)| (n.clone(), (**b.schema()).clone())).collect();
    let sources: HashMap<String, Arc<dyn ColumnSource>> =
        tables.iter().map(|(n, b)| (n.clone(), Arc::new(b.clone()) as Arc<dyn ColumnSource>)).collect();
    for (number, query) in queries().into_iter().enumerate() {
        let plan = bind(&query, &catalog).unwrap();
        let expected = run(&plan, &tables);
        assert!(expected.is_ok(), "query {number}");
        for threads in [1, 3] {
            let (pool, context) = (Pool::new(threads), Context::default());
            let found = execute(&plan, &sources, &pool, &context).unwrap();
            let found = NaiveTable::from_batches(plan.schema().clone(), &[found]);
            compare(&expected, &Ok(found)).unwrap_or_else(|e| panic!("query {number}: {e}"));
            let streamed: Vec<Batch> =
                execute_batches(&plan, &sources, &pool, &context).unwrap().map(Result::unwrap).collect();
            let streamed = NaiveTable::from_batches(plan.schema().clone(), &streamed);
            compare(&expected, &Ok(streamed)).unwrap_or_else(|e| panic!("query {number} as a stream: {e}"));
        }
    }
}

#[test]
fn inputs_that_do_not_fit_together_are_refused() {
    let catalog = HashMap::from([("t0".to_string(), (**batch(0).schema()).clone())]);
    let refusal = |a: &[&str], b: &[&str]| {
        let query = Query::from(Relation::UnionAll(vec![select(0, a), select(0, b)]));
        bind(&query, &catalog).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(&["id"], &["id", "fare"]),
        "UNION ALL needs the same columns in all its queries, and there are 1 and 2."
    );
    assert_eq!(
        refusal(&["id"], &["zone"]),
        "UNION ALL needs one type in each column, and id is i64 and text."
    );
}

fn store(path: &Path, which: usize) {
    let batch = batch(which);
    let mut writer = Table::create(path, (**batch.schema()).clone()).unwrap();
    writer.write(&batch).unwrap();
    writer.commit().unwrap();
}

#[test]
fn a_pattern_names_all_tables_that_match_it() {
    let folder = tempfile::tempdir().unwrap();
    for which in 0..4 {
        store(&folder.path().join(format!("part-{which}.colq")), which);
    }
    std::fs::write(folder.path().join("part-4.csv"), "zone,id,fare\nzone 99,7,2.5\n").unwrap();
    let mut session = Session::new();
    session.set_cache(colq::Cache::new(folder.path().join("cache")));
    let ask = |session: &Session, pattern: &str, select: &str| {
        let sql = format!("select {select} from '{}/{pattern}'", folder.path().display());
        session.sql(&sql).map(|frame| frame.scalar_rows().collect::<Vec<_>>())
    };
    let total: i64 = ROWS.iter().sum();
    assert_eq!(ask(&session, "part-?.colq", "count(*)").unwrap(), [[Scalar::I64(total)]]);
    // A file is imported, and its columns found by their names.
    let last = ask(&session, "part-*", "max(zone), count(*)").unwrap();
    assert_eq!(last, [[Scalar::Text("zone 99".into()), Scalar::I64(total + 1)]]);
    let error = ask(&session, "none-*.csv", "count(*)").unwrap_err().to_string();
    assert!(error.contains("no file or table matches the pattern"), "{error}");
    std::fs::write(folder.path().join("part-5.csv"), "zone,id\nzone 99,7\n").unwrap();
    let error = ask(&session, "part-*", "count(*)").unwrap_err().to_string();
    assert!(
        error.contains("part-5.csv does not have the columns of") && error.contains("no column fare"),
        "{error}"
    );
}
