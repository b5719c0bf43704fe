//! Every aggregate of a plan against a naive twin, over batches of every type, for any number of threads.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod naive;

use colq_column::{
    Batch, Column, ColumnSource, Dictionary, Scratch, SharedBytes, SourceError, View, ZoneSummary, summarise,
};
use colq_context::{Context, Counter};
use colq_exec::{Error, Pool, Sources, execute};
use colq_plan::{AggregateFunction as A, Expr, ExprKind, Query, Relation, bind, col, lit};
use colq_types::{
    DataType, Field, RowRange, STRIPE_ROWS, Scalar, Schema, TimeUnit, ZONE_ROWS, zone_count, zone_range,
};
use naive::{Question, Row, answer, takes};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// The functions that have their twin here.
const FUNCTIONS: [A; 17] = [
    A::Median,
    A::QuantileCont,
    A::QuantileDisc,
    A::ApproxDistinct,
    A::ApproxQuantile,
    A::First,
    A::Last,
    A::ArgMin,
    A::ArgMax,
    A::BoolAnd,
    A::BoolOr,
    A::Corr,
    A::CovarSamp,
    A::CovarPop,
    A::Skewness,
    A::Kurtosis,
    A::Mode,
];

/// A column for each type: `k` to group by, `c` a condition, the others to aggregate.
const COLUMNS: [(&str, DataType); 12] = [
    ("k", DataType::I64),
    ("c", DataType::Bool),
    ("x", DataType::F64),
    ("f", DataType::F32),
    ("i", DataType::I32),
    ("n", DataType::U64),
    ("d", DataType::Date),
    ("t", DataType::Timestamp(TimeUnit::Microsecond)),
    ("l", DataType::Duration(TimeUnit::Second)),
    ("s", DataType::Text),
    ("p", DataType::Decimal { precision: 12, scale: 2 }),
    ("w", DataType::Decimal { precision: 38, scale: 3 }),
];

fn schema() -> Arc<Schema> {
    Arc::new(COLUMNS.iter().map(|(name, data_type)| Field::new(*name, *data_type)).collect())
}

/// Rows of small integers, from which all columns are made; `None` is NULL.
fn scalar(data_type: DataType, seed: Option<u8>) -> Scalar {
    let Some(seed) = seed else { return Scalar::Null };
    let n = i64::from(seed % 40) - 20;
    match data_type {
        DataType::Bool => Scalar::Bool(n % 3 != 0),
        DataType::F64 => Scalar::F64(float(seed)),
        DataType::F32 => Scalar::F32(float(seed) as f32),
        DataType::I32 => Scalar::I64(n * 50_000_000),
        DataType::I64 => Scalar::I64(n),
        DataType::U64 => Scalar::U64(u64::MAX / 41 * u64::from(seed % 40)),
        DataType::Date => Scalar::Date(n as i32 * 3),
        DataType::Timestamp(unit) => Scalar::Timestamp(n * 100_000_000_000_007, unit),
        DataType::Duration(unit) => Scalar::Duration(n * 7, unit),
        DataType::Text => Scalar::Text("abc".repeat(usize::from(seed % 7)) + &n.to_string()),
        DataType::Decimal { precision: 38, scale } => Scalar::Decimal(i128::from(n) << 90, scale),
        DataType::Decimal { scale, .. } => Scalar::Decimal(i128::from(n) * 11, scale),
        other => panic!("no {other} here"),
    }
}

fn float(seed: u8) -> f64 {
    match seed {
        200..=203 => f64::NAN,
        204..=206 => -0.0,
        207..=209 => 0.0,
        210 => f64::INFINITY,
        211 => f64::NEG_INFINITY,
        _ => (f64::from(seed) - 90.0) * 1.37,
    }
}

/// A batch of these rows; with `free_text` the text column has a dictionary entry for each row.
fn batch(rows: &[Vec<Scalar>], free_text: bool) -> Batch {
    let columns = COLUMNS.iter().enumerate().map(|(at, (_, data_type))| {
        let scalars: Vec<Scalar> = rows.iter().map(|row| row[at].clone()).collect();
        let column = Column::from_scalars(*data_type, &scalars);
        if *data_type != DataType::Text || !free_text {
            return column;
        }
        let mut offsets = vec![0];
        let mut bytes = Vec::new();
        for scalar in &scalars {
            if let Scalar::Text(text) = scalar {
                bytes.extend_from_slice(text.as_bytes());
            }
            offsets.push(bytes.len() as u64);
        }
        let dictionary = Dictionary::of_rows(offsets, SharedBytes::from(bytes)).unwrap();
        let codes: Vec<u32> = (0..scalars.len() as u32).collect();
        Column::text(codes, Arc::new(dictionary)).with_validity(column.validity)
    });
    Batch::new(schema(), columns.collect()).unwrap()
}

/// One question of a query.
#[derive(Debug, Clone, Copy)]
struct Asked {
    function: A,
    argument: usize,
    second: usize,
    q: f64,
    distinct: bool,
}

impl Asked {
    fn expr(self) -> Expr {
        let mut args = vec![col(COLUMNS[self.argument].0)];
        match self.function.arguments() {
            "x, q" => args.push(lit(self.q)),
            "x, y" | "y, x" => args.push(col(COLUMNS[self.second].0)),
            _ => {}
        }
        let by_filter = matches!(self.function, A::First | A::Last);
        let filter = by_filter.then(|| Box::new(col("c")));
        ExprKind::Aggregate { function: self.function, args, distinct: self.distinct, filter }.into()
    }
}

fn no_distinct(function: A) -> bool {
    matches!(
        function,
        A::First | A::Last | A::ArgMin | A::ArgMax | A::Corr | A::CovarSamp | A::CovarPop | A::Mode
    )
}

/// Every function over every column that it takes.
fn all_questions(q: f64, distinct: bool) -> Vec<Asked> {
    let mut asked = Vec::new();
    for function in FUNCTIONS {
        for (argument, (_, data_type)) in COLUMNS.iter().enumerate() {
            if !takes(function, *data_type) {
                continue;
            }
            // Any other column to pick by, or another number.
            let seconds = match function {
                A::ArgMin | A::ArgMax => 0..COLUMNS.len(),
                A::Corr | A::CovarSamp | A::CovarPop => 2..6,
                A::First | A::Last => 1..2,
                _ => 0..1,
            };
            for second in seconds {
                let distinct = distinct && !no_distinct(function);
                asked.push(Asked { function, argument, second, q, distinct });
            }
        }
    }
    asked
}

fn query(asked: &[Asked], grouped: bool, positive: bool) -> Query {
    let keys = if grouped { vec![col("k")] } else { Vec::new() };
    let select =
        keys.iter().cloned().chain(asked.iter().enumerate().map(|(at, a)| a.expr().alias(format!("a{at}"))));
    Query {
        filter: positive.then(|| col("i").gt(lit(-400_000_000))),
        select: select.map(Into::into).collect(),
        group_by: keys,
        ..Query::from(Relation::table("t"))
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

/// Runs a query; with an odd number of threads over a source that has zone summaries.
fn run(query: &Query, table: &Batch, threads: usize) -> Batch {
    run_within(query, table, threads, 0).unwrap()
}

fn run_within(query: &Query, table: &Batch, threads: usize, memory_limit: u64) -> Result<Batch, Error> {
    let catalog = HashMap::from([("t".to_string(), (**table.schema()).clone())]);
    let plan = bind(query, &catalog).unwrap();
    let source: Arc<dyn ColumnSource> =
        if threads % 2 == 1 { Arc::new(Summarised(table.clone())) } else { Arc::new(table.clone()) };
    let sources = HashMap::from([("t".to_string(), source)]);
    let sources: &dyn Sources = &sources;
    let context = Context::new().with_memory_limit(memory_limit);
    let answer = execute(&plan, sources, &Pool::new(threads), &context);
    assert!(memory_limit == 0 || context.owned_peak() <= memory_limit);
    if answer.is_err() {
        // At most a try in memory, one by a scratch file, and the step above that reads the answer.
        let zones = zone_count(table.row_count() as u64);
        let read = context.counted(Counter::ZonesRead);
        assert!(read <= 3 * zones, "{read} of {zones} zones");
    }
    answer
}

fn bits(value: &Scalar) -> String {
    match value {
        Scalar::F64(v) => format!("{v} {:016x}", v.to_bits()),
        Scalar::F32(v) => format!("{v} {:08x}", v.to_bits()),
        other => format!("{other:?}"),
    }
}

/// What the twin says: a row for each group in the order of first rows, the key first.
fn expected(asked: &[Asked], rows: &[Vec<Scalar>], grouped: bool, positive: bool) -> Vec<Vec<String>> {
    let mut groups: Vec<(Scalar, Vec<usize>)> = Vec::new();
    if !grouped {
        groups.push((Scalar::Null, Vec::new()));
    }
    for (number, row) in rows.iter().enumerate() {
        if positive && row[4].as_i128().is_none_or(|i| i <= -400_000_000) {
            continue;
        }
        let key = if grouped { row[0].clone() } else { Scalar::Null };
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, members)) => members.push(number),
            None => groups.push((key, vec![number])),
        }
    }
    let of_group = |(key, members): (Scalar, Vec<usize>)| {
        let mut out = if grouped { vec![bits(&key)] } else { Vec::new() };
        for a in asked {
            let row = |n: &usize| Row {
                number: *n as u64,
                first: rows[*n][a.argument].clone(),
                second: rows[*n][a.second].clone(),
            };
            let q = if a.function == A::Median { 0.5 } else { a.q };
            let question = Question { function: a.function, q, distinct: a.distinct, grouped };
            out.push(bits(&answer(question, &members.iter().map(row).collect::<Vec<_>>())));
        }
        out
    };
    groups.into_iter().map(of_group).collect()
}

fn check(
    asked: &[Asked],
    rows: &[Vec<Scalar>],
    table: &Batch,
    grouped: bool,
    positive: bool,
    threads: usize,
) {
    let found = run(&query(asked, grouped, positive), table, threads);
    let expected = expected(asked, rows, grouped, positive);
    assert_eq!(found.row_count(), expected.len());
    for (at, expected) in expected.iter().enumerate() {
        let found: Vec<String> = found.row(at).iter().map(bits).collect();
        for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
            let question = place.checked_sub(usize::from(grouped)).map(|p| asked[p]);
            assert_eq!(found, expected, "{question:?} group {at} grouped {grouped} {threads} threads");
        }
    }
}

fn rows_of(seeds: &[Vec<Option<u8>>]) -> Vec<Vec<Scalar>> {
    seeds
        .iter()
        .map(|row| {
            let value = |(at, seed): (usize, &Option<u8>)| match at {
                0 => Scalar::I64(i64::from(seed.unwrap_or(0) % 3)),
                _ => scalar(COLUMNS[at].1, *seed),
            };
            row.iter().enumerate().map(value).collect()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn every_function_over_every_type_is_its_twin(
        seeds in prop::collection::vec(prop::collection::vec(prop::option::weighted(0.8, any::<u8>()), COLUMNS.len()), 0..40),
        q in prop_oneof![Just(0.0), Just(1.0), Just(0.25), 0.0..=1.0f64],
        flags in any::<[bool; 4]>(),
    ) {
        let [grouped, positive, distinct, free_text] = flags;
        let rows = rows_of(&seeds);
        let table = batch(&rows, free_text);
        let threads = 1 + rows.len() % 2;
        check(&all_questions(q, distinct), &rows, &table, grouped, positive, threads);
    }
}

/// Few functions take their time in the twin, so the long table has few columns that vary.
#[test]
fn several_zones_and_stripes_give_the_bits_of_the_twin_for_any_number_of_threads() {
    let row_count = (STRIPE_ROWS + 2 * ZONE_ROWS + 321) as usize;
    let mut state = 7u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let schema: Schema =
        [("k", DataType::I64), ("x", DataType::F64), ("y", DataType::F64), ("i", DataType::I32)]
            .into_iter()
            .map(|(name, data_type)| Field::new(name, data_type))
            .collect();
    let k: Vec<i64> = (0..row_count).map(|_| (random() % 5) as i64).collect();
    let x: Vec<f64> = (0..row_count).map(|_| random() as f64 / 1e6 - 900.0).collect();
    let y: Vec<f64> = x.iter().map(|x| x * 0.5 + random() as f64 / 1e7).collect();
    let i: Vec<i32> = (0..row_count).map(|_| (random() % 100_000) as i32 - 5_000).collect();
    let valid: colq_column::Bitmap = (0..row_count).map(|at| at % 11 != 0).collect();
    let columns = vec![
        Column::new(DataType::I64, k.clone()),
        Column::new(DataType::F64, x.clone()),
        Column::new(DataType::F64, y.clone()).with_validity(Some(valid.clone())),
        Column::new(DataType::I32, i.clone()),
    ];
    let table = Batch::new(Arc::new(schema), columns).unwrap();
    let call = |function, args: &[&str], q: Option<f64>| -> (A, Expr) {
        let args = args.iter().map(|name| col(*name)).chain(q.map(lit)).collect();
        (function, ExprKind::Aggregate { function, args, distinct: false, filter: None }.into())
    };
    let distinct = |function, name: &str| -> (A, Expr) {
        let args = vec![col(name)];
        (function, ExprKind::Aggregate { function, args, distinct: true, filter: None }.into())
    };
    let calls = [
        call(A::Corr, &["y", "x"], None),
        call(A::CovarSamp, &["y", "x"], None),
        call(A::Skewness, &["y"], None),
        call(A::Kurtosis, &["y"], None),
        call(A::Median, &["y"], None),
        call(A::QuantileCont, &["y"], Some(0.9)),
        call(A::QuantileDisc, &["i"], Some(0.3)),
        call(A::ApproxQuantile, &["y"], Some(0.99)),
        call(A::ApproxDistinct, &["i"], None),
        call(A::ArgMax, &["i", "y"], None),
        call(A::ArgMin, &["x", "i"], None),
        call(A::First, &["x"], None),
        call(A::Last, &["y"], None),
        distinct(A::Skewness, "i"),
        distinct(A::Median, "i"),
        call(A::Mode, &["i"], None),
    ];
    for grouped in [false, true] {
        let keys = if grouped { vec![col("k")] } else { Vec::new() };
        let select = calls.iter().enumerate().map(|(at, (_, e))| e.clone().alias(format!("a{at}")));
        let query = Query {
            select: select.map(Into::into).collect(),
            group_by: keys,
            ..Query::from(Relation::table("t"))
        };
        let one = run(&query, &table, 1);
        for threads in [2, 3, 8] {
            let many = run(&query, &table, threads);
            let rows = |b: &Batch| -> Vec<Vec<String>> {
                (0..b.row_count()).map(|row| b.row(row).iter().map(bits).collect()).collect()
            };
            assert_eq!(rows(&many), rows(&one), "{threads} threads");
        }
        // The twin, for the first group.
        let members: Vec<usize> = (0..row_count).filter(|at| !grouped || k[*at] == k[0]).collect();
        let float = |values: &[f64], at: usize| Scalar::F64(values[at]);
        let nullable = |at: usize| if valid.get(at) { float(&y, at) } else { Scalar::Null };
        let whole = |at: usize| Scalar::I64(i64::from(i[at]));
        let is_distinct = |place: usize| place == 13 || place == 14;
        for (place, (function, _)) in calls.iter().enumerate() {
            let q = match place {
                5 => 0.9,
                6 => 0.3,
                7 => 0.99,
                _ => 0.5,
            };
            let row = |at: &usize| {
                let at = *at;
                let (first, second) = match function {
                    A::Corr | A::CovarSamp => (nullable(at), float(&x, at)),
                    A::QuantileDisc | A::ApproxDistinct | A::Mode => (whole(at), Scalar::Null),
                    _ if is_distinct(place) => (whole(at), Scalar::Null),
                    A::ArgMax => (whole(at), nullable(at)),
                    A::ArgMin => (float(&x, at), whole(at)),
                    A::First => (float(&x, at), Scalar::Bool(true)),
                    A::Last => (nullable(at), Scalar::Bool(true)),
                    _ => (nullable(at), Scalar::Null),
                };
                Row { number: at as u64, first, second }
            };
            let question = Question { function: *function, q, distinct: is_distinct(place), grouped };
            let expected = answer(question, &members.iter().map(row).collect::<Vec<_>>());
            assert_eq!(bits(&one.row(0)[place]), bits(&expected), "{function:?} grouped {grouped}");
        }
    }
}

#[test]
fn no_rows_at_all_give_no_value_and_no_groups() {
    let table = batch(&[], false);
    let asked = all_questions(0.5, false);
    let found = run(&query(&asked, false, false), &table, 2);
    assert_eq!(found.row_count(), 1);
    for (asked, value) in asked.iter().zip(found.row(0)) {
        let expected = if asked.function == A::ApproxDistinct { Scalar::I64(0) } else { Scalar::Null };
        assert_eq!(value, expected, "{asked:?}");
    }
    assert_eq!(run(&query(&asked, true, false), &table, 2).row_count(), 0);
}

/// Quantiles without groups or with few do not hold the values; with many they do. Groups may be spilled; an answer has to
/// fit.
#[test]
fn the_memory_limit_is_kept_by_refusing_in_time() {
    let row_count = 700_000;
    let schema: Schema =
        [Field::new("k", DataType::I64), Field::new("x", DataType::F64)].into_iter().collect();
    let columns = vec![
        Column::new(DataType::I64, (0..row_count).map(|at| at * 1_000_003 % row_count).collect::<Vec<i64>>()),
        Column::new(DataType::F64, (0..row_count).map(|at| (at % 9_973) as f64).collect::<Vec<f64>>()),
    ];
    let table = Batch::new(Arc::new(schema), columns).unwrap();
    let median: Expr =
        ExprKind::Aggregate { function: A::Median, args: vec![col("x")], distinct: false, filter: None }
            .into();
    let query = |select: Expr, keys: Vec<Expr>| Query {
        select: vec![select.alias("answer").into()],
        group_by: keys,
        ..Query::from(Relation::table("t"))
    };
    for threads in [1, 2] {
        let ungrouped = run_within(&query(median.clone(), Vec::new()), &table, threads, 2_500_000).unwrap();
        assert_eq!(ungrouped.row(0), [Scalar::F64(4_972.5)]);
        let by_two = query(median.clone(), vec![col("x").gt(lit(5.0))]);
        let grouped = run_within(&by_two, &table, threads, 2_500_000).unwrap();
        let without_limit = run(&by_two, &table, threads);
        assert_eq!(grouped.row_count(), 2);
        assert!((0..2).all(|row| grouped.row(row) == without_limit.row(row)));
        for select in [median.clone(), colq_plan::count()] {
            let refused = run_within(&query(select, vec![col("k")]), &table, threads, 2_500_000);
            assert!(matches!(refused, Err(Error::OverBudget(_))));
        }
    }
}
