//! The words of the language, for those who colour and complete what is typed.

use colq_plan::{AGGREGATES, FUNCTIONS, Ranking};

/// The names of all functions, aggregates and window functions that a query may call, sorted, in lower case. They are read from the lists
/// that the language itself reads.
pub fn function_names() -> Vec<&'static str> {
    let aggregates = AGGREGATES.iter().map(|entry| entry.function);
    let mut names: Vec<&str> =
        aggregates.flat_map(|a| std::iter::once(a.name()).chain(a.other_names().iter().copied())).collect();
    for entry in FUNCTIONS.iter().copied().flatten() {
        names.push(entry.name);
        names.extend(entry.other_names);
    }
    names.extend(Ranking::ALL.map(Ranking::name));
    // A word with arguments and no function of the list.
    names.push("extract");
    names.sort_unstable();
    names.dedup();
    names
}

/// The words that have a meaning of their own in SQL, sorted, in upper case. Types are among them.
pub fn keywords() -> &'static [&'static str] {
    &KEYWORDS
}

const KEYWORDS: [&str; 78] = [
    "ALL",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BIGINT",
    "BOOL",
    "BOOLEAN",
    "BOTH",
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
    "FOR",
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
    "LEADING",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "NULLS",
    "NUMERIC",
    "OFFSET",
    "OR",
    "ORDER",
    "OVER",
    "PARTITION",
    "PRECISION",
    "QUALIFY",
    "REAL",
    "SELECT",
    "SMALLINT",
    "TEXT",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TINYINT",
    "TRAILING",
    "TRUE",
    "U16",
    "U32",
    "U64",
    "U8",
    "UNION",
    "UNSIGNED",
    "VARCHAR",
    "WHEN",
    "WHERE",
    "WITHIN",
    "ZONE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_stand_once() {
        assert!(KEYWORDS.is_sorted_by(|a, b| a < b));
        assert!(function_names().is_sorted_by(|a, b| a < b));
        let registry = colq_plan::function_names();
        assert!(registry.iter().all(|name| function_names().contains(&name.as_str())));
        assert!(function_names().len() > 100, "{}", function_names().len());
    }

    #[test]
    fn the_words_of_every_clause_are_known() {
        let sql = "EXPLAIN ANALYZE SELECT DISTINCT CASE WHEN a LIKE b ESCAPE c THEN d ELSE e END FROM t WHERE a ILIKE b \
                   AND a IS NOT DISTINCT FROM b OR a BETWEEN c AND d GROUP BY a HAVING a UNION ALL SELECT \
                   ORDER BY a ASC NULLS FIRST LIMIT OFFSET QUALIFY OVER PARTITION WITHIN GROUP FILTER INTERVAL CAST a AS BIGINT IN TRUE FALSE";
        for word in sql.split_whitespace().filter(|word| word.chars().all(char::is_uppercase)) {
            assert!(KEYWORDS.binary_search(&word).is_ok(), "{word}");
        }
    }
}
