//! Batches to CSV.
//!
//! NULL is an empty cell and "" an empty text; floats stand in their shortest form that reads back as the same
//! value, decimals with all digits of their scale, dates, timestamps and durations in ISO 8601, vectors as
//! `[1.0, 2.0]`. A cell is quoted when it holds the delimiter, a quote or a line
//! end, or is an empty text (RFC 4180). Lines end with a line feed.

use crate::Error;
use crate::export::{Encoder, Sink};
use crate::value::{Style, push};
use colq_column::{Batch, View};
use colq_types::{DataType, Schema};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes batches as CSV to anything that takes bytes.
///
/// ```
/// use colq_column::{Batch, Column};
/// use colq_io::CsvWriter;
/// use colq_types::{DataType, Field, Schema};
/// let schema = std::sync::Arc::new(Schema::new(vec![Field::new("fare", DataType::F64)]));
/// let batch = Batch::new(schema.clone(), vec![Column::new(DataType::F64, vec![1.5, 10.0])]).unwrap();
/// let mut writer = CsvWriter::new(Vec::new(), b',', true);
/// writer.write_header(&schema)?;
/// writer.write(&batch)?;
/// assert_eq!(writer.finish()?, b"fare\n1.5\n10.0\n");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    out: W,
    delimiter: u8,
    header: bool,
    /// Text that was not given to `out` yet.
    pending: Vec<u8>,
}

/// Text collected before it is given on.
const PENDING_BYTES: usize = 64 << 10;

impl<W: Write> CsvWriter<W> {
    /// A writer. `header` says whether [`CsvWriter::write_header`] writes one.
    pub fn new(out: W, delimiter: u8, header: bool) -> CsvWriter<W> {
        CsvWriter { out, delimiter, header, pending: Vec::new() }
    }

    /// Writes the names of the columns, unless the writer was made without a header. Call it once, first.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write_header(&mut self, schema: &Schema) -> io::Result<()> {
        if !self.header {
            return Ok(());
        }
        for (index, field) in schema.fields().iter().enumerate() {
            self.delimit(index);
            self.push_text(field.name.as_bytes());
        }
        self.pending.push(b'\n');
        self.flush_if_full()
    }

    /// Writes the rows of a batch.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, batch: &Batch) -> io::Result<()> {
        let views: Vec<View<'_>> = batch.columns().iter().map(|column| column.view()).collect();
        for row in 0..batch.row_count() {
            for (index, view) in views.iter().enumerate() {
                self.delimit(index);
                self.push_value(view, row);
            }
            self.pending.push(b'\n');
            self.flush_if_full()?;
        }
        Ok(())
    }

    /// Writes what is left and gives the output back.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&self.pending)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn delimit(&mut self, index: usize) {
        if index > 0 {
            self.pending.push(self.delimiter);
        }
    }

    fn flush_if_full(&mut self) -> io::Result<()> {
        if self.pending.len() >= PENDING_BYTES {
            self.out.write_all(&self.pending)?;
            self.pending.clear();
        }
        Ok(())
    }

    fn push_value(&mut self, view: &View<'_>, row: usize) {
        if !view.is_valid(row) {
            return;
        }
        match view.data_type {
            DataType::Text => self.push_text(view.text(row)),
            // The numbers of a vector stand between commas.
            DataType::Vector { .. } => {
                let mut text = Vec::new();
                push(&mut text, view.data_type, view.values, row, Style::Csv);
                self.push_text(&text);
            }
            _ => push(&mut self.pending, view.data_type, view.values, row, Style::Csv),
        }
    }

    fn push_text(&mut self, text: &[u8]) {
        let special = |b: &u8| *b == self.delimiter || matches!(b, b'"' | b'\n' | b'\r');
        if !text.is_empty() && !text.iter().any(special) {
            self.pending.extend_from_slice(text);
            return;
        }
        self.pending.push(b'"');
        for &byte in text {
            if byte == b'"' {
                self.pending.push(b'"');
            }
            self.pending.push(byte);
        }
        self.pending.push(b'"');
    }
}

/// CSV as one of the kinds that can be written.
struct CsvEncoder {
    path: PathBuf,
    writer: CsvWriter<Sink>,
}

/// An encoder of CSV.
pub(crate) fn encoder(
    path: &Path,
    out: Sink,
    schema: &Schema,
    delimiter: u8,
    header: bool,
) -> Result<Box<dyn Encoder>, Error> {
    if !is_delimiter(delimiter) {
        return Err(Error::Delimiter { delimiter });
    }
    let mut writer = CsvWriter::new(out, delimiter, header);
    writer.write_header(schema).map_err(|source| Error::Write { path: path.to_owned(), source })?;
    Ok(Box::new(CsvEncoder { path: path.to_owned(), writer }))
}

/// True for a byte that can stand between cells.
pub(crate) fn is_delimiter(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0)
}

impl Encoder for CsvEncoder {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        self.writer.write(batch).map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    fn finish(self: Box<Self>) -> Result<Option<Vec<u8>>, Error> {
        let CsvEncoder { path, writer } = *self;
        writer.finish().map_err(|source| Error::Write { path, source })?;
        Ok(None)
    }
}
