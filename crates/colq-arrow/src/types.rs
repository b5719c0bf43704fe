//! Which Arrow types and column types stand for each other.

use arrow_schema::{DataType as ArrowType, TimeUnit as ArrowUnit};
use colq_types::{DataType, TimeUnit};

/// The column type that holds an Arrow type; `None` for nested types, decimals, binary, times of day,
/// durations and intervals.
///
/// Half floats become f32; Date64 a date; a timestamp keeps its unit, and its zone is dropped: with a zone
/// Arrow counts in UTC already, without one the value is taken as UTC. Text of every layout, dictionaries of
/// text and the null type are text.
pub fn column_type(arrow: &ArrowType) -> Option<DataType> {
    Some(match arrow {
        ArrowType::Boolean => DataType::Bool,
        ArrowType::Int8 => DataType::I8,
        ArrowType::Int16 => DataType::I16,
        ArrowType::Int32 => DataType::I32,
        ArrowType::Int64 => DataType::I64,
        ArrowType::UInt8 => DataType::U8,
        ArrowType::UInt16 => DataType::U16,
        ArrowType::UInt32 => DataType::U32,
        ArrowType::UInt64 => DataType::U64,
        ArrowType::Float16 => DataType::F16,
        ArrowType::Float32 => DataType::F32,
        ArrowType::Float64 => DataType::F64,
        ArrowType::Date32 | ArrowType::Date64 => DataType::Date,
        ArrowType::Timestamp(unit, _) => DataType::Timestamp(match unit {
            ArrowUnit::Second => TimeUnit::Second,
            ArrowUnit::Millisecond => TimeUnit::Millisecond,
            ArrowUnit::Microsecond => TimeUnit::Microsecond,
            ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
        }),
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View | ArrowType::Null => DataType::Text,
        ArrowType::Dictionary(_, value) => match column_type(value)? {
            DataType::Text => DataType::Text,
            _ => return None,
        },
        _ => return None,
    })
}

/// The Arrow type that [`crate::to_arrow`] gives: text is a dictionary of `u32` keys and Utf8, a timestamp is in UTC.
pub fn arrow_type(data_type: DataType) -> ArrowType {
    match data_type {
        DataType::Bool => ArrowType::Boolean,
        DataType::I8 => ArrowType::Int8,
        DataType::I16 => ArrowType::Int16,
        DataType::I32 => ArrowType::Int32,
        DataType::I64 => ArrowType::Int64,
        DataType::U8 => ArrowType::UInt8,
        DataType::U16 => ArrowType::UInt16,
        DataType::U32 => ArrowType::UInt32,
        DataType::U64 => ArrowType::UInt64,
        DataType::F16 => ArrowType::Float16,
        DataType::Bf16 | DataType::F32 => ArrowType::Float32,
        DataType::F64 => ArrowType::Float64,
        DataType::Date => ArrowType::Date32,
        DataType::Timestamp(unit) => ArrowType::Timestamp(
            match unit {
                TimeUnit::Second => ArrowUnit::Second,
                TimeUnit::Millisecond => ArrowUnit::Millisecond,
                TimeUnit::Microsecond => ArrowUnit::Microsecond,
                TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
            },
            Some("UTC".into()),
        ),
        DataType::Decimal { precision, scale } => ArrowType::Decimal128(precision, scale as i8),
        DataType::Duration(unit) => ArrowType::Duration(match unit {
            TimeUnit::Second => ArrowUnit::Second,
            TimeUnit::Millisecond => ArrowUnit::Millisecond,
            TimeUnit::Microsecond => ArrowUnit::Microsecond,
            TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
        }),
        DataType::Vector { .. } => ArrowType::Null,
        DataType::Text => ArrowType::Dictionary(Box::new(ArrowType::UInt32), Box::new(ArrowType::Utf8)),
    }
}
