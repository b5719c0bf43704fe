//! Conditions on the numbers of a window that say how far it has to number: of each partition only the first rows are
//! wanted then, and the others need not be put in order.
//!
//! What comes out of the step decides how its rows are counted, and with that the bits of float sums over them: so a
//! condition is taken over because of how it reads, never because of what the rows hold.

use crate::{Typed, TypedKind};
use colq_types::{Comparison, DataType, Scalar};

/// Of a condition over a window with so many columns and functions: the function that says which rows are wanted and the
/// most that it may give, and what is left of the condition.
///
/// Conditions that are joined with AND are looked at from left to right, and one that could fail for a row hides those
/// behind it, because rows that those remove would not fail any more.
pub(crate) fn first_rows(
    predicate: Typed,
    columns: usize,
    functions: usize,
) -> (Option<(usize, u64)>, Option<Typed>) {
    let mut conditions = Vec::new();
    taken_apart(predicate, &mut conditions);
    let mut first = None;
    let mut rest = Vec::new();
    let mut may_fail = false;
    for condition in conditions {
        let found = limit(&condition, columns, functions).filter(|_| !may_fail);
        match (found, first) {
            (Some((function, most, is_all)), None) => {
                first = Some((function, most));
                rest.extend((!is_all).then_some(condition));
            }
            (Some((function, most, is_all)), Some((known, so_far))) if function == known => {
                first = Some((function, most.min(so_far)));
                rest.extend((!is_all).then_some(condition));
            }
            _ => {
                may_fail |= !cannot_fail(&condition);
                rest.push(condition);
            }
        }
    }
    let rest = rest.into_iter().reduce(|left, right| {
        let span = left.span.or(right.span);
        Typed { kind: TypedKind::And(Box::new(left), Box::new(right)), data_type: DataType::Bool, span }
    });
    (first, rest)
}

fn taken_apart(predicate: Typed, conditions: &mut Vec<Typed>) {
    match predicate.kind {
        TypedKind::And(left, right) => {
            taken_apart(*left, conditions);
            taken_apart(*right, conditions);
        }
        kind => conditions.push(Typed { kind, ..predicate }),
    }
}

/// The function that a condition bounds from above and the most that it may give; and true when the condition says no
/// more than that.
fn limit(condition: &Typed, columns: usize, functions: usize) -> Option<(usize, u64, bool)> {
    let TypedKind::Compare { op, left, right } = &condition.kind else { return None };
    let (op, column, literal) = match (&left.kind, &right.kind) {
        (TypedKind::Column { index, .. }, TypedKind::Literal(literal)) => (*op, *index, literal),
        (TypedKind::Literal(literal), TypedKind::Column { index, .. }) => (op.swap(), *index, literal),
        _ => return None,
    };
    let function = column.checked_sub(columns).filter(|function| *function < functions)?;
    let whole = match literal {
        Scalar::I64(value) => u64::try_from(*value).unwrap_or(0),
        Scalar::U64(value) => *value,
        _ => return None,
    };
    let is_positive = whole > 0;
    match op {
        Comparison::LessOrEqual => Some((function, whole, true)),
        Comparison::Less => Some((function, whole.saturating_sub(1), true)),
        // Numbers begin with 1.
        Comparison::Equal => Some((function, whole, whole == 1 || !is_positive)),
        _ => None,
    }
}

/// True for conditions on columns as they are.
fn cannot_fail(condition: &Typed) -> bool {
    let of_parts = || condition.children().into_iter().all(cannot_fail);
    match condition.kind {
        TypedKind::Column { .. } | TypedKind::Literal(_) => true,
        TypedKind::Compare { .. }
        | TypedKind::Distinct { .. }
        | TypedKind::And(..)
        | TypedKind::Or(..)
        | TypedKind::Not(_)
        | TypedKind::IsNull(_)
        | TypedKind::InList { .. } => of_parts(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::column_at;

    fn compare(op: Comparison, column: usize, value: i64) -> Typed {
        let column = column_at(column, format!("c{column}"), DataType::I64, None);
        let literal =
            Typed { kind: TypedKind::Literal(Scalar::I64(value)), data_type: DataType::I64, span: None };
        let kind = TypedKind::Compare { op, left: Box::new(column), right: Box::new(literal) };
        Typed { kind, data_type: DataType::Bool, span: None }
    }

    fn and(left: Typed, right: Typed) -> Typed {
        let kind = TypedKind::And(Box::new(left), Box::new(right));
        Typed { kind, data_type: DataType::Bool, span: None }
    }

    /// A division by a column, compared: it may fail.
    fn failing() -> Typed {
        let mut condition = compare(Comparison::Greater, 0, 1);
        if let TypedKind::Compare { left, .. } = &mut condition.kind {
            let operand = left.clone();
            left.kind = TypedKind::Negate(operand);
        }
        condition
    }

    #[test]
    fn bounds_from_above_are_taken_over() {
        use Comparison as C;
        // Two columns, and the functions at 2 and 3.
        let cases = [
            (compare(C::LessOrEqual, 2, 5), Some((0, 5)), ""),
            (compare(C::Less, 3, 5), Some((1, 4)), ""),
            (compare(C::Equal, 2, 1), Some((0, 1)), ""),
            (compare(C::Equal, 2, 3), Some((0, 3)), "(c2 = 3)"),
            (compare(C::Equal, 2, -3), Some((0, 0)), ""),
            (compare(C::Less, 2, 0), Some((0, 0)), ""),
            (compare(C::LessOrEqual, 1, 5), None, "(c1 <= 5)"),
            (compare(C::Greater, 2, 5), None, "(c2 > 5)"),
            (and(compare(C::Greater, 0, 9), compare(C::Less, 2, 9)), Some((0, 8)), "(c0 > 9)"),
            (and(compare(C::Less, 2, 9), compare(C::LessOrEqual, 2, 3)), Some((0, 3)), ""),
            (and(compare(C::Less, 2, 9), compare(C::Less, 3, 3)), Some((0, 8)), "(c3 < 3)"),
            (and(compare(C::Less, 2, 9), failing()), Some((0, 8)), "((-c0) > 1)"),
            (and(failing(), compare(C::Less, 2, 9)), None, "((-c0) > 1 AND c2 < 9)"),
        ];
        for (predicate, first, left) in cases {
            let text = predicate.to_string();
            let (found, rest) = first_rows(predicate, 2, 2);
            let rest = rest.map(|rest| rest.to_string()).unwrap_or_default();
            let bare = |text: &str| text.replace(['(', ')'], "");
            assert_eq!((found, bare(&rest)), (first, bare(left)), "{text}");
        }
    }
}
