//! The first pass: every cell of the file is looked at, in parallel, for where rows are, what types the
//! columns have, and whether the file is sound.

use super::blocks::{Block, BlockError, Blocks};
use super::header::{Header, shorten};
use super::kind::Kinds;
use super::plan::SeenBlock;
use super::quick;
use super::split::{Fault, Grid, Splitter};
use crate::stream::BadCell;
use crate::{Error, OnError};
use colq_context::Context;
use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use std::path::Path;

/// Cells split before they are looked at column by column; few enough to stay in the second-level cache.
pub(crate) const GRID_CELLS: usize = 16_384;

/// What is needed to look at a block.
pub(crate) struct Inference<'a> {
    pub(crate) path: &'a Path,
    pub(crate) header: &'a Header,
    pub(crate) delimiter: u8,
    pub(crate) nulls: &'a [Vec<u8>],
    pub(crate) on_error: OnError,
    pub(crate) context: &'a Context,
    /// Bytes that a row may take.
    pub(crate) row_limit: usize,
    /// Blocks that are looked at together, in bytes.
    pub(crate) wave_bytes: usize,
}

/// What one block was seen to be.
pub(super) struct Report {
    pub(super) rows: usize,
    lines: u64,
    /// By wanted column.
    pub(super) kinds: Vec<Kinds>,
    /// The first fault, where faults end the import; its line is counted from the block's first.
    fault: Option<BadCell>,
    /// The line of the first zero byte, counted likewise.
    zero_byte: Option<u64>,
}

/// What the whole file was seen to be.
pub(crate) struct Inferred {
    pub(crate) blocks: Vec<SeenBlock>,
    /// By wanted column.
    pub(crate) kinds: Vec<Kinds>,
}

impl Inference<'_> {
    /// Looks at all blocks: `first`, whose first line has the number `line`, and those after it. While some
    /// are looked at, the next are read.
    pub(crate) fn run(&self, first: Block, line: u64, blocks: &mut Blocks) -> Result<Inferred, Error> {
        let mut inferred =
            Inferred { blocks: Vec::new(), kinds: vec![Kinds::default(); self.header.wanted.len()] };
        let mut line = line;
        let mut wave = vec![first];
        let mut end = None;
        while !wave.is_empty() {
            self.context.check()?;
            let bytes: usize = wave.iter().map(|block| block.bytes.len()).sum();
            let _claim = self.context.claim(bytes.saturating_mul(2))?;
            let ((next, next_end), reports) = rayon::join(
                || if end.is_some() { (Vec::new(), None) } else { self.read_wave(blocks) },
                || wave.par_iter().map(|block| self.look(block)).collect::<Vec<_>>(),
            );
            for (block, report) in wave.iter().zip(reports) {
                line = self.add(&mut inferred, block, report, line)?;
            }
            self.context.advance(bytes as u64);
            wave = next;
            end = end.or(next_end);
        }
        match end {
            Some(BlockError::Read(error)) => Err(error),
            Some(BlockError::RowTooLong) => {
                Err(Error::RowTooLong { path: self.path.to_owned(), line, limit: self.row_limit })
            }
            None => Ok(inferred),
        }
    }

    fn read_wave(&self, blocks: &mut Blocks) -> (Vec<Block>, Option<BlockError>) {
        let (mut wave, mut bytes) = (Vec::new(), 0);
        while bytes < self.wave_bytes {
            match blocks.next() {
                Ok(Some(block)) => {
                    bytes += block.bytes.len();
                    wave.push(block);
                }
                Ok(None) => break,
                Err(error) => return (wave, Some(error)),
            }
        }
        (wave, None)
    }

    /// Adds a report in the order of the file. Gives the line after the block.
    fn add(&self, inferred: &mut Inferred, block: &Block, report: Report, line: u64) -> Result<u64, Error> {
        if let Some(lines_before) = report.zero_byte {
            return Err(Error::ZeroByte { path: self.path.to_owned(), line: line + lines_before });
        }
        if let Some(mut cell) = report.fault {
            cell.line += line;
            return Err(Error::BadCell { path: self.path.to_owned(), cell });
        }
        for (all, kinds) in inferred.kinds.iter_mut().zip(report.kinds) {
            all.join(kinds);
        }
        inferred.blocks.push(SeenBlock {
            offset: block.offset,
            byte_len: block.bytes.len(),
            rows: report.rows,
            first_line: line,
        });
        Ok(line + report.lines)
    }

    /// Looks at one block by itself.
    pub(super) fn look(&self, block: &Block) -> Report {
        let bytes = block.bytes.as_slice();
        let mut report = Report {
            rows: 0,
            lines: memchr_iter(b'\n', bytes).count() as u64,
            kinds: vec![Kinds::default(); self.header.wanted.len()],
            fault: None,
            zero_byte: None,
        };
        if self.context.check().is_err() {
            return report;
        }
        let zero_at = memchr(0, bytes);
        report.zero_byte = zero_at.map(|at| lines_before(bytes, at));
        let columns = self.header.names.len();
        let mut splitter = Splitter::new(bytes, self.delimiter, 0);
        let mut grid = Grid::default();
        loop {
            splitter.fill(&mut grid, columns, (GRID_CELLS / columns).max(1), self.on_error);
            if grid.row_count + grid.skipped == 0 {
                return report;
            }
            if self.on_error == OnError::Fail
                && let Some(fault) = grid.faults.first()
            {
                // The first mistake is told, so that the message does not depend on the size of blocks.
                if zero_at.is_some_and(|at| at < fault.row_start) {
                    return report;
                }
                report.zero_byte = None;
                report.fault = Some(bad_cell(bytes, fault, &self.header.names, 0));
                return report;
            }
            report.rows += grid.row_count + grid.skipped;
            for (wanted, kinds) in self.header.wanted.iter().zip(&mut report.kinds) {
                if wanted.declared.is_none() && !kinds.is_text() {
                    self.look_at_column(bytes, &grid, wanted.column, columns, kinds);
                }
            }
        }
    }

    fn look_at_column(&self, bytes: &[u8], grid: &Grid, column: usize, columns: usize, kinds: &mut Kinds) {
        look_at_column(bytes, grid, (column, columns), self.nulls, kinds);
    }
}

impl Report {
    /// True when nothing in the block keeps it from being read.
    pub(super) fn is_sound(&self) -> bool {
        self.fault.is_none() && self.zero_byte.is_none()
    }
}

/// Adds what the cells of one column are, until it is known to be text. `column` is its number, and how many there are.
pub(super) fn look_at_column(
    bytes: &[u8],
    grid: &Grid,
    column: (usize, usize),
    nulls: &[Vec<u8>],
    kinds: &mut Kinds,
) {
    let mut scratch = Vec::new();
    for cell in grid.cells.iter().skip(column.0).step_by(column.1) {
        let raw = cell.raw(bytes);
        if cell.is_absent() || (raw.is_empty() && !cell.is_quoted()) {
            continue;
        }
        if !nulls.is_empty() {
            let text = cell.text(bytes, &mut scratch);
            if nulls.iter().any(|null| null == text) {
                continue;
            }
        }
        // NA stands for NULL in columns of anything but text, so it says nothing about the type; nor does
        // a quoted empty cell.
        if raw.is_empty() || raw == b"NA" {
            continue;
        }
        kinds.join(quick::kinds(bytes, cell.start(), cell.len()));
        if kinds.is_text() {
            return;
        }
    }
}

/// Line feeds in `bytes` before `at`.
pub(crate) fn lines_before(bytes: &[u8], at: usize) -> u64 {
    memchr_iter(b'\n', bytes.get(..at).unwrap_or(bytes)).count() as u64
}

/// A fault as it is told, in a block whose first line has the number `first_line`.
pub(crate) fn bad_cell(bytes: &[u8], fault: &Fault, names: &[String], first_line: u64) -> BadCell {
    let text = bytes.get(fault.start..fault.start + fault.len).unwrap_or(&[]);
    BadCell {
        line: first_line + lines_before(bytes, fault.start),
        column: names.get(fault.column).or(names.last()).cloned().unwrap_or_default(),
        text: shorten(text),
        problem: fault.problem,
    }
}
