//! Types as the format names them. A type that a query may compute and no table may hold is refused by its
//! name.

use crate::{FormatError, HEADER_LEN, NpyLayout};
use colq_types::{DataType, Physical};
use std::fmt;

/// The type of a column on disk: its meaning together with its layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// A type with one layout; anything but [`DataType::Text`].
    Plain(DataType),
    /// Text as codes into a dictionary; the layout is `u8`, `u16` or `u32`.
    Dictionary(Physical),
    /// Text row after row: a file of offsets and a file of bytes.
    FreeText,
}

impl ColumnType {
    /// The type under which a new column of `data_type` starts: text begins with codes of one byte.
    pub fn first_for(data_type: DataType) -> ColumnType {
        match data_type {
            DataType::Text => ColumnType::Dictionary(Physical::U8),
            other => ColumnType::Plain(other),
        }
    }

    /// True for the types that a table may hold: all but decimals of more than
    /// [`DataType::MAX_STORED_PRECISION`] digits (and types whose parameters contradict each other).
    pub fn is_stored(data_type: DataType) -> bool {
        let is_long = matches!(data_type, DataType::Decimal { precision, .. }
            if precision > DataType::MAX_STORED_PRECISION);
        let has_arguments = data_type.is_decimal() || data_type.is_vector();
        !has_arguments || !is_long && DataType::parse(&data_type.to_string()) == Some(data_type)
    }

    /// What the column means.
    pub fn data_type(self) -> DataType {
        match self {
            ColumnType::Plain(data_type) => data_type,
            ColumnType::Dictionary(_) | ColumnType::FreeText => DataType::Text,
        }
    }

    /// How one number (value, code, offset, or one of a vector's) lies in the values file.
    pub fn physical(self) -> Physical {
        match self {
            ColumnType::Plain(DataType::Vector { element, .. }) => element,
            // `Plain` never holds text, which alone has no layout.
            ColumnType::Plain(data_type) => data_type.physical().unwrap_or(Physical::U8),
            ColumnType::Dictionary(codes) => codes,
            ColumnType::FreeText => Physical::I64,
        }
    }

    /// How the values file is laid out.
    pub fn layout(self) -> NpyLayout {
        let physical = self.physical();
        match self {
            ColumnType::Plain(DataType::Vector { len, .. }) => NpyLayout::vectors(physical, len),
            _ => physical.into(),
        }
    }

    /// Bytes that a row takes in the values file.
    pub fn row_width(self) -> usize {
        self.data_type().row_len() * self.physical().byte_width()
    }

    /// The row count in the header of the values file: free text has an offset more than rows.
    pub fn header_rows(self, row_count: u64) -> u64 {
        row_count + u64::from(self == ColumnType::FreeText)
    }

    /// Bytes of the values file of so many rows, the header included; `None` where no file can be so long.
    pub fn values_len(self, row_count: u64) -> Option<u64> {
        let values = self.header_rows(row_count).checked_mul(self.row_width() as u64)?;
        values.checked_add(HEADER_LEN as u64).filter(|len| *len <= i64::MAX as u64)
    }

    /// Values that a dictionary may hold before the codes must become wider; `None` for other types.
    pub fn code_limit(self) -> Option<u64> {
        match self {
            ColumnType::Plain(_) | ColumnType::FreeText => None,
            ColumnType::Dictionary(codes) => Some(1 << (8 * codes.byte_width())),
        }
    }

    /// Reads the name of `column`'s type, in the one spelling that is written.
    ///
    /// # Errors
    /// [`FormatError::UnsupportedType`] for a type that exists and that no table of format 1 holds,
    /// [`FormatError::Field`] for any other name.
    pub fn parse(column: &str, name: &str) -> Result<ColumnType, FormatError> {
        match name {
            "dictionary(u8)" => return Ok(ColumnType::Dictionary(Physical::U8)),
            "dictionary(u16)" => return Ok(ColumnType::Dictionary(Physical::U16)),
            "dictionary(u32)" => return Ok(ColumnType::Dictionary(Physical::U32)),
            "text" => return Ok(ColumnType::FreeText),
            _ => {}
        }
        // Of names without arguments only those of times are short for another.
        let is_exact = |data_type: &DataType| {
            let is_short = matches!(data_type, DataType::Timestamp(_) | DataType::Duration(_));
            (!name.contains('(') && !is_short) || data_type.to_string() == name
        };
        match DataType::parse(name).filter(is_exact) {
            Some(data_type) if ColumnType::is_stored(data_type) => Ok(ColumnType::Plain(data_type)),
            Some(_) => Err(FormatError::UnsupportedType { column: column.into(), type_name: name.into() }),
            None => {
                Err(FormatError::field(format!("the type of column `{column}`"), "a type of format 1", name))
            }
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Plain(data_type) => data_type.fmt(f),
            ColumnType::Dictionary(codes) => write!(f, "dictionary({})", codes.name()),
            ColumnType::FreeText => f.write_str("text"),
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
    fn a_type_has_one_spelling_and_one_length() {
        assert_eq!(ColumnType::parse("x", "text"), Ok(ColumnType::FreeText));
        for other in [
            "",
            "float",
            "timestamp",
            "duration",
            "dictionary(i8)",
            "decimal(12, 2)",
            "decimal(5)",
            "vector(f32, 3)",
            "vector(f32,0)",
            "decimal(5,6)",
            "Text",
        ] {
            assert!(!ColumnType::parse("x", other).unwrap_err().is_unsupported(), "{other}");
        }
        for known in ["decimal(19,2)", "decimal(38,0)"] {
            assert!(ColumnType::parse("x", known).unwrap_err().is_unsupported(), "{known}");
        }
        assert!(!ColumnType::is_stored(DataType::Decimal { precision: 3, scale: 4 }));
        assert!(!ColumnType::is_stored(DataType::Vector { element: Physical::Bool, len: 4 }));
        let vector = ColumnType::parse("x", "vector(bf16,768)").unwrap();
        assert_eq!((vector.row_width(), vector.values_len(10)), (1536, Some(4096 + 15_360)));
        assert_eq!(ColumnType::FreeText.values_len(0), Some(4096 + 8));
        let longest = ColumnType::parse("x", "vector(f64,1048576)").unwrap();
        assert_eq!(longest.values_len(crate::MAX_ROWS), None);
    }
}
