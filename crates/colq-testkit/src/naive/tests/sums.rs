//! The bits of float sums and variances, worked out with values whose sum shows the order of the additions:
//! 2^53 swallows a single 1, but not two that were added before.

use super::*;
use colq_plan::{AggregateFunction, Expr, ExprKind, col, lit, sum};
use colq_types::{STRIPE_ROWS, ZONE_ROWS};

/// 2^53, to which adding 1 changes nothing.
const BIG: f64 = 9_007_199_254_740_992.0;

/// A column of zeros but for some rows, and a key that is the same in all.
fn sparse(row_count: u64, values: &[(u64, f64)]) -> Batch {
    let mut x = vec![f(0.0); row_count as usize];
    for (row, value) in values {
        x[*row as usize] = f(*value);
    }
    table(&[("x", DataType::F64, x), ("k", DataType::I8, vec![i(1); row_count as usize])])
}

fn total(t: &Batch) -> f64 {
    rows(&select([sum(col("x"))]), t)[0][0].as_f64().unwrap()
}

fn grouped_total(t: &Batch) -> f64 {
    let query = Query { group_by: vec![col("k")], ..select([sum(col("x"))]) };
    rows(&query, t)[0][0].as_f64().unwrap()
}

#[test]
fn a_zone_adds_in_sixteen_lanes_and_a_group_in_row_order() {
    // Rows 0, 16 and 32 are lane 0: (BIG + 1) + 1 = BIG. Row order gives the same.
    assert_eq!(total(&sparse(33, &[(0, BIG), (16, 1.0), (32, 1.0)])), BIG);
    // Rows 1 and 17 are lane 1, which makes 2 before it meets BIG. In row order both ones are lost.
    let t = sparse(18, &[(0, BIG), (1, 1.0), (17, 1.0)]);
    assert_eq!((total(&t), grouped_total(&t)), (BIG + 2.0, BIG));
    // Rows 8 and 24 are lane 8, which makes 2 before it meets lane 0.
    assert_eq!(total(&sparse(25, &[(0, BIG), (8, 1.0), (24, 1.0)])), BIG + 2.0);
    // The tree adds lane 8 to lane 0 first: (BIG + 1) + 1, not BIG + (1 + 1).
    assert_eq!(total(&sparse(16, &[(0, BIG), (8, 1.0), (4, 1.0)])), BIG);
    // Lanes 4 and 12 meet before lane 0 does: BIG + (1 + 1).
    assert_eq!(total(&sparse(16, &[(0, BIG), (4, 1.0), (12, 1.0)])), BIG + 2.0);
    // Lanes 1 and 3 meet (i + 2) before lane 0 (i + 1).
    assert_eq!(total(&sparse(16, &[(0, BIG), (1, 1.0), (3, 1.0)])), BIG + 2.0);
    assert_eq!(total(&sparse(16, &[(0, BIG), (1, 1.0), (2, 1.0)])), BIG);
}

#[test]
fn zones_are_added_in_order() {
    let second = ZONE_ROWS;
    // Each zone by itself: 1 in each of two later zones is lost to BIG one after the other.
    assert_eq!(total(&sparse(2 * second + 1, &[(0, BIG), (second, 1.0), (2 * second, 1.0)])), BIG);
    // In one zone, though in lanes that only meet at the end, two ones are 2.
    assert_eq!(total(&sparse(second + 2, &[(0, BIG), (second, 1.0), (second + 1, 1.0)])), BIG + 2.0);
    // The last row of the first zone is in its lane 15, which the tree adds to lane 0 alone.
    assert_eq!(total(&sparse(second + 1, &[(0, BIG), (second - 1, 1.0), (second, 1.0)])), BIG);
}

#[test]
fn groups_are_added_in_stripes() {
    let stripe = STRIPE_ROWS;
    // Within a stripe zones do not matter.
    assert_eq!(
        grouped_total(&sparse(ZONE_ROWS + 2, &[(0, BIG), (ZONE_ROWS, 1.0), (ZONE_ROWS + 1, 1.0)])),
        BIG
    );
    let t = sparse(stripe + 2, &[(0, BIG), (stripe, 1.0), (stripe + 1, 1.0)]);
    assert_eq!(grouped_total(&t), BIG + 2.0);
    let t = sparse(stripe + 2, &[(0, BIG), (stripe - 1, 1.0), (stripe, 1.0)]);
    assert_eq!(grouped_total(&t), BIG);
}

#[test]
fn a_row_keeps_its_number_through_filters_and_select_lists() {
    // Rows 1 and 17 stay in lane 1 although they are the second and third that pass.
    let t = sparse(18, &[(0, BIG), (1, 1.0), (17, 1.0)]);
    let passes = || Some(col("x").gt(lit(0)));
    assert_eq!(rows(&Query { filter: passes(), ..select([sum(col("x"))]) }, &t), [[f(BIG + 2.0)]]);
    let inner = Query { filter: passes(), ..select([(col("x") * lit(1.0)).alias("x")]) };
    let outer = |inner: Query| {
        let query = select([sum(col("x"))]);
        Query { from: Some(Relation::Query(Box::new(inner))), ..query }
    };
    assert_eq!(rows(&outer(inner.clone()), &t), [[f(BIG + 2.0)]]);
    // Over a limit, a sort or groups the rows are counted anew: lanes 0, 1 and 2, and one is lost.
    let limited = Query { limit: Some(3), ..inner.clone() };
    assert_eq!(rows(&outer(limited), &t), [[f(BIG)]]);
    let sorted = Query { order_by: vec![colq_plan::SortKey::descending(col("x"))], ..inner };
    assert_eq!(rows(&outer(sorted), &t), [[f(BIG)]]);
    // The groups BIG, 1 and 0 have the numbers 0, 1 and 2.
    let grouped = Query { group_by: vec![col("x")], ..select([col("x")]) };
    assert_eq!(rows(&outer(grouped), &t), [[f(BIG)]]);
    // Four groups, of which the ones in lanes 1 and 3 meet first.
    let t = table(&[
        ("n", DataType::I64, [0, 1, 2, 3].map(i).to_vec()),
        ("x", DataType::F64, [BIG, 1.0, 0.0, 1.0].map(f).to_vec()),
    ]);
    let grouped = Query { group_by: vec![col("n")], ..select([sum(col("x")).alias("x")]) };
    assert_eq!(rows(&outer(grouped), &t), [[f(BIG + 2.0)]]);
}

#[test]
fn sums_start_at_minus_zero_and_nan_is_canonical() {
    let t = table(&[
        ("z", DataType::F64, vec![f(-0.0), NULL, f(-0.0)]),
        ("n", DataType::F64, [f64::INFINITY, f64::NEG_INFINITY, 1.0].map(f).to_vec()),
        ("s", DataType::F32, [0.1f32, 0.1, 0.1].map(Scalar::F32).to_vec()),
        ("k", DataType::I8, vec![i(1), i(1), i(1)]),
    ]);
    for group_by in [Vec::new(), vec![col("k")]] {
        let query = Query { group_by, ..select([sum(col("z")), sum(col("n"))]) };
        assert_bits(&rows(&query, &t)[0], &[-0.0, f64::NAN]);
    }
    // f32 values are added as f64: three times 0.1f32 is exact there.
    assert_bits(&rows(&select([sum(col("s"))]), &t)[0], &[3.0 * f64::from(0.1f32)]);
}

fn var_pop(expr: Expr) -> Expr {
    let function = AggregateFunction::VarPop;
    ExprKind::Aggregate { function, args: vec![expr], distinct: false, filter: None }.into()
}

#[test]
fn variances_by_hand() {
    let t = table(&[
        ("x", DataType::F64, [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].map(f).to_vec()),
        ("k", DataType::I8, vec![i(1); 8]),
    ]);
    let call = |function| -> Expr {
        ExprKind::Aggregate { function, args: vec![col("x")], distinct: false, filter: None }.into()
    };
    use AggregateFunction as A;
    let query = select([A::VarPop, A::StddevPop, A::VarSamp, A::StddevSamp].map(call));
    let expected = [4.0, 2.0, 32.0 / 7.0, (32.0f64 / 7.0).sqrt()];
    assert_bits(&rows(&query, &t)[0], &expected);
    assert_bits(&rows(&Query { group_by: vec![col("k")], ..query }, &t)[0], &expected);
}

#[test]
fn variance_takes_two_passes_over_a_zone_and_one_over_a_group() {
    let x = [1_000.1, 1_000.2, 1_003.7];
    let t = table(&[("x", DataType::F64, x.map(f).to_vec()), ("k", DataType::I8, vec![i(1); 3])]);
    // Lanes 0, 1, 2; the tree adds lane 2 to lane 0 before lane 1.
    let mean = ((x[0] + x[2]) + x[1]) / 3.0;
    let [a, b, c] = x.map(|v| (v - mean) * (v - mean));
    let two_passes = ((a + c) + b) / 3.0;
    assert_bits(&rows(&select([var_pop(col("x"))]), &t)[0], &[two_passes]);
    // Welford, written out.
    let m1 = 0.0 + (x[0] - 0.0) / 1.0;
    let s1 = 0.0 + (x[0] - 0.0) * (x[0] - m1);
    let m2 = m1 + (x[1] - m1) / 2.0;
    let s2 = s1 + (x[1] - m1) * (x[1] - m2);
    let m3 = m2 + (x[2] - m2) / 3.0;
    let s3 = s2 + (x[2] - m2) * (x[2] - m3);
    let query = Query { group_by: vec![col("k")], ..select([var_pop(col("x"))]) };
    assert_bits(&rows(&query, &t)[0], &[s3 / 3.0]);
    assert_ne!(two_passes.to_bits(), (s3 / 3.0).to_bits(), "the case must tell the two apart");
}

#[test]
fn variance_merges_zones_in_order_and_skips_empty_ones() {
    // Zone 0 holds 0.1 and 0.4, zone 1 nothing but NULL, zone 2 holds 0.7.
    let mut x = vec![NULL; 2 * ZONE_ROWS as usize + 1];
    x[0] = f(0.1);
    x[1] = f(0.4);
    x[2 * ZONE_ROWS as usize] = f(0.7);
    let t = table(&[("x", DataType::F64, x)]);
    let mean_a: f64 = (0.1 + 0.4) / 2.0;
    let m2_a = (0.1 - mean_a) * (0.1 - mean_a) + (0.4 - mean_a) * (0.4 - mean_a);
    let d = 0.7 - mean_a;
    let m2 = m2_a + 0.0 + d * d * 2.0 * 1.0 / 3.0;
    assert_bits(&rows(&select([var_pop(col("x"))]), &t)[0], &[m2 / 3.0]);
}

#[test]
fn merging_three_zones_divides_last() {
    // Of these values the last bit tells d * 2 / n from d * (2 / n).
    let values: [&[f64]; 3] = [&[2.7], &[16.9, 15.3], &[5.1, 9.9]];
    let mut x = vec![NULL; 2 * ZONE_ROWS as usize + 2];
    for (zone, values) in values.iter().enumerate() {
        for (row, value) in values.iter().enumerate() {
            x[zone * ZONE_ROWS as usize + row] = f(*value);
        }
    }
    let (mut n, mut mean, mut m2) = (1.0, 2.7, 0.0);
    for pair in &values[1..] {
        let mean_b = (pair[0] + pair[1]) / 2.0;
        let m2_b = (pair[0] - mean_b) * (pair[0] - mean_b) + (pair[1] - mean_b) * (pair[1] - mean_b);
        let d = mean_b - mean;
        let n_a = n;
        n += 2.0;
        mean += (d * 2.0) / n;
        m2 = (m2 + m2_b) + (((d * d) * n_a) * 2.0) / n;
    }
    let t = table(&[("x", DataType::F64, x)]);
    assert_bits(&rows(&select([var_pop(col("x"))]), &t)[0], &[m2 / 5.0]);
}

#[test]
fn a_large_value_alone_has_no_variance() {
    // Merged into an empty side by the formula, 1e200 squared would be infinite, and times 0 NaN.
    let t = table(&[("x", DataType::F64, vec![f(1e200)]), ("k", DataType::I8, vec![i(1)])]);
    let query = select([var_pop(col("x"))]);
    assert_bits(&rows(&query, &t)[0], &[0.0]);
    assert_bits(&rows(&Query { group_by: vec![col("k")], ..query }, &t)[0], &[0.0]);
}
