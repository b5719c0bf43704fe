//! A file that several readers read at once, each at its own place.
//!
//! The library's reader for `std::fs::File` moves the one position that all clones of a file share, so readers
//! on several threads would read each other's bytes; and a file opened once a column runs out of descriptors.

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// A file read by positions. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct PositionedFile {
    file: Arc<File>,
    byte_len: u64,
}

impl PositionedFile {
    pub(super) fn new(file: File) -> io::Result<PositionedFile> {
        let byte_len = file.metadata()?.len();
        Ok(PositionedFile { file: Arc::new(file), byte_len })
    }
}

/// Reads from a place on.
#[derive(Debug)]
pub(super) struct Cursor {
    file: Arc<File>,
    position: u64,
}

impl Read for Cursor {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(bytes, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Length for PositionedFile {
    fn len(&self) -> u64 {
        self.byte_len
    }
}

impl ChunkReader for PositionedFile {
    type T = BufReader<Cursor>;

    fn get_read(&self, start: u64) -> Result<BufReader<Cursor>> {
        Ok(BufReader::new(Cursor { file: self.file.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // A damaged file may claim any length, and memory is taken before it is read.
        if start.checked_add(length as u64).is_none_or(|end| end > self.byte_len) {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are past the end of the file")));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}
