//! Batches to Parquet, through the Parquet library of arrow-rs.

use crate::export::{Compression, Encoder, Sink};
use crate::ipc::arrow_schema;
use crate::{Error, Format};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType as ArrowType, Field as ArrowField, Schema as ArrowSchema, SchemaRef, TimeUnit};
use colq_column::Batch;
use colq_types::Schema;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows in a row group at most: as many as other writers put there.
const GROUP_ROWS: usize = 1 << 20;

/// Bytes of a row group at most, before it is written out. It bounds the memory of an export.
const GROUP_BYTES: usize = 128 << 20;

struct ParquetEncoder {
    path: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<Sink>,
}

/// An encoder of Parquet.
pub(crate) fn encoder(
    path: &Path,
    out: Sink,
    schema: &Schema,
    compression: Compression,
) -> Result<Box<dyn Encoder>, Error> {
    let codec = match compression {
        Compression::None => Codec::UNCOMPRESSED,
        Compression::Snappy => Codec::SNAPPY,
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
    };
    let properties = WriterProperties::builder()
        .set_compression(codec)
        .set_dictionary_enabled(true)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .build();
    let field = |field: &Arc<ArrowField>| match field.data_type() {
        // Texts may come as a dictionary or plain; the library takes both where the schema says Utf8.
        ArrowType::LargeUtf8 => ArrowField::new(field.name(), ArrowType::Utf8, true),
        // Parquet has no timestamps in seconds: other readers would see plain integers.
        ArrowType::Timestamp(TimeUnit::Second, zone) => {
            let milliseconds = ArrowType::Timestamp(TimeUnit::Millisecond, zone.clone());
            ArrowField::new(field.name(), milliseconds, true)
        }
        _ => field.as_ref().clone(),
    };
    let schema = arrow_schema(schema);
    let schema = Arc::new(ArrowSchema::new(schema.fields().iter().map(field).collect::<Vec<_>>()));
    let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties));
    let writer = writer.map_err(|e| refused(path, e))?;
    Ok(Box::new(ParquetEncoder { path: path.to_owned(), schema, writer }))
}

/// The rows with timestamps in milliseconds where the file has them so; the error is a sentence.
fn in_milliseconds(record: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, String> {
    let seconds = |array: &ArrayRef| matches!(array.data_type(), ArrowType::Timestamp(TimeUnit::Second, _));
    if !record.columns().iter().any(seconds) {
        return Ok(record);
    }
    // Not safe means here that a time that does not fit is an error and not a null.
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let columns = record.columns().iter().zip(schema.fields()).map(|(array, field)| {
        if !seconds(array) {
            return Ok((field.name().clone(), array.clone()));
        }
        let cast = cast_with_options(array, field.data_type(), &options);
        let cast = cast.map_err(|_| {
            format!(
                "column {} holds a time too far away to be counted in milliseconds, and Parquet has no seconds. Export arrow, or cast the column to bigint",
                field.name()
            )
        })?;
        Ok((field.name().clone(), cast))
    });
    let columns = columns.collect::<Result<Vec<_>, String>>()?;
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .map_err(|error| error.to_string())
}

fn unwritable(path: &Path, error: impl ToString) -> Error {
    let message = error.to_string().trim_end_matches('.').to_owned();
    Error::Unwritable { path: path.to_owned(), format: Format::Parquet, message }
}

fn refused(path: &Path, error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => Error::Write { path: path.to_owned(), source: *source },
            Err(other) => unwritable(path, other),
        },
        other => unwritable(path, other),
    }
}

impl Encoder for ParquetEncoder {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let record = colq_arrow::to_record_batch(batch.clone()).map_err(|e| unwritable(&self.path, e))?;
        let record = in_milliseconds(record, &self.schema).map_err(|e| unwritable(&self.path, e))?;
        self.writer.write(&record).map_err(|error| refused(&self.path, error))
    }

    fn finish(mut self: Box<Self>) -> Result<Option<Vec<u8>>, Error> {
        self.writer.finish().map_err(|error| refused(&self.path, error))?;
        let flushed = std::io::Write::flush(self.writer.inner_mut());
        flushed.map_err(|source| Error::Write { path: self.path.clone(), source })?;
        Ok(None)
    }
}
