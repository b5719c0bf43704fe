//! SQL text to plans, on the sqlparser crate.
