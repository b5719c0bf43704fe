//! Logic, comparison and arithmetic.

use super::super::order;
use super::*;
use colq_plan::{ExprKind, col, lit};
use colq_types::TimeUnit;

/// Every pair of true, false and NULL.
fn pairs() -> Batch {
    let each = [yes(), no(), NULL];
    let left = each.iter().flat_map(|v| [v.clone(), v.clone(), v.clone()]).collect();
    let right = [&each[..], &each[..], &each[..]].concat();
    table(&[("a", DataType::Bool, left), ("b", DataType::Bool, right)])
}

#[test]
fn logic_has_three_values() {
    let t = pairs();
    let and = [yes(), no(), NULL, no(), no(), no(), NULL, no(), NULL];
    assert_eq!(values(col("a").and(col("b")), &t), and);
    let or = [yes(), yes(), yes(), yes(), no(), NULL, yes(), NULL, NULL];
    assert_eq!(values(col("a").or(col("b")), &t), or);
    let not = [no(), no(), no(), yes(), yes(), yes(), NULL, NULL, NULL];
    assert_eq!(values(col("a").not(), &t), not);
    let equal = [yes(), no(), NULL, no(), yes(), NULL, NULL, NULL, NULL];
    assert_eq!(values(col("a").eq(col("b")), &t), equal);
    let distinct = ExprKind::Distinct { left: col("a").into(), right: col("b").into(), negated: false };
    let differ = [no(), yes(), yes(), yes(), no(), yes(), yes(), yes(), no()];
    assert_eq!(values(distinct.into(), &t), differ);
    assert_eq!(values(col("a").is_null(), &t)[5..], [no(), yes(), yes(), yes()]);
    assert_eq!(values(col("a").is_not_null(), &t)[5..], [yes(), no(), no(), no()]);
    // false is below true.
    assert_eq!(values(col("a").gt(col("b")), &t)[..4], [no(), yes(), NULL, no()]);
}

#[test]
fn and_and_or_look_at_their_right_side_only_where_it_matters() {
    let t = table(&[
        ("a", DataType::I64, vec![i(0), i(2), NULL]),
        ("guard", DataType::Bool, vec![no(), yes(), yes()]),
        ("open", DataType::Bool, vec![NULL, yes(), yes()]),
    ]);
    let fails_where_zero = || (lit(10) / col("a")).gt(lit(1));
    assert_eq!(values(col("guard").and(fails_where_zero()), &t), [no(), yes(), NULL]);
    assert_eq!(values(col("guard").not().or(fails_where_zero()), &t), [yes(), yes(), NULL]);
    // NULL decides neither, so the right side counts.
    assert_eq!(failure(col("open").and(fails_where_zero()), &t), NaiveErrorKind::DivisionByZero);
    assert_eq!(failure(col("open").or(fails_where_zero()), &t), NaiveErrorKind::DivisionByZero);
    // The left side always counts.
    assert_eq!(failure(fails_where_zero().and(col("guard")), &t), NaiveErrorKind::DivisionByZero);
}

#[test]
fn nan_is_equal_to_itself_and_above_all_and_zeros_are_equal() {
    let left = [f64::NAN, f64::NAN, -0.0, f64::INFINITY, 1.0];
    let right = [-f64::NAN, f64::INFINITY, 0.0, f64::NAN, 1.0];
    let t = table(&[
        ("a", DataType::F64, left.map(f).to_vec()),
        ("b", DataType::F64, right.map(f).to_vec()),
        ("c", DataType::F32, left.map(|v| Scalar::F32(v as f32)).to_vec()),
    ]);
    assert_eq!(values(col("a").eq(col("b")), &t), [yes(), no(), yes(), no(), yes()]);
    assert_eq!(values(col("a").gt(col("b")), &t), [no(), yes(), no(), no(), no()]);
    assert_eq!(values(col("a").lt(col("b")), &t), [no(), no(), no(), yes(), no()]);
    assert_eq!(values(col("c").lt_eq(col("b")), &t), [yes(), no(), yes(), yes(), yes()]);
    assert_eq!(values(col("a").gt(lit(1e300)), &t), [yes(), yes(), no(), yes(), no()]);
    assert_eq!(values(col("a").is_in([f64::NAN, 0.0]), &t), [yes(), yes(), yes(), no(), no()]);
}

#[test]
fn numbers_and_literals_of_other_types_compare_by_value() {
    let big = (1i64 << 53) + 1;
    let t = table(&[
        ("i", DataType::I64, vec![i(big), i(i64::MAX), i(-3)]),
        ("u", DataType::U64, vec![u(u64::MAX), u(1 << 63), u(0)]),
        ("f", DataType::F32, vec![Scalar::F32(0.1), Scalar::F32(16_777_216.0), Scalar::F32(-3.5)]),
        ("n", DataType::I8, vec![i(127), i(-128), i(0)]),
    ]);
    // 2^53 + 1 has no f64 of its own; rounding it would make it equal to 2^53.
    assert_eq!(values(col("i").gt(lit(9_007_199_254_740_992.0)), &t), [yes(), yes(), no()]);
    assert_eq!(values(col("i").eq(lit(9_007_199_254_740_992.0)), &t), [no(), no(), no()]);
    // 2^63 as a float is one more than i64::MAX.
    assert_eq!(values(col("i").lt(lit(9_223_372_036_854_775_808.0)), &t), [yes(), yes(), yes()]);
    assert_eq!(values(col("u").eq(lit(9_223_372_036_854_775_808.0)), &t), [no(), yes(), no()]);
    assert_eq!(values(lit(-1).lt(col("u")), &t), [yes(), yes(), yes()]);
    // -3 is the whole number below -2.5, and not equal to it.
    assert_eq!(values(col("i").lt(lit(-2.5)), &t), [no(), no(), yes()]);
    assert_eq!(values(col("i").eq(lit(-2.5)), &t), [no(), no(), no()]);
    // 0.1f32 is above 0.1f64; 2^24 + 1 has no f32.
    assert_eq!(values(col("f").gt(lit(0.1)), &t), [yes(), yes(), no()]);
    assert_eq!(values(col("f").eq(lit(16_777_217)), &t), [no(), no(), no()]);
    assert_eq!(values(col("f").is_in([f(-3.5), i(16_777_216)]), &t), [no(), yes(), yes()]);
    assert_eq!(values(col("n").lt(lit(1_000)), &t), [yes(), yes(), yes()]);
    assert_eq!(values(col("n").gt(lit(-0.5)), &t), [yes(), no(), yes()]);
    assert_eq!(values(col("n").lt(lit(f64::NAN)), &t), [yes(), yes(), yes()]);
    assert_eq!(values(col("i").gt(lit(f64::NEG_INFINITY)), &t), [yes(), yes(), yes()]);
}

#[test]
fn a_list_without_a_match_is_null_where_it_has_null() {
    let t = table(&[("a", DataType::I32, vec![i(1), i(2), NULL])]);
    assert_eq!(values(col("a").is_in([1i64, 3]), &t), [yes(), no(), NULL]);
    assert_eq!(values(col("a").is_in([Some(1i64), None]), &t), [yes(), NULL, NULL]);
    let not_in =
        |list: Vec<Expr>| Expr::from(ExprKind::InList { expr: col("a").into(), list, negated: true });
    assert_eq!(values(not_in(vec![lit(1), lit(NULL)]), &t), [no(), NULL, NULL]);
    assert_eq!(values(not_in(vec![lit(1)]), &t), [no(), yes(), NULL]);
    // What is no literal is compared by OR, with the same answers.
    assert_eq!(values(not_in(vec![lit(1), col("a") + lit(1)]), &t), [no(), yes(), NULL]);
}

#[test]
fn between_has_both_ends() {
    let t = table(&[("a", DataType::I16, vec![i(1), i(2), i(3), i(4), NULL])]);
    assert_eq!(values(col("a").between(lit(2), lit(3)), &t), [no(), yes(), yes(), no(), NULL]);
    assert_eq!(values(col("a").between(lit(2), lit(NULL)), &t), [no(), NULL, NULL, NULL, NULL]);
    assert_eq!(values(col("a").between(lit(3), lit(2)), &t), [no(), no(), no(), no(), NULL]);
}

#[test]
fn text_compares_by_bytes_and_instants_by_time() {
    let t = table(&[
        ("s", DataType::Text, vec![text("a"), text("Z"), text("é"), text(""), NULL]),
        ("d", DataType::Date, [0, 1, -1, 2, 3].map(Scalar::Date).to_vec()),
        (
            "ms",
            DataType::Timestamp(TimeUnit::Millisecond),
            [0, 86_400_000, -1, 172_800_001, 0].map(|v| Scalar::Timestamp(v, TimeUnit::Millisecond)).to_vec(),
        ),
    ]);
    assert_eq!(values(col("s").lt(lit("a")), &t), [no(), yes(), no(), yes(), NULL]);
    assert_eq!(values(col("s").gt(lit("zzz")), &t), [no(), no(), yes(), no(), NULL]);
    assert_eq!(values(col("ms").gt(col("d")), &t), [no(), no(), yes(), yes(), no()]);
    assert_eq!(values(col("d").gt_eq(lit("1970-01-02")), &t), [no(), yes(), no(), yes(), yes()]);
    let noon = Scalar::Timestamp(43_200, TimeUnit::Second);
    assert_eq!(values(col("d").is_in([Scalar::Date(3), noon]), &t), [no(), no(), no(), no(), yes()]);
    // Binding brings instants to one unit; the judge does not lean on that.
    let second = Scalar::Timestamp(1, TimeUnit::Second);
    let thousand = Scalar::Timestamp(1_000, TimeUnit::Millisecond);
    assert_eq!(order::compare(&second, &thousand), Some(std::cmp::Ordering::Equal));
    assert_eq!(order::compare(&Scalar::Date(-1), &second), Some(std::cmp::Ordering::Less));
}

#[test]
fn integers_are_exact_or_an_error() {
    let t = table(&[
        ("a", DataType::I64, vec![i(7), i(-7), i(7), i(-7), i(i64::MIN), NULL]),
        ("b", DataType::I64, vec![i(2), i(2), i(-2), i(-2), i(2), i(0)]),
    ]);
    let quotients = [i(3), i(-3), i(-3), i(3), i(i64::MIN / 2), NULL];
    assert_eq!(values(col("a") / col("b"), &t), quotients);
    assert_eq!(values(col("a") % col("b"), &t), [i(1), i(-1), i(1), i(-1), i(0), NULL]);
    assert_eq!(values(col("a") % lit(-1), &t)[4], i(0));
    assert_eq!(failure(col("a") / lit(-1), &t), NaiveErrorKind::Overflow);
    assert_eq!(failure(-col("a"), &t), NaiveErrorKind::Overflow);
    assert_eq!(failure(col("a") - lit(1), &t), NaiveErrorKind::Overflow);
    assert_eq!(failure(col("a") * col("b"), &t), NaiveErrorKind::Overflow);
    assert_eq!(failure(col("b") / lit(0), &t), NaiveErrorKind::DivisionByZero);
    assert_eq!(failure(col("b") % (col("b") - col("b")), &t), NaiveErrorKind::DivisionByZero);
    let t =
        table(&[("u", DataType::U64, vec![u(u64::MAX), u(1)]), ("n", DataType::I8, vec![i(127), i(-128)])]);
    assert_eq!(values(col("u") / lit(2), &t), [u(u64::MAX / 2), u(0)]);
    assert_eq!(failure(col("u") + lit(1), &t), NaiveErrorKind::Overflow);
    assert_eq!(failure(col("u") * col("u"), &t), NaiveErrorKind::Overflow);
    assert_eq!(failure(lit(0) - col("u"), &t), NaiveErrorKind::Overflow);
    // Narrow integers are computed in 64 bits.
    assert_eq!(values(col("n") * col("n"), &t), [i(16_129), i(16_384)]);
    assert_eq!(values(-col("n"), &t), [i(-127), i(128)]);
}

#[test]
fn floats_follow_ieee() {
    let t = table(&[
        ("a", DataType::F64, [1.0, -1.0, 0.0, 5.5, f64::MAX].map(f).to_vec()),
        ("z", DataType::F64, [0.0, 0.0, 0.0, -2.0, 0.5].map(f).to_vec()),
        ("s", DataType::F32, [16_777_216.0f32, 1.0, 0.1, 1e38, -0.0].map(Scalar::F32).to_vec()),
    ]);
    let quotient = values(col("a") / col("z"), &t);
    assert_bits(&quotient[..2], &[f64::INFINITY, f64::NEG_INFINITY]);
    assert!(quotient[2].as_f64().unwrap().is_nan());
    assert_bits(&quotient[3..], &[-2.75, f64::INFINITY]);
    assert_bits(&values(col("a") % lit(2.0), &t)[..4], &[1.0, -1.0, 0.0, 1.5]);
    assert_bits(&values(-col("a"), &t)[2..4], &[-0.0, -5.5]);
    // f32 stays f32: 2^24 + 1 rounds back, 1e38 * 10 is infinite.
    let sums = values(col("s") + lit(1), &t);
    assert_eq!(sums[0], Scalar::F32(16_777_216.0));
    assert_eq!(values(col("s") * lit(10), &t)[3], Scalar::F32(f32::INFINITY));
    assert_eq!(values(col("s") * lit(1.0), &t)[2], f(f64::from(0.1f32)));
}
