//! Counts, integer sums, extremes, DISTINCT, groups.

use super::*;
use colq_plan::{
    AggregateFunction, ExprKind, avg, col, count, count_distinct, count_of, lit, max, min, stddev, sum,
};

fn distinct(function: AggregateFunction, expr: Expr) -> Expr {
    ExprKind::Aggregate { function, args: vec![expr], distinct: true, filter: None }.into()
}

fn plain(function: AggregateFunction, expr: Expr) -> Expr {
    ExprKind::Aggregate { function, args: vec![expr], distinct: false, filter: None }.into()
}

#[test]
fn over_no_value_counts_are_zero_and_all_else_is_null() {
    use AggregateFunction as A;
    let x = || col("x");
    let all = || {
        let others = [A::StddevPop, A::VarSamp, A::VarPop].map(|function| plain(function, x()));
        [count(), count_of(x()), sum(x()), avg(x()), min(x()), max(x()), stddev(x())]
            .into_iter()
            .chain(others)
    };
    let nulls = vec![NULL; 8];
    for (values, rows_in) in [(vec![], 0), (vec![NULL, NULL], 2)] {
        let t = table(&[("x", DataType::F64, values)]);
        assert_eq!(rows(&select(all()), &t), [[vec![i(rows_in), i(0)], nulls.clone()].concat()]);
    }
    // Without rows there is no group either.
    let t = table(&[("x", DataType::F64, vec![])]);
    assert!(rows(&Query { group_by: vec![x()], ..select(all()) }, &t).is_empty());
    // One value is no sample, but a population.
    let t = table(&[("x", DataType::F64, vec![f(3.0)])]);
    let answer = rows(&select(all()), &t).remove(0);
    assert_eq!(answer[6..], [NULL, f(0.0), NULL, f(0.0)]);
}

#[test]
fn integer_sums_are_exact_and_checked_at_the_end() {
    let t = table(&[
        ("a", DataType::I64, vec![i(i64::MAX), i(i64::MAX), i(-i64::MAX), NULL]),
        ("u", DataType::U64, vec![u(u64::MAX), u(0), u(0), u(0)]),
        ("n", DataType::U8, vec![u(255), u(255), u(1), NULL]),
    ]);
    let query = select([sum(col("a")), sum(col("u")), sum(col("n")), sum(col("n") - lit(255))]);
    assert_eq!(rows(&query, &t), [vec![i(i64::MAX), u(u64::MAX), u(511), i(-254)]]);
    let failing = ask(&select([sum(col("a") - lit(1) + lit(1)), count()]), &t);
    assert_eq!(failing.unwrap().rows[0][1], i(4));
    let twice = Query { filter: Some(col("a").gt(lit(0))), ..select([sum(col("a"))]) };
    assert_eq!(ask(&twice, &t).unwrap_err().kind, NaiveErrorKind::Overflow);
    // The average never overflows: (2^63 - 1) * 2 / 2.
    let average = Query { filter: Some(col("a").gt(lit(0))), ..select([avg(col("a"))]) };
    assert_bits(&rows(&average, &t)[0], &[9_223_372_036_854_775_808.0]);
    assert_bits(&rows(&select([avg(col("n"))]), &t)[0], &[511.0 / 3.0]);
    let t = table(&[("a", DataType::I64, vec![i((1 << 24) + 1), i(2)])]);
    assert_bits(&rows(&select([avg(col("a"))]), &t)[0], &[8_388_609.5]);
}

#[test]
fn min_and_max_take_the_zeros_for_one_and_keep_nan_on_top() {
    let t = table(&[
        ("z", DataType::F64, [0.0, -0.0, 0.0].map(f).to_vec()),
        ("n", DataType::F64, [f64::NAN, 1.0, -1.0].map(f).to_vec()),
        ("all", DataType::F32, vec![Scalar::F32(f32::NAN), NULL, Scalar::F32(f32::NAN)]),
        ("s", DataType::Text, vec![text("b"), text("é"), text("B")]),
        ("b", DataType::Bool, vec![yes(), NULL, no()]),
        ("d", DataType::Date, [5, -5, 0].map(Scalar::Date).to_vec()),
    ]);
    let both = |name: &str| rows(&select([min(col(name)), max(col(name))]), &t).remove(0);
    assert_bits(&both("z"), &[0.0, 0.0]);
    assert_bits(&both("n"), &[-1.0, f64::NAN]);
    assert!(both("all").iter().all(|v| matches!(v, Scalar::F32(v) if v.is_nan())));
    assert_eq!(both("s"), [text("B"), text("é")]);
    assert_eq!(both("b"), [no(), yes()]);
    assert_eq!(both("d"), [Scalar::Date(-5), Scalar::Date(5)]);
}

#[test]
fn distinct_takes_each_value_once_where_it_came_first() {
    let x = [0.0, -0.0, f64::NAN, -f64::NAN, 2.0, 2.0].map(f);
    let t = table(&[
        ("x", DataType::F64, [x.to_vec(), vec![NULL]].concat()),
        ("a", DataType::I8, [3, 3, 4, 3, 4, 5].map(i).into_iter().chain([NULL]).collect()),
    ]);
    assert_eq!(values_of(count_distinct(col("x")), &t), i(3));
    assert_eq!(values_of(distinct(AggregateFunction::Sum, col("a")), &t), i(12));
    assert_eq!(values_of(distinct(AggregateFunction::Avg, col("a")), &t), f(4.0));
    assert_eq!(values_of(distinct(AggregateFunction::VarPop, col("a")), &t), f(2.0 / 3.0));
    assert_eq!(values_of(distinct(AggregateFunction::StddevSamp, col("a")), &t), f(1.0));
    // The zeros are one value, 0.0.
    let zeros =
        |function| Query { filter: Some(col("x").eq(lit(0))), ..select([distinct(function, col("x"))]) };
    assert_bits(&rows(&zeros(AggregateFunction::Sum), &t)[0], &[0.0]);
    // The smallest of the distinct values is the smallest of all.
    assert_bits(&rows(&zeros(AggregateFunction::Min), &t)[0], &[0.0]);
}

fn values_of(expr: Expr, t: &Batch) -> Scalar {
    rows(&select([expr]), t).remove(0).remove(0)
}

#[test]
fn groups_come_by_first_row_and_show_its_key() {
    let t = table(&[
        ("k", DataType::F64, [1.0, -0.0, -f64::NAN, 0.0, f64::NAN, 1.0].map(f).to_vec()),
        ("v", DataType::I64, [1, 2, 3, 4, 5, 6].map(i).to_vec()),
    ]);
    let query = Query { group_by: vec![col("k")], ..select([col("k"), sum(col("v")), count()]) };
    let answer = rows(&query, &t);
    let keys: Vec<Scalar> = answer.iter().map(|row| row[0].clone()).collect();
    assert_bits(&keys, &[1.0, 0.0, f64::NAN]);
    assert_eq!(answer.iter().map(|row| row[1].clone()).collect::<Vec<_>>(), [i(7), i(6), i(8)]);
    assert!(answer.iter().all(|row| row[2] == i(2)));
    // DISTINCT is the same without aggregates.
    let answer = rows(&Query { distinct: true, ..select([col("k")]) }, &t);
    assert_bits(&answer.concat(), &[1.0, 0.0, f64::NAN]);
}

#[test]
fn null_is_a_group_of_its_own_and_keys_combine() {
    let t = table(&[
        ("s", DataType::Text, vec![NULL, text(""), NULL, text("")]),
        ("b", DataType::Bool, vec![yes(), no(), yes(), NULL]),
    ]);
    let query = Query { group_by: vec![col("s"), col("b")], ..select([col("s"), col("b"), count()]) };
    let expected = [vec![NULL, yes(), i(2)], vec![text(""), no(), i(1)], vec![text(""), NULL, i(1)]];
    assert_eq!(rows(&query, &t), expected);
}
