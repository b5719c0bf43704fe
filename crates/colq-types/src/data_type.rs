//! What a column means ([`DataType`]) and how one of its values lies in memory ([`Physical`]).
//!
//! The two are kept apart because several meanings share one layout: a date is an `i32`, a timestamp an
//! `i64`, and the kernels only care for the layout.

use std::fmt;

/// The unit of a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeUnit {
    /// Whole seconds.
    Second,
    /// Thousandths of a second.
    Millisecond,
    /// Millionths of a second; what imports without a declared type use.
    Microsecond,
    /// Thousand-millionths of a second.
    Nanosecond,
}

impl TimeUnit {
    /// How many of this unit make a second.
    pub const fn per_second(self) -> i64 {
        match self {
            TimeUnit::Second => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Microsecond => 1_000_000,
            TimeUnit::Nanosecond => 1_000_000_000,
        }
    }

    /// The short name: `s`, `ms`, `us` or `ns`.
    pub const fn name(self) -> &'static str {
        match self {
            TimeUnit::Second => "s",
            TimeUnit::Millisecond => "ms",
            TimeUnit::Microsecond => "us",
            TimeUnit::Nanosecond => "ns",
        }
    }
}

/// The logical type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataType {
    /// True or false, one byte a value, 0 or 1.
    Bool,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    /// A calendar day: days since 1970-01-01 as `i32`, proleptic Gregorian calendar.
    Date,
    /// An instant in UTC: units since 1970-01-01T00:00:00 as `i64`.
    Timestamp(TimeUnit),
    /// Text in UTF-8, stored as codes into a dictionary of distinct values. Compared by bytes.
    Text,
}

/// How one value lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Physical {
    /// One byte, 0 or 1.
    Bool,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
}

impl Physical {
    /// Bytes a value.
    pub const fn byte_width(self) -> usize {
        match self {
            Physical::Bool | Physical::I8 | Physical::U8 => 1,
            Physical::I16 | Physical::U16 => 2,
            Physical::I32 | Physical::U32 | Physical::F32 => 4,
            Physical::I64 | Physical::U64 | Physical::F64 => 8,
        }
    }

    /// The name of the layout, as in `f32`.
    pub const fn name(self) -> &'static str {
        match self {
            Physical::Bool => "bool",
            Physical::I8 => "i8",
            Physical::I16 => "i16",
            Physical::I32 => "i32",
            Physical::I64 => "i64",
            Physical::U8 => "u8",
            Physical::U16 => "u16",
            Physical::U32 => "u32",
            Physical::U64 => "u64",
            Physical::F32 => "f32",
            Physical::F64 => "f64",
        }
    }
}

impl DataType {
    /// The layout of one value, or `None` for text, whose layout (the width of its codes) belongs to the
    /// column and not to its type.
    pub const fn physical(self) -> Option<Physical> {
        Some(match self {
            DataType::Bool => Physical::Bool,
            DataType::I8 => Physical::I8,
            DataType::I16 => Physical::I16,
            DataType::I32 | DataType::Date => Physical::I32,
            DataType::I64 | DataType::Timestamp(_) => Physical::I64,
            DataType::U8 => Physical::U8,
            DataType::U16 => Physical::U16,
            DataType::U32 => Physical::U32,
            DataType::U64 => Physical::U64,
            DataType::F32 => Physical::F32,
            DataType::F64 => Physical::F64,
            DataType::Text => return None,
        })
    }

    /// True for the integer types, signed and unsigned.
    pub const fn is_integer(self) -> bool {
        self.is_signed() || self.is_unsigned()
    }

    /// True for `i8` to `i64`.
    pub const fn is_signed(self) -> bool {
        matches!(self, DataType::I8 | DataType::I16 | DataType::I32 | DataType::I64)
    }

    /// True for `u8` to `u64`.
    pub const fn is_unsigned(self) -> bool {
        matches!(self, DataType::U8 | DataType::U16 | DataType::U32 | DataType::U64)
    }

    /// True for `f32` and `f64`.
    pub const fn is_float(self) -> bool {
        matches!(self, DataType::F32 | DataType::F64)
    }

    /// True for integers and floats.
    pub const fn is_number(self) -> bool {
        self.is_integer() || self.is_float()
    }

    /// Every type, for tests and listings.
    pub const ALL: [DataType; 17] = [
        DataType::Bool,
        DataType::I8,
        DataType::I16,
        DataType::I32,
        DataType::I64,
        DataType::U8,
        DataType::U16,
        DataType::U32,
        DataType::U64,
        DataType::F32,
        DataType::F64,
        DataType::Date,
        DataType::Timestamp(TimeUnit::Second),
        DataType::Timestamp(TimeUnit::Millisecond),
        DataType::Timestamp(TimeUnit::Microsecond),
        DataType::Timestamp(TimeUnit::Nanosecond),
        DataType::Text,
    ];

    /// Reads a type from its name as [`fmt::Display`] writes it; `timestamp` alone is microseconds.
    ///
    /// ```
    /// use colq_types::{DataType, TimeUnit};
    /// assert_eq!(DataType::parse("f32"), Some(DataType::F32));
    /// assert_eq!(DataType::parse("timestamp(ms)"), Some(DataType::Timestamp(TimeUnit::Millisecond)));
    /// assert_eq!(DataType::parse("float"), None);
    /// ```
    pub fn parse(name: &str) -> Option<DataType> {
        if name == "timestamp" {
            return Some(DataType::Timestamp(TimeUnit::Microsecond));
        }
        DataType::ALL.into_iter().find(|t| t.to_string() == name)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::Date => f.write_str("date"),
            DataType::Timestamp(unit) => write!(f, "timestamp({})", unit.name()),
            DataType::Text => f.write_str("text"),
            other => f.write_str(other.physical().map_or("text", Physical::name)),
        }
    }
}
