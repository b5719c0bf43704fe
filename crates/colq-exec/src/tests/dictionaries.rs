//! What is computed for the values of a dictionary is what is computed for rows.

use super::*;
use crate::dictionary::forced::long_from;
use colq_plan::{count, count_distinct, max, min};

/// Expressions over one text column; some fail for a value that no row has.
fn expressions(s: &str) -> Vec<Expr> {
    let s = || col(s);
    vec![
        call("upper", [s()]),
        call("length", [s()]),
        call("concat", [s(), lit("!")]),
        call("coalesce", [s(), lit("none")]),
        call("nullif", [s(), lit("UA")]),
        call("replace", [s(), lit("A"), call("repeat", [lit("b"), lit(2)])]),
        call("greatest", [call("lower", [s()]), lit("b")]),
        call("hash", [s(), lit(3)]),
        case([(like(s(), "%A%"), lit(1)), (s().is_null(), lit(2))], None),
        like(s(), "U%"),
        s().is_null().or(like(s(), "%6")),
        like(s(), "_").not(),
        call("length", [s()]).gt(lit(1)).and(like(call("lower", [s()]), "%a")),
        call("contains", [call("coalesce", [s(), lit("x")]), lit("x")]),
        s().cast(DataType::Bool).is_null().or(lit(true)),
        call("split_part", [s(), lit(" "), lit(-1)]),
        // `never` is no number, but no row that is left has it or another that is none.
        case([(s().is_in(["7", "42"]), s().cast(DataType::I64))], Some(lit(0))),
    ]
}

fn both(make: impl Fn(Expr) -> Query) {
    let table = &*TWO;
    for (by_code, by_row) in expressions("s").into_iter().zip(expressions("free")) {
        let label = by_code.to_string();
        let expected = run(table, &make(by_row), 1);
        // The dictionary is also taken for a long one.
        for (short, threads) in [(ZONE_ROWS, 1), (ZONE_ROWS, 3), (2, 1), (2, 3)] {
            match (&long_from(short, || run(table, &make(by_code.clone()), threads)), &expected) {
                (Ok(a), Ok(b)) => assert!(a.0 == b.0, "{label}"),
                (a, b) => assert_eq!(format!("{a:?}"), format!("{b:?}"), "{label}"),
            }
        }
    }
}

#[test]
fn selected() {
    both(|expr| select([col("id"), expr]));
}

#[test]
fn as_groups_and_their_aggregates() {
    both(|expr| Query { group_by: vec![lit(1)], ..select([expr, count(), min(col("id"))]) });
    both(|expr| select([count_distinct(expr.clone()), min(expr)]));
    both(|expr| select([max(expr.clone()), min(expr)]));
    both(|expr| {
        let key = call("length", [col("s")]);
        Query { group_by: vec![lit(1)], ..select([key, min(expr.clone()), max(expr)]) }
    });
}

#[test]
fn as_conditions() {
    let table = &*TWO;
    for (a, b) in expressions("s").into_iter().zip(expressions("free")) {
        let conditions = |expr: Expr| [expr.clone().is_null(), expr.clone().is_not_null(), expr];
        for (a, b) in conditions(a).into_iter().zip(conditions(b)) {
            let query = |filter: Expr| Query { filter: Some(filter), ..select([count(), min(col("id"))]) };
            let catalog = HashMap::from([("t".to_string(), table.schema().clone())]);
            if bind(&query(a.clone()), &catalog).is_err() {
                continue;
            }
            let by_row = run(table, &query(b), 1);
            for short in [ZONE_ROWS, 2] {
                match (long_from(short, || run(table, &query(a.clone()), 2)), &by_row) {
                    (Ok(by_code), Ok(by_row)) => assert_eq!(by_code.0, by_row.0, "{a}"),
                    (by_code, by_row) => assert_eq!(format!("{by_code:?}"), format!("{by_row:?}"), "{a}"),
                }
            }
        }
    }
}

/// The dictionary has a text that does not read as a number, and that no row has: looking at the dictionary alone would
/// fail a query that has an answer.
#[test]
fn a_value_that_no_row_has_is_no_error() {
    let table = table(1_000);
    let number = || case([(col("s").is_in(["7", "42", "never"]), col("s").cast(DataType::I64))], None);
    let query = Query { filter: Some(number().gt(lit(8))), ..select([count()]) };
    let found = run(&table, &query, 1).unwrap().0;
    assert!(found[0].parse::<u64>().unwrap() > 100, "{found:?}");
    let failed = run(&table, &select([col("s").cast(DataType::I64)]), 1).unwrap_err();
    assert!(failed.to_string().starts_with("Row 0:"), "{failed}");
}
