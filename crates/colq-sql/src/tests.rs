//! What SQL text becomes, and what is said about text that is none.

use crate::{Statement, parse};
use colq_plan::{Plan, PlanError, bind};
use colq_types::{DataType, Field, Schema, TimeUnit};
use std::collections::HashMap;

mod places;
mod plans;
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
    ];
    let schema: Schema = fields.into_iter().map(|(name, t)| Field::new(name, t)).collect();
    ["trips", "data/trips.csv", "My Trips"].into_iter().map(|name| (name.to_string(), schema.clone())).collect()
}

/// Parses and binds.
fn plan(sql: &str) -> Result<Plan, PlanError> {
    match parse(sql)? {
        Statement::Select(query) | Statement::Explain(query) => bind(&query, &catalog()),
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
