//! CASE and COALESCE: which branch a row takes, and which errors count.

use super::*;
use colq_plan::{AggregateFunction, count, sum};

fn rows(query: &Query) -> Vec<String> {
    let table = &*TWO;
    let one = run(table, query, 1).unwrap().0;
    assert_eq!(one, run(table, query, 3).unwrap().0);
    one
}

fn first(expr: Expr, row_count: u64) -> Vec<String> {
    rows(&Query { limit: Some(row_count), ..select([expr]) })
}

#[test]
fn a_row_takes_the_first_true_branch() {
    let id = || col("id");
    let expr = case(
        [(id().lt(lit(2)), lit("low")), (id().lt(lit(4)), lit("middle")), (id().eq(lit(5)), col("s"))],
        None,
    );
    assert_eq!(first(expr, 7), ["low", "low", "middle", "middle", "NULL", "7", "NULL"]);
    assert_eq!(first(call("coalesce", [col("x"), lit(-1)]), 5), ["-10.0", "-9.75", "-9.5", "-1.0", "-9.0"]);
    assert_eq!(first(call("nullif", [id(), lit(1)]), 3), ["0", "NULL", "2"]);
    assert_eq!(first(call("greatest", [id(), lit(1), call("nullif", [id(), id()])]), 3), ["1", "1", "2"]);
}

#[test]
fn an_error_counts_only_in_the_branch_that_is_taken() {
    let fails = || lit(1i64).cast(DataType::I64);
    let divided = || {
        Expr::from(ExprKind::Arithmetic {
            op: colq_types::Arithmetic::Divide,
            left: Box::new(fails()),
            right: Box::new(col("id")),
        })
    };
    let guarded = case([(col("id").eq(lit(0)), lit(-1)), (lit(false), divided())], Some(divided()));
    assert_eq!(first(guarded, 3), ["-1", "1", "0"]);
    assert_eq!(first(call("coalesce", [call("nullif", [col("id"), lit(-1)]), divided()]), 2), ["0", "1"]);
    let table = table(10);
    let bare = run(&table, &select([call("coalesce", [divided(), lit(1)])]), 1).unwrap_err();
    assert_eq!(bare.to_string(), "Row 0: division by zero: 1 / 0.");
    let late = case([(col("id").eq(lit(7)), call("make_date", [lit(2013), lit(2), lit(29)]))], None);
    let late = run(&table, &select([late]), 1).unwrap_err();
    assert_eq!(late.to_string(), "Row 7: make_date takes a day of the calendar, not 2013, 2, 29.");
}

/// A FILTER is a CASE whose other rows are NULL.
#[test]
fn narrowed_values_are_summed_grouped_and_written_as_if_they_were_copied() {
    let filtered = |function, arg: Option<Expr>| {
        Expr::from(ExprKind::Aggregate {
            function,
            args: arg.into_iter().collect(),
            distinct: false,
            filter: Some(Box::new(col("id").lt(lit(10)))),
        })
    };
    let totals = rows(&select([
        filtered(AggregateFunction::Sum, Some(col("id"))),
        filtered(AggregateFunction::Count, None),
        filtered(AggregateFunction::Sum, Some(col("x"))),
        filtered(AggregateFunction::Max, Some(col("s"))),
    ]));
    assert_eq!(totals, ["45|10|-79.5|é ü"]);
    // One group of NULL, whatever stands in the slots.
    let key = || case([(col("id").lt(lit(2)), col("id"))], None);
    let groups = rows(&Query { group_by: vec![lit(1)], ..select([key(), count(), sum(key())]) });
    assert_eq!(groups, ["0|1|0".to_string(), "1|1|1".into(), format!("NULL|{}|NULL", TWO_ZONES - 2)]);
    assert_eq!(first(key(), 4), ["0", "1", "NULL", "NULL"]);
}

/// As deep as an expression may be, on threads whose stacks are no larger than others.
#[test]
fn the_deepest_expressions_have_room() {
    let nest =
        |levels: usize, wrap: &dyn Fn(Expr) -> Expr| (0..levels).fold(col("id"), |inner, _| wrap(inner));
    let deepest = Expr::DEPTH_LIMIT - 5;
    let calls = nest(deepest, &|inner| call("abs", [inner]));
    let cases = nest(deepest, &|inner| case([(col("id").lt(lit(0)), lit(1))], Some(inner)));
    let coalesced = nest(deepest, &|inner| call("coalesce", [inner, lit(1)]));
    assert_eq!(rows(&select([sum(calls), sum(cases), sum(coalesced)])).len(), 1);
    let texts = (0..deepest).fold(col("s"), |inner, _| call("upper", [inner]));
    assert_eq!(rows(&Query { filter: Some(texts.eq(lit("UA"))), ..select([count()]) }).len(), 1);
}
