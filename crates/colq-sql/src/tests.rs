//! What SQL text becomes, and what is said about text that is none.

use crate::{Statement, parse};
use colq_plan::{Plan, PlanError, bind};
use colq_types::{DataType, Field, Physical, Schema, TimeUnit};
use std::collections::HashMap;

mod places;
mod plans;
mod reference;
mod refusals;
mod sizes;

/// A table of every kind of column, under a name and under a path.
fn catalog() -> HashMap<String, Schema> {
    let fields = [
        ("id", DataType::I64),
        ("zone", DataType::U16),
        ("fare", DataType::F32),
        ("tip", DataType::F64),
        ("big", DataType::U64),
        ("carrier", DataType::Text),
        ("late", DataType::Bool),
        ("day", DataType::Date),
        ("ts", DataType::Timestamp(TimeUnit::Microsecond)),
        ("Größe", DataType::I32),
        ("price", DataType::Decimal { precision: 12, scale: 2 }),
        ("discount", DataType::Decimal { precision: 4, scale: 2 }),
        ("wait", DataType::Duration(TimeUnit::Millisecond)),
        ("weight", DataType::F16),
        ("embedding", DataType::Vector { element: Physical::F32, len: 3 }),
    ];
    let schema: Schema = fields.into_iter().map(|(name, t)| Field::new(name, t)).collect();
    ["trips", "data/trips.csv", "My Trips"]
        .into_iter()
        .map(|name| (name.to_string(), schema.clone()))
        .collect()
}

/// Parses and binds.
fn plan(sql: &str) -> Result<Plan, PlanError> {
    match parse(sql)? {
        Statement::Select(query) | Statement::Explain(query) | Statement::ExplainAnalyze(query) => {
            bind(&query, &catalog())
        }
    }
}

/// The plan as EXPLAIN shows it, or the error.
fn explain(sql: &str) -> String {
    plan(sql).map_or_else(|e| format!("error: {e}"), |plan| plan.to_string().trim_end().to_string())
}

/// The error as the program would show it: the sentence, the underlined text, the hint.
fn error(sql: &str) -> String {
    let Err(error) = plan(sql) else { return format!("no error:\n{}", explain(sql)) };
    let place = error.span().map(|s| sql.get(s.start..s.end).unwrap_or("?? outside of the text"));
    let mut shown = format!("{error}\n  at [{}]", place.unwrap_or("nowhere"));
    if let Some(hint) = error.hint() {
        shown.push_str(&format!("\n  hint: {hint}"));
    }
    shown
}

/// Runs a file of cases: the SQL, a line of dashes, what is expected, an empty line. Lines that start with `#`
/// are comments. With COLQ_REWRITE set, the file is written anew from what is, to be read before it is kept.
fn check_cases(file: &str, text: &str, run: fn(&str) -> String) {
    let mut rewritten = String::new();
    let mut wrong = Vec::new();
    let mut case_count = 0;
    for block in text.split("\n\n").map(|b| b.trim_matches('\n')).filter(|b| !b.is_empty()) {
        let Some((sql, expected)) = block.split_once("\n----\n") else {
            assert!(block.lines().all(|line| line.starts_with('#')), "no dashes in {block}");
            rewritten.push_str(&format!("{block}\n\n"));
            continue;
        };
        let statement: Vec<&str> = sql.lines().filter(|line| !line.starts_with('#')).collect();
        let actual = run(&statement.join("\n"));
        case_count += 1;
        if actual != expected {
            wrong.push(format!("{sql}\n---- expected\n{expected}\n---- found\n{actual}\n"));
        }
        rewritten.push_str(&format!("{sql}\n----\n{actual}\n\n"));
    }
    if std::env::var_os("COLQ_REWRITE").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests").join(file);
        std::fs::write(path, rewritten).unwrap();
    }
    assert!(case_count > 10, "{file} was not read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
