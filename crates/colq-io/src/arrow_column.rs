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
        let plain = plain_type(field.data_type());
        let natural = column_type(&plain);
        // What the file has becomes the plain type on the way, if it is another.
        let to_plain = (plain != *field.data_type()).then(|| plain.clone());
        let made =
            |data_type, cast_to| Ok(ArrowColumn { name: field.name().clone(), data_type, root, cast_to });
        let is_wide =
            |data_type: Option<DataType>| data_type.is_some_and(|t| t.physical() == Some(Physical::I128));
        match (declared, natural) {
            (Some(declared), _) if Some(declared) != natural => {
                if !may_be(&plain, natural, declared) || is_wide(Some(declared)) {
                    return Err(refuse(
                        "It cannot be read as the declared type. Declare none, and cast it in a query.",
                    ));
                }
                // Decimals and times are changed here, where no digit is dropped in silence.
                let is_rescaled = declared.is_decimal() && natural.is_some_and(DataType::is_decimal)
                    || natural.is_some_and(|natural| differ_in_unit(natural, declared));
                let cast_to = match declared {
                    _ if is_rescaled => to_plain,
                    DataType::Text => Some(ArrowType::Utf8),
                    other => Some(arrow_type(other)),
                };
                made(declared, cast_to)
            }
            (_, Some(data_type)) if !is_wide(natural) => made(data_type, to_plain),
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
            other if differ_in_unit(column.data_type, other) => change_unit(&column, other),
            other => Err(format!("its values are {} and not {other}", column.data_type)),
        }
    }
}

/// The type whose values an array has, without the ways to lay them out that colq does not have: dictionaries of other
/// things than text, decimals wider than 128 bits, decimals of whole tens.
fn plain_type(found: &ArrowType) -> ArrowType {
    const DIGITS: u8 = DataType::MAX_PRECISION;
    match found {
        ArrowType::Dictionary(_, value) if column_type(found).is_none() => plain_type(value),
        ArrowType::Decimal256(precision, scale @ 0..) => {
            ArrowType::Decimal128((*precision).min(DIGITS), *scale)
        }
        ArrowType::Decimal32(precision, scale)
        | ArrowType::Decimal64(precision, scale)
        | ArrowType::Decimal128(precision, scale)
        | ArrowType::Decimal256(precision, scale)
            if *scale < 0 =>
        {
            ArrowType::Decimal128(precision.saturating_add(scale.unsigned_abs()).min(DIGITS), 0)
        }
        other => other.clone(),
    }
}

/// True where an Arrow type may be declared as another column type than its own.
fn may_be(found: &ArrowType, natural: Option<DataType>, declared: DataType) -> bool {
    let is_binary = matches!(found, ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView);
    match natural {
        Some(from) if from.is_integer() => declared.is_number(),
        Some(from) if from.is_float() => declared.is_float(),
        Some(from) if differ_in_unit(from, declared) => true,
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

/// True for two timestamps, and for two durations.
fn differ_in_unit(one: DataType, other: DataType) -> bool {
    matches!(
        (one, other),
        (DataType::Timestamp(_), DataType::Timestamp(_)) | (DataType::Duration(_), DataType::Duration(_))
    )
}

/// Timestamps or durations in another unit; a part of a unit that would be lost is an error.
fn change_unit(column: &Column, to: DataType) -> Result<Column, String> {
    let (
        DataType::Timestamp(from) | DataType::Duration(from),
        DataType::Timestamp(unit) | DataType::Duration(unit),
    ) = (column.data_type, to)
    else {
        return Err(format!("its values are {} and not {to}", column.data_type));
    };
    let values = column.values.as_values().as_slice::<i64>().ok_or("its values are no times")?;
    let (from, unit) = (i128::from(from.per_second()), i128::from(unit.per_second()));
    let exact = |(row, value): (usize, &i64)| {
        let product = i128::from(*value) * unit;
        let whole = (product % from == 0).then_some(product / from);
        let fits = whole.and_then(|whole| i64::try_from(whole).ok());
        fits.ok_or_else(|| format!("row {row} holds {}, which {to} cannot hold", column.scalar(row)))
    };
    let values = values.iter().enumerate().map(exact).collect::<Result<Vec<i64>, String>>()?;
    Ok(Column { data_type: to, values: values.into(), validity: column.validity.clone(), dictionary: None })
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
