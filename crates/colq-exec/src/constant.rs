//! Parts of an expression that read no column, computed once when a query is made ready, so that zones can be pruned by
//! what `ts >= date_trunc('month', TIMESTAMP '..')` compares with.
//!
//! What fails stays as it is: the error belongs to the rows that meet it, and there may be none.

use crate::Error;
use crate::evaluate::value;
use crate::predicate::Value;
use crate::zone::{Scratches, Zone};
use colq_column::{Batch, Bitmap};
use colq_context::Context;
use colq_plan::{Typed, TypedKind};
use colq_types::RowRange;

/// The expression with every part that reads no column as a literal, where that can be computed.
pub(crate) fn folded(expr: &Typed) -> Typed {
    let is_plain = matches!(expr.kind, TypedKind::Column { .. } | TypedKind::Literal(_));
    if !is_plain
        && !reads_columns(expr)
        && let Ok(literal) = compute(expr)
    {
        return literal;
    }
    with_children(expr, folded)
}

fn reads_columns(expr: &Typed) -> bool {
    matches!(expr.kind, TypedKind::Column { .. }) || expr.children().into_iter().any(reads_columns)
}

/// The value for the one row of a table without columns.
fn compute(expr: &Typed) -> Result<Typed, Error> {
    let (source, context, mut scratches) = (Batch::of_rows(1), Context::new(), Scratches::default());
    let shaped = Value::shape(expr, &source)?;
    let mut zone = Zone::new(&source, &context, RowRange::new(0, 1), &mut scratches);
    let column = value(&mut zone, &shaped, &Bitmap::ones(1))?.into_column(1);
    Ok(Typed { kind: TypedKind::Literal(column.scalar(0)), data_type: expr.data_type, span: expr.span })
}

/// The expression with each direct part replaced.
fn with_children(expr: &Typed, each: impl Fn(&Typed) -> Typed + Copy) -> Typed {
    use TypedKind as K;
    let one = |part: &Typed| Box::new(each(part));
    let all = |parts: &[Typed]| parts.iter().map(each).collect::<Vec<_>>();
    let kind = match &expr.kind {
        plain @ (K::Column { .. } | K::Literal(_) | K::Months(_)) => plain.clone(),
        K::Compare { op, left, right } => K::Compare { op: *op, left: one(left), right: one(right) },
        K::Distinct { left, right } => K::Distinct { left: one(left), right: one(right) },
        K::Arithmetic { op, left, right } => K::Arithmetic { op: *op, left: one(left), right: one(right) },
        K::And(left, right) => K::And(one(left), one(right)),
        K::Or(left, right) => K::Or(one(left), one(right)),
        K::Not(operand) => K::Not(one(operand)),
        K::Negate(operand) => K::Negate(one(operand)),
        K::IsNull(operand) => K::IsNull(one(operand)),
        K::Cast(operand) => K::Cast(one(operand)),
        K::InList { expr, values, has_null } => {
            K::InList { expr: one(expr), values: values.clone(), has_null: *has_null }
        }
        K::Call { function, args } => K::Call { function: *function, args: all(args) },
        K::Coalesce(args) => K::Coalesce(all(args)),
        K::Case { branches, otherwise } => K::Case {
            branches: branches.iter().map(|(when, then)| (each(when), each(then))).collect(),
            otherwise: one(otherwise),
        },
    };
    Typed { kind, data_type: expr.data_type, span: expr.span }
}
