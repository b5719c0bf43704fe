//! Batches through the C stream interface of Arrow, by which programs in one process hand columns to each other
//! without a copy and without a common library.

use crate::error::invalid;
use crate::{Error, arrow_type, batch, from_record_batch, schema_of, to_record_batch_as};
use arrow_array::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, Field as ArrowField, Schema as ArrowSchema, SchemaRef};
use colq_column::Batch;
use colq_types::Schema;
use std::sync::Arc;

/// What goes wrong where the batches come from.
pub type BatchError = Box<dyn std::error::Error + Send + Sync>;

/// Batches of one schema, as whoever exports them has them.
pub type Batches = Box<dyn Iterator<Item = Result<Batch, BatchError>> + Send>;

/// Batches as Arrow's reader of record batches.
struct Exported {
    schema: SchemaRef,
    /// The batch that was looked at for the types.
    first: Option<Batch>,
    rest: Option<Batches>,
}

/// Batches of this schema as a reader of record batches. The first batch is taken at once, and settles how texts are
/// given: with a dictionary where it has one of distinct values (codes as wide as its own), as plain LargeUtf8
/// otherwise.
///
/// # Errors
/// [`Error::Stream`] where the first batch cannot be had.
pub fn batch_reader(
    schema: &Schema,
    mut batches: Batches,
) -> Result<Box<dyn RecordBatchReader + Send>, Error> {
    let failed = |error: BatchError| Error::Stream { message: message(&error) };
    let first = batches.next().transpose().map_err(failed)?;
    let schema = match &first {
        Some(first) if first.schema().len() == schema.len() => batch::arrow_schema(first),
        _ => {
            let field =
                |field: &colq_types::Field| ArrowField::new(&field.name, arrow_type(field.data_type), true);
            Arc::new(ArrowSchema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
        }
    };
    Ok(Box::new(Exported { schema, first, rest: Some(batches) }))
}

/// Batches of this schema as a stream of the C interface, for whoever takes it in this process; see [`batch_reader`].
///
/// # Errors
/// As [`batch_reader`]. What goes wrong later is told to whoever reads the stream.
pub fn export_stream(schema: &Schema, batches: Batches) -> Result<FFI_ArrowArrayStream, Error> {
    Ok(FFI_ArrowArrayStream::new(batch_reader(schema, batches)?))
}

fn message(error: &BatchError) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

impl Iterator for Exported {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Result<RecordBatch, ArrowError>> {
        let batch = match self.first.take() {
            Some(first) => Ok(first),
            None => self.rest.as_mut()?.next()?,
        };
        let result = batch.map_err(ArrowError::ExternalError).and_then(|batch| {
            to_record_batch_as(batch, &self.schema)
                .map_err(|error| ArrowError::ExternalError(Box::new(error)))
        });
        if result.is_err() {
            self.rest = None;
        }
        Some(result)
    }
}

impl RecordBatchReader for Exported {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

/// Batches of a stream of the C interface.
pub struct ImportedBatches {
    schema: Arc<Schema>,
    reader: Option<ArrowArrayStreamReader>,
}

/// Takes a stream of the C interface. Its memory is kept by the columns that lie in it.
///
/// # Errors
/// [`Error::Stream`] where the other side gives no schema, [`Error::UnsupportedType`] for a column that colq cannot hold.
pub fn import_stream(stream: FFI_ArrowArrayStream) -> Result<ImportedBatches, Error> {
    let reader = ArrowArrayStreamReader::try_new(stream).map_err(stream_error)?;
    let schema = Arc::new(schema_of(&reader.schema())?);
    Ok(ImportedBatches { schema, reader: Some(reader) })
}

fn stream_error(error: ArrowError) -> Error {
    Error::Stream { message: error.to_string().trim_end_matches('.').to_owned() }
}

impl ImportedBatches {
    /// Names and types of every batch.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }
}

impl Iterator for ImportedBatches {
    type Item = Result<Batch, Error>;

    /// The next batch, of any number of rows; nothing after an error.
    fn next(&mut self) -> Option<Result<Batch, Error>> {
        let result = match self.reader.as_mut()?.next()? {
            Ok(batch) => from_record_batch(&batch),
            Err(error) => Err(stream_error(error)),
        };
        let result = result.and_then(|batch| {
            let fits = self.schema.is_empty() || **batch.schema() == *self.schema;
            if fits { Ok(batch) } else { Err(invalid("a batch has another schema than its stream")) }
        });
        if result.is_err() {
            self.reader = None;
        }
        Some(result)
    }
}
