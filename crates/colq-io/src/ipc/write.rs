//! Batches to Arrow IPC, in its file and its stream format.
//!
//! Text is written out as LargeUtf8 and not as a dictionary: the file format has room for one dictionary a column,
//! which is known only when all rows are.

use crate::export::{Encoder, Sink};
use crate::{Error, Format};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, Field as ArrowField, Schema as ArrowSchema, SchemaRef};
use colq_arrow::{arrow_type, to_record_batch_as};
use colq_column::Batch;
use colq_types::Schema;
use std::path::{Path, PathBuf};
use std::sync::Arc;

enum Kind {
    File(FileWriter<Sink>),
    Stream(StreamWriter<Sink>),
}

struct IpcEncoder {
    path: PathBuf,
    schema: SchemaRef,
    kind: Kind,
}

/// The Arrow schema that stands for a schema where nothing is known of the columns.
pub(crate) fn arrow_schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields = fields.map(|field| ArrowField::new(&field.name, arrow_type(field.data_type), true));
    Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()))
}

/// An encoder of the file format, or of the stream format.
pub(crate) fn encoder(
    path: &Path,
    out: Sink,
    schema: &Schema,
    format: Format,
) -> Result<Box<dyn Encoder>, Error> {
    let schema = arrow_schema(schema);
    let failed = |error| refused(path, error);
    let kind = if format == Format::Arrow {
        Kind::File(FileWriter::try_new(out, &schema).map_err(failed)?)
    } else {
        Kind::Stream(StreamWriter::try_new(out, &schema).map_err(failed)?)
    };
    Ok(Box::new(IpcEncoder { path: path.to_owned(), schema, kind }))
}

fn refused(path: &Path, error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, source) => Error::Write { path: path.to_owned(), source },
        other => Error::Unwritable {
            path: path.to_owned(),
            format: Format::Arrow,
            message: other.to_string().trim_end_matches('.').to_owned(),
        },
    }
}

impl Encoder for IpcEncoder {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let record = to_record_batch_as(batch.clone(), &self.schema).map_err(|error| Error::Unwritable {
            path: self.path.clone(),
            format: Format::Arrow,
            message: error.to_string().trim_end_matches('.').to_owned(),
        })?;
        let written = match &mut self.kind {
            Kind::File(writer) => writer.write(&record),
            Kind::Stream(writer) => writer.write(&record),
        };
        written.map_err(|error| refused(&self.path, error))
    }

    fn finish(mut self: Box<Self>) -> Result<Option<Vec<u8>>, Error> {
        let finished = match &mut self.kind {
            Kind::File(writer) => writer.finish().and_then(|()| writer.flush()),
            Kind::Stream(writer) => writer.finish().and_then(|()| writer.flush()),
        };
        finished.map_err(|error| refused(&self.path, error))?;
        Ok(None)
    }
}
