//! Batches to CSV.
//!
//! NULL is an empty cell and "" an empty text; floats stand in their shortest form that reads back as the same
//! value, dates and timestamps in ISO 8601. A cell is quoted when it holds the delimiter, a quote or a line
//! end, or is an empty text (RFC 4180). Lines end with a line feed.

use colq_column::{Batch, Values, View};
use colq_types::{DataType, calendar};
use std::io::{self, Write};

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
    pub fn write_header(&mut self, schema: &colq_types::Schema) -> io::Result<()> {
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
        // Writing to a Vec cannot fail.
        let out = &mut self.pending;
        let _ = match (view.data_type, view.values) {
            (DataType::Text, _) => return self.push_text(view.text(row)),
            (DataType::Date, Values::I32(v)) => write!(out, "{}", calendar::format_date(v[row])),
            (DataType::Timestamp(unit), Values::I64(v)) => {
                write!(out, "{}", calendar::format_timestamp(v[row], unit))
            }
            (_, Values::Bool(v)) => write!(out, "{}", v[row] != 0),
            (_, Values::I8(v)) => write!(out, "{}", v[row]),
            (_, Values::I16(v)) => write!(out, "{}", v[row]),
            (_, Values::I32(v)) => write!(out, "{}", v[row]),
            (_, Values::I64(v)) => write!(out, "{}", v[row]),
            (_, Values::U8(v)) => write!(out, "{}", v[row]),
            (_, Values::U16(v)) => write!(out, "{}", v[row]),
            (_, Values::U32(v)) => write!(out, "{}", v[row]),
            (_, Values::U64(v)) => write!(out, "{}", v[row]),
            (_, Values::F32(v)) if v[row].is_finite() => write!(out, "{:?}", v[row]),
            (_, Values::F64(v)) if v[row].is_finite() => write!(out, "{:?}", v[row]),
            (_, _) => write!(out, "{}", view.scalar(row)),
        };
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
