//! The names that may be typed: keywords, functions, tables and their columns, sorted so that each is found at once.
//!
//! Looked at once a key, so nothing here reads more than a table's version file, and that once.

use super::token::{Kind, Token};
use colq::{Schema, Table};
use std::collections::HashMap;
use std::sync::Arc;

/// The columns of one table.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// In lower case, as written, and the type; sorted by the first.
    sorted: Vec<(String, String, String)>,
}

impl Columns {
    pub(super) fn of(schema: &Schema) -> Columns {
        let fields = schema.fields().iter();
        let mut sorted: Vec<_> =
            fields.map(|f| (f.name.to_lowercase(), f.name.clone(), f.data_type.to_string())).collect();
        sorted.sort();
        Columns { sorted }
    }

    /// True for a column's name in any case.
    pub(super) fn contains(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.sorted.binary_search_by(|(lower, ..)| lower.as_str().cmp(&name)).is_ok()
    }

    /// Names and types of the columns whose names begin so, in any case.
    pub(super) fn starting_with(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> + '_ {
        let prefix = prefix.to_lowercase();
        let from = self.sorted.partition_point(|(lower, ..)| *lower < prefix);
        let all = self.sorted[from..].iter().take_while(move |(lower, ..)| lower.starts_with(&prefix));
        all.map(|(_, name, data_type)| (name.as_str(), data_type.as_str()))
    }
}

/// What is known by name.
#[derive(Debug)]
pub(super) struct Names {
    functions: Vec<&'static str>,
    /// Tables that were opened by name.
    open: Vec<(String, Arc<Columns>)>,
    /// Tables that statements named, and names that are no tables.
    seen: HashMap<String, Option<Arc<Columns>>>,
}

impl Names {
    pub(super) fn new() -> Names {
        Names { functions: colq::function_names(), open: Vec::new(), seen: HashMap::new() }
    }

    /// A table was opened under this name.
    pub(super) fn add_open(&mut self, name: &str, schema: &Schema) {
        self.open.retain(|(known, _)| known != name);
        self.open.push((name.to_owned(), Arc::new(Columns::of(schema))));
    }

    /// A statement found a table under this name.
    pub(super) fn add_seen(&mut self, name: &str, schema: &Schema) {
        self.seen.insert(name.to_owned(), Some(Arc::new(Columns::of(schema))));
    }

    /// Tables may have come and gone: what was not there is looked for again.
    pub(super) fn forget_missing(&mut self) {
        self.seen.retain(|_, columns| columns.is_some());
    }

    pub(super) fn open_names(&self) -> impl Iterator<Item = &str> {
        self.open.iter().map(|(name, _)| name.as_str())
    }

    /// The functions, sorted.
    pub(super) fn functions(&self) -> &[&'static str] {
        &self.functions
    }

    pub(super) fn is_function(&self, name: &str) -> bool {
        self.functions.binary_search(&name.to_lowercase().as_str()).is_ok()
    }

    /// The columns that a statement can name: those of the tables after its FROM, wherever that stands; while there is
    /// none, those of all open tables.
    pub(super) fn columns_of(&mut self, sql: &str, tokens: &[Token]) -> Vec<Arc<Columns>> {
        let from: Vec<Arc<Columns>> =
            tables(sql, tokens).iter().filter_map(|name| self.table(name)).collect();
        if from.is_empty() { self.open.iter().map(|(_, columns)| columns.clone()).collect() } else { from }
    }

    /// The columns of a table by the name that a statement gives it. Files are not imported for this.
    pub(super) fn table(&mut self, name: &str) -> Option<Arc<Columns>> {
        let exactly = self.open.iter().find(|(known, _)| known == name);
        if let Some((_, columns)) =
            exactly.or_else(|| self.open.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)))
        {
            return Some(columns.clone());
        }
        if let Some(known) = self.seen.get(name) {
            return known.clone();
        }
        let found = [name.to_owned(), format!("{name}.colq")].iter().find_map(|path| {
            let table = colq::is_table(path).then(|| Table::open(path).ok())?;
            Some(Arc::new(Columns::of(table?.schema())))
        });
        self.seen.insert(name.to_owned(), found.clone());
        found
    }
}

/// The names after FROM, without their quotes.
pub(super) fn tables(sql: &str, tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    let mut wanted = false;
    let mut listed = false;
    for token in tokens.iter().filter(|token| !token.is_blank()) {
        let text = token.text(sql);
        let is_from = token.kind == Kind::Word && text.eq_ignore_ascii_case("from");
        let is_name = matches!(token.kind, Kind::Word | Kind::Name | Kind::Text);
        if wanted && is_name && !is_from {
            found.push(unquoted(text));
            (wanted, listed) = (false, true);
        } else {
            wanted = is_from || listed && text == ",";
            listed = false;
        }
    }
    found
}

/// A name or text without its quotes.
pub(super) fn unquoted(text: &str) -> String {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) else { return text.to_owned() };
    let inner = &text[1..];
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

pub(super) fn is_keyword(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    colq::keywords().binary_search(&upper.as_str()).is_ok()
}

/// Keywords that may be names all the same, because they mean something only beside others.
const ALSO_NAMES: [&str; 37] = [
    "ANALYZE",
    "BIGINT",
    "BOOL",
    "BOOLEAN",
    "BOTH",
    "DATE",
    "DECIMAL",
    "DOUBLE",
    "EXTRACT",
    "F32",
    "F64",
    "FILTER",
    "FIRST",
    "FLOAT",
    "I16",
    "I32",
    "I64",
    "I8",
    "LAST",
    "LEADING",
    "NULLS",
    "PRECISION",
    "REAL",
    "SMALLINT",
    "TEXT",
    "TIME",
    "TIMESTAMP",
    "TINYINT",
    "TRAILING",
    "U16",
    "U32",
    "U64",
    "U8",
    "UNSIGNED",
    "VARCHAR",
    "WITHIN",
    "ZONE",
];

/// True for keywords that are names only in double quotes.
pub(super) fn is_reserved(word: &str) -> bool {
    is_keyword(word) && ALSO_NAMES.binary_search(&word.to_ascii_uppercase().as_str()).is_err()
}

/// A name as SQL takes it: in double quotes unless it is a plain word.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if plain && starts && !is_reserved(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    #[test]
    fn tables_are_what_stands_after_from() {
        for (sql, expected) in [
            ("SELECT a FROM trips WHERE b", vec!["trips"]),
            ("SELECT a from \"my trips\" x", vec!["my trips"]),
            ("SELECT a FROM 'it''s.csv'", vec!["it's.csv"]),
            ("SELECT a FROM one, two WHERE x", vec!["one", "two"]),
            ("SELECT a FROM (SELECT b FROM inner_table)", vec!["inner_table"]),
            ("SELECT a, FROM", vec![]),
            ("SELECT 'FROM x'", vec![]),
        ] {
            assert_eq!(tables(sql, &tokens(sql)), expected, "{sql}");
        }
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(quoted("fare"), "fare");
        assert_eq!(quoted("order"), "\"order\"");
        assert_eq!(quoted("zone"), "zone");
        assert!(ALSO_NAMES.is_sorted());
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted("1st"), "\"1st\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(unquoted(&quoted("a\"b")), "a\"b");
    }
}
