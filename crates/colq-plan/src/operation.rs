//! The types of arithmetic: which operands go together, what they become, and what comes out.

use crate::coerce::{
    adapt_literal, as_decimal_literal, cast, decimal_of, decimal_of_integer, is_literal, is_null_literal,
    vector_operation,
};
use crate::fold::parse_literal;
use crate::{Arithmetic, PlanError, PlanErrorKind, Typed, TypedKind};
use colq_types::{DataType, Scalar, TimeUnit};

/// Operands and the type of what comes of them.
type Operands = (Typed, Typed, DataType);

/// Makes two operands of arithmetic go together ([`TypedKind::Arithmetic`] says how), and gives the type of the result.
pub(crate) fn arithmetic(op: Arithmetic, left: Typed, right: Typed) -> Result<Operands, PlanError> {
    if left.data_type.is_vector() || right.data_type.is_vector() {
        return Err(vector_operation(op.sign(), left.span));
    }
    if is_time(left.data_type) || is_time(right.data_type) {
        return with_time(op, left, right);
    }
    let other_number = |t: DataType| match t {
        DataType::F16 | DataType::Bf16 => DataType::F32,
        t if t.is_number() => t,
        _ => DataType::F64,
    };
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
        return Err(refusal(op, &left, &right, "two numbers"));
    }
    if a.is_decimal() || b.is_decimal() {
        return with_decimal(op, left, right);
    }
    let fits_u64 = |t: &Typed| {
        t.data_type == DataType::U64
            || matches!(t.kind, TypedKind::Literal(Scalar::I64(v)) if v >= 0)
            || t.data_type.is_unsigned()
    };
    let result = match (a, b) {
        (DataType::F64, _) | (_, DataType::F64) => DataType::F64,
        (a, b) if a.is_float() || b.is_float() => DataType::F32,
        (DataType::U64, _) | (_, DataType::U64) if fits_u64(&left) && fits_u64(&right) => DataType::U64,
        _ => DataType::I64,
    };
    Ok((cast(left, result), cast(right, result), result))
}

fn refusal(op: Arithmetic, left: &Typed, right: &Typed, expected: &str) -> PlanError {
    let kind = PlanErrorKind::TypeMismatch {
        operation: op.sign().to_string(),
        found: vec![left.data_type, right.data_type],
        expected: expected.into(),
    };
    PlanError::new(kind, left.span)
}

/// Two numbers of which one at least is a decimal: PostgreSQL's rules, with 38 digits at most, and DataFusion's four
/// more digits for a quotient.
fn with_decimal(op: Arithmetic, left: Typed, right: Typed) -> Result<Operands, PlanError> {
    let side = |expr: Typed| match expr.data_type {
        _ if is_literal(&expr) => as_decimal_literal(expr),
        integer if integer.is_integer() => cast(expr, decimal_of_integer(integer)),
        _ => expr,
    };
    let (left, right) = (side(left), side(right));
    let (DataType::Decimal { scale: l, .. }, DataType::Decimal { scale: r, .. }) =
        (left.data_type, right.data_type)
    else {
        let float = DataType::F64;
        return Ok((cast(left, float), cast(right, float), float));
    };
    let scale = match op {
        Arithmetic::Multiply if l + r > DataType::MAX_PRECISION => {
            return Err(PlanError::new(PlanErrorKind::ScaleTooLarge { scale: l + r }, None));
        }
        Arithmetic::Multiply => l + r,
        Arithmetic::Divide => (l + QUOTIENT_DIGITS).min(DataType::MAX_PRECISION),
        _ => l.max(r),
    };
    Ok((left, right, decimal_of(scale)))
}

/// Digits that a quotient has after the point beyond those of its left side.
const QUOTIENT_DIGITS: u8 = 4;

fn is_time(data_type: DataType) -> bool {
    matches!(data_type, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_))
}

/// Dates, timestamps and durations.
fn with_time(op: Arithmetic, left: Typed, right: Typed) -> Result<Operands, PlanError> {
    use Arithmetic::{Add, Multiply, Subtract};
    use DataType as T;
    let (left_type, right_type) = (left.data_type, right.data_type);
    let right = beside_time(op, right, left_type, true)?;
    let left = beside_time(op, left, right_type, false)?;
    let instants = |left: Typed, right: Typed, unit: TimeUnit| {
        (cast(left, T::Timestamp(unit)), cast(right, T::Timestamp(unit)), T::Duration(unit))
    };
    Ok(match (op, left.data_type, right.data_type) {
        (Add | Subtract, T::Duration(a), T::Duration(b)) => {
            let both = T::Duration(a.max(b));
            (cast(left, both), cast(right, both), both)
        }
        (Subtract, T::Timestamp(a), T::Timestamp(b)) => instants(left, right, a.max(b)),
        (Subtract, T::Timestamp(unit), T::Date) | (Subtract, T::Date, T::Timestamp(unit)) => {
            instants(left, right, unit)
        }
        (Subtract, T::Date, T::Date) => (cast(left, T::I64), cast(right, T::I64), T::I64),
        (Add | Subtract, instant @ (T::Timestamp(_) | T::Date), T::Duration(b)) => {
            let unit = finer(instant, b);
            (cast(left, T::Timestamp(unit)), cast(right, T::Duration(unit)), T::Timestamp(unit))
        }
        (Add, T::Duration(a), instant @ (T::Timestamp(_) | T::Date)) => {
            let unit = finer(instant, a);
            (cast(left, T::Duration(unit)), cast(right, T::Timestamp(unit)), T::Timestamp(unit))
        }
        (Multiply, duration @ T::Duration(_), number) if number.is_integer() => {
            (left, cast(right, T::I64), duration)
        }
        (Multiply, number, duration @ T::Duration(_)) if number.is_integer() => {
            (cast(left, T::I64), right, duration)
        }
        _ => {
            let expected = match op {
                Add => "two numbers, two durations, or a time and a duration",
                Subtract => "two numbers, two times, two durations, or a time and a duration",
                Multiply => "two numbers, or a duration and an integer",
                _ => "two numbers",
            };
            return Err(refusal(op, &left, &right, expected));
        }
    })
}

/// The unit of a timestamp that holds an instant moved by a duration of this unit.
fn finer(instant: DataType, unit: TimeUnit) -> TimeUnit {
    match instant {
        DataType::Timestamp(own) => own.max(unit),
        _ => unit,
    }
}

/// A text literal or a NULL beside a time, as what can stand there; anything else as it is.
fn beside_time(op: Arithmetic, literal: Typed, other: DataType, is_right: bool) -> Result<Typed, PlanError> {
    let is_open = is_null_literal(&literal) || is_literal(&literal) && literal.data_type == DataType::Text;
    if !is_open {
        return Ok(literal);
    }
    let duration = match other {
        DataType::Duration(unit) | DataType::Timestamp(unit) => DataType::Duration(unit),
        _ => DataType::Duration(TimeUnit::Second),
    };
    let to = match (op, other) {
        (Arithmetic::Multiply, DataType::Duration(_)) => DataType::I64,
        (_, DataType::Duration(_)) | (Arithmetic::Add, _) => duration,
        // Less an instant, or where there is none, less a duration.
        (Arithmetic::Subtract, DataType::Date | DataType::Timestamp(_)) => match &literal.kind {
            TypedKind::Literal(Scalar::Text(text)) if is_right && parse_literal(text, other).is_none() => {
                duration
            }
            _ => other,
        },
        _ => return Ok(literal),
    };
    adapt_literal(literal, to)
}
