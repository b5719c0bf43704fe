//! Which types go together, and the conversions that bring them together.

use crate::fold::{exact_instant, fold, parse_literal};
use crate::{Arithmetic, PlanError, PlanErrorKind, Typed, TypedKind};
use colq_types::{DataType, Scalar};

/// The conversion of an expression to a type; nothing when it has that type already.
pub(crate) fn cast(expr: Typed, to: DataType) -> Typed {
    if expr.data_type == to {
        return expr;
    }
    let span = expr.span;
    fold(Typed { kind: TypedKind::Cast(Box::new(expr)), data_type: to, span })
}

pub(crate) fn is_null_literal(expr: &Typed) -> bool {
    matches!(expr.kind, TypedKind::Literal(Scalar::Null))
}

pub(crate) fn is_literal(expr: &Typed) -> bool {
    matches!(expr.kind, TypedKind::Literal(_))
}

/// Reads a text literal as a value of another type, as PostgreSQL does with literals of unknown type; a NULL
/// takes any type. Anything else stays as it is.
pub(crate) fn adapt_literal(expr: Typed, to: DataType) -> Result<Typed, PlanError> {
    if expr.data_type == to {
        return Ok(expr);
    }
    match &expr.kind {
        TypedKind::Literal(Scalar::Null) => Ok(Typed { data_type: to, ..expr }),
        TypedKind::Literal(Scalar::Text(text)) => match parse_literal(text, to) {
            Some(value) => {
                let data_type = value.data_type().unwrap_or(to);
                Ok(Typed { kind: TypedKind::Literal(value), data_type, span: expr.span })
            }
            None => Err(PlanError::new(
                PlanErrorKind::InvalidLiteral { text: text.clone(), data_type: to },
                expr.span,
            )),
        },
        _ => Ok(expr),
    }
}

/// A literal date or timestamp in the type of what it is compared with, where it is the same instant there: a
/// column is then compared as it is.
fn same_instant(literal: Typed, other: &Typed) -> Typed {
    let value = match &literal.kind {
        TypedKind::Literal(value) if !is_literal(other) => exact_instant(value, other.data_type),
        _ => None,
    };
    match value {
        Some(value) => {
            Typed { kind: TypedKind::Literal(value), data_type: other.data_type, span: literal.span }
        }
        None => literal,
    }
}

/// Makes two operands comparable: afterwards they have one type, or both are numbers and one is a literal,
/// which the kernels compare by value.
pub(crate) fn comparable(left: Typed, right: Typed, operation: &str) -> Result<(Typed, Typed), PlanError> {
    let (left_type, right_type) = (left.data_type, right.data_type);
    let left_adapts = is_null_literal(&left)
        || left_type == DataType::Text && is_literal(&left) && !is_null_literal(&right);
    let (left, right) = if left_adapts {
        (adapt_literal(left, right_type)?, right)
    } else {
        let right = adapt_literal(right, left_type)?;
        (left, right)
    };
    let left = same_instant(left, &right);
    let right = same_instant(right, &left);
    let (left_type, right_type) = (left.data_type, right.data_type);
    if left_type == right_type {
        return Ok((left, right));
    }
    let both = match (left_type, right_type) {
        (a, b) if a.is_number() && b.is_number() => {
            if is_literal(&left) || is_literal(&right) {
                return Ok((left, right));
            }
            common_number(a, b)
        }
        (DataType::Timestamp(a), DataType::Timestamp(b)) => DataType::Timestamp(a.max(b)),
        (DataType::Date, DataType::Timestamp(unit)) | (DataType::Timestamp(unit), DataType::Date) => {
            DataType::Timestamp(unit)
        }
        (a, b) => {
            let span = right.span.or(left.span);
            let kind = PlanErrorKind::TypeMismatch {
                operation: operation.to_string(),
                found: vec![a, b],
                expected: "two values that can be compared".into(),
            };
            return Err(PlanError::new(kind, span));
        }
    };
    Ok((cast(left, both), cast(right, both)))
}

/// The type in which columns of two number types are compared: exact for integers but for i64 with u64, which
/// meet as f64, as in PostgreSQL every integer and double do.
fn common_number(a: DataType, b: DataType) -> DataType {
    let narrow = |t: DataType| t.is_integer() && t != DataType::U64;
    match (a, b) {
        (a, b) if narrow(a) && narrow(b) => DataType::I64,
        (a, b) if a.is_unsigned() && b.is_unsigned() => DataType::U64,
        _ => DataType::F64,
    }
}

/// Makes two operands of arithmetic one type, and gives it.
pub(crate) fn arithmetic(
    op: Arithmetic,
    left: Typed,
    right: Typed,
) -> Result<(Typed, Typed, DataType), PlanError> {
    let other_number = |t: DataType| if t.is_number() { t } else { DataType::F64 };
    let (left_type, right_type) = (left.data_type, right.data_type);
    let left = if is_literal(&left) && !left_type.is_number() {
        adapt_literal(left, other_number(right_type))?
    } else {
        left
    };
    let right = if is_literal(&right) && !right_type.is_number() {
        adapt_literal(right, other_number(left.data_type))?
    } else {
        right
    };
    let (a, b) = (left.data_type, right.data_type);
    if !a.is_number() || !b.is_number() {
        let kind = PlanErrorKind::TypeMismatch {
            operation: op.sign().to_string(),
            found: vec![a, b],
            expected: "two numbers".into(),
        };
        return Err(PlanError::new(kind, left.span));
    }
    let fits_u64 = |t: &Typed| {
        t.data_type == DataType::U64
            || matches!(t.kind, TypedKind::Literal(Scalar::I64(v)) if v >= 0)
            || t.data_type.is_unsigned()
    };
    let result = match (a, b) {
        (DataType::F64, _) | (_, DataType::F64) => DataType::F64,
        (DataType::F32, _) | (_, DataType::F32) => DataType::F32,
        (DataType::U64, _) | (_, DataType::U64) if fits_u64(&left) && fits_u64(&right) => DataType::U64,
        _ => DataType::I64,
    };
    Ok((cast(left, result), cast(right, result), result))
}

/// True when values of the first type can be cast to the second.
pub(crate) fn can_cast(from: DataType, to: DataType) -> bool {
    use DataType as T;
    match (from, to) {
        (a, b) if a == b => true,
        (a, b) if a.is_number() && b.is_number() => true,
        (T::Bool, b) => b.is_integer() || b == T::Text,
        (a, T::Bool) => a.is_integer() || a == T::Text,
        (T::Text, _) | (_, T::Text) => true,
        (T::Date, T::Timestamp(_)) | (T::Timestamp(_), T::Date | T::Timestamp(_)) => true,
        _ => false,
    }
}
