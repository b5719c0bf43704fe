//! Parquet files with flat columns, through the Parquet library of arrow-rs.
//!
//! Each column has a reader of its own, which goes through all row groups, and the readers take the next
//! 65,536 rows side by side. So row groups of any size are read in parallel with the memory of a few batches,
//! and batches are whole zones whatever the row groups. A thread stays a batch ahead of whoever takes them.
//!
//! - `columns` says which types can be read and how they are asked for;
//! - `positioned` reads a file from several threads at once;
//! - `write` is the way out.
//!
//! Text whose column is dictionary encoded is asked for as a dictionary, so that only distinct values are
//! copied and hashed. Old INT96 timestamps are read in microseconds, which reach every date that other
//! writers put there; digits beyond the microsecond are dropped.

mod columns;
mod positioned;
mod write;

pub(crate) use write::encoder;

use crate::arrow_column::ArrowColumn;
use crate::stream::{BadCells, BatchStream};
use crate::{Error, ImportOptions};
use colq_column::{Batch, Column};
use colq_context::Context;
use colq_types::{Field, Schema, ZONE_ROWS};
use columns::Reading;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use positioned::PositionedFile;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// A Parquet file that is being read.
struct ParquetStream {
    schema: Arc<Schema>,
    /// Batches from the thread that reads ahead; `None` once one was an error.
    batches: Option<Receiver<Result<Batch, Error>>>,
    context: Context,
    /// How far the file is read, as far as rows tell.
    progress: Progress,
    bad_cells: BadCells,
}

/// Bytes of the file that stand for a number of rows.
struct Progress {
    file_len: u64,
    row_count: u64,
    rows_done: u64,
    told: u64,
}

/// Opens a Parquet file.
pub(crate) fn open(
    path: &Path,
    options: &ImportOptions,
    context: &Context,
) -> Result<Box<dyn BatchStream>, Error> {
    let file = File::open(path).map_err(|error| Error::from_io(path, error))?;
    let file = PositionedFile::new(file).map_err(|error| Error::from_io(path, error))?;
    let file_len = parquet::file::reader::Length::len(&file);
    if file_len == 0 {
        return Err(Error::Empty { path: path.to_owned() });
    }
    let reading = guarded(path, || columns::plan(path, &file, options))?;
    let row_count = reading.metadata.metadata().file_metadata().num_rows();
    let row_count = u64::try_from(row_count).map_err(|_| damaged(path, "its number of rows is negative"))?;
    let fields = reading.wanted.iter().map(|wanted| Field::new(wanted.name.clone(), wanted.data_type));
    let schema: Arc<Schema> = Arc::new(fields.collect());
    context.set_total(file_len);

    let pool = crate::ordered::pool(options.threads)?;
    let producer =
        Producer { path: path.to_owned(), file, reading, schema: schema.clone(), context: context.clone() };
    // One batch waits while the next is made.
    let (sender, receiver) = sync_channel(1);
    std::thread::Builder::new()
        .name("colq-io-parquet".to_owned())
        .spawn(move || {
            let result = producer.run(&pool, |batch| sender.send(Ok(batch)).is_ok());
            if let Err(error) = result {
                // Nobody listens any more when the stream was dropped.
                let _ = sender.send(Err(error));
            }
        })
        .map_err(|error| Error::Threads { message: error.to_string() })?;
    Ok(Box::new(ParquetStream {
        schema,
        batches: Some(receiver),
        context: context.clone(),
        progress: Progress { file_len, row_count, rows_done: 0, told: 0 },
        bad_cells: BadCells::default(),
    }))
}

impl BatchStream for ParquetStream {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        self.context.check()?;
        // The thread ends after the last batch, and then there is nothing to receive.
        match self.batches.as_ref().and_then(|batches| batches.recv().ok()) {
            Some(Ok(batch)) => {
                let bytes = self.progress.add(batch.row_count() as u64);
                self.context.advance(bytes);
                Ok(Some(batch))
            }
            Some(Err(error)) => {
                self.batches = None;
                Err(error)
            }
            None => Ok(None),
        }
    }

    fn bad_cells(&self) -> &BadCells {
        &self.bad_cells
    }
}

impl Progress {
    /// Gives the bytes that these rows stand for.
    fn add(&mut self, rows: u64) -> u64 {
        self.rows_done += rows;
        let share =
            u128::from(self.file_len) * u128::from(self.rows_done) / u128::from(self.row_count.max(1));
        let done = u64::try_from(share).unwrap_or(self.file_len).min(self.file_len);
        let more = done - self.told;
        self.told = done;
        more
    }
}

/// What makes the batches.
struct Producer {
    path: PathBuf,
    file: PositionedFile,
    reading: Reading,
    schema: Arc<Schema>,
    context: Context,
}

/// One column and its reader.
struct ColumnReader<'a> {
    wanted: &'a ArrowColumn,
    reader: ParquetRecordBatchReader,
}

impl Producer {
    /// Makes all batches and gives them to `take`, which says whether there is anyone for more.
    fn run(&self, pool: &ThreadPool, mut take: impl FnMut(Batch) -> bool) -> Result<(), Error> {
        let mut readers = guarded(&self.path, || {
            self.reading.wanted.iter().map(|wanted| self.reader(wanted)).collect::<Result<Vec<_>, Error>>()
        })?;
        let mut claim = self.context.claim(0)?;
        loop {
            self.context.check()?;
            let Some(batch) = guarded(&self.path, || pool.install(|| self.batch(&mut readers)))? else {
                return Ok(());
            };
            // This batch, one that waits, and the library's arrays and pages of about the size of one.
            claim.resize(batch.byte_len().saturating_mul(3))?;
            if !take(batch) {
                return Ok(());
            }
        }
    }

    fn reader<'a>(&self, wanted: &'a ArrowColumn) -> Result<ColumnReader<'a>, Error> {
        let metadata: ArrowReaderMetadata = self.reading.metadata.clone();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), [wanted.root]);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), metadata)
            .with_projection(mask)
            .with_batch_size(ZONE_ROWS as usize)
            .build()
            .map_err(|error| damaged(&self.path, error))?;
        Ok(ColumnReader { wanted, reader })
    }

    /// The next rows of all columns; `None` after the last.
    fn batch(&self, readers: &mut [ColumnReader<'_>]) -> Result<Option<Batch>, Error> {
        let columns: Vec<Option<Column>> =
            readers.par_iter_mut().map(|reader| self.column(reader)).collect::<Result<_, _>>()?;
        if columns.iter().all(Option::is_none) {
            return Ok(None);
        }
        let unequal = || damaged(&self.path, "its columns have unequal numbers of rows");
        let columns: Vec<Column> = columns.into_iter().collect::<Option<_>>().ok_or_else(unequal)?;
        let row_count = columns.first().map_or(0, Column::len);
        if columns.iter().any(|column| column.len() != row_count) {
            return Err(unequal());
        }
        let internal = || Error::Internal {
            path: self.path.clone(),
            message: "a column has another type than its schema says".to_owned(),
        };
        Batch::new(self.schema.clone(), columns).ok_or_else(internal).map(Some)
    }

    fn column(&self, column: &mut ColumnReader<'_>) -> Result<Option<Column>, Error> {
        let Some(batch) = column.reader.next() else { return Ok(None) };
        let batch = batch.map_err(|error| damaged(&self.path, error))?;
        let Some(array) = batch.columns().first() else {
            return Err(damaged(&self.path, "a column has no values"));
        };
        let value = |message: String| Error::Value {
            path: self.path.clone(),
            column: column.wanted.name.clone(),
            message: message.trim_end_matches('.').to_owned(),
        };
        column.wanted.make(array).map_err(value).map(Some)
    }
}

fn damaged(path: &Path, message: impl ToString) -> Error {
    Error::Parquet { path: path.to_owned(), message: message.to_string().trim_end_matches('.').to_owned() }
}

/// Runs code of the Parquet library, which is known to panic on some damaged files. Nothing that was being
/// made is used after a panic, so nothing half-made is seen.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged(path, "it is damaged")))
}

#[cfg(test)]
mod tests;
