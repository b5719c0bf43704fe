//! A file into blocks that begin and end with whole rows.
//!
//! Where rows end depends on every quote before, so this is the one step that goes through the file in order.
//! It looks at quotes and line feeds only, by memchr. It follows the grammar of `split.rs`: a quote opens a
//! cell only at the cell's first byte, that is, after a delimiter or a line feed, so a quote amid text turns
//! nothing around.

use crate::Error;
use memchr::{memchr, memrchr};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes that one row may take. Larger rows are a quote that was never closed, or no CSV.
pub(crate) const ROW_LIMIT: usize = 64 << 20;

/// Some whole rows of a file.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Where they stand in the file.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
}

/// Reads a file block by block.
#[derive(Debug)]
pub(crate) struct Blocks {
    file: Arc<File>,
    path: PathBuf,
    file_len: u64,
    delimiter: u8,
    /// Bytes of a block, more where rows are longer.
    target: usize,
    row_limit: usize,
    /// Where `pending` stands in the file.
    offset: u64,
    /// What was read and not given out; it begins with a row.
    pending: Vec<u8>,
    /// How far `pending` was looked at, in which state, and where the part outside quotes begins that holds
    /// no boundary yet.
    seen: usize,
    quoted: bool,
    /// One past the last line feed outside quotes.
    boundary: usize,
}

impl Blocks {
    pub(crate) fn new(
        file: Arc<File>,
        path: &Path,
        file_len: u64,
        start: u64,
        delimiter: u8,
        target: usize,
        row_limit: usize,
    ) -> Blocks {
        Blocks {
            file,
            path: path.to_owned(),
            file_len,
            delimiter,
            target: target.max(1),
            row_limit,
            offset: start,
            pending: Vec::new(),
            seen: 0,
            quoted: false,
            boundary: 0,
        }
    }

    /// The next rows, `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, BlockError> {
        loop {
            let read_to = self.offset + self.pending.len() as u64;
            let left = self.file_len.saturating_sub(read_to);
            if left == 0 {
                if self.pending.len() > self.row_limit {
                    return Err(BlockError::RowTooLong);
                }
                // The last row may lack its line feed, and its closing quote.
                self.boundary = self.pending.len();
                return Ok((!self.pending.is_empty()).then(|| self.cut()));
            }
            let more = usize::try_from(left).unwrap_or(usize::MAX).min(self.target);
            let start = self.pending.len();
            self.pending.resize(start + more, 0);
            let unread = self.pending.get_mut(start..).unwrap_or_default();
            read_exact_at(&self.file, &self.path, unread, read_to).map_err(BlockError::Read)?;
            self.look(read_to + more as u64 == self.file_len);
            if self.boundary > 0 {
                return Ok(Some(self.cut()));
            }
            if self.pending.len() > self.row_limit {
                return Err(BlockError::RowTooLong);
            }
        }
    }

    /// Gives out what lies before the boundary.
    fn cut(&mut self) -> Block {
        let rest = self.pending.get(self.boundary..).unwrap_or_default().to_vec();
        let mut bytes = std::mem::replace(&mut self.pending, rest);
        bytes.truncate(self.boundary);
        let block = Block { offset: self.offset, bytes };
        self.offset += self.boundary as u64;
        self.seen -= self.boundary.min(self.seen);
        self.boundary = 0;
        block
    }

    /// Looks through what was read and not seen yet.
    fn look(&mut self, is_last: bool) {
        let bytes = self.pending.as_slice();
        let part = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
        let mut at = self.seen;
        // Where the part outside quotes begins that was not searched for a boundary.
        let mut unsearched = self.seen;
        loop {
            let quote = memchr(b'"', part(at, bytes.len())).map(|i| at + i);
            if self.quoted {
                match quote {
                    None => {
                        at = bytes.len();
                        break;
                    }
                    // Whether this closes the cell depends on a byte that was not read yet.
                    Some(q) if q + 1 == bytes.len() && !is_last => {
                        at = q;
                        break;
                    }
                    Some(q) if bytes.get(q + 1) == Some(&b'"') => at = q + 2,
                    Some(q) => {
                        self.quoted = false;
                        at = q + 1;
                        unsearched = at;
                    }
                }
            } else {
                let end = quote.unwrap_or(bytes.len());
                let opens = match end.checked_sub(1).and_then(|before| bytes.get(before)) {
                    None => true,
                    Some(&before) => before == b'\n' || before == self.delimiter,
                };
                if quote.is_none() || opens {
                    if let Some(i) = memrchr(b'\n', part(unsearched, end)) {
                        self.boundary = unsearched + i + 1;
                    }
                    unsearched = end;
                }
                match quote {
                    None => {
                        at = end;
                        break;
                    }
                    Some(q) => {
                        self.quoted = opens;
                        at = q + 1;
                    }
                }
            }
        }
        self.seen = at;
    }
}

/// Why there is no next block.
#[derive(Debug)]
pub(crate) enum BlockError {
    /// Reading failed.
    Read(Error),
    /// The row at the beginning of what is left is too long.
    RowTooLong,
}

/// Fills `bytes` from this place of the file.
pub(crate) fn read_exact_at(file: &File, path: &Path, bytes: &mut [u8], offset: u64) -> Result<(), Error> {
    file.read_exact_at(bytes, offset).map_err(|error| match error.kind() {
        // The length was asked for when the file was opened.
        std::io::ErrorKind::UnexpectedEof => Error::Changed { path: path.to_owned() },
        _ => Error::from_io(path, error),
    })
}

#[cfg(test)]
mod tests;
