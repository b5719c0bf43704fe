//! What a writer may be told about the files it makes.

use crate::{Error, Result};
use colq_format::ColumnType;
use colq_types::{DataType, Field, Schema};

/// How the texts of a column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextLayout {
    /// As codes into a dictionary. From 65,536 different texts on, each time that their number has doubled, the texts
    /// since the last time are looked at: where more than eight tenths of them were new the column becomes free text,
    /// for good.
    #[default]
    Auto,
    /// As codes into a dictionary, however many texts there are (at most 2^32 - 1 different ones).
    Dictionary,
    /// One after the other.
    Free,
}

/// What a writer may be told about the files it makes; the default is right for most tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteOptions {
    /// The layout of text columns.
    pub text: TextLayout,
    /// The layout of the text columns of these names, instead of `text`.
    pub columns: Vec<(String, TextLayout)>,
}

impl WriteOptions {
    /// The layout of a text column.
    pub fn text_layout(&self, column: &str) -> TextLayout {
        self.columns.iter().find(|(name, _)| name == column).map_or(self.text, |(_, layout)| *layout)
    }

    /// How a new column begins.
    pub(super) fn column_type(&self, field: &Field) -> ColumnType {
        match (field.data_type, self.text_layout(&field.name)) {
            (DataType::Text, TextLayout::Free) => ColumnType::FreeText,
            (other, _) => ColumnType::first_for(other),
        }
    }

    /// Every column that is named must be there and text.
    pub(super) fn check(&self, schema: &Schema) -> Result<()> {
        let fields = schema.fields();
        for (name, _) in &self.columns {
            let is_text = |data_type: DataType| data_type == DataType::Text;
            if !fields.iter().any(|field| field.name == *name && is_text(field.data_type)) {
                let what = format!(
                    "the options name a layout of text for `{name}`, and there is no such text column"
                );
                return Err(Error::InvalidSchema { what });
            }
        }
        Ok(())
    }
}
