//! docs/SQL.md says what is: its examples are read, its refusals are refused, its functions are those there are.

use super::plan;
use colq_plan::{AGGREGATE_ROWS, AGGREGATES, AggregateFunction, FUNCTIONS, FunctionGroup, PlanErrorKind};

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
        let by_name = matches!(
            error.kind(),
            PlanErrorKind::Unsupported { .. }
                | PlanErrorKind::UnknownFunction { .. }
                | PlanErrorKind::UnknownType { .. }
        );
        assert!(by_name, "{sql}: {error}");
        assert!(error.span().is_some(), "{sql}");
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn names(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The tables of functions, as the reference shows them.
fn function_tables() -> String {
    let mut text = String::new();
    for entries in FUNCTIONS {
        let title = match entries.first().map(|entry| entry.group) {
            Some(FunctionGroup::Number) => "Numbers",
            Some(FunctionGroup::Text) => "Texts",
            Some(FunctionGroup::Time) => "Dates, timestamps and durations",
            _ => "Values of any type",
        };
        text.push_str(&format!("\n### {title}\n\n"));
        text.push_str("| function | other names | gives | what it does | example | answer |\n");
        text.push_str("|---|---|---|---|---|---|\n");
        for entry in *entries {
            let (example, answer) = entry.example;
            let cells = [
                format!("`{}({})`", entry.name, entry.arguments),
                names(entry.other_names),
                entry.gives.into(),
                entry.does.into(),
                format!("`{example}`"),
                format!("`{answer}`"),
            ];
            text.push_str(&format!("| {} |\n", cells.map(|c| cell(&c)).join(" | ")));
        }
    }
    text
}

fn aggregate_table() -> String {
    let mut text =
        String::from("\n| aggregate | other names | takes | gives | what it does | example | answer |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for entry in AGGREGATES {
        let (example, answer) = entry.example;
        let form = match entry.function.arguments() {
            "* or x" => "`count(*)`, `count(x)`".to_owned(),
            arguments => format!("`{}({arguments})`", entry.function.name()),
        };
        let cells = [
            form,
            names(entry.function.other_names()),
            entry.takes.into(),
            entry.gives.into(),
            entry.does.into(),
            format!("`{example}`"),
            format!("`{answer}`"),
        ];
        text.push_str(&format!("| {} |\n", cells.map(|c| cell(&c)).join(" | ")));
    }
    text
}

/// The reference with this text between the markers of this name.
fn with_part(reference: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = reference.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{part}\n{end}{after}")
}

#[test]
fn the_tables_of_functions_are_those_of_the_code() {
    let wanted = with_part(REFERENCE, "functions", &function_tables());
    let wanted = with_part(&wanted, "aggregates", &aggregate_table());
    if std::env::var_os("COLQ_REWRITE").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SQL.md");
        std::fs::write(path, &wanted).unwrap();
    }
    let differs = wanted.lines().zip(REFERENCE.lines()).find(|(wanted, found)| wanted != found);
    assert!(differs.is_none(), "docs/SQL.md is not what the code says: run with COLQ_REWRITE=1\n{differs:?}");
    assert_eq!(wanted.lines().count(), REFERENCE.lines().count());
}

#[test]
fn every_aggregate_has_an_entry() {
    let entries: Vec<AggregateFunction> = AGGREGATES.iter().map(|entry| entry.function).collect();
    let all: Vec<AggregateFunction> = AggregateFunction::ALL.iter().map(|(_, function)| *function).collect();
    assert_eq!(entries, all);
}

#[test]
fn every_example_is_a_call_of_its_function() {
    let rows = FUNCTIONS.iter().copied().flatten();
    let rows = rows.map(|entry| (entry.name, entry.example.0, format!("SELECT {}", entry.example.0)));
    let aggregates = AGGREGATES.iter().map(|entry| {
        let example = entry.example.0;
        (entry.function.name(), example, format!("SELECT {example} FROM {AGGREGATE_ROWS}"))
    });
    for (name, example, sql) in rows.chain(aggregates) {
        assert!(example.contains(&format!("{name}(")), "{example} is no call of {name}");
        assert!(plan(&sql).is_ok(), "{sql}: {}", plan(&sql).unwrap_err());
    }
}

#[test]
fn a_name_means_one_function() {
    let mut all = colq_plan::function_names();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "a name is given twice");
}
