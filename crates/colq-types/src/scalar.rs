//! One value, of any type, or NULL.

use crate::{DataType, TimeUnit, bf16, calendar, decimal, duration, f16};
use std::fmt;

/// One value. Integers are widened to 64 bits and half floats to single precision; the type of the column they
/// came from is not kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// Any signed integer.
    I64(i64),
    /// Any unsigned integer.
    U64(u64),
    /// A single-precision float.
    F32(f32),
    /// A double-precision float.
    F64(f64),
    /// A decimal: the value times 10 to the power of the digits after the point, and those digits.
    Decimal(i128, u8),
    /// Days since 1970-01-01.
    Date(i32),
    /// Units since 1970-01-01T00:00:00 UTC.
    Timestamp(i64, TimeUnit),
    /// A length of time in units.
    Duration(i64, TimeUnit),
    /// Text.
    Text(String),
    /// The numbers of a vector.
    Vector(Vec<Scalar>),
}

impl Scalar {
    /// The widest type this value has by itself, or `None` for NULL.
    pub fn data_type(&self) -> Option<DataType> {
        Some(match self {
            Scalar::Null => return None,
            Scalar::Bool(_) => DataType::Bool,
            Scalar::I64(_) => DataType::I64,
            Scalar::U64(_) => DataType::U64,
            Scalar::F32(_) => DataType::F32,
            Scalar::F64(_) => DataType::F64,
            Scalar::Decimal(_, scale) => {
                DataType::Decimal { precision: DataType::MAX_PRECISION, scale: *scale }
            }
            Scalar::Date(_) => DataType::Date,
            Scalar::Timestamp(_, unit) => DataType::Timestamp(*unit),
            Scalar::Duration(_, unit) => DataType::Duration(*unit),
            Scalar::Text(_) => DataType::Text,
            Scalar::Vector(numbers) => {
                let element = numbers.first()?.data_type()?.physical()?;
                return DataType::vector(element, u32::try_from(numbers.len()).ok()?);
            }
        })
    }

    /// True for NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Scalar::Null)
    }

    /// The value as an `f64` where it is a number (64-bit integers and decimals round to nearest).
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Scalar::I64(v) => Some(v as f64),
            Scalar::U64(v) => Some(v as f64),
            Scalar::F32(v) => Some(f64::from(v)),
            Scalar::F64(v) => Some(v),
            Scalar::Decimal(v, scale) => Some(decimal::to_f64(v, scale)),
            _ => None,
        }
    }

    /// The value as an `i128` where it is an integer, a date, a timestamp or a duration (in its own unit).
    pub fn as_i128(&self) -> Option<i128> {
        match *self {
            Scalar::I64(v) | Scalar::Timestamp(v, _) | Scalar::Duration(v, _) => Some(i128::from(v)),
            Scalar::U64(v) => Some(i128::from(v)),
            Scalar::Date(v) => Some(i128::from(v)),
            _ => None,
        }
    }
}

/// Text as the program prints it: floats in their shortest exact form, decimals with all digits of their scale,
/// dates, timestamps and durations in ISO 8601, vectors in brackets, NULL as `NULL`.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Null => f.write_str("NULL"),
            Scalar::Bool(v) => write!(f, "{v}"),
            Scalar::I64(v) => write!(f, "{v}"),
            Scalar::U64(v) => write!(f, "{v}"),
            Scalar::F32(v) => write_float(f, f64::from(*v), || format!("{v:?}")),
            Scalar::F64(v) => write_float(f, *v, || format!("{v:?}")),
            Scalar::Date(days) => f.write_str(&calendar::format_date(*days)),
            Scalar::Decimal(value, scale) => f.write_str(&decimal::format(*value, *scale)),
            Scalar::Timestamp(value, unit) => f.write_str(&calendar::format_timestamp(*value, *unit)),
            Scalar::Duration(value, unit) => f.write_str(&duration::format(*value, *unit)),
            Scalar::Text(text) => f.write_str(text),
            Scalar::Vector(numbers) => {
                f.write_str("[")?;
                for (index, number) in numbers.iter().enumerate() {
                    write!(f, "{}{number}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
        }
    }
}

fn write_float(f: &mut fmt::Formatter<'_>, value: f64, shortest: impl Fn() -> String) -> fmt::Result {
    if value.is_nan() {
        f.write_str("NaN")
    } else if value.is_infinite() {
        f.write_str(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        f.write_str(&shortest())
    }
}

impl From<bool> for Scalar {
    fn from(v: bool) -> Scalar {
        Scalar::Bool(v)
    }
}
/// Integers below 64 bits become `i64`, half floats `f32`.
macro_rules! widened {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Scalar {
            fn from(v: $type) -> Scalar {
                Scalar::$variant(v.into())
            }
        }
    )*};
}
widened!(i8 => I64, i16 => I64, i32 => I64, u8 => I64, u16 => I64, u32 => I64, f16 => F32, bf16 => F32);
impl From<i64> for Scalar {
    fn from(v: i64) -> Scalar {
        Scalar::I64(v)
    }
}
impl From<u64> for Scalar {
    fn from(v: u64) -> Scalar {
        Scalar::U64(v)
    }
}
impl From<f32> for Scalar {
    fn from(v: f32) -> Scalar {
        Scalar::F32(v)
    }
}
impl From<f64> for Scalar {
    fn from(v: f64) -> Scalar {
        Scalar::F64(v)
    }
}
impl From<&str> for Scalar {
    fn from(v: &str) -> Scalar {
        Scalar::Text(v.to_owned())
    }
}
impl From<String> for Scalar {
    fn from(v: String) -> Scalar {
        Scalar::Text(v)
    }
}
impl<T: Into<Scalar>> From<Option<T>> for Scalar {
    fn from(v: Option<T>) -> Scalar {
        v.map_or(Scalar::Null, Into::into)
    }
}
