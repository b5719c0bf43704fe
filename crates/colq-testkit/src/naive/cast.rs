//! Values turned into other types. Every value that has no counterpart is an invalid cast, never another
//! value in its place.

use super::{Cell, decimal, half, order};
use crate::NaiveErrorKind;
use colq_types::{DataType, Scalar, TimeUnit, calendar, duration};

/// The value as another type; NULL stays NULL.
pub(super) fn cast(value: Scalar, to: DataType) -> Cell {
    let converted = match (value, to) {
        (Scalar::Null, _) => Some(Scalar::Null),
        (Scalar::Text(text), to) => read(&text, to),
        (value, DataType::Text) => Some(Scalar::Text(value.to_string())),
        (Scalar::Bool(v), DataType::Bool) => Some(Scalar::Bool(v)),
        (Scalar::Bool(v), to) if to.is_number() => from_integer(i128::from(v), to),
        (Scalar::I64(v), DataType::Duration(unit)) => Some(Scalar::Duration(v, unit)),
        (Scalar::U64(v), DataType::Duration(unit)) => {
            i64::try_from(v).ok().map(|v| Scalar::Duration(v, unit))
        }
        (Scalar::Duration(v, _), to) if to.is_integer() => integer(i128::from(v), to),
        (Scalar::Duration(v, from), DataType::Duration(to)) => {
            let scaled = i128::from(v) * i128::from(to.per_second()) / i128::from(from.per_second());
            i64::try_from(scaled).ok().map(|v| Scalar::Duration(v, to))
        }
        // What a difference of dates makes of them.
        (Scalar::Date(v), to) if to.is_integer() => integer(i128::from(v), to),
        (value, to @ (DataType::F16 | DataType::Bf16)) => {
            // A decimal goes by way of the nearest f64.
            let value = match value {
                Scalar::Decimal(..) => Scalar::F64(value.to_string().parse().unwrap_or(f64::NAN)),
                other => other,
            };
            Some(Scalar::F32(nearest_half(to, &value)))
        }
        (value @ Scalar::Decimal(..), to) => from_decimal(&value, to),
        (value, DataType::Decimal { precision, scale }) => {
            let text = match value {
                Scalar::F32(v) => format!("{v:e}"),
                Scalar::F64(v) => format!("{v:e}"),
                other => other.to_string(),
            };
            decimal::read(&text, precision, scale).map(|v| Scalar::Decimal(v, scale))
        }
        (Scalar::I64(v), to) => from_integer(i128::from(v), to),
        (Scalar::U64(v), to) => from_integer(i128::from(v), to),
        (Scalar::F32(v), DataType::F32) => Some(Scalar::F32(v)),
        (Scalar::F32(v), to) => from_float(f64::from(v), to),
        (Scalar::F64(v), to) => from_float(v, to),
        (Scalar::Date(days), DataType::Date) => Some(Scalar::Date(days)),
        (Scalar::Date(days), DataType::Timestamp(unit)) => timestamp(i128::from(days) * per_day(unit), unit),
        (Scalar::Timestamp(value, from), DataType::Date) => {
            i32::try_from(i128::from(value).div_euclid(per_day(from))).ok().map(Scalar::Date)
        }
        (Scalar::Timestamp(value, from), DataType::Timestamp(to)) => {
            let scaled = i128::from(value) * i128::from(to.per_second());
            timestamp(scaled / i128::from(from.per_second()), to)
        }
        _ => return Err(NaiveErrorKind::MalformedPlan),
    };
    converted.ok_or(NaiveErrorKind::InvalidCast)
}

fn per_day(unit: TimeUnit) -> i128 {
    86_400 * i128::from(unit.per_second())
}

fn timestamp(value: i128, unit: TimeUnit) -> Option<Scalar> {
    i64::try_from(value).ok().map(|v| Scalar::Timestamp(v, unit))
}

fn nearest_half(to: DataType, value: &Scalar) -> f32 {
    let is_negative = match value {
        Scalar::F32(v) => v.is_sign_negative(),
        Scalar::F64(v) => v.is_sign_negative(),
        _ => false,
    };
    half::nearest(to, is_negative, |float| order::against_float(value, float))
}

/// An integer in an integer type, if it fits.
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

fn from_integer(value: i128, to: DataType) -> Option<Scalar> {
    match to {
        DataType::Bool => Some(Scalar::Bool(value != 0)),
        DataType::F16 | DataType::Bf16 => Some(Scalar::F32(value as f32)),
        DataType::Decimal { precision, scale } => {
            decimal::read(&value.to_string(), precision, scale).map(|v| Scalar::Decimal(v, scale))
        }
        // Rounds to the nearest, once.
        DataType::F32 => Some(Scalar::F32(value as f32)),
        DataType::F64 => Some(Scalar::F64(value as f64)),
        to => integer(value, to),
    }
}

fn from_decimal(value: &Scalar, to: DataType) -> Option<Scalar> {
    let text = value.to_string();
    match to {
        DataType::Bool => Some(Scalar::Bool(text.bytes().any(|b| matches!(b, b'1'..=b'9')))),
        DataType::F32 => text.parse().ok().map(Scalar::F32),
        DataType::F64 => text.parse().ok().map(Scalar::F64),
        DataType::Decimal { precision, scale } => {
            decimal::read(&text, precision, scale).map(|v| Scalar::Decimal(v, scale))
        }
        to => integer(decimal::read(&text, 38, 0)?, to),
    }
}

fn from_float(value: f64, to: DataType) -> Option<Scalar> {
    match to {
        DataType::F32 => Some(Scalar::F32(value as f32)),
        DataType::F64 => Some(Scalar::F64(value)),
        DataType::Bool => Some(Scalar::Bool(value != 0.0)),
        // Far outside of every integer type, and NaN, for which no comparison holds.
        _ if !(value > -1e30 && value < 1e30) => None,
        to => integer(value.trunc() as i128, to),
    }
}

fn read(text: &str, to: DataType) -> Option<Scalar> {
    let trimmed = text.trim();
    match to {
        DataType::Text => Some(Scalar::Text(text.to_owned())),
        // PostgreSQL's words.
        DataType::Bool => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Some(Scalar::Bool(true)),
            "false" | "f" | "no" | "n" | "off" | "0" => Some(Scalar::Bool(false)),
            _ => None,
        },
        DataType::F32 => trimmed.parse().ok().map(Scalar::F32),
        DataType::F64 => trimmed.parse().ok().map(Scalar::F64),
        DataType::Date => {
            let day = calendar::parse_date(trimmed.as_bytes()).map(Scalar::Date);
            day.or_else(|| {
                let instant = calendar::parse_timestamp(trimmed.as_bytes(), TimeUnit::Nanosecond)?;
                cast(Scalar::Timestamp(instant, TimeUnit::Nanosecond), to).ok()
            })
        }
        DataType::Timestamp(unit) => {
            calendar::parse_timestamp(trimmed.as_bytes(), unit).map(|v| Scalar::Timestamp(v, unit))
        }
        DataType::Duration(unit) => {
            duration::parse(trimmed.as_bytes(), unit).map(|v| Scalar::Duration(v, unit))
        }
        DataType::Decimal { precision, scale } => {
            decimal::read(trimmed, precision, scale).map(|v| Scalar::Decimal(v, scale))
        }
        to @ (DataType::F16 | DataType::Bf16) => {
            let value = Scalar::F64(trimmed.parse().ok()?);
            Some(Scalar::F32(nearest_half(to, &value)))
        }
        to if to.is_signed() => integer(i128::from(trimmed.parse::<i64>().ok()?), to),
        to => integer(i128::from(trimmed.parse::<u64>().ok()?), to),
    }
}
