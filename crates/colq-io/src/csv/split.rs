//! Text into cells: the grammar of CSV.
//!
//! RFC 4180 with these choices. A quote opens a quoted cell only as the first byte of the cell; anywhere else
//! it is text. A row ends with a line feed, before which one carriage return is dropped, or with the bytes. A
//! blank line is no row, except in a file of one column, where it is a row with an empty cell. It knows
//! nothing of types and names.

use super::marks::Marks;
use crate::{OnError, Problem};

/// Where a cell's text stands, and what was seen of it. Eight bytes, since there is one for each cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    start: u32,
    /// The length in the low bits, flags in the high ones. A row is at most 64 MiB long.
    tag: u32,
}

const LEN_BITS: u32 = 28;
/// The cell was quoted; its range leaves the quotes out.
const QUOTED: u32 = 1 << 28;
/// There are doubled quotes in it.
const ESCAPED: u32 = 1 << 29;
/// There is no cell, or none that can be read: NULL.
const ABSENT: u32 = 1 << 30;

impl Cell {
    fn new(start: usize, end: usize, flags: u32) -> Cell {
        Cell { start: start as u32, tag: (end.saturating_sub(start) as u32 & ((1 << LEN_BITS) - 1)) | flags }
    }

    #[inline(always)]
    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        (self.tag & ((1 << LEN_BITS) - 1)) as usize
    }

    /// The text between the quotes, doubled quotes and all.
    #[inline(always)]
    pub(crate) fn raw(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start()..self.start() + self.len()).unwrap_or(&[])
    }

    #[inline(always)]
    pub(crate) fn is_quoted(self) -> bool {
        self.tag & QUOTED != 0
    }

    #[inline(always)]
    pub(crate) fn is_escaped(self) -> bool {
        self.tag & ESCAPED != 0
    }

    #[inline(always)]
    pub(crate) fn is_absent(self) -> bool {
        self.tag & ABSENT != 0
    }

    /// The text as it is meant; `scratch` holds it where doubled quotes had to be undone.
    pub(crate) fn text<'a>(self, bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = self.raw(bytes);
        if !self.is_escaped() {
            return raw;
        }
        scratch.clear();
        let mut quote_before = false;
        for &byte in raw {
            // Of each pair of quotes the second is dropped.
            quote_before = byte == b'"' && !quote_before;
            if byte != b'"' || quote_before {
                scratch.push(byte);
            }
        }
        scratch
    }
}

/// Something wrong with a row or a cell, before it is told to anyone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// Where the row begins.
    pub(crate) row_start: usize,
    /// Where the text in question begins, and how long it is.
    pub(crate) start: usize,
    pub(crate) len: usize,
    /// Which column of the file.
    pub(crate) column: usize,
    pub(crate) problem: Problem,
}

/// Some rows as cells, row by row; every row has as many cells as there are columns.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub(crate) cells: Vec<Cell>,
    pub(crate) row_count: usize,
    /// Rows that were read and left out.
    pub(crate) skipped: usize,
    pub(crate) faults: Vec<Fault>,
}

impl Grid {
    fn clear(&mut self) {
        self.cells.clear();
        self.faults.clear();
        self.row_count = 0;
        self.skipped = 0;
    }
}

/// Splits bytes that begin with a row into rows.
#[derive(Debug)]
pub(crate) struct Splitter<'a> {
    bytes: &'a [u8],
    marks: Marks<'a>,
    delimiter: u8,
    /// Where the next row begins.
    position: usize,
}

impl<'a> Splitter<'a> {
    pub(crate) fn new(bytes: &'a [u8], delimiter: u8, start: usize) -> Splitter<'a> {
        Splitter { bytes, marks: Marks::new(bytes, delimiter, start), delimiter, position: start }
    }

    /// Where the next row begins.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The cells of the next row, however many, added to `cells`; a blank line gives one empty cell. False at
    /// the end.
    pub(crate) fn row(&mut self, cells: &mut Vec<Cell>, faults: &mut Vec<Fault>) -> bool {
        let row_start = self.position;
        if row_start >= self.bytes.len() {
            return false;
        }
        let first_cell = cells.len();
        let mut cell_start = row_start;
        loop {
            let Some(at) = self.marks.next() else {
                let len = self.bytes.len();
                let end = if self.bytes.ends_with(b"\r") { (len - 1).max(cell_start) } else { len };
                cells.push(Cell::new(cell_start, end, 0));
                self.position = len;
                return true;
            };
            let byte = self.bytes.get(at).copied().unwrap_or(b'\n');
            if byte == self.delimiter {
                cells.push(Cell::new(cell_start, at, 0));
                cell_start = at + 1;
            } else if byte == b'\n' {
                let end = if at > cell_start && self.bytes.get(at - 1) == Some(&b'\r') { at - 1 } else { at };
                cells.push(Cell::new(cell_start, end, 0));
                self.position = at + 1;
                return true;
            } else if at == cell_start {
                let column = cells.len() - first_cell;
                let (cell, problem, end) = self.quoted(at);
                cells.push(cell);
                if let Some(problem) = problem {
                    let len = end.min(self.bytes.len()) - at;
                    faults.push(Fault { row_start, start: at, len, column, problem });
                }
                if end >= self.bytes.len() {
                    self.position = self.bytes.len();
                    return true;
                }
                if self.bytes.get(end) == Some(&b'\n') {
                    self.position = end + 1;
                    return true;
                }
                cell_start = end + 1;
            }
        }
    }

    /// A cell whose quote opens at `open`. Gives the cell, what is wrong with it, and where the delimiter or
    /// line feed after it stands (the length of the bytes when there is none). That mark is taken.
    fn quoted(&mut self, open: usize) -> (Cell, Option<Problem>, usize) {
        let len = self.bytes.len();
        let byte = |at: usize| self.bytes.get(at).copied();
        let mut flags = QUOTED;
        let close = loop {
            let Some(at) = self.marks.next() else {
                return (Cell::new(open + 1, len, flags | ABSENT), Some(Problem::OpenQuote), len);
            };
            if byte(at) != Some(b'"') {
                continue;
            }
            if byte(at + 1) != Some(b'"') {
                break at;
            }
            flags |= ESCAPED;
            self.marks.next();
        };
        let after = close + 1;
        match byte(after) {
            None => return (Cell::new(open + 1, close, flags), None, len),
            Some(b'\r') if byte(after + 1) == Some(b'\n') => {
                self.marks.next();
                return (Cell::new(open + 1, close, flags), None, after + 1);
            }
            Some(b'\r') if after + 1 == len => return (Cell::new(open + 1, close, flags), None, len),
            Some(b) if b == self.delimiter || b == b'\n' => {
                self.marks.next();
                return (Cell::new(open + 1, close, flags), None, after);
            }
            Some(_) => {}
        }
        // Text after the quote: the cell goes on to the next delimiter, and quotes in it mean nothing.
        let end = loop {
            match self.marks.next() {
                None => break len,
                Some(at) if byte(at) == Some(b'"') => {}
                Some(at) => break at,
            }
        };
        (Cell::new(open + 1, close, flags | ABSENT), Some(Problem::TextAfterQuote), end)
    }

    /// True when the row from `start` to `self.position` that gave one cell is a blank line.
    fn is_blank(&self, start: usize) -> bool {
        matches!(self.bytes.get(start..self.position), Some(b"\n" | b"\r\n" | b"\r" | b""))
    }

    /// Fills `grid` with up to `limit` rows, left out ones among them. Under [`OnError::Fail`] the faults are
    /// for the caller to look at.
    pub(crate) fn fill(&mut self, grid: &mut Grid, columns: usize, limit: usize, on_error: OnError) {
        grid.clear();
        while grid.row_count + grid.skipped < limit {
            let (start, before, faults_before) = (self.position, grid.cells.len(), grid.faults.len());
            if !self.row(&mut grid.cells, &mut grid.faults) {
                break;
            }
            let found = grid.cells.len() - before;
            if found == columns && grid.faults.len() == faults_before {
                grid.row_count += 1;
                continue;
            }
            if found == 1 && columns != 1 && self.is_blank(start) {
                grid.cells.truncate(before);
                continue;
            }
            if found != columns {
                self.ragged(grid, start, before, columns);
            }
            if on_error == OnError::Skip {
                grid.cells.truncate(before);
                grid.skipped += 1;
            } else {
                grid.row_count += 1;
            }
        }
    }

    /// Makes a row of the wrong length fit, and says so.
    #[cold]
    fn ragged(&self, grid: &mut Grid, row_start: usize, before: usize, columns: usize) {
        let found = grid.cells.len() - before;
        if found < columns {
            let (start, len) = (row_start, self.position - row_start);
            let problem = Problem::TooFewCells { expected: columns, found };
            // A quote that never closes swallows the cells after it; that is one mistake and not two.
            let swallowed = grid
                .faults
                .last()
                .is_some_and(|f| f.row_start == row_start && f.problem == Problem::OpenQuote);
            if !swallowed {
                grid.faults.push(Fault { row_start, start, len, column: found, problem });
            }
            grid.cells.resize(before + columns, Cell::new(self.position, self.position, ABSENT));
        } else {
            let surplus = grid.cells.get(before + columns).copied();
            let (start, len) = surplus.map_or((row_start, 0), |cell| (cell.start(), cell.len()));
            let problem = Problem::TooManyCells { expected: columns, found };
            let column = columns.saturating_sub(1);
            // What is wrong with the surplus cells themselves does not matter any more.
            grid.faults.retain(|f| f.row_start != row_start || f.column < columns);
            grid.faults.push(Fault { row_start, start, len, column, problem });
            grid.cells.truncate(before + columns);
        }
    }

    /// Passes over rows without keeping them.
    pub(crate) fn skip(&mut self, columns: usize, rows: usize) {
        let (mut cells, mut faults) = (Vec::new(), Vec::new());
        let mut passed = 0;
        while passed < rows {
            let start = self.position;
            cells.clear();
            faults.clear();
            if !self.row(&mut cells, &mut faults) {
                return;
            }
            if cells.len() != 1 || columns == 1 || !self.is_blank(start) {
                passed += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
