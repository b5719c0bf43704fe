//! Decimals in 64 bits, as far as the summaries of zones allow it, against those of 128 bits, which nothing is known of.

use super::groups::{answer, batch, spread};
use super::*;
use colq_plan::{AggregateFunction, Query, avg, median, quantile_cont, quantile_disc, sum};
use colq_types::Arithmetic;

fn both(op: Arithmetic, left: Expr, right: Expr) -> Expr {
    ExprKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) }.into()
}

fn divided(left: Expr, right: Expr) -> Expr {
    both(Arithmetic::Divide, left, right)
}

fn product(left: Expr, right: Expr) -> Expr {
    both(Arithmetic::Multiply, left, right)
}

fn plus(left: Expr, right: Expr) -> Expr {
    both(Arithmetic::Add, left, right)
}

/// The sums over all rows, over few rows, over many, and by groups, with summaries and without.
fn check(sums: &[Expr]) {
    let batch = batch();
    let unknown: Arc<dyn ColumnSource> = Arc::new(batch.clone());
    let known: Arc<dyn ColumnSource> = Arc::new(Known(batch));
    for filter in [None, Some(col("k").lt(lit(9))), Some(col("k").lt(lit(200)))] {
        let all = Query { filter: filter.clone(), ..select(sums.to_vec()) };
        let by_key = Query {
            group_by: vec![col("k")],
            filter,
            ..select([col("k")].into_iter().chain(sums.iter().cloned()))
        };
        for query in [all, by_key] {
            let mut expected = answer(unknown.clone(), &query, 1);
            assert!(expected.iter().any(|row| row.chars().any(|c| c.is_ascii_digit())));
            expected.sort_unstable();
            for threads in [1, 2] {
                let mut found = answer(known.clone(), &query, threads);
                found.sort_unstable();
                assert_eq!(found, expected);
            }
        }
    }
}

#[test]
fn quotients_are_those_of_long_division() {
    check(&[
        // Many of them lie in the middle between two units.
        avg(divided(col("price"), lit(32))),
        sum(divided(col("price"), plus(col("part"), lit(1)))),
        sum(divided(col("price"), both(Arithmetic::Subtract, lit(-5), col("part")))),
        avg(divided(col("price"), plus(col("tax"), lit(20)))),
        sum(divided(product(col("tax"), col("part")), lit(7))),
    ]);
}

#[test]
fn a_division_by_zero_is_an_error_where_zones_know_their_ends_too() {
    let batch = batch();
    let catalog = HashMap::from([("t".to_string(), ColumnSource::schema(&batch).clone())]);
    let message = |source: Arc<dyn ColumnSource>| {
        let plan = bind(&select([sum(divided(col("price"), col("part")))]), &catalog).unwrap();
        let sources = HashMap::from([("t".to_string(), source)]);
        execute(&plan, &sources, &Pool::new(1), &Context::new()).unwrap_err().to_string()
    };
    let of_known = message(Arc::new(Known(batch.clone())));
    assert!(of_known.contains("division by zero"), "{of_known}");
    assert_eq!(of_known, message(Arc::new(batch)));
}

#[test]
fn choices_are_the_sums_of_their_branches() {
    let price = || col("price");
    let null = || -> Expr { ExprKind::Literal(Scalar::Null).into() };
    let chosen = case([(col("k").lt(lit(50)), price())], Some(lit(0)));
    let nested = case(
        [
            (col("maybe").gt(lit(4)), product(price(), col("part"))),
            (col("k").gt(lit(250)), null()),
            (col("runs").lt(lit(0)), case([(col("tax").gt(lit(0)), col("tax"))], None)),
        ],
        Some(both(Arithmetic::Subtract, lit(1), price())),
    );
    let filtered = Expr::from(ExprKind::Aggregate {
        function: AggregateFunction::Sum,
        args: vec![product(price(), col("tax"))],
        distinct: false,
        filter: Some(Box::new(col("maybe").eq(lit(1)))),
    });
    check(&[
        sum(chosen.clone()),
        avg(nested.clone()),
        filtered,
        sum(product(plus(nested, col("tax")), col("part"))),
        sum(case([(col("k").lt(lit(0)), price())], Some(product(lit(-1), price())))),
        sum(-product(price(), col("tax"))),
        sum(product(plus(price(), lit(1)), col("maybe"))),
        sum(case(
            [(col("k").lt(lit(50)), col("small").cast(DataType::Decimal { precision: 30, scale: 2 }))],
            None,
        )),
        sum(col("small").cast(DataType::Decimal { precision: 38, scale: 0 })),
        sum(chosen.cast(DataType::Decimal { precision: 30, scale: 5 })),
    ]);
}

/// Rows enough for a sample.
const SAMPLED: usize = (1 << 20) + 12_345;

#[test]
fn quantiles_of_decimals_are_those_of_their_floats() {
    // Beyond 2^53 several decimals are one float.
    let validity: Bitmap = (0..SAMPLED).map(|row| !spread(row).is_multiple_of(5)).collect();
    let digits = |of: &dyn Fn(usize) -> i64| (0..SAMPLED).map(of).collect::<Vec<_>>();
    let type_of = |scale| DataType::Decimal { precision: 18, scale };
    let money = Column::new(type_of(2), digits(&|row| (spread(row) % 10_000_000) as i64 - 500_000));
    let wide = Column::new(type_of(5), digits(&|row| 900_000_000_000_000_000 - (spread(row) % 4_000) as i64));
    let rare =
        Column::new(type_of(3), digits(&|row| (spread(row) % 1_000) as i64)).with_validity(Some(validity));
    let keys = Column::new(DataType::I64, digits(&|row| (spread(row + 3) % 9) as i64));
    let columns = [("money", money), ("wide", wide), ("rare", rare), ("k", keys)];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let batch = Batch::new(Arc::new(schema), columns).unwrap();
    let sources: [Arc<dyn ColumnSource>; 2] = [Arc::new(Known(batch.clone())), Arc::new(batch)];
    let asked = |of: &dyn Fn(&str) -> Expr| {
        ["money", "wide", "rare"]
            .into_iter()
            .flat_map(|name| [median(of(name)), quantile_cont(of(name), 0.95), quantile_disc(of(name), 0.1)])
            .collect::<Vec<_>>()
    };
    // A number that is computed has no words of its own column.
    let zero: Expr = lit(0.0f64).cast(DataType::F64);
    let as_floats = asked(&|name| plus(col(name).cast(DataType::F64), zero.clone()));
    let floats = asked(&|name| col(name).cast(DataType::F64));
    for filter in [None, Some(col("k").lt(lit(2)))] {
        for group_by in [vec![], vec![col("k")]] {
            let query = |list: &[Expr]| Query {
                filter: filter.clone(),
                group_by: group_by.clone(),
                ..select(group_by.iter().chain(list).cloned())
            };
            for source in &sources {
                let mut expected = answer(source.clone(), &query(&as_floats), 2);
                let mut found = answer(source.clone(), &query(&floats), 1);
                expected.sort_unstable();
                found.sort_unstable();
                assert_eq!(found, expected);
            }
        }
    }
}

#[test]
fn differences_of_times_are_summed_where_they_lie() {
    const ROWS: usize = ZONE_ROWS as usize + 77;
    let days = |of: &dyn Fn(usize) -> i32| Column::new(DataType::Date, (0..ROWS).map(of).collect::<Vec<_>>());
    let valid: Bitmap = (0..ROWS).map(|row| !spread(row).is_multiple_of(5)).collect();
    let stamps = DataType::Timestamp(TimeUnit::Millisecond);
    let later = Column::new(stamps, (0..ROWS as i64).map(|row| row * row).collect::<Vec<_>>());
    let columns = [
        ("sent", days(&|row| (spread(row) % 40_000) as i32 - 20_000)),
        ("came", days(&|row| i32::MAX - row as i32).with_validity(Some(valid))),
        ("later", later),
        ("ts", Column::new(stamps, (0..ROWS as i64).map(|row| row * 7 - 1_000).collect::<Vec<_>>())),
    ];
    let mut expected = (0i64, 0i64, 0i64);
    for row in 0..ROWS {
        if !spread(row).is_multiple_of(5) {
            expected.0 += i64::from(i32::MAX) - row as i64 - ((spread(row) % 40_000) as i64 - 20_000);
            expected.1 += 1;
        }
        expected.2 += (row as i64 * row as i64) - (row as i64 * 7 - 1_000);
    }
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let source: Arc<dyn ColumnSource> = Arc::new(Batch::new(Arc::new(schema), columns).unwrap());
    let apart = || both(Arithmetic::Subtract, col("came"), col("sent"));
    let waited = sum(both(Arithmetic::Subtract, col("later"), col("ts"))).cast(DataType::I64);
    let found = answer(source, &select([sum(apart()), colq_plan::count_of(apart()), waited]), 2);
    assert_eq!(found, [format!("{}|{}|{}", expected.0, expected.1, expected.2)]);
}
