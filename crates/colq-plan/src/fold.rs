//! Arithmetic and conversions of literals, done once when the query is planned.
//!
//! What would be an error (an overflow, `1 / 0`) is left as it stands, because an error counts only for rows
//! that survive WHERE, and there may be none.

use crate::{ArithmeticOp, Typed, TypedKind};
use colq_types::{DataType, Scalar, TimeUnit, calendar};

/// The expression with its topmost step done, if that step is over literals and cannot fail.
pub(crate) fn fold(expr: Typed) -> Typed {
    let value = match &expr.kind {
        TypedKind::Negate(operand) => literal(operand).and_then(negate),
        TypedKind::Arithmetic { op, left, right } => {
            literal(left).zip(literal(right)).and_then(|(l, r)| compute(*op, l, r))
        }
        TypedKind::Cast(operand) => literal(operand).and_then(|value| convert(value, expr.data_type)),
        _ => None,
    };
    match value {
        Some(value) => Typed { kind: TypedKind::Literal(value), ..expr },
        None => expr,
    }
}

fn literal(expr: &Typed) -> Option<&Scalar> {
    match &expr.kind {
        TypedKind::Literal(value) => Some(value),
        _ => None,
    }
}

fn negate(value: &Scalar) -> Option<Scalar> {
    Some(match value {
        Scalar::Null => Scalar::Null,
        Scalar::I64(v) => Scalar::I64(v.checked_neg()?),
        Scalar::F32(v) => Scalar::F32(-v),
        Scalar::F64(v) => Scalar::F64(-v),
        _ => return None,
    })
}

fn compute(op: ArithmeticOp, left: &Scalar, right: &Scalar) -> Option<Scalar> {
    use ArithmeticOp as A;
    Some(match (left, right) {
        (Scalar::Null, _) | (_, Scalar::Null) => Scalar::Null,
        (Scalar::I64(a), Scalar::I64(b)) => Scalar::I64(match op {
            A::Add => a.checked_add(*b)?,
            A::Subtract => a.checked_sub(*b)?,
            A::Multiply => a.checked_mul(*b)?,
            A::Divide => a.checked_div(*b)?,
            A::Remainder if *b == -1 => 0,
            A::Remainder => a.checked_rem(*b)?,
        }),
        (Scalar::U64(a), Scalar::U64(b)) => Scalar::U64(match op {
            A::Add => a.checked_add(*b)?,
            A::Subtract => a.checked_sub(*b)?,
            A::Multiply => a.checked_mul(*b)?,
            A::Divide => a.checked_div(*b)?,
            A::Remainder => a.checked_rem(*b)?,
        }),
        (Scalar::F32(a), Scalar::F32(b)) => Scalar::F32(match op {
            A::Add => a + b,
            A::Subtract => a - b,
            A::Multiply => a * b,
            A::Divide => a / b,
            A::Remainder => a % b,
        }),
        (Scalar::F64(a), Scalar::F64(b)) => Scalar::F64(match op {
            A::Add => a + b,
            A::Subtract => a - b,
            A::Multiply => a * b,
            A::Divide => a / b,
            A::Remainder => a % b,
        }),
        _ => return None,
    })
}

/// The literal in another type, where that is exact or plain rounding to a float.
fn convert(value: &Scalar, to: DataType) -> Option<Scalar> {
    match (value, to) {
        (Scalar::Null, _) => Some(Scalar::Null),
        (Scalar::Text(text), to) => parse_literal(text, to),
        (value, DataType::F64) => value.as_f64().map(Scalar::F64),
        (value, DataType::F32) => value.as_f64().map(|v| Scalar::F32(v as f32)),
        (Scalar::I64(_) | Scalar::U64(_), DataType::I64) => {
            value.as_i128().and_then(|v| i64::try_from(v).ok()).map(Scalar::I64)
        }
        (Scalar::I64(_) | Scalar::U64(_), DataType::U64) => {
            value.as_i128().and_then(|v| u64::try_from(v).ok()).map(Scalar::U64)
        }
        (Scalar::Date(days), DataType::Timestamp(unit)) => {
            (i64::from(*days) * 86_400).checked_mul(unit.per_second()).map(|v| Scalar::Timestamp(v, unit))
        }
        (Scalar::Timestamp(v, from), DataType::Timestamp(unit)) if unit >= *from => {
            v.checked_mul(unit.per_second() / from.per_second()).map(|v| Scalar::Timestamp(v, unit))
        }
        _ => None,
    }
}

/// Reads text as a value of a type; `None` when it is none. A float text for an integer column reads as a
/// float, so that `distance > '10.5'` compares by value.
pub(crate) fn parse_literal(text: &str, to: DataType) -> Option<Scalar> {
    let trimmed = text.trim();
    match to {
        DataType::Text => Some(Scalar::Text(text.to_string())),
        DataType::Bool => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "on" | "1" => Some(Scalar::Bool(true)),
            "false" | "f" | "no" | "off" | "0" => Some(Scalar::Bool(false)),
            _ => None,
        },
        DataType::Date => calendar::parse_date(trimmed.as_bytes()).map(Scalar::Date).or_else(|| {
            calendar::parse_timestamp(trimmed.as_bytes(), TimeUnit::Nanosecond)
                .map(|v| Scalar::Timestamp(v, TimeUnit::Nanosecond))
        }),
        DataType::Timestamp(unit) => {
            let at = |unit| {
                calendar::parse_timestamp(trimmed.as_bytes(), unit).map(|v| Scalar::Timestamp(v, unit))
            };
            at(unit).or_else(|| at(TimeUnit::Nanosecond))
        }
        to if to.is_number() => {
            let integer = trimmed
                .parse::<i64>()
                .ok()
                .map(Scalar::I64)
                .or_else(|| trimmed.parse::<u64>().ok().map(Scalar::U64));
            match integer {
                Some(value) if to.is_float() => value.as_f64().map(Scalar::F64),
                Some(value) => Some(value),
                None => trimmed.parse::<f64>().ok().map(Scalar::F64),
            }
        }
        _ => None,
    }
}
