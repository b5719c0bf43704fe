//! Arithmetic and conversions of literals, done once when the query is planned.
//!
//! What would be an error (an overflow, `1 / 0`) is left as it stands, because an error counts only for rows
//! that survive WHERE, and there may be none.

use crate::{Arithmetic, Typed, TypedKind};
use colq_types::{DataType, Scalar, TimeUnit, calendar, decimal, duration};

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
        Scalar::Decimal(v, scale) => Scalar::Decimal(v.checked_neg()?, *scale),
        Scalar::Duration(v, unit) => Scalar::Duration(v.checked_neg()?, *unit),
        Scalar::F32(v) => Scalar::F32(-v),
        Scalar::F64(v) => Scalar::F64(-v),
        _ => return None,
    })
}

fn compute(op: Arithmetic, left: &Scalar, right: &Scalar) -> Option<Scalar> {
    use Arithmetic as A;
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
        (Scalar::Text(text), to) => read_text(text, to),
        // A float as it was written, which is how the kernels read one.
        (value, DataType::Decimal { precision, scale }) => match decimal_literal(value)? {
            Scalar::Decimal(digits, from) => {
                let digits = decimal::rescale(digits, from, scale)?;
                decimal::fits(digits, precision).then_some(Scalar::Decimal(digits, scale))
            }
            _ => None,
        },
        (Scalar::Duration(value, from), DataType::Duration(to)) => {
            let units = i128::from(*value) * i128::from(to.per_second());
            let per_second = i128::from(from.per_second());
            let units = (units % per_second == 0).then(|| units / per_second)?;
            Some(Scalar::Duration(i64::try_from(units).ok()?, to))
        }
        (value, DataType::F64) => value.as_f64().map(Scalar::F64),
        // Straight from the integer: by way of f64 it would be rounded twice.
        (Scalar::I64(v), DataType::F32) => Some(Scalar::F32(*v as f32)),
        (Scalar::U64(v), DataType::F32) => Some(Scalar::F32(*v as f32)),
        (value, DataType::F32) => value.as_f64().map(|v| Scalar::F32(v as f32)),
        (Scalar::I64(_) | Scalar::U64(_), to) if to.is_integer() => integer(value.as_i128()?, to),
        (Scalar::Date(_) | Scalar::Timestamp(..), DataType::Date | DataType::Timestamp(_)) => {
            exact_instant(value, to)
        }
        _ => None,
    }
}

/// An integer as a value of an integer type, if it fits.
fn integer(value: i128, to: DataType) -> Option<Scalar> {
    let (low, high) = match to {
        DataType::I8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
        DataType::I16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
        DataType::I32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        DataType::I64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        DataType::U8 => (0, i128::from(u8::MAX)),
        DataType::U16 => (0, i128::from(u16::MAX)),
        DataType::U32 => (0, i128::from(u32::MAX)),
        DataType::U64 => (0, i128::from(u64::MAX)),
        _ => return None,
    };
    if value < low || value > high {
        return None;
    }
    if to.is_signed() {
        i64::try_from(value).ok().map(Scalar::I64)
    } else {
        u64::try_from(value).ok().map(Scalar::U64)
    }
}

/// A day or an instant in another of these types, if it is the very same instant there.
pub(crate) fn exact_instant(value: &Scalar, to: DataType) -> Option<Scalar> {
    let (units, per_second) = match *value {
        Scalar::Date(days) => (i128::from(days) * SECONDS_A_DAY, 1),
        Scalar::Timestamp(units, unit) => (i128::from(units), i128::from(unit.per_second())),
        _ => return None,
    };
    let scaled = |to_per_second: i128, to_seconds: i128| {
        let (numerator, denominator) = (units * to_per_second, per_second * to_seconds);
        (numerator % denominator == 0).then(|| numerator / denominator)
    };
    match to {
        DataType::Date => i32::try_from(scaled(1, SECONDS_A_DAY)?).ok().map(Scalar::Date),
        DataType::Timestamp(unit) => {
            let value = i64::try_from(scaled(i128::from(unit.per_second()), 1)?).ok()?;
            Some(Scalar::Timestamp(value, unit))
        }
        _ => None,
    }
}

/// Seconds in a day; a calendar day of UTC has no other length.
const SECONDS_A_DAY: i128 = 86_400;

/// The units of time from coarse to fine.
const UNITS: [TimeUnit; 4] =
    [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];

/// The text as a value of exactly this type, as CAST reads it; `None` when it is none.
fn read_text(text: &str, to: DataType) -> Option<Scalar> {
    let trimmed = text.trim_ascii();
    match to {
        DataType::Text => Some(Scalar::Text(text.to_string())),
        DataType::Bool => read_bool(trimmed).map(Scalar::Bool),
        DataType::F32 => trimmed.parse().ok().map(Scalar::F32),
        DataType::F64 => trimmed.parse().ok().map(Scalar::F64),
        DataType::Date => match parse_literal(trimmed, to)? {
            // The day on which an instant falls.
            Scalar::Timestamp(value, unit) => {
                let days = value.div_euclid(unit.per_second()).div_euclid(86_400);
                i32::try_from(days).ok().map(Scalar::Date)
            }
            date => Some(date),
        },
        DataType::Timestamp(unit) => {
            calendar::parse_timestamp(trimmed.as_bytes(), unit).map(|v| Scalar::Timestamp(v, unit))
        }
        DataType::Duration(unit) => {
            duration::parse(trimmed.as_bytes(), unit).map(|v| Scalar::Duration(v, unit))
        }
        DataType::Decimal { precision, scale } => {
            let digits = decimal::parse(trimmed.as_bytes(), scale)?;
            decimal::fits(digits, precision).then_some(Scalar::Decimal(digits, scale))
        }
        to => integer(trimmed.parse().ok()?, to),
    }
}

fn read_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Reads text as a value that can be compared with values of a type; `None` when it is none. What the type
/// cannot hold reads as a finer type, so that `distance > '10.5'` compares by value: a float for an integer
/// column, an instant for a date, more digits of a second than the column has.
pub(crate) fn parse_literal(text: &str, to: DataType) -> Option<Scalar> {
    let trimmed = text.trim_ascii();
    // The coarsest unit that holds the text, so that converting a column to it overflows last.
    let instant = |from: TimeUnit| {
        UNITS.into_iter().filter(|unit| *unit >= from).find_map(|unit| {
            calendar::parse_timestamp(trimmed.as_bytes(), unit).map(|v| Scalar::Timestamp(v, unit))
        })
    };
    match to {
        DataType::Text => Some(Scalar::Text(text.to_string())),
        DataType::Bool => read_bool(trimmed).map(Scalar::Bool),
        DataType::Date => {
            calendar::parse_date(trimmed.as_bytes()).map(Scalar::Date).or_else(|| instant(TimeUnit::Second))
        }
        DataType::Timestamp(unit) => instant(unit),
        DataType::Duration(from) => UNITS
            .into_iter()
            .filter(|unit| *unit >= from)
            .find_map(|unit| duration::parse(trimmed.as_bytes(), unit).map(|v| Scalar::Duration(v, unit))),
        DataType::Decimal { .. } => match decimal::parse_exact(trimmed.as_bytes()) {
            Some((digits, scale)) if scale <= DataType::MAX_PRECISION => Some(Scalar::Decimal(digits, scale)),
            _ => trimmed.parse().ok().map(Scalar::F64),
        },
        DataType::F32 => trimmed.parse().ok().map(Scalar::F32),
        DataType::F64 => trimmed.parse().ok().map(Scalar::F64),
        _ => {
            let signed = trimmed.parse().ok().map(Scalar::I64);
            let unsigned = || trimmed.parse().ok().map(Scalar::U64);
            signed.or_else(unsigned).or_else(|| trimmed.parse().ok().map(Scalar::F64))
        }
    }
}
/// The decimal that a number stands for beside a decimal: an integer by its digits, a float literal as it was written
/// (which its shortest text says). `None` where it has more than 38 digits or is no number.
pub(crate) fn decimal_literal(value: &Scalar) -> Option<Scalar> {
    let written = |text: String| {
        decimal::parse_exact(text.as_bytes()).filter(|(_, scale)| *scale <= DataType::MAX_PRECISION)
    };
    let (digits, scale) = match value {
        Scalar::I64(value) => (i128::from(*value), 0),
        Scalar::U64(value) => (i128::from(*value), 0),
        Scalar::F32(value) => written(value.to_string())?,
        Scalar::F64(value) => written(value.to_string())?,
        Scalar::Decimal(digits, scale) => (*digits, *scale),
        _ => return None,
    };
    Some(Scalar::Decimal(digits, scale))
}
