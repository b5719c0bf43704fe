//! The short way through a CSV file: one pass by the types that its beginning tells.
//!
//! **Law: what comes out is what the two passes give, or an error.** Every cell is held against the guessed types. A
//! cell that cannot be read as its column's type would have made it another type, or is a mistake, and so is
//! whatever else is unusual: either way the two passes have the last word, and the error here is never shown.

use super::blocks::{Block, BlockError};
use super::cells::{Cells, ColumnBuilder};
use super::header::Header;
use super::infer::{GRID_CELLS, Inference, look_at_column};
use super::kind::Kinds;
use super::reader::{Begun, Sizes};
use super::split::{Grid, Splitter};
use crate::ordered::{Job, Ordered};
use crate::stream::{BadCells, BatchStream};
use crate::{Error, Format, ImportOptions, OnError};
use colq_column::Batch;
use colq_context::Context;
use colq_types::Schema;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Blocks at the beginning that tell the types. Four of 1 MiB cost little, and a file of no more gains nothing.
const SAMPLE_BLOCKS: usize = 4;

/// A CSV file that is read by guessed types, a batch a block.
pub(crate) struct GuessedStream {
    schema: Arc<Schema>,
    batches: Ordered<Batch>,
    bad_cells: BadCells,
}

/// What is needed to read a block.
#[derive(Debug)]
struct Guess {
    path: PathBuf,
    delimiter: u8,
    header: Header,
    nulls: Vec<Vec<u8>>,
    schema: Arc<Schema>,
    /// Of the sample, by wanted column.
    kinds: Vec<Kinds>,
}

/// Opens a CSV file by the types of its beginning; `None` where only two passes can tell.
pub(crate) fn open(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    context: &Context,
    sizes: Sizes,
) -> Result<Option<GuessedStream>, Error> {
    if options.on_error != OnError::Fail {
        return Ok(None);
    }
    let mut begun = Begun::new(path, format, options, sizes)?;
    let mut sample = vec![std::mem::take(&mut begun.first)];
    while sample.len() < SAMPLE_BLOCKS {
        let Ok(Some(block)) = begun.blocks.next() else { return Ok(None) };
        sample.push(block);
    }
    let pool = crate::ordered::pool(options.threads)?;
    let inference = Inference {
        path,
        header: &begun.header,
        delimiter: begun.delimiter,
        nulls: &begun.nulls,
        on_error: options.on_error,
        context,
        row_limit: sizes.row_limit,
        wave_bytes: 0,
    };
    let reports: Vec<_> = pool.install(|| sample.par_iter().map(|block| inference.look(block)).collect());
    context.check()?;
    let mut kinds = vec![Kinds::default(); begun.header.wanted.len()];
    for report in &reports {
        kinds.iter_mut().zip(&report.kinds).for_each(|(all, kinds)| all.join(*kinds));
    }
    let is_settled =
        |(wanted, kinds): (&crate::wanted::Wanted, &Kinds)| wanted.declared.is_some() || kinds.is_settled();
    if !reports.iter().all(|report| report.is_sound())
        || !begun.header.wanted.iter().zip(&kinds).all(is_settled)
    {
        return Ok(None);
    }
    context.set_total(context.progress().0.saturating_add(begun.file_len));
    let schema = Arc::new(begun.schema(&kinds));
    let rows: usize = reports.iter().map(|report| report.rows).sum();
    let text: usize = sample.iter().map(|block| block.bytes.len()).sum();
    let values_len = rows.saturating_mul(schema.len()).saturating_mul(8);
    // Bytes of a block and its values for each byte of it.
    let expansion = 1 + values_len / text.max(1);
    let guess = Arc::new(Guess {
        path: begun.path,
        delimiter: begun.delimiter,
        header: begun.header,
        nulls: begun.nulls,
        schema: schema.clone(),
        kinds,
    });
    let mut blocks = begun.blocks;
    let mut is_over = false;
    let rest = std::iter::from_fn(move || {
        let next = if is_over { None } else { blocks.next().transpose() };
        is_over = !matches!(next, Some(Ok(_)));
        next
    });
    let jobs = sample.into_iter().map(Ok).chain(rest).map(move |block| job(guess.clone(), block, expansion));
    let batches = Ordered::new(path.to_owned(), pool, context.clone(), Box::new(jobs));
    Ok(Some(GuessedStream { schema, batches, bad_cells: BadCells::default() }))
}

fn job(guess: Arc<Guess>, block: Result<Block, BlockError>, expansion: usize) -> Job<Batch> {
    let byte_len = block.as_ref().map_or(0, |block| block.bytes.len().saturating_mul(expansion));
    Job {
        byte_len,
        run: Box::new(move |context| {
            context.check()?;
            let block = block.map_err(|error| match error {
                BlockError::Read(error) => error,
                BlockError::RowTooLong => guess.wrong(),
            })?;
            let batch = guess.read(&block.bytes)?;
            context.advance(block.bytes.len() as u64);
            Ok(batch)
        }),
    }
}

impl Guess {
    fn wrong(&self) -> Error {
        Error::GuessWrong { path: self.path.clone() }
    }

    /// Reads all rows of a block.
    fn read(&self, bytes: &[u8]) -> Result<Batch, Error> {
        if memchr::memchr(0, bytes).is_some() {
            return Err(self.wrong());
        }
        let columns = self.header.names.len();
        let is_utf8 = std::str::from_utf8(bytes).is_ok();
        let fields = self.schema.fields();
        // A row of the block takes a byte for each cell at least, and most take several.
        let capacity = bytes.len() / (columns * 8);
        let mut builders: Vec<ColumnBuilder> =
            fields.iter().map(|field| ColumnBuilder::new(field.data_type, capacity)).collect();
        let mut splitter = Splitter::new(bytes, self.delimiter, 0);
        let (mut grid, mut faults, mut row_count) = (Grid::default(), Vec::new(), 0);
        loop {
            splitter.fill(&mut grid, columns, (GRID_CELLS / columns).max(1), OnError::Fail);
            if grid.row_count == 0 {
                break;
            }
            row_count += grid.row_count;
            let wanted = self.header.wanted.iter().zip(&self.kinds);
            for (builder, (wanted, seen)) in builders.iter_mut().zip(wanted) {
                let cells = Cells {
                    bytes,
                    is_utf8,
                    grid: &grid.cells,
                    column: wanted.column,
                    columns,
                    nulls: &self.nulls,
                    is_declared: wanted.declared.is_some(),
                };
                builder.push(cells, &mut faults);
                if wanted.declared.is_none() && seen.is_none() {
                    let mut kinds = Kinds::default();
                    look_at_column(bytes, &grid, (wanted.column, columns), &self.nulls, &mut kinds);
                    if !kinds.is_none() {
                        return Err(self.wrong());
                    }
                }
            }
            if !faults.is_empty() || !grid.faults.is_empty() {
                return Err(self.wrong());
            }
        }
        let columns: Vec<_> = builders.into_iter().map(ColumnBuilder::finish).collect();
        if columns.is_empty() {
            return Ok(Batch::of_rows(row_count));
        }
        Batch::new(self.schema.clone(), columns).ok_or_else(|| self.wrong())
    }
}

impl BatchStream for GuessedStream {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        while let Some(batch) = self.batches.next()? {
            // A block may hold blank lines alone.
            if batch.row_count() > 0 {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    fn bad_cells(&self) -> &BadCells {
        &self.bad_cells
    }
}
