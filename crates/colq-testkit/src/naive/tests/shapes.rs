//! How two columns go together and how one is spread, from textbooks.

use super::*;
use colq_plan::AggregateFunction as A;
use colq_types::ZONE_ROWS;

fn pair(function: A, y: &[f64], x: &[f64]) -> Scalar {
    let column = |values: &[f64]| values.iter().map(|v| f(*v)).collect::<Vec<_>>();
    let t = table(&[("y", DataType::F64, column(y)), ("x", DataType::F64, column(x))]);
    let expr =
        ExprKind::Aggregate { function, args: vec![col("y"), col("x")], distinct: false, filter: None };
    values(expr.into(), &t).remove(0)
}

/// That skewness or kurtosis is this, but for the last digits: the textbook computes in another order.
#[track_caller]
fn spread(function: A, column: &[Scalar], expected: Option<f64>) {
    let t = table(&[("x", DataType::F64, column.to_vec())]);
    let expr = ExprKind::Aggregate { function, args: vec![col("x")], distinct: false, filter: None };
    let actual = values(expr.into(), &t)[0].as_f64();
    let holds = match (actual, expected) {
        (Some(actual), Some(expected)) => (actual - expected).abs() <= 1e-12 * (1.0 + expected.abs()),
        (actual, expected) => actual == expected,
    };
    assert!(holds, "{actual:?}, not {expected:?}");
}

#[test]
fn covariances_and_correlations() {
    let (y, x) = ([1.0, 2.0, 4.0, 5.0], [2.0, 4.0, 8.0, 10.0]);
    // Distances from the means 3 and 6: the products are 8, 2, 2, 8.
    assert_bits(&[pair(A::CovarPop, &y, &x), pair(A::Corr, &y, &x)], &[5.0, 1.0]);
    assert_bits(&[pair(A::CovarSamp, &y, &x)], &[20.0 / 3.0]);
    assert_bits(&[pair(A::Corr, &[1.0, 2.0], &[5.0, 3.0])], &[-1.0]);
    assert_eq!(pair(A::Corr, &[1.0, 1.0], &[5.0, 3.0]), NULL);
    assert_eq!(pair(A::Corr, &[1.0], &[5.0]), NULL);
    assert_eq!(pair(A::CovarSamp, &[1.0], &[5.0]), NULL);
    assert_eq!(pair(A::CovarPop, &[1.0], &[5.0]), f(0.0));
    assert_eq!(pair(A::CovarPop, &[], &[]), NULL);
}

#[test]
fn zones_are_merged() {
    let zone = ZONE_ROWS as usize;
    let places = [(5, 1.0, 2.0), (6, 2.0, 4.0), (zone, 4.0, 8.0), (zone + 1, 5.0, 10.0)];
    let (mut y, mut x) = (vec![f64::NAN; zone + 2], vec![f64::NAN; zone + 2]);
    places.iter().for_each(|(row, of_y, of_x)| (y[*row], x[*row]) = (*of_y, *of_x));
    let column = |values: &[f64]| values.iter().map(|v| if v.is_nan() { NULL } else { f(*v) }).collect();
    let t = table(&[("y", DataType::F64, column(&y)), ("x", DataType::F64, column(&x))]);
    for (function, expected) in [(A::CovarPop, 5.0), (A::CovarSamp, 20.0 / 3.0), (A::Corr, 1.0)] {
        let args = vec![col("y"), col("x")];
        let expr = ExprKind::Aggregate { function, args, distinct: false, filter: None };
        assert_bits(&values(expr.into(), &t), &[expected]);
    }
}

#[test]
fn rows_where_either_is_null_do_not_count() {
    let t = table(&[
        ("y", DataType::F64, vec![f(1.0), NULL, f(100.0), f(3.0)]),
        ("x", DataType::I64, vec![i(1), i(50), NULL, i(5)]),
    ]);
    let args = vec![col("y"), col("x")];
    let expr = ExprKind::Aggregate { function: A::CovarPop, args, distinct: false, filter: None };
    assert_eq!(values(expr.into(), &t), [f(2.0)]);
}

#[test]
fn skewness_and_kurtosis_are_corrected_for_the_size_of_the_sample() {
    let x = [1.0, 2.0, 3.0, 4.0, 10.0].map(f);
    // Around the mean 4: m2 = 50, m3 = 180, m4 = 1394.
    let g1: f64 = (180.0 / 5.0) / 10f64.powf(1.5);
    spread(A::Skewness, &x, Some(20f64.sqrt() / 3.0 * g1));
    spread(A::Kurtosis, &x, Some(4.0 / 6.0 * (6.0 * (1394.0 / 2500.0 * 5.0 - 3.0) + 6.0)));
    // In another order, and in two zones, which are merged: the textbook does not care.
    let other = [10.0, 4.0, 1.0, 3.0, 2.0].map(f);
    let mut zones = vec![NULL; ZONE_ROWS as usize + 2];
    zones[7..10].clone_from_slice(&other[..3]);
    zones[ZONE_ROWS as usize..].clone_from_slice(&other[3..]);
    for x in [&other[..], &zones] {
        spread(A::Skewness, x, Some(20f64.sqrt() / 3.0 * g1));
        spread(A::Kurtosis, x, Some(4.0 / 6.0 * (6.0 * (1394.0 / 2500.0 * 5.0 - 3.0) + 6.0)));
    }
    spread(A::Skewness, &x[..2], None);
    spread(A::Kurtosis, &x[..3], None);
    let same = [0.1, 0.1, 0.1, 0.1, 0.1].map(f);
    spread(A::Skewness, &same, None);
    spread(A::Kurtosis, &same, None);
    spread(A::Skewness, &[f(1.0), f(2.0), NULL, f(3.0)], Some(0.0));
}
