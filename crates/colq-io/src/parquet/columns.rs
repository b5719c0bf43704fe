//! Which columns of a Parquet file are read, and how the library is asked for them.

use super::damaged;
use super::positioned::PositionedFile;
use crate::arrow_column::ArrowColumn;
use crate::{Error, ImportOptions};
use arrow_schema::{DataType as ArrowType, Field as ArrowField, Schema as ArrowSchema, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Encoding, Type as ParquetType};
use parquet::file::metadata::ParquetMetaData;
use std::path::Path;
use std::sync::Arc;

/// How a file is read.
pub(super) struct Reading {
    pub(super) metadata: ArrowReaderMetadata,
    pub(super) wanted: Vec<ArrowColumn>,
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
            wanted.push(ArrowColumn::settle(path, field, column.column, column.declared)?);
        }
    }
    Ok(Reading { metadata, wanted })
}

fn duplicate(names: &[String]) -> Option<(usize, usize)> {
    let mut seen = std::collections::HashMap::new();
    names.iter().enumerate().find_map(|(i, name)| seen.insert(name, i).map(|first| (first, i)))
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
