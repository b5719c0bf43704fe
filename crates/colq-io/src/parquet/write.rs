//! Batches to Parquet, through the Parquet library of arrow-rs.

use crate::export::{Compression, Encoder, Sink};
use crate::ipc::arrow_schema;
use crate::{Error, Format};
use arrow_schema::{DataType as ArrowType, Field as ArrowField, Schema as ArrowSchema};
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
    // Texts may come as a dictionary or plain; the library takes both where the schema says Utf8.
    let text = |field: &Arc<ArrowField>| match field.data_type() {
        ArrowType::LargeUtf8 => ArrowField::new(field.name(), ArrowType::Utf8, true),
        _ => field.as_ref().clone(),
    };
    let schema = arrow_schema(schema);
    let schema = Arc::new(ArrowSchema::new(schema.fields().iter().map(text).collect::<Vec<_>>()));
    let writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(|e| refused(path, e))?;
    Ok(Box::new(ParquetEncoder { path: path.to_owned(), writer }))
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
        self.writer.write(&record).map_err(|error| refused(&self.path, error))
    }

    fn finish(mut self: Box<Self>) -> Result<Option<Vec<u8>>, Error> {
        self.writer.finish().map_err(|error| refused(&self.path, error))?;
        let flushed = std::io::Write::flush(self.writer.inner_mut());
        flushed.map_err(|source| Error::Write { path: self.path.clone(), source })?;
        Ok(None)
    }
}
