//! Which types go together, and the conversions that bring them together.

use crate::fold::{decimal_literal, exact_instant, fold, parse_literal};
use crate::{PlanError, PlanErrorKind, Span, Typed, TypedKind};
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

/// The decimal type in which queries compute, with so many digits after the point, at most 38.
pub(crate) fn decimal_of(scale: u8) -> DataType {
    let precision = DataType::MAX_PRECISION;
    DataType::Decimal { precision, scale: scale.min(precision) }
}

/// Vectors have no operations.
pub(crate) fn vector_operation(operation: &str, span: Option<Span>) -> PlanError {
    PlanError::new(PlanErrorKind::VectorOperation { operation: operation.to_string() }, span)
}

/// A literal number as the decimal it stands for; anything else as it is.
pub(crate) fn as_decimal_literal(expr: Typed) -> Typed {
    match &expr.kind {
        TypedKind::Literal(value) if expr.data_type.is_number() => match decimal_literal(value) {
            Some(value) => {
                let data_type = value.data_type().unwrap_or(expr.data_type);
                Typed { kind: TypedKind::Literal(value), data_type, ..expr }
            }
            None => expr,
        },
        _ => expr,
    }
}

/// The decimal type that holds every value of an integer type.
pub(crate) fn decimal_of_integer(data_type: DataType) -> DataType {
    let precision = match data_type {
        DataType::I8 | DataType::U8 => 3,
        DataType::I16 | DataType::U16 => 5,
        DataType::I32 | DataType::U32 => 10,
        DataType::I64 => 19,
        _ => 20,
    };
    DataType::Decimal { precision, scale: 0 }
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

/// Makes two operands comparable: afterwards they have one type, or the kernels compare them by value: numbers of which
/// one is a literal, two decimals, two durations.
pub(crate) fn comparable(left: Typed, right: Typed, operation: &str) -> Result<(Typed, Typed), PlanError> {
    let (left_type, right_type) = (left.data_type, right.data_type);
    if left_type.is_vector() || right_type.is_vector() {
        let span = if left_type.is_vector() { left.span.or(right.span) } else { right.span.or(left.span) };
        return Err(vector_operation(operation, span));
    }
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
            if a.is_decimal() || b.is_decimal() {
                return Ok(comparable_decimals(left, right));
            }
            if is_literal(&left) || is_literal(&right) {
                return Ok((left, right));
            }
            common_number(a, b)
        }
        (DataType::Duration(_), DataType::Duration(_)) => return Ok((left, right)),
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

/// Two numbers of which one at least is a decimal.
fn comparable_decimals(left: Typed, right: Typed) -> (Typed, Typed) {
    match (is_literal(&left), is_literal(&right)) {
        (true, true) => (as_decimal_literal(left), as_decimal_literal(right)),
        (true, false) => {
            let left = literal_beside(left, right.data_type);
            (left, right)
        }
        (false, true) => {
            let right = literal_beside(right, left.data_type);
            (left, right)
        }
        // A column of floats makes floats of what it meets, as in arithmetic.
        (false, false) if left.data_type.is_float() || right.data_type.is_float() => {
            (cast(left, DataType::F64), cast(right, DataType::F64))
        }
        (false, false) => {
            let decimal = |expr: Typed| match expr.data_type {
                integer if integer.is_integer() => cast(expr, decimal_of_integer(integer)),
                _ => expr,
            };
            (decimal(left), decimal(right))
        }
    }
}

/// A literal number in the shape in which it is compared with a column of this type.
fn literal_beside(literal: Typed, column: DataType) -> Typed {
    if column.is_decimal() {
        as_decimal_literal(literal)
    } else if column.is_float() {
        cast(literal, DataType::F64)
    } else {
        literal
    }
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

/// True when values of the first type can be cast to the second.
pub(crate) fn can_cast(from: DataType, to: DataType) -> bool {
    use DataType as T;
    match (from, to) {
        (a, b) if a == b => true,
        (a, b) if a.is_number() && b.is_number() => true,
        (_, T::Vector { .. }) => false,
        (T::Text, _) | (_, T::Text) => true,
        (T::Vector { .. }, _) => false,
        (T::Bool, b) => b.is_number(),
        (a, T::Bool) => a.is_number(),
        (T::Duration(_), b) => b.is_integer() || matches!(b, T::Duration(_)),
        (a, T::Duration(_)) => a.is_integer(),
        (T::Date, T::Timestamp(_)) | (T::Timestamp(_), T::Date | T::Timestamp(_)) => true,
        _ => false,
    }
}
