//! Which columns of a Parquet file are read, as which types, and how the library is asked for them.

use super::damaged;
use super::positioned::PositionedFile;
use crate::{Error, ImportOptions};
use arrow_array::ArrayRef;
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType as ArrowType, Field as ArrowField, Schema as ArrowSchema, TimeUnit};
use colq_arrow::{arrow_type, column_type};
use colq_types::DataType;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Encoding, Type as ParquetType};
use parquet::file::metadata::ParquetMetaData;
use std::path::Path;
use std::sync::Arc;

/// A column that is read.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) data_type: DataType,
    /// Which of the file's columns.
    pub(super) root: usize,
    /// The Arrow type to turn the library's arrays into first.
    cast_to: Option<ArrowType>,
}

impl Wanted {
    /// The array as the type that stands for the column's.
    pub(super) fn cast(&self, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        match &self.cast_to {
            // Not safe means here that a value that does not fit is an error and not a null.
            Some(to) => cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() }),
            None => Ok(array.clone()),
        }
    }
}

/// How a file is read.
pub(super) struct Reading {
    pub(super) metadata: ArrowReaderMetadata,
    pub(super) wanted: Vec<Wanted>,
}

/// Reads the footer and settles the columns.
pub(super) fn plan(path: &Path, file: &PositionedFile, options: &ImportOptions) -> Result<Reading, Error> {
    let plain = ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).map_err(|e| damaged(path, e))?;
    let names: Vec<String> = plain.schema().fields().iter().map(|field| field.name().clone()).collect();
    if let Some((first, second)) = duplicate(&names) {
        let name = names.get(first).cloned().unwrap_or_default();
        return Err(Error::DuplicateName {
            path: path.to_owned(),
            line: 1,
            name,
            first: first + 1,
            second: second + 1,
        });
    }
    let hinted = Arc::new(ArrowSchema::new(hints(&plain)));
    let reader_options = ArrowReaderOptions::new().with_schema(hinted);
    // Where the library does not take the hints, the plain way is slower and not wrong.
    let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), reader_options).unwrap_or(plain);
    let mut wanted = Vec::new();
    for column in crate::wanted::wanted(path, options, &names)? {
        if let Some(field) = metadata.schema().fields().get(column.column) {
            wanted.push(settle(path, field, column.column, column.declared)?);
        }
    }
    Ok(Reading { metadata, wanted })
}

fn duplicate(names: &[String]) -> Option<(usize, usize)> {
    let mut seen = std::collections::HashMap::new();
    names.iter().enumerate().find_map(|(i, name)| seen.insert(name, i).map(|first| (first, i)))
}

/// The column type of a field, or why there is none.
fn settle(path: &Path, field: &ArrowField, root: usize, declared: Option<DataType>) -> Result<Wanted, Error> {
    let refuse = |advice| Error::UnsupportedType {
        path: path.to_owned(),
        column: field.name().clone(),
        found: field.data_type().to_string(),
        advice,
    };
    let natural = column_type(field.data_type());
    let name = field.name().clone();
    match (declared, natural) {
        (Some(declared), _) if Some(declared) != natural => {
            let is_decimal = field.data_type().is_decimal();
            let is_binary = matches!(field.data_type(), ArrowType::Binary | ArrowType::LargeBinary);
            let allowed = match natural {
                Some(from) if from.is_integer() => declared.is_number(),
                Some(from) if from.is_float() => declared.is_float(),
                _ => (is_decimal && declared.is_float()) || (is_binary && declared == DataType::Text),
            };
            if !allowed {
                return Err(refuse(
                    "It cannot be read as the declared type. Declare none, and cast it in a query.",
                ));
            }
            let cast_to = if declared == DataType::Text { ArrowType::Utf8 } else { arrow_type(declared) };
            Ok(Wanted { name, data_type: declared, root, cast_to: Some(cast_to) })
        }
        (_, Some(data_type)) => Ok(Wanted { name, data_type, root, cast_to: None }),
        (_, None) if field.data_type().is_decimal() => {
            Err(refuse("Declare it as f64 to have it rounded, or leave it out by naming the other columns."))
        }
        (_, None) => Err(refuse("Leave it out by naming the other columns.")),
    }
}

/// What the library is asked to read the file's columns as.
fn hints(plain: &ArrowReaderMetadata) -> Vec<ArrowField> {
    let parquet = plain.parquet_schema();
    let mut fields: Vec<ArrowField> = plain.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
    for leaf in 0..parquet.num_columns() {
        let column = parquet.column(leaf);
        // A leaf of a nested column is none that is read.
        let Some(field) = fields.get_mut(parquet.get_column_root_idx(leaf)) else { continue };
        let is_text =
            matches!(field.data_type(), ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View);
        if column.physical_type() == ParquetType::INT96
            && matches!(field.data_type(), ArrowType::Timestamp(..))
        {
            *field = field.clone().with_data_type(ArrowType::Timestamp(TimeUnit::Microsecond, None));
        } else if is_text && is_all_dictionary(plain.metadata(), leaf) {
            let dictionary = ArrowType::Dictionary(Box::new(ArrowType::Int32), Box::new(ArrowType::Utf8));
            *field = field.clone().with_data_type(dictionary);
        } else if is_text {
            *field = field.clone().with_data_type(ArrowType::Utf8View);
        }
    }
    fields
}

/// True when every page of a column holds codes. A writer falls back to plain text where there are too many
/// distinct values, and the library is many times slower to make a dictionary of such pages than to point at
/// their text.
fn is_all_dictionary(metadata: &ParquetMetaData, leaf: usize) -> bool {
    metadata.row_groups().iter().filter_map(|group| group.columns().get(leaf)).all(|chunk| {
        chunk.page_encoding_stats_mask().is_some_and(|pages| {
            pages.is_only(Encoding::PLAIN_DICTIONARY) || pages.is_only(Encoding::RLE_DICTIONARY)
        })
    })
}
