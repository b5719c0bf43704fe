//! What a column means ([`DataType`]) and how one of its values lies in memory ([`Physical`]).
//!
//! The two are kept apart because several meanings share one layout: a date is an `i32`, a timestamp an
//! `i64`, and the kernels only care for the layout.

use std::fmt;

/// The unit of a timestamp or a duration.
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
    /// All units, the coarsest first.
    pub const ALL: [TimeUnit; 4] =
        [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];

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
    /// IEEE 754 half precision.
    F16,
    /// The upper half of a single-precision float.
    Bf16,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    /// A number with `scale` digits after the point and `precision` digits in all, at most
    /// [`DataType::MAX_PRECISION`]: the value times 10^scale, as `i64` up to a precision of
    /// [`DataType::MAX_STORED_PRECISION`], which is what a table holds, and as `i128` above it, which is what
    /// queries compute.
    Decimal {
        /// Digits in all, at least 1.
        precision: u8,
        /// Digits after the point, at most `precision`.
        scale: u8,
    },
    /// A calendar day: days since 1970-01-01 as `i32`, proleptic Gregorian calendar.
    Date,
    /// An instant in UTC: units since 1970-01-01T00:00:00 as `i64`.
    Timestamp(TimeUnit),
    /// A length of time: units as `i64`.
    Duration(TimeUnit),
    /// Text in UTF-8, as codes into a dictionary. Compared by bytes.
    Text,
    /// So many numbers of one layout in each row, never NULL one by one.
    Vector {
        /// The layout of one number, any but bool and `i128`.
        element: Physical,
        /// Numbers in a row, at least 1.
        len: u32,
    },
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
    /// `half::f16`
    F16,
    /// `half::bf16`
    Bf16,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `i128`, which lies in memory only: no table holds it.
    I128,
}

impl Physical {
    /// Bytes a value.
    pub const fn byte_width(self) -> usize {
        match self {
            Physical::Bool | Physical::I8 | Physical::U8 => 1,
            Physical::I16 | Physical::U16 | Physical::F16 | Physical::Bf16 => 2,
            Physical::I32 | Physical::U32 | Physical::F32 => 4,
            Physical::I64 | Physical::U64 | Physical::F64 => 8,
            Physical::I128 => 16,
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
            Physical::F16 => "f16",
            Physical::Bf16 => "bf16",
            Physical::F32 => "f32",
            Physical::F64 => "f64",
            Physical::I128 => "i128",
        }
    }

    /// True for the four float layouts.
    pub const fn is_float(self) -> bool {
        matches!(self, Physical::F16 | Physical::Bf16 | Physical::F32 | Physical::F64)
    }

    /// The layouts that a vector may have.
    pub const NUMBERS: [Physical; 12] = [
        Physical::I8,
        Physical::I16,
        Physical::I32,
        Physical::I64,
        Physical::U8,
        Physical::U16,
        Physical::U32,
        Physical::U64,
        Physical::F16,
        Physical::Bf16,
        Physical::F32,
        Physical::F64,
    ];
}

impl DataType {
    /// Digits that a decimal has at most.
    pub const MAX_PRECISION: u8 = 38;

    /// Digits that a decimal in a table has at most: as many as always fit into an `i64`.
    pub const MAX_STORED_PRECISION: u8 = 18;

    /// The layout of one value, or `None` where a row is not one value of one layout: for text, whose layout
    /// (the width of its codes) belongs to the column and not to its type, and for vectors.
    pub const fn physical(self) -> Option<Physical> {
        Some(match self {
            DataType::Bool => Physical::Bool,
            DataType::I8 => Physical::I8,
            DataType::I16 => Physical::I16,
            DataType::I32 | DataType::Date => Physical::I32,
            DataType::I64 | DataType::Timestamp(_) | DataType::Duration(_) => Physical::I64,
            DataType::Decimal { precision, .. } if precision <= DataType::MAX_STORED_PRECISION => {
                Physical::I64
            }
            DataType::Decimal { .. } => Physical::I128,
            DataType::U8 => Physical::U8,
            DataType::U16 => Physical::U16,
            DataType::U32 => Physical::U32,
            DataType::U64 => Physical::U64,
            DataType::F16 => Physical::F16,
            DataType::Bf16 => Physical::Bf16,
            DataType::F32 => Physical::F32,
            DataType::F64 => Physical::F64,
            DataType::Text | DataType::Vector { .. } => return None,
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

    /// True for `f16`, `bf16`, `f32` and `f64`.
    pub const fn is_float(self) -> bool {
        matches!(self, DataType::F16 | DataType::Bf16 | DataType::F32 | DataType::F64)
    }

    /// True for decimals of any precision and scale.
    pub const fn is_decimal(self) -> bool {
        matches!(self, DataType::Decimal { .. })
    }

    /// True for vectors of any layout and length.
    pub const fn is_vector(self) -> bool {
        matches!(self, DataType::Vector { .. })
    }

    /// True for integers, floats and decimals.
    pub const fn is_number(self) -> bool {
        self.is_integer() || self.is_float() || self.is_decimal()
    }

    /// Numbers in a row: the length of a vector, and 1 for everything else.
    pub const fn row_len(self) -> usize {
        match self {
            DataType::Vector { len, .. } => len as usize,
            _ => 1,
        }
    }

    /// Every type, of those with parameters an example each, for tests and listings.
    pub const ALL: [DataType; 25] = [
        DataType::Bool,
        DataType::I8,
        DataType::I16,
        DataType::I32,
        DataType::I64,
        DataType::U8,
        DataType::U16,
        DataType::U32,
        DataType::U64,
        DataType::F16,
        DataType::Bf16,
        DataType::F32,
        DataType::F64,
        DataType::Decimal { precision: 12, scale: 2 },
        DataType::Date,
        DataType::Timestamp(TimeUnit::Second),
        DataType::Timestamp(TimeUnit::Millisecond),
        DataType::Timestamp(TimeUnit::Microsecond),
        DataType::Timestamp(TimeUnit::Nanosecond),
        DataType::Duration(TimeUnit::Second),
        DataType::Duration(TimeUnit::Millisecond),
        DataType::Duration(TimeUnit::Microsecond),
        DataType::Duration(TimeUnit::Nanosecond),
        DataType::Text,
        DataType::Vector { element: Physical::F32, len: 3 },
    ];

    /// Reads a type from its name as [`fmt::Display`] writes it; `timestamp` and `duration` alone are
    /// microseconds, `decimal(p)` has no digits after the point.
    ///
    /// ```
    /// use colq_types::{DataType, Physical, TimeUnit};
    /// assert_eq!(DataType::parse("f32"), Some(DataType::F32));
    /// assert_eq!(DataType::parse("timestamp(ms)"), Some(DataType::Timestamp(TimeUnit::Millisecond)));
    /// assert_eq!(DataType::parse("decimal(12, 2)"), Some(DataType::Decimal { precision: 12, scale: 2 }));
    /// assert_eq!(DataType::parse("vector(f32,768)"), Some(DataType::Vector { element: Physical::F32, len: 768 }));
    /// assert_eq!(DataType::parse("decimal(99,2)"), None);
    /// assert_eq!(DataType::parse("float"), None);
    /// ```
    pub fn parse(name: &str) -> Option<DataType> {
        if let Some((family, arguments)) = name.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
            let arguments: Vec<&str> = arguments.split(',').map(str::trim).collect();
            return DataType::with_arguments(family.trim_end(), &arguments);
        }
        match name {
            "timestamp" => Some(DataType::Timestamp(TimeUnit::Microsecond)),
            "duration" => Some(DataType::Duration(TimeUnit::Microsecond)),
            "date" => Some(DataType::Date),
            "text" => Some(DataType::Text),
            _ => DataType::ALL.into_iter().find(|t| {
                let is_plain = t.is_integer() || t.is_float() || *t == DataType::Bool;
                is_plain && t.physical().is_some_and(|physical| physical.name() == name)
            }),
        }
    }

    fn with_arguments(family: &str, arguments: &[&str]) -> Option<DataType> {
        let unit = |name: &str| TimeUnit::ALL.into_iter().find(|unit| unit.name() == name);
        match (family, arguments) {
            ("timestamp", [name]) => unit(name).map(DataType::Timestamp),
            ("duration", [name]) => unit(name).map(DataType::Duration),
            ("decimal", [precision]) => DataType::decimal(precision.parse().ok()?, 0),
            ("decimal", [precision, scale]) => {
                DataType::decimal(precision.parse().ok()?, scale.parse().ok()?)
            }
            ("vector", [element, len]) => {
                let element = Physical::NUMBERS.into_iter().find(|p| p.name() == *element)?;
                DataType::vector(element, len.parse().ok()?)
            }
            _ => None,
        }
    }

    /// The decimal type of these digits; `None` unless 1 <= precision <= 38 and scale <= precision.
    pub fn decimal(precision: u8, scale: u8) -> Option<DataType> {
        let fits = (1..=DataType::MAX_PRECISION).contains(&precision) && scale <= precision;
        fits.then_some(DataType::Decimal { precision, scale })
    }

    /// The vector type of so many numbers; `None` for no numbers, and for a layout that is no number's.
    pub fn vector(element: Physical, len: u32) -> Option<DataType> {
        let fits = Physical::NUMBERS.contains(&element) && (1..=DataType::MAX_VECTOR_LEN).contains(&len);
        fits.then_some(DataType::Vector { element, len })
    }

    /// Numbers in a row of a vector at most: a zone of them still has a length that fits in memory.
    pub const MAX_VECTOR_LEN: u32 = 1 << 20;
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::Date => f.write_str("date"),
            DataType::Timestamp(unit) => write!(f, "timestamp({})", unit.name()),
            DataType::Duration(unit) => write!(f, "duration({})", unit.name()),
            DataType::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            DataType::Text => f.write_str("text"),
            DataType::Vector { element, len } => write!(f, "vector({},{len})", element.name()),
            other => f.write_str(other.physical().map_or("text", Physical::name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_back_from_its_name() {
        for data_type in DataType::ALL {
            assert_eq!(DataType::parse(&data_type.to_string()), Some(data_type));
        }
        for element in Physical::NUMBERS {
            let data_type = DataType::vector(element, 768);
            assert_eq!(DataType::parse(&format!("vector({},768)", element.name())), data_type);
        }
    }

    #[test]
    fn parameters_outside_their_range_make_no_type() {
        for name in [
            "decimal(0,0)",
            "decimal(39,0)",
            "decimal(5,6)",
            "decimal(-1,0)",
            "decimal()",
            "decimal(5,2,1)",
            "vector(f32,0)",
            "vector(bool,3)",
            "vector(i128,3)",
            "vector(f32)",
            "vector(f32,1048577)",
            "timestamp(h)",
            "duration(",
            "i128",
            "decimal",
            "vector",
            "f32(3)",
            "",
        ] {
            assert_eq!(DataType::parse(name), None, "{name}");
        }
    }
}
