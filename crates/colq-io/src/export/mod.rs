//! Batches into files of other kinds.
//!
//! A file is written beside its name and renamed when it is whole, so that a failed export leaves what was there
//! before. Memory is bounded by a batch and, for Parquet, by a row group.
//!
//! - `place` is where the bytes go;
//! - the encoders stand beside the readers of their kinds: `csv::write`, `json::write`, `npy::write`, and with their
//!   features `parquet::write` and `ipc::write`.

mod place;

use crate::{Error, Format};
use colq_column::Batch;
use colq_types::Schema;
use place::FileBeside;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Takes batches of one schema into a file or a pipe.
pub trait BatchWriter: Send {
    /// Writes the rows of a batch.
    ///
    /// # Errors
    /// The batch has another schema, a value cannot be written in this kind of file, or the output refuses. After an
    /// error the writer is of no more use.
    fn write(&mut self, batch: &Batch) -> Result<(), Error>;

    /// Writes what is left, and gives the file its name. Without this call nothing is left behind.
    ///
    /// # Errors
    /// The output refuses.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// How bytes are made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Not at all.
    None,
    /// Fast and fair.
    Snappy,
    /// Smaller, and still fast to read.
    #[default]
    Zstd,
}

/// How a file is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// The byte between cells of CSV; `None` is a comma, or a tab for TSV.
    pub delimiter: Option<u8>,
    /// True (the default) when the first row of CSV names the columns.
    pub header: bool,
    /// How the pages of Parquet are compressed. Other kinds are not.
    pub compression: Compression,
}

impl Default for ExportOptions {
    fn default() -> ExportOptions {
        ExportOptions { delimiter: None, header: true, compression: Compression::default() }
    }
}

/// Bytes collected before the system is asked to take them.
const PENDING_BYTES: usize = 256 << 10;

/// Where the bytes of an encoder go.
pub(crate) type Sink = Box<dyn Write + Send>;

/// What makes the bytes of one kind of file.
pub(crate) trait Encoder: Send {
    /// Writes the rows of a batch of the schema.
    fn write(&mut self, batch: &Batch) -> Result<(), Error>;
    /// Writes what is left. Gives bytes that must replace those at the file's beginning.
    fn finish(self: Box<Self>) -> Result<Option<Vec<u8>>, Error>;
}

/// A writer of a file of this kind. What stands at `path` is replaced when the writer is finished; a pipe or a device
/// is written to as it comes.
///
/// # Errors
/// The schema cannot be written in this kind of file, this build has no writer for it, or there can be no such file.
pub fn create_writer(
    path: &Path,
    format: Format,
    schema: &Schema,
    options: &ExportOptions,
) -> Result<Box<dyn BatchWriter>, Error> {
    let write = |source| Error::Write { path: path.to_owned(), source };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(Error::Directory { path: path.to_owned() }),
        Ok(metadata) if !metadata.is_file() => {
            let pipe = File::options().write(true).open(path).map_err(write)?;
            return stream(
                path,
                Box::new(BufWriter::with_capacity(PENDING_BYTES, pipe)),
                format,
                schema,
                options,
            );
        }
        _ => {}
    }
    let beside = FileBeside::create(path).map_err(write)?;
    let file = beside.file().try_clone().map_err(write)?;
    let sink: Sink = Box::new(BufWriter::with_capacity(PENDING_BYTES, file));
    let encoder = encoder(path, sink, format, schema, options, true)?;
    Ok(Box::new(Writer {
        path: path.to_owned(),
        schema: Arc::new(schema.clone()),
        encoder,
        beside: Some(beside),
    }))
}

/// A writer of this kind into anything that takes bytes. Arrow is in its stream format, and NPY is refused, because its
/// beginning tells the number of rows.
///
/// # Errors
/// As [`create_writer`].
pub fn stream_writer(
    out: Box<dyn Write + Send>,
    format: Format,
    schema: &Schema,
    options: &ExportOptions,
) -> Result<Box<dyn BatchWriter>, Error> {
    stream(Path::new("standard output"), out, format, schema, options)
}

fn stream(
    name: &Path,
    out: Sink,
    format: Format,
    schema: &Schema,
    options: &ExportOptions,
) -> Result<Box<dyn BatchWriter>, Error> {
    let format = if format == Format::Arrow { Format::ArrowStream } else { format };
    let encoder = encoder(name, out, format, schema, options, false)?;
    Ok(Box::new(Writer { path: name.to_owned(), schema: Arc::new(schema.clone()), encoder, beside: None }))
}

fn encoder(
    path: &Path,
    out: Sink,
    format: Format,
    schema: &Schema,
    options: &ExportOptions,
    seekable: bool,
) -> Result<Box<dyn Encoder>, Error> {
    // Lines of cells and arrays go by their places, everything else by names.
    let by_place = matches!(format, Format::Csv | Format::Tsv | Format::Npy);
    if let Some(name) = schema.duplicate().filter(|_| !by_place) {
        let message = format!("two columns are named {name}. Give one of them another name");
        return Err(Error::Unwritable { path: path.to_owned(), format, message });
    }
    match format {
        Format::Csv | Format::Tsv => {
            let delimiter = options.delimiter.unwrap_or(if format == Format::Tsv { b'\t' } else { b',' });
            crate::csv::encoder(path, out, schema, delimiter, options.header)
        }
        Format::JsonLines => Ok(crate::json::encoder(path, out, schema)),
        Format::Npy => crate::npy::encoder(path, out, schema, seekable),
        Format::Parquet => crate::parquet::encoder(path, out, schema, options.compression),
        Format::Arrow | Format::ArrowStream => crate::ipc::encoder(path, out, schema, format),
    }
}

/// An encoder and what becomes of its file.
struct Writer {
    path: PathBuf,
    schema: Arc<Schema>,
    encoder: Box<dyn Encoder>,
    beside: Option<FileBeside>,
}

impl BatchWriter for Writer {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        if **batch.schema() != *self.schema {
            let text = |schema: &Schema| {
                let fields = schema.fields().iter().map(|f| format!("{} {}", f.name, f.data_type));
                fields.collect::<Vec<_>>().join(", ")
            };
            return Err(Error::OtherSchema {
                path: self.path.clone(),
                expected: text(&self.schema),
                found: text(batch.schema()),
            });
        }
        self.encoder.write(batch)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let Writer { path, encoder, beside, .. } = *self;
        let beginning = encoder.finish()?;
        let Some(beside) = beside else { return Ok(()) };
        let done = || {
            if let Some(bytes) = beginning {
                beside.file().write_all_at(&bytes, 0)?;
            }
            beside.finish()
        };
        done().map_err(|source| Error::Write { path, source })
    }
}

#[cfg(test)]
mod tests;
