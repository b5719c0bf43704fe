//! Which columns of Arrow's types are read, as which types, and how: what Parquet and Arrow files have in common.

use crate::Error;
use arrow_array::{Array, ArrayRef};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType as ArrowType, Field as ArrowField};
use colq_arrow::{arrow_type, column_type, from_arrow};
use colq_column::{Buffer, Column, Values, VectorBuffer};
use colq_types::{DataType, Physical, bf16, decimal};
use std::path::Path;

/// A column that is read.
#[derive(Debug)]
pub(crate) struct ArrowColumn {
    pub(crate) name: String,
    pub(crate) data_type: DataType,
    /// Which of the file's columns.
    pub(crate) root: usize,
    /// The Arrow type to turn the library's arrays into first.
    cast_to: Option<ArrowType>,
}

impl ArrowColumn {
    /// The column type of a field, or why there is none.
    pub(crate) fn settle(
        path: &Path,
        field: &ArrowField,
        root: usize,
        declared: Option<DataType>,
    ) -> Result<ArrowColumn, Error> {
        let refuse = |advice| Error::UnsupportedType {
            path: path.to_owned(),
            column: field.name().clone(),
            found: field.data_type().to_string(),
            advice,
        };
        let natural = column_type(field.data_type());
        let made =
            |data_type, cast_to| Ok(ArrowColumn { name: field.name().clone(), data_type, root, cast_to });
        let is_wide =
            |data_type: Option<DataType>| data_type.is_some_and(|t| t.physical() == Some(Physical::I128));
        match (declared, natural) {
            (Some(declared), _) if Some(declared) != natural => {
                if !may_be(field.data_type(), natural, declared) || is_wide(Some(declared)) {
                    return Err(refuse(
                        "It cannot be read as the declared type. Declare none, and cast it in a query.",
                    ));
                }
                // Decimals are changed here, where no digit is dropped in silence.
                let is_rescaled = declared.is_decimal() && natural.is_some_and(DataType::is_decimal);
                let cast_to = match declared {
                    _ if is_rescaled => None,
                    DataType::Text => Some(ArrowType::Utf8),
                    other => Some(arrow_type(other)),
                };
                made(declared, cast_to)
            }
            (_, Some(data_type)) if !is_wide(natural) => made(data_type, None),
            _ if field.data_type().is_decimal() => Err(refuse(
                "Declare it as decimal(18,s) if its values have no more digits, or as f64 to have them rounded, or leave it out by naming the other columns.",
            )),
            _ if is_number_list(field.data_type()) => Err(refuse(
                "Declare it as vector(f32,n) if all its lists have n numbers, or leave it out by naming the other columns.",
            )),
            _ => Err(refuse("Leave it out by naming the other columns.")),
        }
    }

    /// The column of an array of the file; the error is a sentence.
    pub(crate) fn make(&self, array: &ArrayRef) -> Result<Column, String> {
        let array = match &self.cast_to {
            // Not safe means here that a value that does not fit is an error and not a null.
            Some(to) => {
                let options = CastOptions { safe: false, ..CastOptions::default() };
                cast_with_options(array, to, &options).map_err(|error| error.to_string())?
            }
            None => array.clone(),
        };
        let column = from_arrow(&array as &dyn Array).map_err(|error| error.to_string())?;
        match self.data_type {
            same if same == column.data_type => Ok(column),
            DataType::Bf16 | DataType::Vector { element: Physical::Bf16, .. } => {
                narrow(column, self.data_type)
            }
            DataType::Decimal { precision, scale } => rescale(&column, precision, scale),
            other => Err(format!("its values are {} and not {other}", column.data_type)),
        }
    }
}

/// True where an Arrow type may be declared as another column type than its own.
fn may_be(found: &ArrowType, natural: Option<DataType>, declared: DataType) -> bool {
    let is_binary = matches!(found, ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView);
    match natural {
        Some(from) if from.is_integer() => declared.is_number(),
        Some(from) if from.is_float() => declared.is_float(),
        _ if found.is_decimal() => declared.is_float() || (declared.is_decimal() && natural.is_some()),
        _ if is_number_list(found) => match (declared, found) {
            (DataType::Vector { len, .. }, ArrowType::FixedSizeList(_, size)) => {
                i64::from(*size) == i64::from(len)
            }
            (DataType::Vector { .. }, _) => true,
            _ => false,
        },
        _ => is_binary && declared == DataType::Text,
    }
}

fn is_number_list(found: &ArrowType) -> bool {
    match found {
        ArrowType::List(item) | ArrowType::LargeList(item) | ArrowType::FixedSizeList(item, _) => {
            column_type(item.data_type()).is_some_and(|item| item.is_integer() || item.is_float())
        }
        _ => false,
    }
}

/// Single-precision floats as bf16, which Arrow lacks.
fn narrow(column: Column, data_type: DataType) -> Result<Column, String> {
    let row_len = data_type.row_len();
    let wide = column.values.as_values().as_slice::<f32>().ok_or("its values are no floats")?;
    let mut values = Vec::with_capacity(wide.len());
    for (at, wide) in wide.iter().enumerate() {
        let value = bf16::from_f32(*wide);
        if wide.is_finite() && !value.is_finite() {
            return Err(format!("row {} holds {wide:?}, which is beyond the largest bf16", at / row_len));
        }
        values.push(value);
    }
    let values = match (column.values.as_values(), Buffer::from(values)) {
        (Values::Vector(_), numbers) => {
            let vectors = VectorBuffer::new(row_len, numbers).ok_or("its rows are no vectors")?;
            Buffer::Vector(Box::new(vectors))
        }
        (_, numbers) => numbers,
    };
    Ok(Column { data_type, values, ..column })
}

/// Decimals with another count of digits; a digit that would be lost is an error.
fn rescale(column: &Column, precision: u8, scale: u8) -> Result<Column, String> {
    let DataType::Decimal { scale: from, .. } = column.data_type else {
        return Err(format!("its values are {} and no decimals", column.data_type));
    };
    let values: Vec<i128> = match column.values.as_values() {
        Values::I64(v) => v.iter().copied().map(i128::from).collect(),
        Values::I128(v) => v.to_vec(),
        _ => return Err("its values are no decimals".to_owned()),
    };
    let exact = |value: i128| {
        let to = decimal::rescale(value, from, scale).filter(|to| decimal::fits(*to, precision))?;
        (decimal::rescale(to, scale, from) == Some(value)).then_some(to)
    };
    let narrow = |(row, value): (usize, i128)| {
        let fits = exact(value).and_then(|value| i64::try_from(value).ok());
        let text = || decimal::format(value, from);
        fits.ok_or_else(|| {
            format!("row {row} holds {}, which decimal({precision},{scale}) cannot hold", text())
        })
    };
    let values = values.into_iter().enumerate().map(narrow).collect::<Result<Vec<i64>, String>>()?;
    let data_type = DataType::Decimal { precision, scale };
    Ok(Column { data_type, values: values.into(), validity: column.validity.clone(), dictionary: None })
}
