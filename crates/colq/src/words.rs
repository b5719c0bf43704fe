//! The words of the language, for those who colour and complete what is typed.

use colq_plan::AggregateFunction;

/// The names of all functions that a query may call, sorted, in lower case.
pub fn function_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = AggregateFunction::ALL.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The words that have a meaning of their own in SQL, sorted, in upper case. Types are among them.
pub fn keywords() -> &'static [&'static str] {
    &KEYWORDS
}

const KEYWORDS: [&str; 68] = [
    "ALL",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BIGINT",
    "BOOL",
    "BOOLEAN",
    "BY",
    "CASE",
    "CAST",
    "DATE",
    "DECIMAL",
    "DESC",
    "DISTINCT",
    "DOUBLE",
    "ELSE",
    "END",
    "ESCAPE",
    "EXPLAIN",
    "EXTRACT",
    "F32",
    "F64",
    "FALSE",
    "FILTER",
    "FIRST",
    "FLOAT",
    "FROM",
    "GROUP",
    "HAVING",
    "I16",
    "I32",
    "I64",
    "I8",
    "ILIKE",
    "IN",
    "INTEGER",
    "INTERVAL",
    "IS",
    "LAST",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "NULLS",
    "NUMERIC",
    "OFFSET",
    "OR",
    "ORDER",
    "PRECISION",
    "REAL",
    "SELECT",
    "SMALLINT",
    "TEXT",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TRUE",
    "U16",
    "U32",
    "U64",
    "U8",
    "UNION",
    "VARCHAR",
    "WHEN",
    "WHERE",
    "ZONE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_stand_once() {
        assert!(KEYWORDS.is_sorted_by(|a, b| a < b));
        assert!(function_names().is_sorted_by(|a, b| a < b));
        assert!(function_names().contains(&"sum"));
    }
}
