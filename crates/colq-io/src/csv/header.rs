//! The first row of a CSV file: the names of its columns.

use super::split::{Cell, Splitter};
use crate::error::Problem;
use crate::stream::BadCell;
use crate::wanted::{Wanted, wanted};
use crate::{Error, ImportOptions};
use std::collections::HashMap;
use std::path::Path;

/// Columns read at most. The state of a column costs a few hundred bytes, so that a small hostile file of
/// commas would take much memory without this.
const COLUMN_LIMIT: usize = 65_536;

/// The columns of a file, and what is wanted of them.
#[derive(Debug)]
pub(crate) struct Header {
    /// The names of all columns of the file.
    pub(crate) names: Vec<String>,
    /// Which columns are read, in which order, and their declared types.
    pub(crate) wanted: Vec<Wanted>,
    /// Where the first row of data begins.
    pub(crate) end: usize,
}

impl Header {
    /// Reads the header from bytes whose first line has the number `first_line` (or counts the cells of the first row, where there is
    /// none). `Ok(None)` when there is no row.
    pub(crate) fn read(
        path: &Path,
        options: &ImportOptions,
        bytes: &[u8],
        delimiter: u8,
        first_line: u64,
    ) -> Result<Option<Header>, Error> {
        let mut splitter = Splitter::new(bytes, delimiter, 0);
        let (mut cells, mut faults) = (Vec::new(), Vec::new());
        let mut start;
        loop {
            start = splitter.position();
            cells.clear();
            if !splitter.row(&mut cells, &mut faults) {
                return Ok(None);
            }
            // Blank lines before the first row are passed over.
            if cells.len() != 1 || cells.iter().any(|c| c.len() > 0 || c.is_quoted()) {
                break;
            }
        }
        let path_buf = || path.to_owned();
        if cells.len() > COLUMN_LIMIT {
            return Err(Error::TooManyColumns { path: path_buf(), found: cells.len(), limit: COLUMN_LIMIT });
        }
        let line_at = |at: usize| {
            first_line + memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or(bytes)).count() as u64
        };
        if let Some(at) = memchr::memchr(0, bytes.get(..splitter.position()).unwrap_or(bytes)) {
            return Err(Error::ZeroByte { path: path.to_owned(), line: line_at(at) });
        }
        let mut header = Header { names: Vec::new(), wanted: Vec::new(), end: start };
        if options.header {
            if let Some(fault) = faults.first() {
                let text = bytes.get(fault.start..fault.start + fault.len).unwrap_or(&[]);
                let column = format!("number {}", fault.column + 1);
                return Err(bad_name(path, line_at(fault.start), column, text, fault.problem));
            }
            header.names = names(path, bytes, &cells, line_at)?;
            header.end = splitter.position();
        } else {
            header.names = (1..=cells.len()).map(|number| format!("column{number}")).collect();
        }
        header.wanted = wanted(path, options, &header.names)?;
        Ok(Some(header))
    }
}

fn bad_name(path: &Path, line: u64, column: String, text: &[u8], problem: Problem) -> Error {
    Error::BadCell { path: path.to_owned(), cell: BadCell { line, column, text: shorten(text), problem } }
}

fn names(
    path: &Path,
    bytes: &[u8],
    cells: &[Cell],
    line_at: impl Fn(usize) -> u64,
) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(cells.len());
    let mut scratch = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        let (number, text) = (index + 1, cell.text(bytes, &mut scratch));
        let line = line_at(cell.start());
        if text.is_empty() {
            return Err(Error::EmptyName { path: path.to_owned(), line, number });
        }
        let Ok(name) = std::str::from_utf8(text) else {
            return Err(bad_name(path, line, format!("number {number}"), text, Problem::NotUtf8));
        };
        if !cell.is_quoted() && name.contains('\r') {
            return Err(Error::CarriageReturns { path: path.to_owned() });
        }
        if let Some(first) = seen.insert(name.to_owned(), number) {
            let (path, name) = (path.to_owned(), name.to_owned());
            return Err(Error::DuplicateName { path, line, name, first, second: number });
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// Text for a message: bad bytes replaced, and at most 80 bytes of it.
pub(crate) fn shorten(text: &[u8]) -> String {
    const SHOWN: usize = 80;
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let mut shown = String::from_utf8_lossy(text.get(..SHOWN + 4).unwrap_or(text)).into_owned();
    if shown.len() > SHOWN {
        while !shown.is_char_boundary(shown.len().min(SHOWN)) || shown.len() > SHOWN {
            shown.pop();
        }
        shown.push('…');
    }
    shown
}
