//! A file into blocks of whole lines. A line feed cannot stand within a JSON text, so every one ends a line.

use crate::Error;
use crate::csv::read_exact_at;
use memchr::memrchr;
use std::fs::File;
use std::path::Path;

/// Bytes that one line may take, as for CSV.
pub(super) const LINE_LIMIT: usize = 64 << 20;

/// Some whole lines of a file.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

/// Where the next block begins, and how large it should be.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    pub(super) file: &'a File,
    pub(super) path: &'a Path,
    pub(super) file_len: u64,
    pub(super) offset: u64,
    pub(super) target: usize,
}

impl Blocks<'_> {
    /// The next lines, `None` after the last. An error of nothing is a line that is too long.
    pub(super) fn next(&mut self) -> Result<Option<Block>, Option<Error>> {
        let mut bytes = Vec::new();
        loop {
            let read_to = self.offset + bytes.len() as u64;
            let left = self.file_len.saturating_sub(read_to);
            let more = usize::try_from(left).unwrap_or(usize::MAX).min(self.target.max(1));
            let start = bytes.len();
            bytes.resize(start + more, 0);
            let unread = bytes.get_mut(start..).unwrap_or_default();
            read_exact_at(self.file, self.path, unread, read_to).map_err(Some)?;
            let at_end = read_to + more as u64 == self.file_len;
            let end = if at_end { Some(bytes.len()) } else { memrchr(b'\n', &bytes).map(|at| at + 1) };
            match end {
                Some(0) => return Ok(None),
                Some(end) => {
                    bytes.truncate(end);
                    let block = Block { offset: self.offset, bytes };
                    self.offset += end as u64;
                    return Ok(Some(block));
                }
                None if bytes.len() > LINE_LIMIT => return Err(None),
                None => {}
            }
        }
    }
}

/// The lines of a block that are not blank, with their numbers from 0.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let lines = bytes.split(|b| *b == b'\n').enumerate();
    lines.filter(|(_, line)| !line.trim_ascii().is_empty()).map(|(number, line)| (number as u64, line))
}
