//! Batches to NPY: one column is its values, several of one type are the columns of a matrix.
//!
//! The number of rows stands at the beginning and is known at the end, so its field is as wide as the longest number
//! and written again when all rows are there.

use super::dtype::name_of;
use crate::Error;
use crate::export::{Encoder, Sink};
use colq_column::{Batch, Values, View};
use colq_types::{DataType, Physical, Schema, bf16, f16};
use std::io::Write;
use std::path::{Path, PathBuf};

struct NpyEncoder {
    path: PathBuf,
    out: Sink,
    descr: String,
    /// The length of a row, for an array of two dimensions.
    width: Option<usize>,
    row_count: u64,
}

/// An encoder of NPY; a pipe is refused, because its beginning cannot be written again.
pub(crate) fn encoder(
    path: &Path,
    out: Sink,
    schema: &Schema,
    seekable: bool,
) -> Result<Box<dyn Encoder>, Error> {
    let refuse =
        |message: String| Error::Unwritable { path: path.to_owned(), format: crate::Format::Npy, message };
    if !seekable {
        return Err(refuse(
            "its beginning tells the number of rows, so it cannot go to a pipe. Name a file".to_owned(),
        ));
    }
    let Some(first) = schema.fields().first() else {
        return Err(refuse("there is no column".to_owned()));
    };
    for field in schema.fields() {
        if name_of(field.data_type).is_none() {
            return Err(refuse(format!(
                "column {} is {}, which NumPy has no array of. Leave it out, or export parquet or arrow",
                field.name, field.data_type
            )));
        }
        if field.data_type != first.data_type || (schema.len() > 1 && field.data_type.is_vector()) {
            return Err(refuse(format!(
                "an array has one type, and column {} is {} where {} is {}. Choose one column, cast them to one type, or export parquet or arrow",
                field.name, field.data_type, first.name, first.data_type
            )));
        }
    }
    let width = match first.data_type {
        DataType::Vector { len, .. } => Some(len as usize),
        _ => (schema.len() > 1).then_some(schema.len()),
    };
    let descr = name_of(first.data_type).unwrap_or_default();
    let mut encoder = NpyEncoder { path: path.to_owned(), out, descr, width, row_count: 0 };
    let header = encoder.header();
    encoder.give(&header)?;
    Ok(Box::new(encoder))
}

impl NpyEncoder {
    /// Magic, version 1, length, and the dictionary with the rows so far; of one length whatever the rows.
    fn header(&self) -> Vec<u8> {
        let width = self.width.map_or_else(String::new, |width| format!(" {width}"));
        // As wide as the largest count of 64 bits.
        let shape = format!("({:>20},{width})", self.row_count);
        let mut text = format!("{{'descr': '{}', 'fortran_order': False, 'shape': {shape}, }}", self.descr);
        // The whole is a multiple of 64 bytes, as NumPy makes it, and ends with a line feed.
        while (10 + text.len() + 1) % 64 != 0 {
            text.push(' ');
        }
        text.push('\n');
        let mut header = b"\x93NUMPY\x01\x00".to_vec();
        // A few lines always fit 16 bits.
        header.extend_from_slice(&(text.len() as u16).to_le_bytes());
        header.extend_from_slice(text.as_bytes());
        header
    }

    fn give(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.out.write_all(bytes).map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    /// The bytes of the rows of one column, its nulls as NaN or NaT.
    fn bytes(&self, name: &str, view: &View<'_>, before: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = match (view.data_type, view.values) {
            (DataType::Date, Values::I32(days)) => {
                days.iter().flat_map(|day| i64::from(*day).to_le_bytes()).collect()
            }
            (_, values) => values.as_bytes().to_vec(),
        };
        let Some(validity) = view.validity else { return Ok(bytes) };
        let physical = view.values.physical();
        let element: &[u8] = match view.data_type {
            DataType::Date | DataType::Timestamp(_) | DataType::Duration(_) => &i64::MIN.to_le_bytes(),
            DataType::Decimal { .. } => &[],
            _ => match physical {
                Physical::F16 => &f16::NAN.to_le_bytes(),
                Physical::Bf16 => &bf16::NAN.to_le_bytes(),
                Physical::F32 => &f32::NAN.to_le_bytes(),
                Physical::F64 => &f64::NAN.to_le_bytes(),
                _ => &[],
            },
        };
        let row_bytes = bytes.len() / view.len().max(1);
        for row in (0..view.len()).filter(|row| !validity.get(*row)) {
            if element.is_empty() {
                return Err(Error::Unwritable {
                    path: self.path.clone(),
                    format: crate::Format::Npy,
                    message: format!(
                        "row {} of column {name} is NULL, and an array of {} has nothing to say so. Fill it with coalesce, or cast it to f64",
                        before + row as u64,
                        view.data_type
                    ),
                });
            }
            let range = row * row_bytes..(row + 1) * row_bytes;
            for slot in bytes.get_mut(range).unwrap_or_default().chunks_exact_mut(element.len()) {
                slot.copy_from_slice(element);
            }
        }
        Ok(bytes)
    }
}

impl Encoder for NpyEncoder {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let mut columns = Vec::with_capacity(batch.columns().len());
        for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
            columns.push(self.bytes(&field.name, &column.view(), self.row_count)?);
        }
        let rows = batch.row_count();
        self.row_count += rows as u64;
        if let [only] = columns.as_slice() {
            return self.give(only);
        }
        let width = columns.first().map_or(0, Vec::len) / rows.max(1);
        let mut matrix = Vec::with_capacity(columns.iter().map(Vec::len).sum());
        for row in 0..rows {
            for column in &columns {
                matrix.extend_from_slice(column.get(row * width..(row + 1) * width).unwrap_or_default());
            }
        }
        self.give(&matrix)
    }

    fn finish(mut self: Box<Self>) -> Result<Option<Vec<u8>>, Error> {
        self.out.flush().map_err(|source| Error::Write { path: self.path.clone(), source })?;
        Ok(Some(self.header()))
    }
}
