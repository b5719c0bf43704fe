//! An Arrow file as a stream of batches. Columns lie in the bytes that were read, without another copy, wherever Arrow's
//! layout is colq's.

use super::messages::{Messages, Read};
use crate::arrow_column::ArrowColumn;
use crate::stream::{BadCells, BatchStream};
use crate::{Error, ImportOptions};
use arrow_array::RecordBatch;
use arrow_ipc::reader::FileDecoder;
use colq_column::{Batch, Column};
use colq_context::{Context, MemoryClaim};
use colq_types::{Field, Schema, ZONE_ROWS};
use std::collections::VecDeque;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct IpcStream {
    path: PathBuf,
    messages: Messages,
    decoder: FileDecoder,
    wanted: Vec<ArrowColumn>,
    schema: Arc<Schema>,
    /// What was read and not given out.
    record: Option<RecordBatch>,
    waiting: VecDeque<(usize, usize)>,
    claim: MemoryClaim,
    context: Context,
    ended: bool,
    bad_cells: BadCells,
}

/// Opens an Arrow file or stream.
pub(crate) fn open(
    path: &Path,
    options: &ImportOptions,
    context: &Context,
) -> Result<Box<dyn BatchStream>, Error> {
    let file = File::open(path).map_err(|error| Error::from_io(path, error))?;
    let file_len = file.metadata().map_err(|error| Error::from_io(path, error))?.len();
    if file_len == 0 {
        return Err(Error::Empty { path: path.to_owned() });
    }
    let (messages, beginning) = guarded(path, || Messages::open(path, file, file_len))?;
    let names: Vec<String> = beginning.schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut seen = std::collections::HashSet::new();
    if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
        let message = format!("two of its columns are named {name}");
        return Err(Error::Arrow { path: path.to_owned(), message });
    }
    let mut wanted = Vec::new();
    for column in crate::wanted::wanted(path, options, &names)? {
        if let Some(field) = beginning.schema.fields().get(column.column) {
            wanted.push(ArrowColumn::settle(path, field, column.column, column.declared)?);
        }
    }
    let fields = wanted.iter().map(|column| Field::new(column.name.clone(), column.data_type));
    let schema: Arc<Schema> = Arc::new(fields.collect());
    context.set_total(file_len);
    Ok(Box::new(IpcStream {
        path: path.to_owned(),
        messages,
        decoder: FileDecoder::new(Arc::new(beginning.schema), beginning.version),
        wanted,
        schema,
        record: None,
        waiting: VecDeque::new(),
        claim: context.claim(0)?,
        context: context.clone(),
        ended: false,
        bad_cells: BadCells::default(),
    }))
}

/// Runs code of the Arrow library, which may panic on damaged bytes. Nothing that was being made is used after a panic.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let damaged = || Error::Arrow { path: path.to_owned(), message: "it is damaged".to_owned() };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged()))
}

impl BatchStream for IpcStream {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        if self.ended {
            return Ok(None);
        }
        let path = self.path.clone();
        let result = guarded(&path, || self.next());
        self.ended = !matches!(result, Ok(Some(_)));
        result
    }

    fn bad_cells(&self) -> &BadCells {
        &self.bad_cells
    }
}

impl IpcStream {
    fn damaged(&self, message: impl ToString) -> Error {
        let message = message.to_string().trim_end_matches('.').to_owned();
        Error::Arrow { path: self.path.clone(), message }
    }

    fn next(&mut self) -> Result<Option<Batch>, Error> {
        loop {
            self.context.check()?;
            if let Some((start, len)) = self.waiting.pop_front() {
                return self.batch(start, len).map(Some);
            }
            self.record = None;
            let Some(read) = self.messages.next()? else { return Ok(None) };
            self.take(&read)?;
            self.context.advance(read.byte_len);
        }
    }

    /// Decodes a message: a dictionary is kept, rows wait to be given out a zone at a time.
    fn take(&mut self, read: &Read) -> Result<(), Error> {
        if read.is_dictionary {
            let decoded = self.decoder.read_dictionary(&read.block, &read.bytes);
            return decoded.map_err(|error| self.damaged(error));
        }
        let record = self.decoder.read_record_batch(&read.block, &read.bytes);
        let Some(record) = record.map_err(|error| self.damaged(error))? else { return Ok(()) };
        self.claim.resize(record.get_array_memory_size())?;
        let zone = ZONE_ROWS as usize;
        let rows = record.num_rows();
        self.waiting.extend((0..rows).step_by(zone).map(|start| (start, zone.min(rows - start))));
        self.record = Some(record);
        Ok(())
    }

    fn batch(&mut self, start: usize, len: usize) -> Result<Batch, Error> {
        let Some(record) = &self.record else { return Err(self.damaged("a batch is missing")) };
        let mut columns: Vec<Column> = Vec::with_capacity(self.wanted.len());
        for wanted in &self.wanted {
            let array = record.columns().get(wanted.root).map(|array| array.slice(start, len));
            let array = array.ok_or_else(|| self.damaged("a batch has fewer columns than its schema"))?;
            let column = wanted.make(&array).map_err(|message| Error::Value {
                path: self.path.clone(),
                column: wanted.name.clone(),
                message: message.trim_end_matches('.').to_owned(),
            })?;
            columns.push(column);
        }
        if columns.is_empty() {
            return Ok(Batch::of_rows(len));
        }
        Batch::new(self.schema.clone(), columns).ok_or_else(|| Error::Internal {
            path: self.path.clone(),
            message: "a column has another type than its schema says".to_owned(),
        })
    }
}
