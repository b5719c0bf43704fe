//! Queries that are allowed and are hardly meant as they stand.

use colq_plan::{Expr, ExprKind, Query};
use colq_types::Scalar;

/// Sentences about conditions that no row can meet because they compare with NULL.
pub(crate) fn doubts(query: &Query) -> Vec<String> {
    let mut found = Vec::new();
    for condition in query.filter.iter().chain(&query.having).chain(&query.qualify) {
        look(condition, &mut found);
    }
    found
}

fn look(condition: &Expr, found: &mut Vec<String>) {
    let is_null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Scalar::Null));
    match &condition.kind {
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            look(left, found);
            look(right, found);
        }
        ExprKind::Not(inner) => look(inner, found),
        ExprKind::Compare { op, left, right } if is_null(left) || is_null(right) => {
            let other = if is_null(right) { left } else { right };
            let not = if op.sign() == "=" { "" } else { "NOT " };
            found.push(format!("{condition} is never true; write {other} IS {not}NULL"));
        }
        _ => {}
    }
}
