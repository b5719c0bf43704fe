//! Which Arrow types and column types stand for each other.

use arrow_schema::{DataType as ArrowType, Field as ArrowField, TimeUnit as ArrowUnit};
use colq_column::Column;
use colq_types::{DataType, Physical, TimeUnit};
use std::sync::Arc;

/// The column type that holds an Arrow type; `None` for binary, times of day, intervals, Decimal256, decimals of a
/// negative scale, and nested types but fixed-size lists of numbers.
///
/// Date64 becomes a date; a timestamp keeps its unit, and its zone is dropped: with a zone Arrow counts in UTC
/// already, without one the value is taken as UTC. Text of every layout, dictionaries of text and the null type are
/// text. Decimals keep precision and scale.
pub fn column_type(arrow: &ArrowType) -> Option<DataType> {
    Some(match arrow {
        ArrowType::Boolean => DataType::Bool,
        ArrowType::Date32 | ArrowType::Date64 => DataType::Date,
        ArrowType::Timestamp(unit, _) => DataType::Timestamp(time_unit(*unit)),
        ArrowType::Duration(unit) => DataType::Duration(time_unit(*unit)),
        ArrowType::Decimal32(precision, scale)
        | ArrowType::Decimal64(precision, scale)
        | ArrowType::Decimal128(precision, scale) => {
            DataType::decimal(*precision, u8::try_from(*scale).ok()?)?
        }
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View | ArrowType::Null => DataType::Text,
        ArrowType::Dictionary(_, value) => column_type(value).filter(|value| *value == DataType::Text)?,
        ArrowType::FixedSizeList(item, len) => {
            DataType::vector(element(item.data_type())?, u32::try_from(*len).ok()?)?
        }
        number => DataType::parse(element(number)?.name())?,
    })
}

/// The layout of a number type of Arrow.
pub(crate) fn element(arrow: &ArrowType) -> Option<Physical> {
    Some(match arrow {
        ArrowType::Int8 => Physical::I8,
        ArrowType::Int16 => Physical::I16,
        ArrowType::Int32 => Physical::I32,
        ArrowType::Int64 => Physical::I64,
        ArrowType::UInt8 => Physical::U8,
        ArrowType::UInt16 => Physical::U16,
        ArrowType::UInt32 => Physical::U32,
        ArrowType::UInt64 => Physical::U64,
        ArrowType::Float16 => Physical::F16,
        ArrowType::Float32 => Physical::F32,
        ArrowType::Float64 => Physical::F64,
        _ => return None,
    })
}

fn time_unit(unit: ArrowUnit) -> TimeUnit {
    match unit {
        ArrowUnit::Second => TimeUnit::Second,
        ArrowUnit::Millisecond => TimeUnit::Millisecond,
        ArrowUnit::Microsecond => TimeUnit::Microsecond,
        ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
    }
}

fn arrow_unit(unit: TimeUnit) -> ArrowUnit {
    match unit {
        TimeUnit::Second => ArrowUnit::Second,
        TimeUnit::Millisecond => ArrowUnit::Millisecond,
        TimeUnit::Microsecond => ArrowUnit::Microsecond,
        TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
    }
}

/// The Arrow type of a column type where nothing is known of the column itself: text is LargeUtf8, a timestamp is in
/// UTC, bf16, which Arrow lacks, is Float32, a decimal is Decimal128, which every reader of Arrow knows.
pub fn arrow_type(data_type: DataType) -> ArrowType {
    match data_type {
        DataType::Date => ArrowType::Date32,
        DataType::Timestamp(unit) => ArrowType::Timestamp(arrow_unit(unit), Some("UTC".into())),
        DataType::Duration(unit) => ArrowType::Duration(arrow_unit(unit)),
        // The scale is at most the precision, which is at most 38.
        DataType::Decimal { precision, scale } => {
            ArrowType::Decimal128(precision, i8::try_from(scale).unwrap_or(i8::MAX))
        }
        DataType::Text => ArrowType::LargeUtf8,
        DataType::Vector { element, len } => {
            // Arrow's own name of the item, and its habit of calling it nullable.
            let item = ArrowField::new_list_field(number_type(element), true);
            ArrowType::FixedSizeList(Arc::new(item), i32::try_from(len).unwrap_or(i32::MAX))
        }
        plain => number_type(plain.physical().unwrap_or(Physical::U32)),
    }
}

/// The Arrow type of a layout; bf16 is Float32.
pub(crate) fn number_type(physical: Physical) -> ArrowType {
    match physical {
        Physical::Bool => ArrowType::Boolean,
        Physical::I8 => ArrowType::Int8,
        Physical::I16 => ArrowType::Int16,
        Physical::I32 => ArrowType::Int32,
        Physical::I64 => ArrowType::Int64,
        Physical::U8 => ArrowType::UInt8,
        Physical::U16 => ArrowType::UInt16,
        Physical::U32 => ArrowType::UInt32,
        Physical::U64 => ArrowType::UInt64,
        Physical::F16 => ArrowType::Float16,
        Physical::Bf16 | Physical::F32 => ArrowType::Float32,
        Physical::F64 => ArrowType::Float64,
        Physical::I128 => ArrowType::Decimal128(DataType::MAX_PRECISION, 0),
    }
}

/// The Arrow type that [`crate::to_arrow`] gives this very column: that of [`arrow_type`], but for text with a
/// dictionary of distinct values, which is Dictionary with keys as wide as the codes and values of LargeUtf8. LargeUtf8
/// and not Utf8, because its offsets are the dictionary's own, so that neither they nor the text are copied, however
/// much text there is; pyarrow, Polars, pandas and DuckDB take both.
pub fn natural_type(column: &Column) -> ArrowType {
    let is_distinct = column.dictionary.as_ref().is_none_or(|dictionary| dictionary.is_distinct());
    if column.data_type != DataType::Text || !is_distinct {
        return arrow_type(column.data_type);
    }
    ArrowType::Dictionary(Box::new(number_type(column.values.physical())), Box::new(ArrowType::LargeUtf8))
}
