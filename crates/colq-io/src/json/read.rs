//! A file of JSON lines as a stream of batches: the two passes put together.

use super::build::{Source, read_batch};
use super::lines::{Block, Blocks, LINE_LIMIT, lines};
use super::scan::{Scratch, scan};
use super::seen::{COLUMN_LIMIT, Seen};
use crate::csv::{SeenBlock, batches, read_exact_at, shorten};
use crate::ordered::{Job, Ordered};
use crate::stream::{BadCell, BadCells, BatchStream};
use crate::{Error, ImportOptions, OnError, Problem};
use colq_column::Batch;
use colq_context::Context;
use colq_types::{DataType, Field, Schema};
use memchr::memchr_iter;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a block, as for CSV.
pub(super) const BLOCK_BYTES: usize = 1 << 20;

struct JsonStream {
    schema: Arc<Schema>,
    batches: Ordered<(Batch, BadCells)>,
    bad_cells: BadCells,
}

/// Opens a file of JSON lines: looks through all of it for columns and types.
pub(crate) fn open(
    path: &Path,
    options: &ImportOptions,
    context: &Context,
) -> Result<Box<dyn BatchStream>, Error> {
    open_sized(path, options, context, BLOCK_BYTES)
}

/// The same with blocks of this size, which tests make small.
pub(super) fn open_sized(
    path: &Path,
    options: &ImportOptions,
    context: &Context,
    block_bytes: usize,
) -> Result<Box<dyn BatchStream>, Error> {
    let file = File::open(path).map_err(|error| Error::from_io(path, error))?;
    let file_len = file.metadata().map_err(|error| Error::from_io(path, error))?.len();
    // Both passes read the whole file.
    context.set_total(file_len.saturating_mul(2));
    let pool = crate::ordered::pool(options.threads)?;
    let nulls: Vec<Vec<u8>> = options.nulls.iter().map(|null| null.clone().into_bytes()).collect();
    let as_text = options.types.iter().filter(|(_, data_type)| *data_type == DataType::Text);
    let first_pass = FirstPass {
        path,
        nulls: &nulls,
        on_error: options.on_error,
        as_text: as_text.map(|(name, _)| name.as_str()).collect(),
        context,
        wave_bytes: block_bytes.saturating_mul(2 * pool.current_num_threads()),
    };
    let mut blocks =
        Blocks { file: &file, path, file_len, offset: mark_len(&file, path, file_len)?, target: block_bytes };
    let (seen, blocks) = pool.install(|| first_pass.run(&mut blocks))?;
    if blocks.iter().all(|block| block.rows == 0) {
        return Err(Error::Empty { path: path.to_owned() });
    }

    let mut names: Vec<String> = seen.columns.iter().map(|column| column.name.clone()).collect();
    // A key that no line has is NULL everywhere, as long as somebody says of which type.
    let missing = options.types.iter().map(|(name, _)| name).filter(|name| !names.contains(name));
    let missing: Vec<String> = missing.cloned().collect();
    names.extend(missing);
    let mut fields = Vec::new();
    for wanted in crate::wanted::wanted(path, options, &names)? {
        let Some(name) = names.get(wanted.column).cloned() else { continue };
        let inferred = seen.columns.get(wanted.column).map(|column| column.data_type());
        let data_type = match (wanted.declared, inferred) {
            (Some(declared), _) => declared,
            (None, Some(Ok(inferred))) => inferred,
            (None, Some(Err((line, message)))) => {
                return Err(Error::Json { path: path.to_owned(), line, column: name, message });
            }
            (None, None) => continue,
        };
        fields.push(Field::new(name, data_type));
    }
    let index: HashMap<String, usize> =
        fields.iter().enumerate().map(|(at, field)| (field.name.clone(), at)).collect();
    let schema = Arc::new(Schema::new(fields));
    let row_len: usize = schema.fields().iter().map(|field| field.data_type.row_len()).sum();
    let plans = batches(&blocks, row_len.max(1));
    let on_error = options.on_error;
    let source = Arc::new(Source {
        path: path.to_owned(),
        file,
        schema: schema.clone(),
        index,
        nulls,
        on_error,
        blocks,
    });
    let jobs = plans.into_iter().map(move |plan| {
        let source = source.clone();
        let byte_len = plan.text_len + plan.rows.saturating_mul(row_len).saturating_mul(8);
        Job {
            byte_len,
            run: Box::new(move |context: &Context| {
                let result = read_batch(&source, plan, context)?;
                context.advance(plan.text_len as u64);
                Ok(result)
            }),
        }
    });
    Ok(Box::new(JsonStream {
        schema,
        batches: Ordered::new(path.to_owned(), pool, context.clone(), Box::new(jobs)),
        bad_cells: BadCells::default(),
    }))
}

/// The length of a byte order mark of UTF-8; those of other encodings are refused.
fn mark_len(file: &File, path: &Path, file_len: u64) -> Result<u64, Error> {
    let mut head = [0; 3];
    let len = usize::try_from(file_len).unwrap_or(usize::MAX).min(head.len());
    let head = head.get_mut(..len).unwrap_or_default();
    read_exact_at(file, path, head, 0)?;
    match head {
        [0xef, 0xbb, 0xbf] => Ok(3),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Err(Error::Encoding { path: path.to_owned(), found: "UTF-16" })
        }
        _ => Ok(0),
    }
}

struct FirstPass<'a> {
    path: &'a Path,
    nulls: &'a [Vec<u8>],
    on_error: OnError,
    /// Columns whose objects are kept as they stand.
    as_text: HashSet<&'a str>,
    context: &'a Context,
    wave_bytes: usize,
}

/// What one block was seen to be; lines count from its first.
struct Report {
    seen: Seen,
    rows: usize,
    bad: Option<BadCell>,
    too_wide: bool,
}

impl FirstPass<'_> {
    fn run(&self, blocks: &mut Blocks<'_>) -> Result<(Seen, Vec<SeenBlock>), Error> {
        let (mut all, mut found) = (Seen::default(), Vec::new());
        let mut line = 1;
        loop {
            self.context.check()?;
            let (wave, end) = self.wave(blocks);
            let byte_len: usize = wave.iter().map(|(block, _)| block.bytes.len()).sum();
            let _claim = self.context.claim(byte_len.saturating_mul(2))?;
            let mut numbered = Vec::with_capacity(wave.len());
            for (block, lines) in wave {
                numbered.push((block, line));
                line += lines;
            }
            let reports: Vec<Report> =
                numbered.par_iter().map(|(block, line)| self.look(block, *line)).collect();
            for ((block, first_line), report) in numbered.iter().zip(reports) {
                if let Some(cell) = report.bad {
                    return Err(Error::BadCell { path: self.path.to_owned(), cell });
                }
                if report.too_wide || !all.join(report.seen) {
                    let (found, limit) = (COLUMN_LIMIT + 1, COLUMN_LIMIT);
                    return Err(Error::TooManyColumns { path: self.path.to_owned(), found, limit });
                }
                found.push(SeenBlock {
                    offset: block.offset,
                    byte_len: block.bytes.len(),
                    rows: report.rows,
                    first_line: *first_line,
                });
            }
            self.context.advance(byte_len as u64);
            match end {
                None => {}
                Some(Ok(())) => return Ok((all, found)),
                Some(Err(Some(error))) => return Err(error),
                Some(Err(None)) => {
                    return Err(Error::RowTooLong { path: self.path.to_owned(), line, limit: LINE_LIMIT });
                }
            }
        }
    }

    /// The next blocks with their numbers of lines, and how the file ends behind them.
    #[allow(clippy::type_complexity, reason = "it is taken apart where it is made")]
    fn wave(&self, blocks: &mut Blocks<'_>) -> (Vec<(Block, u64)>, Option<Result<(), Option<Error>>>) {
        let (mut wave, mut byte_len) = (Vec::new(), 0);
        while byte_len < self.wave_bytes {
            match blocks.next() {
                Ok(Some(block)) => {
                    byte_len += block.bytes.len();
                    let lines = memchr_iter(b'\n', &block.bytes).count() as u64;
                    wave.push((block, lines));
                }
                Ok(None) => return (wave, Some(Ok(()))),
                Err(error) => return (wave, Some(Err(error))),
            }
        }
        (wave, None)
    }

    fn look(&self, block: &Block, first_line: u64) -> Report {
        let mut report = Report { seen: Seen::default(), rows: 0, bad: None, too_wide: false };
        let mut scratch = Scratch::default();
        let keep = |name: &str| self.as_text.contains(name);
        for (number, text) in lines(&block.bytes) {
            if self.context.check().is_err() {
                return report;
            }
            report.rows += 1;
            let line = first_line + number;
            let Report { seen, too_wide, .. } = &mut report;
            let mut fits = true;
            let scanned = scan(text, &mut scratch, &keep, &mut |name, value| {
                fits &= seen.look(name, value, self.nulls, line);
                if fits { Ok(()) } else { Err(Problem::NotJson) }
            });
            *too_wide |= !fits;
            if *too_wide {
                return report;
            }
            if let Err(problem) = scanned
                && self.on_error == OnError::Fail
            {
                let column = String::new();
                report.bad = Some(BadCell { line, column, text: shorten(text), problem });
                return report;
            }
        }
        report
    }
}

impl BatchStream for JsonStream {
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
