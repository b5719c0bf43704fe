//! Zones are pruned by what is computed before any row is read.

use super::*;
use colq_plan::count;
use std::sync::LazyLock;

static THREE_ZONES: LazyLock<Arc<Known>> = LazyLock::new(|| table(3 * ZONE_ROWS as usize));

fn pruned(filter: Expr) -> u64 {
    run(&THREE_ZONES, &Query { filter: Some(filter), ..select([count()]) }, 1).unwrap().1
}

#[test]
fn calls_over_literals_are_literals() {
    // Row 65,536 is 1977-06-23; the third zone begins on 1984-12-13.
    let month = call("date_trunc", [lit("month"), lit("1985-01-17 10:00:00")]);
    assert_eq!(pruned(col("ts").gt_eq(month)), 2);
    assert_eq!(pruned(call("abs", [lit(-5)]).gt(col("id"))), 2);
}

#[test]
fn conditions_that_cannot_fail_do_not_keep_zones() {
    let beyond = || col("id").lt(lit(100));
    assert_eq!(pruned(beyond().and(call("ln", [col("x")]).gt(lit(1)))), 2);
    assert_eq!(pruned(beyond().and(call("ln", [col("id")]).gt(lit(1)))), 2);
    assert_eq!(pruned(beyond().and(like(col("free"), "a_b%"))), 2);
    assert_eq!(pruned(like(col("free"), "a_b%").and(beyond())), 2);
    assert_eq!(pruned(like(col("s"), "ne_er").not().and(beyond())), 2);
    assert_eq!(pruned(like(col("s"), "x%")), 3);
    // A call that may fail in front of it has to be asked.
    assert_eq!(pruned(call("repeat", [col("free"), call("sign", [col("id")])]).eq(lit("")).and(beyond())), 0);
}

#[test]
fn what_rises_with_a_column_is_known_by_its_ends() {
    let month = || call("date_trunc", [lit("month"), col("ts")]);
    assert_eq!(pruned(month().eq(lit("1985-01-01"))), 2);
    assert_eq!(pruned(month().lt(lit("1970-02-01"))), 2);
    // It fails in no zone, so it keeps none that another condition leaves out.
    assert_eq!(pruned(month().not_eq(lit("1985-01-01")).and(col("id").lt(lit(100)))), 2);
    assert_eq!(pruned(col("ts").cast(DataType::Date).lt(lit("1970-02-01"))), 2);
    let later = call("add_days", [col("ts"), lit(1)]);
    assert_eq!(pruned(later.lt_eq(lit("1970-01-01 23:00:00"))), 3);
    // It fails in the last zones, and so they have to be looked at.
    let far = call("add_days", [col("ts"), lit(106_751_991_167_300i64 - 3_000)]);
    assert_eq!(pruned_or_failed(far.is_null().and(col("id").lt(lit(0)))), Err(()));
}

fn pruned_or_failed(filter: Expr) -> Result<u64, ()> {
    let query = Query { filter: Some(filter), ..select([count()]) };
    run(&THREE_ZONES, &query, 1).map(|(_, pruned)| pruned).map_err(|_| ())
}

#[test]
fn calculations_that_never_turn_around_are_known_by_their_ends() {
    let whole = |n: usize| (n * ZONE_ROWS as usize) as i64;
    // Rows 65,536 and up, and 131,072 and up, begin the second and the third zone.
    assert_eq!(pruned((col("id") + lit(1)).gt(lit(whole(2)))), 2);
    assert_eq!(pruned((-col("id")).gt_eq(lit(-5))), 2);
    assert_eq!(pruned((lit(100) - col("id")).gt(lit(0))), 2);
    assert_eq!(pruned((col("id") * lit(-2)).gt(lit(-10))), 2);
    assert_eq!(pruned((col("id") / lit(1_000)).lt(lit(3))), 2);
    assert_eq!(pruned(call("floor", [col("x") * lit(0.5)]).lt(lit(7))), 2);
    assert_eq!(pruned(col("x").cast(DataType::F32).gt(lit(whole(2)))), 3);
    assert_eq!(pruned(col("id").cast(DataType::F64).lt(lit(4.5))), 2);
    assert_eq!(pruned(call("date_part", [lit("year"), col("ts")]).gt(lit(1986))), 2);
    // What turns around is not.
    assert_eq!(pruned((col("id") % lit(10)).gt(lit(20))), 0);
}

#[test]
fn every_form_of_a_condition_is_judged() {
    let first = || col("id").lt(lit(100));
    assert_eq!(pruned(first().or(col("id").gt(lit(190_000)))), 1);
    assert_eq!(pruned(first().not()), 0);
    assert_eq!(pruned(col("id").gt_eq(lit(0)).not()), 3);
    assert_eq!(pruned(col("id").between(lit(70_000), lit(70_001))), 2);
    assert_eq!(pruned(col("id").is_in([5, 70_000])), 1);
    assert_eq!(pruned(col("id").is_in([Scalar::I64(5), Scalar::Null])), 2);
    assert_eq!(pruned(col("id").is_null()), 3);
    assert_eq!(pruned(col("id").is_not_null().and(first())), 2);
    assert_eq!(pruned(col("x").gt(col("id"))), 2);
    assert_eq!(pruned(col("x").lt_eq(col("id")).not()), 2);
    assert_eq!(pruned(case([(first(), lit(true))], Some(lit(false)))), 2);
    assert_eq!(pruned(case([(first(), col("id"))], Some(lit(-1))).gt_eq(lit(0))), 2);
    assert_eq!(pruned(case([(first(), col("id"))], None).gt_eq(lit(0))), 2);
}
