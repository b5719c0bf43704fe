//! A CSV file as a stream of batches: the two passes put together.

use super::blocks::{Block, BlockError, Blocks, ROW_LIMIT};
use super::header::Header;
use super::infer::{Inference, lines_before};
use super::kind::Kinds;
use super::parse::read_batch;
use super::plan::{BatchPlan, Source, batches};
use super::write::is_delimiter;
use crate::ordered::{Job, Ordered};
use crate::stream::{BadCells, BatchStream};
use crate::{Error, Format, ImportOptions};
use colq_column::Batch;
use colq_context::Context;
use colq_types::{Field, Schema};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a block. Large enough that what is paid once a block does not show, small enough that a block
/// and its cells stay near the processor.
const BLOCK_BYTES: usize = 1 << 20;

/// Sizes that tests make small, so that every boundary falls everywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) block: usize,
    pub(crate) row_limit: usize,
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes { block: BLOCK_BYTES, row_limit: ROW_LIMIT }
    }
}

/// A CSV file that is being read.
pub(crate) struct CsvStream {
    schema: Arc<Schema>,
    batches: Ordered<(Batch, BadCells)>,
    bad_cells: BadCells,
}

/// A CSV file whose header was read.
pub(super) struct Begun {
    pub(super) path: PathBuf,
    pub(super) file: Arc<File>,
    pub(super) file_len: u64,
    pub(super) delimiter: u8,
    pub(super) header: Header,
    pub(super) nulls: Vec<Vec<u8>>,
    /// The rows of the first block after the header, and the line on which they begin.
    pub(super) first: Block,
    pub(super) line: u64,
    /// All other rows.
    pub(super) blocks: Blocks,
}

impl Begun {
    /// Opens a file and reads its header.
    pub(super) fn new(
        path: &Path,
        format: Format,
        options: &ImportOptions,
        sizes: Sizes,
    ) -> Result<Begun, Error> {
        let delimiter = options.delimiter.unwrap_or(if format == Format::Tsv { b'\t' } else { b',' });
        if !is_delimiter(delimiter) {
            return Err(Error::Delimiter { delimiter });
        }
        let file = File::open(path).map_err(|error| Error::from_io(path, error))?;
        let metadata = file.metadata().map_err(|error| Error::from_io(path, error))?;
        if metadata.is_dir() {
            return Err(Error::Directory { path: path.to_owned() });
        }
        let (file, file_len) = (Arc::new(file), metadata.len());
        let start = text_start(&file, path, file_len)?;
        let (target, row_limit) = (sizes.block, sizes.row_limit);
        let mut blocks = Blocks::new(file.clone(), path, file_len, start, delimiter, target, row_limit);
        let empty = || Error::Empty { path: path.to_owned() };
        let mut line = 1;
        // Blocks of blank lines alone come before the header.
        let (mut first, header) = loop {
            let block = match blocks.next() {
                Ok(block) => block.ok_or_else(empty)?,
                Err(BlockError::Read(error)) => return Err(error),
                Err(BlockError::RowTooLong) => {
                    return Err(Error::RowTooLong { path: path.to_owned(), line, limit: row_limit });
                }
            };
            if let Some(header) = Header::read(path, options, &block.bytes, delimiter, line)? {
                break (block, header);
            }
            line += lines_before(&block.bytes, block.bytes.len());
        };
        line += lines_before(&first.bytes, header.end);
        first.offset += header.end as u64;
        first.bytes.drain(..header.end.min(first.bytes.len()));
        let nulls = options.nulls.iter().map(|null| null.clone().into_bytes()).collect();
        Ok(Begun { path: path.to_owned(), file, file_len, delimiter, header, nulls, first, line, blocks })
    }

    /// The columns, where those that are not declared are of these kinds.
    pub(super) fn schema(&self, kinds: &[Kinds]) -> Schema {
        let fields = self.header.wanted.iter().zip(kinds).map(|(wanted, kinds)| {
            let name = self.header.names.get(wanted.column).cloned().unwrap_or_default();
            Field::new(name, wanted.declared.unwrap_or_else(|| kinds.data_type()))
        });
        fields.collect()
    }
}

/// Opens a CSV file: looks through all of it for the types.
pub(crate) fn open(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    context: &Context,
    sizes: Sizes,
) -> Result<CsvStream, Error> {
    let mut begun = Begun::new(path, format, options, sizes)?;
    // Both passes read the whole file.
    context.set_total(context.progress().0.saturating_add(begun.file_len.saturating_mul(2)));
    let pool = crate::ordered::pool(options.threads)?;
    let first = std::mem::take(&mut begun.first);
    let inference = Inference {
        path,
        header: &begun.header,
        delimiter: begun.delimiter,
        nulls: &begun.nulls,
        on_error: options.on_error,
        context,
        row_limit: sizes.row_limit,
        wave_bytes: sizes.block.saturating_mul(2 * pool.current_num_threads()),
    };
    let inferred = pool.install(|| inference.run(first, begun.line, &mut begun.blocks))?;

    let schema = Arc::new(begun.schema(&inferred.kinds));
    let plans = batches(&inferred.blocks, schema.len().max(1));
    let source = Arc::new(Source {
        path: path.to_owned(),
        delimiter: begun.delimiter,
        schema: schema.clone(),
        nulls: begun.nulls,
        on_error: options.on_error,
        blocks: inferred.blocks,
        header: begun.header,
        file: begun.file,
    });
    let columns = schema.len();
    let jobs = plans.into_iter().map(move |plan| job(source.clone(), plan, columns));
    Ok(CsvStream {
        schema,
        batches: Ordered::new(path.to_owned(), pool, context.clone(), Box::new(jobs)),
        bad_cells: BadCells::default(),
    })
}

/// The reading of one batch, and the memory it takes: its text, one block of it at a time, and the values.
fn job(source: Arc<Source>, plan: BatchPlan, columns: usize) -> Job<(Batch, BadCells)> {
    let byte_len = plan.text_len + plan.rows.saturating_mul(columns).saturating_mul(8);
    Job {
        byte_len,
        run: Box::new(move |context| {
            let result = read_batch(&source, plan, context)?;
            context.advance(plan.text_len as u64);
            Ok(result)
        }),
    }
}

/// Where the text begins: after a UTF-8 byte order mark. Those of other encodings are refused.
fn text_start(file: &File, path: &Path, file_len: u64) -> Result<u64, Error> {
    let mut head = [0; 4];
    let len = head.len().min(usize::try_from(file_len).unwrap_or(usize::MAX));
    let head = head.get_mut(..len).unwrap_or_default();
    super::blocks::read_exact_at(file, path, head, 0)?;
    let found = match head {
        [0xef, 0xbb, 0xbf, ..] => return Ok(3),
        [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => "UTF-32",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        _ => return Ok(0),
    };
    Err(Error::Encoding { path: path.to_owned(), found })
}

impl BatchStream for CsvStream {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        while let Some((batch, bad_cells)) = self.batches.next()? {
            self.bad_cells.append(bad_cells);
            // All rows of a batch may have been skipped.
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
