//! A column as what is drawn along an axis: a number in SQL.

use crate::failure::Failure;
use colq::{DataType, Table, TimeUnit};

/// A column, and how it becomes a number.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) data_type: DataType,
    /// The name in SQL.
    pub(crate) quoted: String,
    /// The number in SQL: times are seconds since 1970, durations in their unit; `None` of text and bools.
    pub(crate) number: Option<String>,
    /// What the number is along an axis.
    pub(crate) axis_type: DataType,
}

impl Measured {
    /// The type of the edges between bars.
    pub(crate) fn edge_type(&self) -> DataType {
        match self.axis_type {
            t if t.is_integer() => DataType::I64,
            t @ (DataType::Timestamp(_) | DataType::Duration(_)) => t,
            _ => DataType::F64,
        }
    }
}

/// The column of this name.
///
/// # Errors
/// There is none, or it holds vectors.
pub(crate) fn measured(table: &Table, name: &str) -> Result<Measured, Failure> {
    table.column(name)?;
    let fields = table.schema().fields();
    let exact = fields.iter().find(|field| field.name == name);
    // Names that differ in case alone must be typed exactly, as the line above has seen.
    let field = exact.or_else(|| fields.iter().find(|f| f.name.to_lowercase() == name.to_lowercase()));
    let Some(field) = field.filter(|field| !field.data_type.is_vector()) else {
        return Err(Failure::Usage {
            message: "A column of vectors has no order, so it cannot be drawn.".to_owned(),
            hint: "choose a column of numbers, times or text".to_owned(),
        });
    };
    let quoted = format!("\"{}\"", field.name.replace('"', "\"\""));
    let (number, axis_type) = match field.data_type {
        DataType::Text | DataType::Bool => (None, field.data_type),
        DataType::Date | DataType::Timestamp(_) => {
            (Some(format!("date_part('epoch', {quoted})")), DataType::Timestamp(TimeUnit::Second))
        }
        DataType::Duration(_) => (Some(format!("({quoted})::i64::f64")), field.data_type),
        data_type => (Some(format!("({quoted})::f64")), data_type),
    };
    Ok(Measured { name: field.name.clone(), data_type: field.data_type, quoted, number, axis_type })
}
