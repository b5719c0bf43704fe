//! Text that is SQL, and the plan it becomes.

use super::{check_cases, explain};
use crate::{Statement, parse};

#[test]
fn text_becomes_the_plan_it_says() {
    check_cases("plans.txt", include_str!("plans.txt"), explain);
}

#[test]
fn explain_is_told_apart_from_the_query() {
    assert!(matches!(parse("EXPLAIN SELECT 1"), Ok(Statement::Explain(_))));
    assert!(matches!(parse("select 1"), Ok(Statement::Select(_))));
    let same = |a, b| match (parse(a), parse(b)) {
        (Ok(Statement::Explain(a)), Ok(Statement::Select(b))) => {
            (a.select.len(), a.limit) == (b.select.len(), b.limit)
        }
        _ => false,
    };
    assert!(same("explain select 1, 2 limit 3", "select 1, 2 limit 3"));
}
