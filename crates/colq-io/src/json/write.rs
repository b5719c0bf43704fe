//! Batches to JSON lines: an object a row, with every column in order.
//!
//! NULL, NaN and infinities are null, decimals are numbers with all their digits, times and durations are ISO 8601 in
//! quotes, vectors are arrays.

use crate::Error;
use crate::export::{Encoder, Sink};
use crate::value::{Style, push};
use colq_column::{Batch, View};
use colq_types::{DataType, Schema};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Text collected before it is given on.
const PENDING_BYTES: usize = 64 << 10;

struct JsonEncoder {
    path: PathBuf,
    out: Sink,
    /// `"name":` of each column, with the brace or comma before it.
    keys: Vec<Vec<u8>>,
    pending: Vec<u8>,
}

/// An encoder of JSON lines.
pub(crate) fn encoder(path: &Path, out: Sink, schema: &Schema) -> Box<dyn Encoder> {
    let key = |(index, field): (usize, &colq_types::Field)| {
        let mut key = vec![if index == 0 { b'{' } else { b',' }];
        push_text(&mut key, field.name.as_bytes());
        key.push(b':');
        key
    };
    let keys = schema.fields().iter().enumerate().map(key).collect();
    Box::new(JsonEncoder { path: path.to_owned(), out, keys, pending: Vec::new() })
}

impl JsonEncoder {
    fn flush(&mut self) -> Result<(), Error> {
        let written = self.out.write_all(&self.pending);
        self.pending.clear();
        written.map_err(|source| Error::Write { path: self.path.clone(), source })
    }
}

impl Encoder for JsonEncoder {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let views: Vec<View<'_>> = batch.columns().iter().map(|column| column.view()).collect();
        for row in 0..batch.row_count() {
            for (key, view) in self.keys.iter().zip(&views) {
                self.pending.extend_from_slice(key);
                if !view.is_valid(row) {
                    self.pending.extend_from_slice(b"null");
                } else if view.data_type == DataType::Text {
                    push_text(&mut self.pending, view.text(row));
                } else {
                    push(&mut self.pending, view.data_type, view.values, row, Style::Json);
                }
            }
            self.pending.extend_from_slice(if self.keys.is_empty() { b"{}\n" } else { b"}\n" });
            if self.pending.len() >= PENDING_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Option<Vec<u8>>, Error> {
        self.flush()?;
        self.out.flush().map_err(|source| Error::Write { path: self.path.clone(), source })?;
        Ok(None)
    }
}

/// Text in quotes. Only what JSON demands is escaped; bytes that are no UTF-8 (only a file changed by another process
/// can have them) become replacement characters.
fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in String::from_utf8_lossy(text).bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=0x1f => {
                let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
