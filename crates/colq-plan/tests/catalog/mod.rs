//! The table that the tests of binding ask.

#![allow(dead_code, clippy::expect_used, reason = "each test program uses a part, and a test may fail")]

use colq_plan::{Plan, PlanError, Query, Relation, bind};
use colq_types::{DataType, Field, Physical, Schema, TimeUnit};
use std::collections::HashMap;

/// `SELECT * FROM trips`, to be changed field by field.
pub(crate) fn table() -> Query {
    Query::from(Relation::table("trips"))
}

pub(crate) fn bound(query: &Query) -> Result<Plan, PlanError> {
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
        ("price", DataType::Decimal { precision: 12, scale: 2 }),
        ("rate", DataType::Decimal { precision: 18, scale: 4 }),
        ("wait", DataType::Duration(TimeUnit::Millisecond)),
        ("weight", DataType::F16),
        ("embedding", DataType::Vector { element: Physical::F32, len: 3 }),
    ];
    let schema: Schema = fields.into_iter().map(|(name, t)| Field::new(name, t)).collect();
    bind(query, &HashMap::from([("trips".to_string(), schema)]))
}

/// The plan as EXPLAIN shows it.
pub(crate) fn shown(query: &Query) -> String {
    bound(query).map_or_else(|e| format!("error: {e}"), |plan| plan.to_string())
}

pub(crate) fn refused(query: &Query) -> PlanError {
    bound(query).map(|plan| plan.to_string()).expect_err("the query should be refused")
}
