//! The engine against the naive engine of `colq-testkit`: random tables and queries from fixed seeds must give the
//! same answers, bit for bit, and the same kinds of errors, for any number of threads, from a batch without zone
//! summaries, from one with them, and from a stored table.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use colq_column::{
    Batch, Column, ColumnSource, Dictionary, Scratch, SourceError, View, ZoneSummary, summarise,
};
use colq_context::Context;
use colq_exec::{Error, KernelError, Pool, execute, execute_batches};
use colq_kernels::ArithmeticError;
use colq_plan::{FUNCTIONS, Plan, PlanNode, Query, bind};
use colq_store::{TextLayout, WriteOptions};
use colq_testkit::{
    Coverage, NaiveError, NaiveErrorKind, NaiveTable, Random, TABLE_NAME, compare, random_query,
    random_table, run,
};
use colq_types::{DataType, Field, Physical, RowRange, Scalar, Schema, zone_range};
use std::collections::HashMap;
use std::sync::Arc;

/// Cases tried; `COLQ_JUDGE_CASES` tries more, from the same seeds on.
const CASES: u64 = 10_000;

fn kind(error: &Error) -> NaiveErrorKind {
    match error {
        Error::SumOverflow { .. } | Error::DecimalTotalOverflow { .. } => NaiveErrorKind::Overflow,
        Error::Row { source, .. } => match source {
            KernelError::Arithmetic(
                ArithmeticError::Overflow { .. } | ArithmeticError::DecimalOverflow { .. },
            ) => NaiveErrorKind::Overflow,
            KernelError::Arithmetic(
                ArithmeticError::DivisionByZero { .. } | ArithmeticError::DecimalDivisionByZero { .. },
            ) => NaiveErrorKind::DivisionByZero,
            KernelError::ResultOutOfRange { .. } => NaiveErrorKind::Overflow,
            KernelError::Refused { .. } | KernelError::Pattern { .. } | KernelError::TextTooLong { .. } => {
                NaiveErrorKind::InvalidArgument
            }
            KernelError::OutOfRange { .. } | KernelError::Unreadable { .. } => NaiveErrorKind::InvalidCast,
            _ => NaiveErrorKind::Other,
        },
        _ => NaiveErrorKind::Other,
    }
}

/// A batch that knows of its zones what a stored table would know.
struct Summarised(Batch);

impl ColumnSource for Summarised {
    fn schema(&self) -> &Schema {
        self.0.schema()
    }
    fn row_count(&self) -> u64 {
        self.0.row_count() as u64
    }
    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.0.read(column, rows, scratch)
    }
    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        let mut scratch = Scratch::default();
        let rows = zone_range(zone, self.row_count());
        Ok(Some(summarise(&self.0.read(column, rows, &mut scratch)?)))
    }
    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        self.0.dictionary(column)
    }
    fn may_have_nulls(&self, column: usize) -> bool {
        self.0.may_have_nulls(column)
    }
}

/// The table in one of the ways in which an engine may meet it. Most cases stay in memory, because a commit waits
/// for the disk.
fn source(seed: u64, table: &Batch, folder: &tempfile::TempDir) -> Arc<dyn ColumnSource> {
    match seed % 40 {
        0 if !table.schema().is_empty() => {
            let path = folder.path().join(format!("{seed}.colq"));
            let text = if seed.is_multiple_of(80) { TextLayout::Free } else { TextLayout::Auto };
            let options = WriteOptions { text, ..WriteOptions::default() };
            let mut writer = colq_store::TableWriter::create_with(&path, table.schema(), &options).unwrap();
            writer.write(table).unwrap();
            writer.commit().unwrap();
            Arc::new(colq_store::Table::open(&path).unwrap())
        }
        n if n % 2 == 1 => Arc::new(Summarised(table.clone())),
        _ => Arc::new(table.clone()),
    }
}

/// Whether the engine has every function. Until then cases that need one that is missing are counted, not held against
/// it.
const FUNCTIONS_ARE_BUILT: bool = true;

/// How the engine says that it does not have a function yet.
const NOT_BUILT_WORDS: &str = "not built";

/// One case on both engines; the difference, if there is one.
fn difference(seed: u64, folder: &tempfile::TempDir, coverage: &mut Coverage) -> Option<String> {
    let table = random_table(seed);
    let query = random_query(seed, table.schema());
    // Not in step with the kinds of source.
    let threads = [1, 2, 3, 8][(seed / 3) as usize % 4];
    let (expected, found) = judged(&table, &query, source(seed, &table, folder), threads);
    if let Some((plan, expected)) = expected {
        coverage.record(&table, &query, &plan, &expected);
    }
    found.map(|found| format!("seed {seed}, {threads} threads: {found}"))
}

type Expected = Result<NaiveTable, NaiveError>;

/// The plan and what the naive engine says, and how the answer of the engine over this source differs from it.
fn judged(
    table: &Batch,
    query: &Query,
    source: Arc<dyn ColumnSource>,
    threads: usize,
) -> (Option<(Plan, Expected)>, Option<String>) {
    let catalog = HashMap::from([(TABLE_NAME.to_string(), (**table.schema()).clone())]);
    let plan = match bind(query, &catalog) {
        Ok(plan) => plan,
        Err(error) => return (None, Some(format!("does not bind: {error}"))),
    };
    let expected = run(&plan, &HashMap::from([(TABLE_NAME.to_string(), table.clone())]));
    let sources = HashMap::from([(TABLE_NAME.to_string(), source)]);
    let answer = execute(&plan, &sources, &Pool::new(threads), &Context::new());
    let message = answer.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let actual = match answer {
        Ok(batch) => {
            Ok(NaiveTable::from_batches(batch.schema().clone(), std::slice::from_ref::<Batch>(&batch)))
        }
        Err(error) => Err(kind(&error)),
    };
    let mut difference = compare(&expected, &actual).err();
    if difference.is_none() && has_window(&plan) {
        let streamed = streamed(&plan, &sources, threads, TINY_MEMORY);
        difference = streamed.and_then(|actual| compare(&expected, &actual).err());
    }
    let difference = difference.map(|difference| format!("{difference} {message}\n{plan}"));
    (Some((plan, expected)), difference)
}

fn has_window(plan: &Plan) -> bool {
    matches!(plan.node, PlanNode::Window { .. }) || plan.inputs().into_iter().any(has_window)
}

/// So few bytes that any rows of a window go to a scratch file.
const TINY_MEMORY: u64 = 128;

/// The answer as a stream under a memory limit; nothing where another step cannot do with so little.
fn streamed(
    plan: &Plan,
    sources: &HashMap<String, Arc<dyn ColumnSource>>,
    threads: usize,
    memory: u64,
) -> Option<Result<NaiveTable, NaiveErrorKind>> {
    let context = Context::new().with_memory_limit(memory);
    let batches = execute_batches(plan, sources, &Pool::new(threads), &context)
        .and_then(|batches| batches.collect::<Result<Vec<Batch>, Error>>());
    match batches {
        Ok(batches) => Some(Ok(NaiveTable::from_batches(plan.schema().clone(), &batches))),
        Err(Error::OverBudget(_)) => None,
        Err(error) => Some(Err(kind(&error))),
    }
}

#[test]
fn random_queries_give_what_the_naive_engine_gives() {
    let cases = std::env::var("COLQ_JUDGE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES);
    let mut coverage = Coverage::new();
    let folder = tempfile::tempdir().unwrap();
    let differences: Vec<String> =
        (0..cases).filter_map(|seed| difference(seed, &folder, &mut coverage)).collect();
    println!("{coverage}");
    let (not_built, differences): (Vec<String>, Vec<String>) =
        differences.into_iter().partition(|difference| difference.contains(NOT_BUILT_WORDS));
    println!("{} cases need what is not built", not_built.len());
    assert!(not_built.is_empty() || !FUNCTIONS_ARE_BUILT, "not built: {:?}", not_built.first());
    assert!(coverage.missing().is_empty(), "never tried: {:?}", coverage.missing());
    assert!(
        differences.is_empty(),
        "{} of {cases} cases differ:\n{}",
        differences.len(),
        differences.iter().take(10).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// The examples are what the reference prints; the naive engine must give them, so that words and judge agree.
#[test]
fn examples_of_functions_are_what_the_naive_engine_gives() {
    let mut not_understood = Vec::new();
    let mut wrong = Vec::new();
    for entry in FUNCTIONS.iter().copied().flatten() {
        let (call, expected) = entry.example;
        let Ok(colq_sql::Statement::Select(query)) = colq_sql::parse(&format!("SELECT {call}")) else {
            not_understood.push(call);
            continue;
        };
        let plan = bind(&query, &HashMap::<String, Schema>::new()).unwrap_or_else(|e| panic!("{call}: {e}"));
        let answer = run(&plan, &HashMap::new()).unwrap_or_else(|e| panic!("{call}: {e}"));
        let given = answer.rows[0][0].to_string();
        // A fraction of a second may be written with more zeros than it needs.
        let short = |text: &str| match text.strip_suffix('Z') {
            Some(fraction) if text.contains('.') => fraction.trim_end_matches('0').to_string(),
            _ => text.trim_end_matches('Z').to_string(),
        };
        if short(&given) != short(expected) {
            wrong.push(format!("{call} gives {given}, not {expected}"));
        }
    }
    println!("{} examples are not understood: {not_understood:?}", not_understood.len());
    assert!(not_understood.is_empty() || !FUNCTIONS_ARE_BUILT, "{not_understood:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Queries on which the engine was once wrong, each with what it did.
const PAST_FAILURES: [(&str, &str); 8] = [
    ("SELECT id IS DISTINCT FROM 1.5, 2 IS DISTINCT FROM id FROM t", "was an internal error for its literal"),
    ("SELECT nothing FROM t WHERE nothing = 'a'", "looked text up in an empty dictionary"),
    ("SELECT big, one, count(*) FROM t GROUP BY big, one", "keys of exactly 2^64 codes divided by zero"),
    ("SELECT id FROM t WHERE 1 / zero = NULL", "NULL hid the division by zero in its operand"),
    (
        "SELECT id FROM t WHERE none > 1 AND 1 / zero > 1",
        "a NULL condition pruned a zone whose other one fails",
    ),
    ("SELECT signed, count(*) FROM t GROUP BY signed", "-0.0 as a key came out by chance of the row order"),
    ("SELECT CAST(pair AS text) FROM t", "a vector with -0.0 was written as the equal one before it"),
    ("SELECT count(*) FROM (SELECT NULL AS c FROM t) s WHERE c >= 5.0", "NULL and a float had two types"),
];

fn past_table() -> Batch {
    let null = Scalar::Null;
    let numbers = |values: [i64; 3]| values.map(Scalar::I64).to_vec();
    let pair = |x: f32| Scalar::Vector(vec![Scalar::F32(3.0), Scalar::F32(x)]);
    let vector = DataType::Vector { element: Physical::F32, len: 2 };
    let columns = [
        ("id", DataType::I64, numbers([1, 2, 3])),
        ("zero", DataType::I64, numbers([0, 0, 0])),
        ("one", DataType::I8, numbers([7, 7, 7])),
        ("big", DataType::U64, vec![Scalar::U64(0), Scalar::U64(u64::MAX), Scalar::U64(0)]),
        ("none", DataType::I64, vec![null.clone(); 3]),
        ("nothing", DataType::Text, vec![null; 3]),
        ("signed", DataType::F64, [-0.0, 0.0, 1.0].map(Scalar::F64).to_vec()),
        ("pair", vector, [0.0, -0.0, 0.0].map(pair).to_vec()),
    ];
    let schema = columns.iter().map(|(name, t, _)| Field::new(*name, *t)).collect::<Schema>();
    let columns = columns.iter().map(|(_, t, values)| Column::from_scalars(*t, values)).collect();
    Batch::new(Arc::new(schema), columns).unwrap()
}

#[test]
fn past_failures_stay_mended() {
    let table = past_table();
    for (sql, story) in PAST_FAILURES {
        let Ok(colq_sql::Statement::Select(query)) = colq_sql::parse(sql) else { panic!("{sql}") };
        let sources: [Arc<dyn ColumnSource>; 2] =
            [Arc::new(table.clone()), Arc::new(Summarised(table.clone()))];
        for source in sources {
            let (_, difference) = judged(&table, &query, source, 2);
            assert_eq!(difference, None, "{story}");
        }
    }
}

/// Rows of two zones, keys of every kind with NULLs, NaNs, zeros of both signs and many ties.
fn windowed_table() -> Batch {
    let mut random = Random::new(4);
    let mut columns: Vec<Vec<Scalar>> = vec![Vec::new(); 7];
    for row in 0..70_000i64 {
        columns[0].push(Scalar::I64(row));
        columns[1].push(Scalar::I64(random.between(-20, 400)));
        columns[2].push(if random.chance(10) { Scalar::Null } else { Scalar::I64(random.between(0, 6)) });
        columns[3].push((*random.pick(&["", "a", "b", "long enough to be more than its words"])).into());
        columns[4].push(match random.below(12) {
            0 => Scalar::Null,
            1 => Scalar::F64(f64::NAN),
            2 => Scalar::F64(*random.pick(&[0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY])),
            _ => Scalar::F64(random.fraction()),
        });
        columns[5].push(Scalar::F32((random.below(40) as f32 - 20.0) / 4.0));
        columns[6].push(Scalar::I64(random.between(i64::MIN + 1, i64::MAX)));
    }
    let types = [
        ("id", DataType::I64),
        ("k", DataType::I32),
        ("n", DataType::U8),
        ("s", DataType::Text),
        ("x", DataType::F64),
        ("y", DataType::F32),
        ("wide", DataType::I64),
    ];
    let schema = types.iter().map(|(name, t)| Field::new(*name, *t)).collect::<Schema>();
    let columns =
        types.iter().zip(&columns).map(|((_, t), values)| Column::from_scalars(*t, values)).collect();
    Batch::new(Arc::new(schema), columns).unwrap()
}

/// Few and many partitions, of one part of an order and of several; with and without a bound on the numbers.
const WINDOWS: [&str; 12] = [
    "SELECT id, x, row_number() OVER (PARTITION BY k ORDER BY x DESC) AS r FROM t QUALIFY r <= 2",
    "SELECT id, rank() OVER (PARTITION BY k, n ORDER BY y) AS r FROM t QUALIFY r < 3 AND x > 0.5",
    "SELECT id, dense_rank() OVER (PARTITION BY n ORDER BY y DESC NULLS LAST) AS r FROM t QUALIFY r = 2",
    "SELECT id FROM t WHERE k > 7 QUALIFY row_number() OVER (PARTITION BY s ORDER BY wide) <= 3",
    "SELECT sum(x), count(*) FROM (SELECT x, row_number() OVER (PARTITION BY k) AS r FROM t WHERE x < 2) s WHERE r <= 5",
    "SELECT id, row_number() OVER (PARTITION BY n ORDER BY id DESC) AS r FROM t QUALIFY r <= 4",
    "SELECT * FROM (SELECT *, rank() OVER (ORDER BY x NULLS FIRST) AS r FROM t) s WHERE r <= 9 ORDER BY id",
    "SELECT id, row_number() OVER (ORDER BY y), rank() OVER (ORDER BY y), dense_rank() OVER (ORDER BY y) FROM t",
    "SELECT n, id, rank() OVER (PARTITION BY n ORDER BY x), row_number() OVER (PARTITION BY s, n ORDER BY y) FROM t",
    "SELECT id, row_number() OVER (), dense_rank() OVER (PARTITION BY x) FROM t WHERE n IS NULL",
    "SELECT id, dense_rank() OVER (PARTITION BY s ORDER BY s, k) AS r FROM t QUALIFY 2 >= r",
    "SELECT id, row_number() OVER (PARTITION BY wide % 5 ORDER BY abs(y), s) AS r FROM t QUALIFY r < 4",
];

#[test]
fn windows_over_zones_are_numbered_alike_in_every_way() {
    let table = windowed_table();
    let catalog = HashMap::from([(TABLE_NAME.to_string(), (**table.schema()).clone())]);
    for sql in WINDOWS {
        let Ok(colq_sql::Statement::Select(query)) = colq_sql::parse(sql) else { panic!("{sql}") };
        let plan = bind(&query, &catalog).unwrap_or_else(|e| panic!("{sql}: {e}"));
        let expected = run(&plan, &HashMap::from([(TABLE_NAME.to_string(), table.clone())]));
        assert!(expected.as_ref().is_ok_and(|answer| !answer.rows.is_empty()), "{sql}");
        let plain: Arc<dyn ColumnSource> = Arc::new(table.clone());
        for source in [plain, Arc::new(Summarised(table.clone()))] {
            let sources = HashMap::from([(TABLE_NAME.to_string(), source)]);
            // Without a limit; with less than the rows take; with enough to look for the first of each partition.
            for (threads, memory) in [(1, 0), (2, 0), (3, 0), (2, 1 << 20), (1, 1 << 16), (2, 1 << 24)] {
                let Some(actual) = streamed(&plan, &sources, threads, memory) else {
                    // Zones of many columns are handed on in more memory than the window took.
                    assert!((1..1 << 24).contains(&memory), "{sql}: memory");
                    continue;
                };
                let difference = compare(&expected, &actual).err();
                assert_eq!(difference, None, "{sql}, {threads} threads, {memory} bytes\n{plan}");
            }
        }
    }
}
