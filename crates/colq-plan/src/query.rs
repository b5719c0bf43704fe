//! A query as written: the clauses of one SELECT, in names.

use crate::{Expr, Span};
use std::fmt;

/// One SELECT, whether it came from SQL or from the builder.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Where the rows come from; `None` is one row without columns (`SELECT 1`).
    pub from: Option<Relation>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// The columns of the answer.
    pub select: Vec<SelectItem>,
    /// SELECT DISTINCT.
    pub distinct: bool,
    /// GROUP BY: expressions, names of the select list, or ordinals.
    pub group_by: Vec<Expr>,
    /// HAVING.
    pub having: Option<Expr>,
    /// QUALIFY: a condition on rows that window functions have numbered.
    pub qualify: Option<Expr>,
    /// ORDER BY: expressions, names of the select list, or ordinals.
    pub order_by: Vec<SortKey>,
    /// LIMIT.
    pub limit: Option<u64>,
    /// OFFSET.
    pub offset: u64,
}

impl Query {
    /// A query of all columns of a relation, to be changed field by field.
    pub fn from(from: Relation) -> Query {
        Query {
            from: Some(from),
            filter: None,
            select: vec![SelectItem::Wildcard],
            distinct: false,
            group_by: Vec::new(),
            having: None,
            qualify: None,
            order_by: Vec::new(),
            limit: None,
            offset: 0,
        }
    }
}

/// What stands after FROM.
#[derive(Debug, Clone, PartialEq)]
pub enum Relation {
    /// A table by name or path; which of both, the catalog decides.
    Table {
        /// The name or path as written.
        name: String,
        /// Where it stands in the SQL text.
        span: Option<Span>,
    },
    /// A query in parentheses.
    Query(Box<Query>),
    /// The rows of several queries, one after the other.
    UnionAll(Vec<Query>),
}

impl Relation {
    /// A table by name.
    pub fn table(name: impl Into<String>) -> Relation {
        Relation::Table { name: name.into(), span: None }
    }
}

/// One entry of a select list.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    /// `*`
    Wildcard,
    /// An expression, perhaps with a name ([`Expr::alias`]).
    Expr(Expr),
}

impl From<Expr> for SelectItem {
    fn from(expr: Expr) -> SelectItem {
        SelectItem::Expr(expr)
    }
}

/// One entry of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What to order by.
    pub expr: Expr,
    /// Largest first.
    pub descending: bool,
    /// NULLs before all values; by default last when ascending, first when descending, as in PostgreSQL.
    pub nulls_first: Option<bool>,
}

impl SortKey {
    /// Smallest first, NULLs last.
    pub fn ascending(expr: Expr) -> SortKey {
        SortKey { expr, descending: false, nulls_first: None }
    }

    /// Largest first, NULLs first.
    pub fn descending(expr: Expr) -> SortKey {
        SortKey { expr, descending: true, nulls_first: None }
    }
}

/// The key as SQL, NULLS where they are not where they would be without a word.
impl fmt::Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)?;
        f.write_str(direction(self.descending, self.nulls_first.unwrap_or(self.descending)))
    }
}

/// What stands behind a key of an order.
pub(crate) fn direction(descending: bool, nulls_first: bool) -> &'static str {
    match (descending, nulls_first) {
        (false, false) => "",
        (false, true) => " NULLS FIRST",
        (true, true) => " DESC",
        (true, false) => " DESC NULLS LAST",
    }
}

impl From<Expr> for SortKey {
    fn from(expr: Expr) -> SortKey {
        SortKey::ascending(expr)
    }
}

impl Expr {
    /// Smallest first, NULLs last.
    pub fn asc(self) -> SortKey {
        SortKey::ascending(self)
    }

    /// Largest first, NULLs first.
    pub fn desc(self) -> SortKey {
        SortKey::descending(self)
    }
}
