//! What colq does not have, by the name that its user knows.

use colq_plan::{PlanError, PlanErrorKind, Span};
use sqlparser::ast::{Expr, TableFactor};

pub(crate) fn unsupported(clause: impl Into<String>, span: Option<Span>) -> PlanError {
    PlanError::new(PlanErrorKind::Unsupported { clause: clause.into() }, span)
}

/// The name of an expression that colq does not have.
pub(crate) fn expression_name(expr: &Expr) -> String {
    let name = match expr {
        Expr::CompoundFieldAccess { .. } => "Access to parts of a value, as in a[1],",
        Expr::JsonAccess { .. } => "Access to JSON",
        Expr::IsNormalized { .. } => "IS NORMALIZED",
        Expr::InSubquery { .. } => "IN (SELECT ..)",
        Expr::InUnnest { .. } => "IN UNNEST",
        Expr::SimilarTo { .. } => "SIMILAR TO",
        Expr::RLike { regexp: true, .. } => "REGEXP",
        Expr::RLike { .. } => "RLIKE",
        Expr::AnyOp { .. } => "ANY",
        Expr::AllOp { .. } => "ALL",
        Expr::Convert { .. } => "CONVERT",
        Expr::AtTimeZone { .. } => "AT TIME ZONE",
        Expr::Collate { .. } => "COLLATE",
        Expr::Prefixed { .. } => "A prefixed text",
        Expr::Exists { .. } => "EXISTS",
        Expr::Subquery(_) => "A subquery as a value",
        Expr::GroupingSets(_) => "GROUPING SETS",
        Expr::Cube(_) => "CUBE",
        Expr::Rollup(_) => "ROLLUP",
        Expr::Tuple(_) => "A list of values in parentheses",
        Expr::Struct { .. } | Expr::Named { .. } => "STRUCT",
        Expr::Dictionary(_) | Expr::Map(_) => "MAP",
        Expr::Array(_) => "ARRAY",
        Expr::MatchAgainst { .. } => "MATCH AGAINST",
        Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => "* in an expression",
        Expr::OuterJoin(_) => "The outer join operator (+)",
        Expr::Prior(_) => "PRIOR",
        Expr::Lambda(_) => "A lambda function",
        Expr::MemberOf(_) => "MEMBER OF",
        _ => "This expression",
    };
    name.into()
}

/// The name of something after FROM that colq does not have.
pub(crate) fn relation_name(relation: &TableFactor) -> &'static str {
    match relation {
        TableFactor::Table { .. } | TableFactor::Derived { .. } => "This entry of FROM",
        TableFactor::TableFunction { .. } | TableFactor::Function { .. } => "A table function",
        TableFactor::UNNEST { .. } => "UNNEST",
        TableFactor::JsonTable { .. } => "JSON_TABLE",
        TableFactor::OpenJsonTable { .. } => "OPENJSON",
        TableFactor::NestedJoin { .. } => "JOIN",
        TableFactor::Pivot { .. } => "PIVOT",
        TableFactor::Unpivot { .. } => "UNPIVOT",
        TableFactor::MatchRecognize { .. } => "MATCH_RECOGNIZE",
        TableFactor::XmlTable { .. } => "XMLTABLE",
        TableFactor::SemanticView { .. } => "SEMANTIC_VIEW",
    }
}
