//! Groups whose keys index an array against the same groups by hashing: what zones tell of themselves chooses the way, and
//! every way gives the same bits.

use super::*;
use colq_plan::{AggregateFunction, aggregate, avg, count, count_of, max, min, sum};
use colq_types::Arithmetic;

/// More than a stripe.
const ROWS: usize = 17 * ZONE_ROWS as usize + 77;

/// A fixed sequence without a pattern.
pub(super) fn spread(row: usize) -> u64 {
    let z = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ z >> 27
}

pub(super) fn batch() -> Batch {
    let decimal = DataType::Decimal { precision: 15, scale: 2 };
    let ts = DataType::Timestamp(TimeUnit::Millisecond);
    let from = |values: fn(usize) -> i64| (0..ROWS).map(values).collect::<Vec<i64>>();
    let validity: Bitmap = (0..ROWS).map(|row| !spread(row).is_multiple_of(5)).collect();
    let or_zero = |row: usize, value: i64| if spread(row).is_multiple_of(5) { 0 } else { value };
    let columns = [
        (
            "k",
            Column::new(DataType::U32, (0..ROWS).map(|r| (spread(r) % 300) as u32 + 7).collect::<Vec<_>>()),
        ),
        ("runs", Column::new(DataType::I64, from(|row| row as i64 / 100_000 - 4))),
        ("ts", Column::new(ts, from(|row| row as i64 * 7_001 - 86_400_000_017 + (spread(row) % 999) as i64))),
        (
            "maybe",
            Column::new(
                DataType::I64,
                (0..ROWS).map(|r| or_zero(r, (spread(r) % 9) as i64 - 2)).collect::<Vec<_>>(),
            )
            .with_validity(Some(validity.clone())),
        ),
        (
            "tax",
            Column::new(
                decimal,
                from(|r| if spread(r).is_multiple_of(5) { 0 } else { (spread(r) % 31) as i64 - 9 }),
            )
            .with_validity(Some(validity)),
        ),
        ("price", Column::new(decimal, from(|row| (spread(row) % 10_000_000) as i64 - 5_000))),
        ("part", Column::new(decimal, from(|row| (spread(row + 9) % 101) as i64))),
        (
            "x",
            Column::new(DataType::F64, (0..ROWS).map(|r| (spread(r) >> 11) as f64 / 3e9).collect::<Vec<_>>()),
        ),
        (
            "f",
            Column::new(DataType::F32, (0..ROWS).map(|r| (spread(r) >> 40) as f32 / 7.0).collect::<Vec<_>>()),
        ),
        (
            "small",
            Column::new(
                DataType::I16,
                (0..ROWS).map(|r| (spread(r) >> 50) as i16 - 9_000).collect::<Vec<_>>(),
            ),
        ),
        (
            "nan",
            Column::new(
                DataType::F64,
                (0..ROWS)
                    .map(|r| if spread(r) % 300 < 9 { f64::NAN } else { -(spread(r) as f64) })
                    .collect::<Vec<_>>(),
            ),
        ),
        ("large", Column::new(DataType::I64, from(|row| i64::MAX / 2_000_000 * (1 - (row % 3) as i64)))),
    ];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    Batch::new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect()).unwrap()
}

pub(super) fn answer(source: Arc<dyn ColumnSource>, query: &Query, threads: usize) -> Vec<String> {
    let catalog = HashMap::from([("t".to_string(), source.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let sources = HashMap::from([("t".to_string(), source)]);
    let batch = execute(&plan, &sources, &Pool::new(threads), &Context::new()).unwrap();
    let shown = |scalar: &Scalar| match scalar {
        Scalar::F64(value) => format!("{:016x}", value.to_bits()),
        other => other.to_string(),
    };
    (0..batch.row_count()).map(|row| batch.row(row).iter().map(shown).collect::<Vec<_>>().join("|")).collect()
}

fn both(op: Arithmetic, left: Expr, right: Expr) -> Expr {
    ExprKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) }.into()
}

/// The same rows without summaries and with them.
pub(super) fn sources() -> (Arc<dyn ColumnSource>, Arc<dyn ColumnSource>) {
    let batch = batch();
    (Arc::new(batch.clone()), Arc::new(Known(batch)))
}

fn trunc(unit: &str) -> Expr {
    call("date_trunc", [lit(unit), col("ts")])
}

/// Bins of an hour and a half, and others that begin at no round time.
fn bins() -> [Expr; 2] {
    let uneven = [lit("26:00:01"), col("ts"), lit("2013-01-01 00:00:07")];
    [call("date_bin", [lit("01:30:00"), col("ts")]), call("date_bin", uneven)]
}

#[test]
fn bins_of_time_index_an_array() {
    let (_, known) = sources();
    // The origin of the other is finer than the column, which is converted to its unit first and so is no column any more.
    let [bin, _] = bins();
    let query = Query { group_by: vec![bin.clone()], ..select([bin, count()]) };
    let ways = guessed_keys::ways(&known, &query);
    assert!(ways.contains("is an index"), "{ways}");
}

#[test]
fn dates_of_instants_index_an_array_on_both_sides_of_the_epoch() {
    const DAY: i64 = 86_400_000;
    let instants = (0..ROWS).map(|row| (spread(row) % (6 * DAY as u64)) as i64 - 3 * DAY);
    let ts = DataType::Timestamp(TimeUnit::Millisecond);
    let schema: Schema = [Field::new("ts", ts)].into_iter().collect();
    let batch = Batch::new(Arc::new(schema), vec![Column::new(ts, instants.collect::<Vec<_>>())]).unwrap();
    let (unknown, known): (Arc<dyn ColumnSource>, Arc<dyn ColumnSource>) =
        (Arc::new(batch.clone()), Arc::new(Known(batch)));
    let date = col("ts").cast(DataType::Date);
    let query =
        Query { group_by: vec![date.clone()], ..select([date, count(), min(col("ts")), max(col("ts"))]) };
    let ways = guessed_keys::ways(&known, &query);
    assert!(ways.contains("is an index"), "{ways}");
    let expected = answer(unknown, &query, 1);
    assert_eq!(expected.len(), 6, "{expected:?}");
    assert!(expected.iter().any(|row| row.starts_with("1969-12-29|")), "{expected:?}");
    assert!(expected.iter().any(|row| row.starts_with("1970-01-03|")), "{expected:?}");
    assert_eq!(answer(known, &query, 2), expected);
}

#[test]
fn keys_that_index_an_array_give_the_groups_of_hashing() {
    let (unknown, known) = sources();
    let discounted =
        || both(Arithmetic::Multiply, col("price"), both(Arithmetic::Subtract, lit(1), col("part")));
    let keys = [
        vec![col("k")],
        vec![col("runs")],
        vec![col("maybe"), col("runs")],
        vec![trunc("hour")],
        vec![trunc("week"), col("maybe")],
        vec![trunc("month")],
        vec![trunc("year"), col("k")],
        vec![bins()[0].clone()],
        vec![bins()[1].clone(), col("maybe")],
        vec![col("ts").cast(DataType::Date)],
        vec![col("maybe"), col("ts").cast(DataType::Date)],
    ];
    for keys in keys {
        let most = Some(col("price").gt(lit(10_000)));
        for filter in [None, Some(col("price").lt(lit(100))), Some(col("maybe").gt(lit(0))), most] {
            let aggregates = [
                count(),
                count_of(col("maybe")),
                sum(col("maybe")),
                avg(col("x")),
                sum(col("f")),
                sum(col("price")),
                sum(discounted()),
                avg(discounted()),
                sum(col("large")),
                max(col("price")),
                min(col("maybe")),
                max(col("x")),
                min(col("f")),
                max(col("ts")),
                max(col("maybe")),
                aggregate(AggregateFunction::StddevSamp, [col("f")]),
            ];
            // Ends that are found where sums are added, and those of values among which NaN is.
            let ends = [max(col("small")), min(col("k")), min(col("nan")), max(col("nan")), count()];
            for aggregates in [aggregates.to_vec(), ends.to_vec()] {
                let query = Query {
                    group_by: keys.clone(),
                    filter: filter.clone(),
                    ..select(keys.iter().cloned().chain(aggregates))
                };
                let expected = answer(unknown.clone(), &query, 1);
                assert!(expected.len() > 1);
                assert_eq!(answer(known.clone(), &query, 1), expected);
                assert_eq!(answer(known.clone(), &query, 3), expected);
            }
        }
    }
}

/// The same values by an expression of which no ends are known.
fn hidden(expr: Expr) -> Expr {
    let negate = |expr: Expr| -> Expr { ExprKind::Negate(Box::new(expr)).into() };
    negate(negate(expr))
}

#[test]
fn keys_within_known_ends_give_the_groups_of_hashing() {
    let source: Arc<dyn ColumnSource> = Arc::new(batch());
    let part = |name: &str| call("date_part", [lit(name), col("ts")]);
    let remainder = |by: i64| both(Arithmetic::Remainder, col("large"), lit(by));
    let banded = || case([(col("x").gt(lit(1e6)), part("month")), (col("k").gt(lit(100)), lit(-3))], None);
    let mut keys: Vec<Expr> =
        ["hour", "dow", "isodow", "doy", "week", "day", "quarter", "minute", "second", "millisecond"]
            .into_iter()
            .map(part)
            .collect();
    keys.extend([
        remainder(7),
        remainder(-7),
        both(Arithmetic::Add, part("hour"), both(Arithmetic::Multiply, remainder(3), lit(-5))),
        both(Arithmetic::Subtract, part("hour"), part("day")),
        call("coalesce", [col("maybe"), remainder(4)]),
        banded(),
    ]);
    for key in keys {
        let ask = |key: Expr| Query { group_by: vec![key.clone()], ..select([key, count(), sum(col("x"))]) };
        let expected = answer(source.clone(), &ask(hidden(key.clone())), 1);
        assert!(expected.len() > 1);
        assert_eq!(answer(source.clone(), &ask(key), 2), expected);
    }
}

#[test]
fn intervals_too_many_for_an_array_give_the_groups_of_hashing() {
    let (unknown, known) = sources();
    // Of the last there are so many that their rows are divided, and up to 32 places for each.
    let keys = [vec![trunc("second")], vec![trunc("minute"), col("maybe")], vec![trunc("second")]];
    let filters = [Some(col("k").lt(lit(40))), None, Some(col("k").lt(lit(120)))];
    for (keys, filter) in keys.into_iter().zip(filters) {
        let aggregates = [count(), sum(col("x")), max(col("ts")), count_of(col("maybe"))];
        let query =
            Query { group_by: keys.clone(), filter, ..select(keys.iter().cloned().chain(aggregates)) };
        let expected = answer(unknown.clone(), &query, 2);
        assert!(expected.len() > 100_000);
        assert_eq!(answer(known.clone(), &query, 1), expected);
        assert_eq!(answer(known.clone(), &query, 3), expected);
    }
}

#[test]
fn a_choice_of_texts_gives_the_groups_of_the_same_choice_of_numbers() {
    let source: Arc<dyn ColumnSource> = Arc::new(Known(batch()));
    let null = || -> Expr { ExprKind::Literal(Scalar::Null).into() };
    // A text that two branches give is one group; a choice within a choice; NULL as a group of its own.
    let banded = |low: Expr, middle: Expr, high: Expr| {
        let within =
            case([(col("k").lt(lit(50)), high.clone()), (col("k").lt(lit(60)), null())], Some(low.clone()));
        case(
            [
                (col("maybe").gt(lit(4)), low),
                (col("x").gt(lit(1e6)), middle),
                (col("runs").lt(lit(0)), within),
            ],
            Some(high),
        )
    };
    let texts = banded(lit("low"), lit("middle"), lit("high"));
    let numbers = banded(lit(1), lit(2), lit(3));
    for filter in [None, Some(col("k").gt(lit(300))), Some(col("k").gt(lit(55)))] {
        let ask = |key: &Expr| {
            let kept = [count(), sum(col("x")), max(col("ts"))];
            Query {
                group_by: vec![key.clone()],
                filter: filter.clone(),
                ..select([key.clone()].into_iter().chain(kept))
            }
        };
        let named = |row: String| {
            let named = [("1|", "low|"), ("2|", "middle|"), ("3|", "high|")];
            let name =
                named.iter().find_map(|(number, text)| Some(text.to_string() + row.strip_prefix(number)?));
            name.unwrap_or(row)
        };
        let expected: Vec<String> =
            answer(source.clone(), &ask(&numbers), 1).into_iter().map(named).collect();
        assert!(expected.len() > 2);
        assert_eq!(answer(source.clone(), &ask(&texts), 2), expected);
    }
}

#[test]
fn sums_of_decimals_are_the_same_for_few_rows_and_for_many() {
    let batch = batch();
    let unknown: Arc<dyn ColumnSource> = Arc::new(batch.clone());
    let known: Arc<dyn ColumnSource> = Arc::new(Known(batch));
    let product = |left: Expr, right: Expr| both(Arithmetic::Multiply, left, right);
    let after_tax = product(col("price"), both(Arithmetic::Add, lit(1), col("tax")));
    for below in [7, 8, 9, 20, 60, 400] {
        let sums = [
            sum(product(col("price"), col("part"))),
            sum(after_tax.clone()),
            avg(product(col("tax"), col("tax"))),
        ];
        let query = Query { filter: Some(col("k").lt(lit(below))), ..select(sums) };
        let expected = answer(unknown.clone(), &query, 1);
        // No row is below 7, and the rows of 7 alone have no tax.
        assert_eq!(expected[0].contains("NULL"), below < 9);
        assert_eq!(answer(known.clone(), &query, 2), expected);
    }
}
