//! Values by their place: quantiles, the first and last, the largest by another column, the most frequent.

use super::*;
use crate::Tolerance;
use colq_plan::AggregateFunction as A;
use colq_types::TimeUnit;

fn aggregate(function: A, args: &[Expr]) -> Expr {
    ExprKind::Aggregate { function, args: args.to_vec(), distinct: false, filter: None }.into()
}

fn filtered(function: A, args: &[Expr], distinct: bool, filter: Option<Expr>) -> Expr {
    let filter = filter.map(Box::new);
    ExprKind::Aggregate { function, args: args.to_vec(), distinct, filter }.into()
}

/// The aggregate of a column.
fn of(function: A, data_type: DataType, column: &[Scalar], q: Option<f64>) -> Scalar {
    let t = table(&[("x", data_type, column.to_vec())]);
    let args: Vec<Expr> = [col("x")].into_iter().chain(q.map(lit)).collect();
    values(aggregate(function, &args), &t).remove(0)
}

#[test]
fn quantiles_lie_between_two_values_or_are_one() {
    let x = [f(40.0), NULL, f(10.0), f(20.0), f(30.0)];
    let cont = |q| of(A::QuantileCont, DataType::F64, &x, Some(q));
    assert_bits(&[cont(0.0), cont(1.0), cont(0.5), cont(0.25)], &[10.0, 40.0, 25.0, 17.5]);
    let disc = |q| of(A::QuantileDisc, DataType::F64, &x, Some(q));
    assert_bits(&[disc(0.0), disc(1.0), disc(0.5), disc(0.51)], &[10.0, 40.0, 20.0, 30.0]);
    assert_eq!(of(A::Median, DataType::I64, &[i(1), i(2)], None), f(1.5));
    assert_eq!(of(A::Median, DataType::I64, &[NULL], None), NULL);
    // NaN is above all, and a whole position is exactly its value.
    let odd = [f(f64::NAN), f(f64::INFINITY), f(1.0)];
    assert_bits(&[of(A::Median, DataType::F64, &odd, None)], &[f64::INFINITY]);
    assert_eq!(of(A::QuantileDisc, DataType::Text, &[text("b"), text("a"), text("é")], Some(0.5)), text("b"));
}

#[test]
fn quantiles_of_times_are_in_whole_units() {
    let days = [Scalar::Date(-3), Scalar::Date(0)];
    assert_eq!(of(A::Median, DataType::Date, &days, None), Scalar::Date(-2));
    let unit = TimeUnit::Second;
    let at = |v| Scalar::Timestamp(v, unit);
    let ends = [at(i64::MIN), at(i64::MAX)];
    assert_eq!(of(A::QuantileCont, DataType::Timestamp(unit), &ends, Some(0.5)), at(0));
    let lengths = [-10, 5].map(|v| Scalar::Duration(v, unit));
    assert_eq!(
        of(A::QuantileCont, DataType::Duration(unit), &lengths, Some(0.1)),
        Scalar::Duration(-9, unit)
    );
}

#[test]
fn the_first_and_the_last_may_be_null() {
    let t = table(&[
        ("x", DataType::I64, vec![NULL, i(1), i(2), NULL]),
        ("keep", DataType::Bool, vec![no(), yes(), yes(), NULL]),
    ]);
    let first = |filter: Option<Expr>| filtered(A::First, &[col("x")], false, filter);
    let last = |filter: Option<Expr>| filtered(A::Last, &[col("x")], false, filter);
    let keep = || Some(col("keep"));
    let query = select([first(None), last(None), first(keep()), last(keep()), first(Some(lit(false)))]);
    assert_eq!(rows(&query, &t), [[NULL, NULL, i(1), i(2), NULL]]);
    // A value is looked at only where the filter is true.
    let guarded = filtered(A::First, &[lit(1) / col("x")], false, Some(col("x").eq(lit(2))));
    let zero = table(&[("x", DataType::I64, vec![i(0), i(2)])]);
    assert_eq!(values(guarded, &zero), [i(0)]);
}

#[test]
fn the_value_beside_an_extreme_is_that_of_the_first_row_with_it() {
    let t = table(&[
        ("x", DataType::Text, vec![text("a"), NULL, text("c"), text("d"), text("e")]),
        ("y", DataType::F64, vec![f(3.0), f(-9.0), f(1.0), f(1.0), f(f64::NAN)]),
    ]);
    let by = |function| aggregate(function, &[col("x"), col("y")]);
    assert_eq!(rows(&select([by(A::ArgMin), by(A::ArgMax)]), &t), [[text("c"), text("e")]]);
}

#[test]
fn the_mode_is_the_most_frequent_that_came_first() {
    let words = ["b", "a", "c", "a", "b"].map(text);
    assert_eq!(of(A::Mode, DataType::Text, &words, None), text("b"));
    assert_eq!(of(A::Mode, DataType::F64, &[f(1.0), f(-0.0), f(0.0)], None), f(0.0));
    assert_eq!(of(A::Mode, DataType::F64, &[NULL, NULL], None), NULL);
}

#[test]
fn conditions_of_all_and_of_any() {
    let b = |values: &[Scalar]| {
        [A::BoolAnd, A::BoolOr].map(|function| of(function, DataType::Bool, values, None))
    };
    assert_eq!(b(&[yes(), no(), NULL]), [no(), yes()]);
    assert_eq!(b(&[yes(), NULL]), [yes(), yes()]);
    assert_eq!(b(&[no()]), [no(), no()]);
    assert_eq!(b(&[NULL]), [NULL, NULL]);
}

#[test]
fn filters_choose_rows_and_distinct_values() {
    let t = table(&[("x", DataType::I64, vec![i(1), i(2), i(2), i(5), NULL])]);
    let big = || Some(col("x").gt(lit(1)));
    let query = select([
        filtered(A::Count, &[], false, big()),
        filtered(A::Sum, &[col("x")], false, big()),
        filtered(A::Sum, &[col("x")], true, big()),
        filtered(A::Median, &[col("x")], true, None),
        filtered(A::Max, &[col("x")], true, Some(col("x").lt(lit(5)))),
    ]);
    assert_eq!(rows(&query, &t), [[i(3), i(9), i(7), f(2.0), i(2)]]);
}

#[test]
fn approximate_counts_are_exact_while_they_are_few() {
    let t = |n: i64| table(&[("x", DataType::I64, (0..n).map(i).collect())]);
    let query = select([aggregate(A::ApproxDistinct, &[col("x")])]);
    let few = ask(&query, &t(256)).unwrap();
    assert_eq!((few.rows, few.tolerance), (vec![vec![i(256)]], Tolerance::Exact));
    let many = ask(&query, &t(1_000)).unwrap();
    assert_eq!((many.rows, many.tolerance), (vec![vec![i(900)]], Tolerance::UpTo(vec![vec![i(1_100)]])));
    let none = ask(&query, &t(0)).unwrap();
    assert_eq!(none.rows, [[i(0)]]);
    // Which rows there are depends on it.
    let having = Query { having: Some(aggregate(A::ApproxDistinct, &[col("x")]).gt(lit(950))), ..query };
    assert_eq!(ask(&having, &t(1_000)).unwrap().tolerance, Tolerance::Unknown);
}

#[test]
fn approximate_quantiles_lie_near_the_values_around_the_position() {
    let t = table(&[("x", DataType::F64, (0..=100).map(|v| f(f64::from(v) * 10.0)).collect())]);
    let at = |q: f64| {
        let answer = ask(&select([aggregate(A::ApproxQuantile, &[col("x"), lit(q)])]), &t).unwrap();
        let high = match answer.tolerance {
            Tolerance::UpTo(high) => high[0][0].clone(),
            other => panic!("{other:?}"),
        };
        [answer.rows[0][0].as_f64().unwrap(), high.as_f64().unwrap()]
    };
    assert_eq!(at(0.505), [495.0, 515.1]);
    assert_eq!(at(0.999), [980.1, 1000.0]);
    let exact = ask(&select([aggregate(A::ApproxQuantile, &[col("x"), lit(1.0)])]), &t).unwrap();
    assert_eq!((exact.rows, exact.tolerance), (vec![vec![f(1000.0)]], Tolerance::Exact));
}
