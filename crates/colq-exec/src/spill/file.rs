//! A file without a name in the scratch folder, to which runs of bytes are added and from which they are read again.
//! It knows nothing of what the bytes mean.

use crate::Error;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where scratch files are made, if it is set.
const FOLDER_VARIABLE: &str = "COLQ_TEMP";

/// A scratch file. Any thread may add to it and read from it.
#[derive(Debug)]
pub(crate) struct SpillFile {
    file: File,
    end: AtomicU64,
    folder: PathBuf,
}

/// Where a run of bytes lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    offset: u64,
    pub(crate) byte_len: usize,
}

impl SpillFile {
    /// An empty file in `$COLQ_TEMP`, else in the system's folder for temporary files (`$TMPDIR`).
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn create() -> Result<SpillFile, Error> {
        let folder = std::env::var_os(FOLDER_VARIABLE).map_or_else(std::env::temp_dir, PathBuf::from);
        match tempfile::tempfile_in(&folder) {
            Ok(file) => Ok(SpillFile { file, end: AtomicU64::new(0), folder }),
            Err(source) => Err(Error::Scratch { folder, source }),
        }
    }

    /// Adds bytes. What is added in large pieces is written and read fast.
    ///
    /// # Errors
    /// The disk is full, or another fault of it.
    pub(crate) fn append(&self, bytes: &[u8]) -> Result<Extent, Error> {
        let offset = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.file.write_all_at(bytes, offset).map_err(|e| self.failed(e))?;
        Ok(Extent { offset, byte_len: bytes.len() })
    }

    /// Reads a run of bytes that was added before; what `bytes` held is gone.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(crate) fn read(&self, extent: Extent, bytes: &mut Vec<u8>) -> Result<(), Error> {
        bytes.resize(extent.byte_len, 0);
        self.read_into(extent, bytes)
    }

    /// The same into bytes of the same length.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(crate) fn read_into(&self, extent: Extent, bytes: &mut [u8]) -> Result<(), Error> {
        self.file.read_exact_at(bytes, extent.offset).map_err(|e| self.failed(e))
    }

    /// Bytes written.
    #[allow(dead_code, reason = "what spills says how much")]
    pub(crate) fn byte_len(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Scratch { folder: self.folder.clone(), source }
    }
}

impl Extent {
    /// A part of these bytes. It must lie within them.
    pub(crate) fn part(self, start: usize, byte_len: usize) -> Extent {
        debug_assert!(start + byte_len <= self.byte_len);
        Extent { offset: self.offset + start as u64, byte_len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_read_again() {
        let file = SpillFile::create().unwrap();
        let first = file.append(b"abc").unwrap();
        let empty = file.append(b"").unwrap();
        let second = file.append(&[7; 100_000]).unwrap();
        let mut bytes = Vec::new();
        file.read(second, &mut bytes).unwrap();
        assert_eq!(bytes, [7; 100_000]);
        file.read(first, &mut bytes).unwrap();
        assert_eq!(bytes, b"abc");
        file.read(first.part(1, 2), &mut bytes).unwrap();
        assert_eq!(bytes, b"bc");
        file.read(empty, &mut bytes).unwrap();
        assert_eq!(bytes, b"");
        assert_eq!(file.byte_len(), 100_003);
    }
}
