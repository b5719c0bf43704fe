//! Functions of numbers, by hand and from PostgreSQL's manual.

use super::*;

fn d(value: i128, scale: u8) -> Scalar {
    Scalar::Decimal(value, scale)
}

#[test]
fn absolute_values_and_signs_keep_the_type() {
    calls("abs", &[i(-3)], i(3));
    calls("abs", &[u(7)], u(7));
    calls("abs", &[f(-17.4)], f(17.4));
    calls("abs", &[f(-0.0)], f(0.0));
    calls("abs", &[Scalar::F32(-1.5)], Scalar::F32(1.5));
    calls("abs", &[d(-125, 2)], d(125, 2));
    calls(
        "abs",
        &[Scalar::Duration(-5, colq_types::TimeUnit::Second)],
        Scalar::Duration(5, colq_types::TimeUnit::Second),
    );
    calls("abs", &[NULL], NULL);
    refuses("abs", &[i(i64::MIN)], NaiveErrorKind::Overflow);
    calls("sign", &[f(-8.4)], f(-1.0));
    calls("sign", &[f(-0.0)], f(0.0));
    calls("sign", &[f(f64::NAN)], f(f64::NAN));
    calls("sign", &[f(f64::NEG_INFINITY)], f(-1.0));
    calls("sign", &[i(-9)], i(-1));
    calls("sign", &[u(9)], u(1));
    calls("sign", &[d(-7, 2)], d(-100, 2));
}

#[test]
fn whole_numbers_below_and_above() {
    calls("floor", &[f(-42.8)], f(-43.0));
    calls("floor", &[f(42.8)], f(42.0));
    calls("ceil", &[f(-42.8)], f(-42.0));
    calls("ceil", &[f(42.2)], f(43.0));
    calls("ceil", &[f(-0.5)], f(-0.0));
    calls("floor", &[f(f64::NAN)], f(f64::NAN));
    calls("floor", &[Scalar::F32(1.5)], Scalar::F32(1.0));
    calls("floor", &[d(-125, 2)], d(-2, 0));
    calls("floor", &[d(125, 2)], d(1, 0));
    calls("ceil", &[d(-125, 2)], d(-1, 0));
    calls("ceil", &[d(101, 2)], d(2, 0));
    calls("ceil", &[d(-99, 2)], d(0, 0));
    calls("floor", &[i(4)], i(4));
}

#[test]
fn rounding_goes_half_away_from_zero() {
    calls("round", &[f(42.4)], f(42.0));
    calls("round", &[f(2.5)], f(3.0));
    calls("round", &[f(-2.5)], f(-3.0));
    calls("round", &[f(42.4382), i(2)], f(42.44));
    calls("round", &[f(1234.56), i(-1)], f(1230.0));
    calls("round", &[f(1.5), i(400)], f(1.5));
    calls("round", &[f(-1.5), i(-400)], f(-0.0));
    calls("round", &[f(f64::NEG_INFINITY), i(-400)], f(f64::NEG_INFINITY));
    calls("round", &[f(f64::INFINITY), i(2)], f(f64::INFINITY));
    calls("round", &[f(f64::NAN), i(-2)], f(f64::NAN));
    calls("round", &[Scalar::F32(0.125), i(2)], Scalar::F32(0.13));
    calls("round", &[f(1.5), NULL], NULL);
    calls("trunc", &[f(42.8)], f(42.0));
    calls("trunc", &[f(-42.8)], f(-42.0));
    calls("trunc", &[f(42.4382), i(2)], f(42.43));
    calls("trunc", &[f(1299.0), i(-2)], f(1200.0));
}

#[test]
fn whole_numbers_round_before_the_point() {
    calls("round", &[i(1234), i(3)], i(1234));
    calls("round", &[i(1250), i(-2)], i(1300));
    calls("round", &[i(-1250), i(-2)], i(-1300));
    calls("trunc", &[i(-1299), i(-2)], i(-1200));
    calls("round", &[i(5), i(-1)], i(10));
    calls("round", &[i(4), i(-1)], i(0));
    calls("round", &[i(i64::MAX), i(i64::MIN)], i(0));
    refuses("round", &[i(i64::MAX), i(-1)], NaiveErrorKind::Overflow);
    refuses("round", &[i(i64::MAX), i(-19)], NaiveErrorKind::Overflow);
    calls("round", &[u(u64::MAX), i(-20)], u(0));
    calls("round", &[u(9_999_999_999_999_999_999), i(-19)], u(10_000_000_000_000_000_000));
}

#[test]
fn decimals_round_exactly() {
    // The digits are a column, so that the type keeps those of x.
    calls("round", &[d(2345, 3), i(2)], d(2350, 3));
    calls("round", &[d(-2345, 3), i(2)], d(-2350, 3));
    calls("round", &[d(2345, 3), i(7)], d(2345, 3));
    calls("round", &[d(2345, 3), i(-1)], d(0, 3));
    calls("round", &[d(5000, 3), i(-1)], d(10_000, 3));
    calls("trunc", &[d(-2345, 3), i(1)], d(-2300, 3));
    calls("round", &[d(2345, 3)], d(2, 0));
    calls("round", &[d(2345, 3), i(i64::MIN)], d(0, 3));
    let nines = 10i128.pow(38) - 1;
    let t = table(&[("a", DataType::Decimal { precision: 18, scale: 0 }, vec![d(999, 0)])]);
    let round: Expr = ExprKind::Call { name: "round".into(), args: vec![col("a"), lit(-1)] }.into();
    assert_eq!(values(round, &t), [d(1000, 0)]);
    let round: Expr = ExprKind::Call { name: "round".into(), args: vec![lit(d(nines, 0)), lit(-1)] }.into();
    assert_eq!(failure(round, &t), NaiveErrorKind::Overflow);
    let sign: Expr = ExprKind::Call { name: "sign".into(), args: vec![lit(d(nines, 38))] }.into();
    assert_eq!(failure(sign, &t), NaiveErrorKind::Overflow);
}

#[test]
fn roots_powers_and_logarithms() {
    calls("sqrt", &[f(2.25)], f(1.5));
    calls("sqrt", &[f(-1.0)], f(f64::NAN));
    calls("sqrt", &[i(9)], f(3.0));
    calls("cbrt", &[f(-27.0)], f(-3.0));
    calls("exp", &[f(0.0)], f(1.0));
    calls("exp", &[f(f64::NEG_INFINITY)], f(0.0));
    calls("ln", &[f(0.0)], f(f64::NEG_INFINITY));
    calls("ln", &[f(-1.0)], f(f64::NAN));
    calls("ln", &[f(1.0)], f(0.0));
    calls("log2", &[f(8.0)], f(3.0));
    calls("log10", &[f(1000.0)], f(3.0));
    calls("log", &[f(100.0)], f(2.0));
    calls("log", &[f(2.0), f(64.0)], f(6.0));
    calls("power", &[f(9.0), f(3.0)], f(729.0));
    calls("power", &[f(0.0), f(0.0)], f(1.0));
    calls("power", &[f(-8.0), f(0.5)], f(f64::NAN));
    calls("power", &[f(2.0), NULL], NULL);
    calls("mod", &[i(-7), i(3)], i(-1));
    refuses("mod", &[i(1), i(0)], NaiveErrorKind::DivisionByZero);
    calls("isnan", &[f(f64::NAN)], yes());
    calls("isnan", &[f(f64::INFINITY)], no());
    calls("isnan", &[Scalar::F32(f32::NAN)], yes());
    calls("isnan", &[NULL], NULL);
}

#[test]
fn angles() {
    use std::f64::consts::{FRAC_PI_2, PI};
    calls("sin", &[f(0.0)], f(0.0));
    calls("cos", &[f(0.0)], f(1.0));
    calls("tan", &[f(-0.0)], f(-0.0));
    calls("asin", &[f(1.0)], f(FRAC_PI_2));
    calls("asin", &[f(1.5)], f(f64::NAN));
    calls("acos", &[f(1.0)], f(0.0));
    calls("acos", &[f(-1.0)], f(PI));
    calls("atan", &[f(f64::INFINITY)], f(FRAC_PI_2));
    calls("atan2", &[f(1.0), f(0.0)], f(FRAC_PI_2));
    calls("atan2", &[f(0.0), f(-1.0)], f(PI));
    calls("sinh", &[f(0.0)], f(0.0));
    calls("cosh", &[f(0.0)], f(1.0));
    calls("tanh", &[f(f64::INFINITY)], f(1.0));
    calls("degrees", &[f(PI)], f(180.0));
    calls("radians", &[f(180.0)], f(PI));
    calls("pi", &[], f(PI));
}
