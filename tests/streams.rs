//! Answers as streams: the same rows as in memory, whatever the query; a new table of any answer; and memory that
//! does not grow with the rows.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use colq::{
    Batch, BatchColumn, Context, DataType, Field, Frame, Frames, Scalar, Schema, Session, Table, col, count,
    lit, sum,
};
use std::path::Path;
use std::sync::Arc;

const ROWS: i64 = 200_000;

/// A table of three zones and a tail.
fn make(path: &Path) {
    let schema = Schema::new(vec![
        Field::new("id", DataType::I64),
        Field::new("fare", DataType::F32),
        Field::new("zone", DataType::Text),
    ]);
    let mut writer = Table::create(path, schema.clone()).unwrap();
    let schema = Arc::new(schema);
    for start in (0..ROWS).step_by(50_000) {
        let rows: Vec<i64> = (start..start + 50_000).collect();
        let fares: Vec<Scalar> = rows
            .iter()
            .map(|r| if r % 7 == 0 { Scalar::Null } else { Scalar::F32((r % 100) as f32 / 4.0) })
            .collect();
        let zones: Vec<Scalar> = rows.iter().map(|r| Scalar::Text(format!("zone {}", r % 300))).collect();
        let columns = vec![
            BatchColumn::new(DataType::I64, rows),
            BatchColumn::from_scalars(DataType::F32, &fares),
            BatchColumn::from_scalars(DataType::Text, &zones),
        ];
        writer.write(&Batch::new(schema.clone(), columns).unwrap()).unwrap();
    }
    writer.commit().unwrap();
}

fn rows(frames: impl IntoIterator<Item = Frame>) -> Vec<Vec<Scalar>> {
    frames.into_iter().flat_map(|frame| frame.scalar_rows().collect::<Vec<_>>()).collect()
}

const QUERIES: [&str; 10] = [
    "select * from this",
    "select id, fare * 2 as twice, zone from this where zone = 'zone 7' or fare > 24",
    "select id from this where id % 50000 = 3",
    "select * from this where id < 0",
    "select zone, id from this limit 70000 offset 65000",
    "select id from this where fare is null limit 10 offset 20000",
    "select id from this limit 0",
    "select zone, count(*) as n, sum(fare) as fares from this group by zone order by n desc, zone",
    "select * from this order by fare desc, id limit 100000",
    "select distinct zone from this",
];

/// Whether the queries below can be asked.
const FUNCTIONS_ARE_BUILT: bool = true;

/// Streams of computed texts, choices, patterns, and of one query after another.
const QUERIES_WITH_FUNCTIONS: [&str; 7] = [
    "select upper(zone) || '!' as loud, substr(zone, 6) as number, length(zone) as letters from this",
    "select id, case when fare > 20 then 'dear' when fare is null then zone end as word from this where id % 3 = 1",
    "select coalesce(fare, -1) as fare, round(fare * 1.25, 1) as more from this limit 70000 offset 65000",
    "select zone from this where zone like '%7_' or zone ~ '12$'",
    "select id from this where id < 70000 union all select id from this where id > 150000",
    "select zone, median(fare) as m, first(id) as f, mode(fare) filter (where id > 9) as o from this group by zone",
    "select concat(zone, id) as both from this order by hash(id, 1) limit 80000",
];

fn queries() -> impl Iterator<Item = &'static str> {
    let more = if FUNCTIONS_ARE_BUILT { &QUERIES_WITH_FUNCTIONS[..] } else { &[] };
    QUERIES.iter().chain(more).copied()
}

#[test]
fn a_stream_has_the_rows_of_the_answer_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    make(&path);
    #[expect(unsafe_code, reason = "nobody else has the folder")]
    // SAFETY: the table lies in a folder that this test alone knows.
    let mapped = unsafe { Table::map(&path) }.unwrap();
    for table in [Table::open(&path).unwrap(), mapped] {
        for threads in [1, 3] {
            let mut session = Session::new();
            session.register("this", table.clone());
            session.set_threads(threads);
            for sql in queries() {
                let statement = session.prepare(sql).unwrap();
                let expected = statement.run().unwrap();
                let frames: Vec<Frame> = statement.batches().unwrap().map(Result::unwrap).collect();
                assert!(frames.iter().all(|f| (1..=65_536).contains(&f.row_count())), "{sql}");
                assert_eq!(rows(frames), rows([expected]), "{sql}");
            }
        }
    }
}

#[test]
fn an_answer_becomes_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    make(&path);
    let table = Table::open(&path).unwrap();
    let mut session = Session::new();
    session.register("this", table.clone());
    for (number, sql) in queries().enumerate() {
        let new = folder.path().join(format!("{number}.colq"));
        let statement = session.prepare(sql).unwrap();
        let expected = statement.run().unwrap();
        let written = statement.batches().unwrap().write(&new).unwrap();
        assert_eq!(written, expected.row_count() as u64, "{sql}");
        let back = Table::open(&new).unwrap();
        assert_eq!(back.schema(), expected.schema(), "{sql}");
        assert_eq!(rows([back.query().collect().unwrap()]), rows([expected]), "{sql}");
        assert!(colq::verify(&new, &Context::new()).unwrap().is_sound());
    }
    let dear = folder.path().join("dear.colq");
    let query =
        table.query().filter(col("fare").gt(lit(20))).group_by([col("zone")]).agg([count(), sum(col("id"))]);
    assert_eq!(query.write(&dear).unwrap(), query.collect().unwrap().row_count() as u64);
    assert!(query.write(&dear).unwrap_err().is_already_exists());
}

#[test]
fn an_error_on_the_way_leaves_no_table_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    make(&path);
    let table = Table::open(&path).unwrap();
    let new = folder.path().join("new.colq");
    let query = table.query().select([(lit(1) / (col("id") - lit(199_999))).alias("x")]);
    let error = query.write(&new).unwrap_err();
    assert!(error.to_string().contains("199999"), "{error}");
    assert!(!new.exists());
    let mut frames = query.batches().unwrap();
    assert!(frames.by_ref().any(|frame| frame.is_err()));
    assert!(frames.next().is_none());
}

#[test]
fn a_stream_needs_less_memory_than_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    make(&path);
    let table = Table::open(&path).unwrap();
    let limit = || Context::new().with_memory_limit(3_000_000);
    let query = table.query().select([col("id"), col("id") * lit(2)]).threads(1);
    let error = query.clone().context(limit()).collect().unwrap_err();
    assert!(error.to_string().contains("3000000"), "{error}");
    let rows: usize = query.context(limit()).batches().unwrap().map(|frame| frame.unwrap().row_count()).sum();
    assert_eq!(rows, ROWS as usize);
}

/// ORDER BY over mapped columns claimed no memory at all: sorting ten million rows took 720 MB under a limit of 200 MB.
/// What does not fit is spilled now; the answer as a whole still has to.
#[test]
fn an_order_is_spilled_and_its_answer_has_to_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    make(&path);
    // SAFETY: nobody else knows the folder.
    #[expect(unsafe_code, reason = "the promise of Table::map")]
    let table = unsafe { Table::map(&path).unwrap() };
    let query = |limit| {
        let context = Context::new().with_memory_limit(limit);
        table.query().select([col("id")]).sort([col("id").desc()]).threads(1).context(context)
    };
    let needed = ROWS as u64 * 8;
    let error = query(needed / 2).collect().unwrap_err();
    assert!(error.is_over_budget() && error.to_string().contains(&(needed / 2).to_string()), "{error}");
    let frames: Vec<Frame> = query(needed / 2).batches().unwrap().map(Result::unwrap).collect();
    let ids: Vec<i64> = frames.iter().flat_map(|f| f.column("id").unwrap().to_vec().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a > b));
    assert_eq!(ids.len(), ROWS as usize);
    assert_eq!(query(8 * needed).collect().unwrap().row_count(), ROWS as usize);
    assert_eq!(query(needed / 2).limit(3).collect().unwrap().row_count(), 3);
}

/// Somebody looks at the first rows before deciding what to do with all of them.
#[test]
fn frames_that_were_taken_can_be_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.colq");
    make(&path);
    let mut session = Session::new();
    session.register("t", Table::open(&path).unwrap());
    let statement = session.prepare("SELECT id, zone FROM t WHERE id % 3 = 0").unwrap();
    let whole = rows([statement.run().unwrap()]);
    let mut frames = statement.batches().unwrap();
    let taken: Vec<Frame> = frames.by_ref().take(2).map(Result::unwrap).collect();
    let head = taken[0].head(5);
    assert_eq!(rows([head.clone()]), whole[..5]);
    assert_eq!(taken[0].head(usize::MAX).row_count(), taken[0].row_count());
    let schema = frames.schema().clone();
    assert_eq!(rows(frames.after(taken).map(Result::unwrap)), whole);
    let empty = head.head(0);
    assert_eq!(rows(Frames::of(schema, vec![empty, head]).map(Result::unwrap)), whole[..5]);
}
