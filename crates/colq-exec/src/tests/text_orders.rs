//! The order of the texts of a dictionary, short or long, is that of the texts of rows.

use super::*;
use crate::dictionary::forced::long_from;
use colq_plan::{SortKey, arg_min, count, max, min};

/// The answer by dictionary, taken for a short one and for a long one, is the one by rows.
fn both(make: impl Fn(&str) -> Query) {
    let table = &*TWO;
    let expected = run(table, &make("free"), 1).unwrap().0;
    for short in [ZONE_ROWS, 2, 5] {
        for threads in [1, 3] {
            let found = long_from(short, || run(table, &make("s"), threads)).unwrap().0;
            assert_eq!(found, expected, "{short}");
        }
    }
}

fn by(key: Expr, descending: bool, nulls_first: bool) -> SortKey {
    SortKey { expr: key, descending, nulls_first: Some(nulls_first) }
}

#[test]
fn furthest_texts() {
    both(|s| select([min(col(s)), max(col(s))]));
    both(|s| Query { filter: Some(col("id").gt(lit(70_000))), ..select([max(col(s)), min(col(s))]) });
    // Nothing but NULL, and nothing at all.
    both(|s| Query { filter: Some(col(s).is_null()), ..select([min(col(s)), max(col(s))]) });
    both(|s| Query { filter: Some(col("id").lt(lit(0))), ..select([min(col(s))]) });
}

#[test]
fn furthest_texts_of_groups() {
    let of_groups =
        |s: &str| Query { group_by: vec![lit(1)], ..select([col("x").is_null(), min(col(s)), max(col(s))]) };
    both(of_groups);
    // So few rows that their texts are compared.
    both(|s| Query { filter: Some(col("id").lt(lit(9))), ..of_groups(s) });
    both(|s| Query { group_by: vec![lit(1)], ..select([col("x").is_null(), arg_min(col("id"), col(s))]) });
}

#[test]
fn first_rows_and_all_of_them() {
    for (descending, nulls_first) in [(false, false), (true, false), (false, true), (true, true)] {
        for limit in [Some(1), Some(3), Some(5_000), None] {
            let query = |s: &str| Query {
                order_by: vec![by(col(s), descending, nulls_first), by(col("id"), true, false)],
                limit,
                ..select([col("id"), col(s)])
            };
            both(query);
            both(|s| Query { filter: Some(col(s).is_not_null().and(col("id").gt(lit(65_000)))), ..query(s) });
            both(|s| Query {
                order_by: vec![by(col("x"), true, false), by(col(s), descending, nulls_first)],
                limit,
                ..select([col("id")])
            });
        }
    }
}

#[test]
fn conditions_and_pairs() {
    for op in ["<", "<=", ">", ">=", "=", "<>"] {
        let compare = move |a: Expr, b: Expr| match op {
            "<" => a.lt(b),
            "<=" => a.lt_eq(b),
            ">" => a.gt(b),
            ">=" => a.gt_eq(b),
            "=" => a.eq(b),
            _ => a.not_eq(b),
        };
        for text in ["", "B6", "a", "zz"] {
            both(|s| Query {
                filter: Some(compare(col(s), lit(text))),
                ..select([count(), min(col("id")), max(col("id"))])
            });
        }
        // Beside a text that is computed, and beside one of the other column.
        both(|s| Query {
            filter: Some(compare(col(s), call("upper", [col("free")]))),
            ..select([count(), min(col("id")), max(col("id"))])
        });
        both(|s| Query {
            filter: Some(compare(call("lower", [col(s)]), col("s"))),
            ..select([count(), min(col("id")), max(col("id"))])
        });
    }
    both(|s| Query {
        filter: Some(col(s).is_in(["UA", "no", "7"])),
        ..select([count(), min(col("id")), max(col("id"))])
    });
    both(|s| Query {
        filter: Some(col(s).is_in(["UA", "no", "7"]).not()),
        ..select([count(), min(col("id")), max(col("id"))])
    });
}
