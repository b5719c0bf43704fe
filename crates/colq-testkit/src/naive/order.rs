//! How two values compare, and when two are one group. It knows no operators.

use super::decimal;
use colq_types::{Scalar, TimeUnit};
use std::cmp::Ordering;

/// The order of two values that are not NULL: numbers by what they are worth, whatever their types, with NaN
/// equal to itself and above all others and -0.0 equal to 0.0; days and instants by time; text by bytes.
/// `None` for NULL and for values that do not compare.
pub(crate) fn compare(a: &Scalar, b: &Scalar) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (instant(a), instant(b)) {
        return Some(a.cmp(&b));
    }
    match (a, b) {
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(b)),
        (Scalar::Text(a), Scalar::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Scalar::Duration(a, x), Scalar::Duration(b, y)) => {
            let nanoseconds =
                |v: i64, unit: TimeUnit| i128::from(v) * i128::from(1_000_000_000 / unit.per_second());
            Some(nanoseconds(*a, *x).cmp(&nanoseconds(*b, *y)))
        }
        _ => Some(compare_numbers(Number::of(a)?, Number::of(b)?)),
    }
}

/// Nanoseconds since 1970, which hold every day and every instant of any unit.
fn instant(value: &Scalar) -> Option<i128> {
    let nanoseconds = |unit: TimeUnit| i128::from(1_000_000_000 / unit.per_second());
    match value {
        Scalar::Date(days) => Some(i128::from(*days) * 86_400_000_000_000),
        Scalar::Timestamp(value, unit) => Some(i128::from(*value) * nanoseconds(*unit)),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Float(f64),
    Decimal(i128, u8),
}

impl Number {
    fn of(value: &Scalar) -> Option<Number> {
        match value {
            Scalar::I64(v) => Some(Number::Whole(i128::from(*v))),
            Scalar::U64(v) => Some(Number::Whole(i128::from(*v))),
            Scalar::F32(v) => Some(Number::Float(f64::from(*v))),
            Scalar::F64(v) => Some(Number::Float(*v)),
            Scalar::Decimal(v, scale) => Some(Number::Decimal(*v, *scale)),
            _ => None,
        }
    }
}

fn compare_numbers(a: Number, b: Number) -> Ordering {
    match (a, b) {
        (Number::Whole(a), Number::Whole(b)) => a.cmp(&b),
        (Number::Float(a), Number::Float(b)) => compare_floats(a, b),
        (Number::Whole(a), Number::Float(b)) => compare_mixed(a, b),
        (Number::Float(a), Number::Whole(b)) => compare_mixed(b, a).reverse(),
        (Number::Decimal(a, x), Number::Decimal(b, y)) => decimal::order((a, x), (b, y)),
        (Number::Decimal(a, x), Number::Whole(b)) => decimal::order((a, x), (b, 0)),
        (Number::Whole(a), Number::Decimal(b, y)) => decimal::order((a, 0), (b, y)),
        (Number::Decimal(a, x), Number::Float(b)) => decimal_to_float(a, x, b),
        (Number::Float(a), Number::Decimal(b, y)) => decimal_to_float(b, y, a).reverse(),
    }
}

/// A decimal with a float, without rounding either.
fn decimal_to_float(value: i128, scale: u8, float: f64) -> Ordering {
    if float.is_nan() || float >= 1e38 {
        return Ordering::Less;
    }
    if float <= -1e38 {
        return Ordering::Greater;
    }
    if float < 0.0 {
        // Below zero a tiny fraction would be lost to the whole number under it.
        return decimal_to_float(-value, scale, -float).reverse();
    }
    let unit = 10i128.pow(u32::from(scale));
    let floor = float.floor();
    value.div_euclid(unit).cmp(&(floor as i128)).then_with(|| {
        // All digits of what follows the point, which a float has at most 1,074 of.
        let ours = format!("{:0>width$}", value.rem_euclid(unit), width = usize::from(scale));
        let theirs = format!("{:.1090}", float - floor);
        ours.trim_end_matches('0').cmp(theirs.trim_start_matches("0.").trim_end_matches('0'))
    })
}

/// How a number compares with a float; `None` for NaN and for what is no number.
pub(super) fn against_float(value: &Scalar, float: f64) -> Option<Ordering> {
    match Number::of(value)? {
        Number::Float(v) if v.is_nan() => None,
        number => Some(compare_numbers(number, Number::Float(float))),
    }
}

fn compare_floats(a: f64, b: f64) -> Ordering {
    // Only a NaN makes the order unknown.
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// An integer of at most 64 bits with a float, without rounding either.
fn compare_mixed(whole: i128, float: f64) -> Ordering {
    if float.is_nan() || float > 1e20 {
        return Ordering::Less;
    }
    if float < -1e20 {
        return Ordering::Greater;
    }
    let below = float.floor();
    // Between the bounds above every float that is whole fits an i128.
    whole.cmp(&(below as i128)).then(if float > below { Ordering::Less } else { Ordering::Equal })
}

/// A value as a part of a group's key: equal for values that are one group. NULL is one group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum KeyPart {
    Null,
    Bool(bool),
    Whole(i128),
    /// Bits, with one zero and one NaN.
    Float(u64),
    Text(String),
}

impl KeyPart {
    pub(super) fn of(value: &Scalar) -> KeyPart {
        match value {
            Scalar::Null => KeyPart::Null,
            Scalar::Bool(v) => KeyPart::Bool(*v),
            Scalar::I64(v) | Scalar::Timestamp(v, _) | Scalar::Duration(v, _) => {
                KeyPart::Whole(i128::from(*v))
            }
            Scalar::U64(v) => KeyPart::Whole(i128::from(*v)),
            Scalar::Date(v) => KeyPart::Whole(i128::from(*v)),
            Scalar::F32(v) => KeyPart::float(f64::from(*v)),
            Scalar::F64(v) => KeyPart::float(*v),
            Scalar::Decimal(v, _) => KeyPart::Whole(*v),
            Scalar::Text(v) => KeyPart::Text(v.clone()),
            Scalar::Vector(_) => KeyPart::Text(value.to_string()),
        }
    }

    fn float(value: f64) -> KeyPart {
        let one_of_equals = match value {
            v if v.is_nan() => f64::NAN,
            0.0 => 0.0,
            v => v,
        };
        KeyPart::Float(one_of_equals.to_bits())
    }
}

/// What stands for all values that are equal to this one: NaN as the one canonical NaN, -0.0 as 0.0.
pub(super) fn shown_key(value: Scalar) -> Scalar {
    match value {
        Scalar::F32(v) if v.is_nan() => Scalar::F32(f32::NAN),
        Scalar::F64(v) if v.is_nan() => Scalar::F64(f64::NAN),
        Scalar::F32(0.0) => Scalar::F32(0.0),
        Scalar::F64(0.0) => Scalar::F64(0.0),
        other => other,
    }
}
