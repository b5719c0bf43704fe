//! docs/SQL.md says what is: its examples are read, its refusals are refused, its functions are those there are.

use super::plan;
use colq_plan::{AggregateFunction, PlanErrorKind};

const REFERENCE: &str = include_str!("../../../../docs/SQL.md");

/// The blocks of code that open with this line.
fn blocks(opening: &str) -> Vec<&'static str> {
    let opening = format!("```{opening}\n");
    REFERENCE.split(opening.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_examples_are_understood() {
    let examples = blocks("sql");
    assert!(examples.len() > 5);
    for sql in examples {
        assert!(plan(sql).is_ok(), "{sql}: {}", plan(sql).unwrap_err());
    }
}

#[test]
fn what_is_not_there_yet_is_refused_by_name() {
    let statements: Vec<&str> = blocks("sql refused").into_iter().flat_map(str::lines).collect();
    assert!(statements.len() > 20);
    for sql in statements {
        let error = plan(sql).map(|plan| plan.to_string()).unwrap_err();
        let by_name =
            matches!(error.kind(), PlanErrorKind::Unsupported { .. } | PlanErrorKind::UnknownFunction { .. });
        assert!(by_name, "{sql}: {error}");
        assert!(error.span().is_some(), "{sql}");
    }
}

#[test]
fn the_table_of_functions_is_complete() {
    let table = REFERENCE.split("<!-- functions: begin -->").nth(1).unwrap();
    let table = table.split("<!-- functions: end -->").next().unwrap();
    let mut first_names = Vec::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let first = cells[1].trim_matches('`');
        let function = AggregateFunction::parse(first).unwrap();
        first_names.push(first);
        for other in cells[2].split(", ").filter(|name| !name.is_empty()) {
            assert_eq!(AggregateFunction::parse(other.trim_matches('`')), Some(function), "{other}");
        }
    }
    let known: Vec<&str> = AggregateFunction::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(first_names, known);
}
