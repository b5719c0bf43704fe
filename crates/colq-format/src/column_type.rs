//! Types as the format names them. The format knows more types than this build can read; those are refused
//! by their name.

use crate::FormatError;
use colq_types::{DataType, Physical};
use std::fmt;

/// The type of a column on disk: its meaning together with its layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// A type with one layout; anything but [`DataType::Text`].
    Plain(DataType),
    /// Text as codes into a dictionary; the layout is `u8`, `u16` or `u32`.
    Dictionary(Physical),
}

impl ColumnType {
    /// The type under which a new column of `data_type` starts: text begins with codes of one byte.
    pub fn first_for(data_type: DataType) -> ColumnType {
        match data_type {
            DataType::Text => ColumnType::Dictionary(Physical::U8),
            other => ColumnType::Plain(other),
        }
    }

    /// What the column means.
    pub fn data_type(self) -> DataType {
        match self {
            ColumnType::Plain(data_type) => data_type,
            ColumnType::Dictionary(_) => DataType::Text,
        }
    }

    /// How one value (or code) lies in the file.
    pub fn physical(self) -> Physical {
        match self {
            // `Plain` never holds text, which alone has no layout.
            ColumnType::Plain(data_type) => data_type.physical().unwrap_or(Physical::U8),
            ColumnType::Dictionary(codes) => codes,
        }
    }

    /// Values that a dictionary may hold before the codes must become wider; `None` for other types.
    pub fn code_limit(self) -> Option<u64> {
        match self {
            ColumnType::Plain(_) => None,
            ColumnType::Dictionary(codes) => Some(1 << (8 * codes.byte_width())),
        }
    }

    /// Reads the name of `column`'s type.
    ///
    /// # Errors
    /// [`FormatError::UnsupportedType`] for a type that the format knows and this build does not,
    /// [`FormatError::Field`] for any other name.
    pub fn parse(column: &str, name: &str) -> Result<ColumnType, FormatError> {
        match name {
            "dictionary(u8)" => return Ok(ColumnType::Dictionary(Physical::U8)),
            "dictionary(u16)" => return Ok(ColumnType::Dictionary(Physical::U16)),
            "dictionary(u32)" => return Ok(ColumnType::Dictionary(Physical::U32)),
            // An alias that may be typed, but is never written.
            "timestamp" => {}
            other => {
                if let Some(data_type) = DataType::parse(other).filter(|t| *t != DataType::Text) {
                    return Ok(ColumnType::Plain(data_type));
                }
            }
        }
        let family = name.split('(').next().unwrap_or(name);
        if matches!(family, "f16" | "bf16" | "decimal" | "duration" | "text" | "vector") {
            return Err(FormatError::UnsupportedType { column: column.into(), type_name: name.into() });
        }
        Err(FormatError::field(format!("the type of column `{column}`"), "a type of format 1", name))
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Plain(data_type) => data_type.fmt(f),
            ColumnType::Dictionary(codes) => write!(f, "dictionary({})", codes.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_its_own_name() {
        for data_type in DataType::ALL {
            let column_type = ColumnType::first_for(data_type);
            assert_eq!(ColumnType::parse("x", &column_type.to_string()), Ok(column_type));
            assert_eq!(column_type.data_type(), data_type);
        }
        assert_eq!(ColumnType::Dictionary(Physical::U16).code_limit(), Some(65_536));
    }

    #[test]
    fn known_types_are_refused_by_name_and_unknown_ones_are_damage() {
        for known in ["f16", "bf16", "decimal(12,2)", "duration(us)", "text", "vector(f32,768)"] {
            assert!(ColumnType::parse("x", known).unwrap_err().is_unsupported(), "{known}");
        }
        for unknown in ["", "float", "timestamp", "dictionary(i8)"] {
            assert!(!ColumnType::parse("x", unknown).unwrap_err().is_unsupported(), "{unknown}");
        }
    }
}
