//! One of several values: CASE, COALESCE, NULLIF, GREATEST and LEAST; and hashes.

use super::*;

#[test]
fn the_largest_and_the_smallest_leave_nulls_out() {
    calls("greatest", &[i(1), NULL, i(3)], i(3));
    calls("least", &[i(1), NULL, i(3)], i(1));
    calls("greatest", &[NULL, NULL], NULL);
    calls("greatest", &[f(1.0), f(f64::NAN)], f(f64::NAN));
    calls("least", &[f(1.0), f(f64::NAN)], f(1.0));
    // Of equals the first.
    calls("greatest", &[f(-0.0), f(0.0)], f(-0.0));
    calls("least", &[f(0.0), f(-0.0)], f(0.0));
    calls("greatest", &[text("b"), text("é"), text("a")], text("é"));
    calls("least", &[yes(), no()], no());
}

#[test]
fn the_first_that_is_not_null() {
    calls("coalesce", &[NULL, i(2), i(3)], i(2));
    calls("coalesce", &[NULL, NULL], NULL);
    calls("nullif", &[i(2), i(2)], NULL);
    calls("nullif", &[i(2), NULL], i(2));
    calls("nullif", &[f(f64::NAN), f(f64::NAN)], NULL);
    // What stands behind is not looked at.
    let t = table(&[("a", DataType::I64, vec![i(1), i(0)])]);
    let coalesce: Expr =
        ExprKind::Call { name: "coalesce".into(), args: vec![col("a"), lit(1) / (col("a") - col("a"))] }
            .into();
    assert_eq!(values(coalesce, &t), [i(1), i(0)]);
}

#[test]
fn case_looks_at_what_it_takes() {
    let t = table(&[("a", DataType::I64, vec![i(1), i(0), NULL])]);
    let branches = vec![(col("a").not_eq(lit(0)), lit(10) / col("a")), (col("a").is_null(), lit(-1))];
    let case: Expr = ExprKind::Case { operand: None, branches, otherwise: None }.into();
    assert_eq!(values(case, &t), [i(10), NULL, i(-1)]);
    let branches = vec![(lit(Scalar::Null), lit("null")), (lit(1), lit("one")), (lit(1), lit("again"))];
    let (operand, otherwise) = (Some(Box::new(col("a"))), Some(Box::new(lit("other"))));
    let case: Expr = ExprKind::Case { operand, branches, otherwise }.into();
    assert_eq!(values(case, &t), [text("one"), text("other"), text("other")]);
}

/// The digests of the reference implementation of XXH3 (xxHash 0.8), as its own `xxhsum -H3` prints them.
#[test]
fn hashes_are_those_of_xxh3() {
    calls("hash", &[text("")], u(0x2d06_8005_38d3_94c2));
    calls("hash", &[NULL], NULL);
    let hash = |value: Scalar, seed: i64| called("hash", &[value, i(seed)]).unwrap();
    assert_eq!(hash(f(0.0), 1), hash(f(-0.0), 1));
    assert_eq!(hash(f(f64::NAN), 1), hash(f(-f64::NAN), 1));
    assert_eq!(hash(f(1.5), 1), hash(Scalar::F32(1.5), 1));
    assert_eq!(hash(i(7), 0), hash(u(7), 0));
    assert_eq!(hash(i(7), 0), hash(Scalar::Date(7), 0));
    assert_ne!(hash(i(7), 0), hash(i(7), 1));
    assert_ne!(hash(Scalar::Decimal(70, 1), 0), hash(Scalar::Decimal(7, 0), 0));
    assert_eq!(hash(yes(), 3), hash(text("\u{1}"), 3));
}
