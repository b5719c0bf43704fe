//! Bytes that are laid down by one thread and read again in parts by another: in memory, or in a scratch file.

use crate::Error;
use crate::spill::{Extent, SpillFile};

/// Bytes laid down.
#[derive(Debug)]
pub(super) enum Stored {
    Memory(Vec<u64>),
    Spilled(Extent),
}

impl Stored {
    /// Lays down the first `byte_len` bytes of `words`, in the file if there is one.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(super) fn new(words: Vec<u64>, byte_len: usize, file: Option<&SpillFile>) -> Result<Stored, Error> {
        match file {
            None => Ok(Stored::Memory(words)),
            Some(file) => {
                let bytes: &[u8] = bytemuck::cast_slice(&words);
                Ok(Stored::Spilled(file.append(bytes.get(..byte_len).unwrap_or(bytes))?))
            }
        }
    }

    /// Copies the bytes from `start` on, as many as `into` takes.
    ///
    /// # Errors
    /// A fault of the disk.
    pub(super) fn read(&self, start: usize, into: &mut [u8], file: Option<&SpillFile>) -> Result<(), Error> {
        match (self, file) {
            (Stored::Memory(words), _) => {
                let bytes: &[u8] = bytemuck::cast_slice(words);
                let part = bytes.get(start..start + into.len());
                into.copy_from_slice(
                    part.ok_or_else(|| Error::Internal("a part of a run is missing".into()))?,
                );
                Ok(())
            }
            (Stored::Spilled(extent), Some(file)) => file.read_into(extent.part(start, into.len()), into),
            (Stored::Spilled(_), None) => Err(Error::Internal("a run has no file".into())),
        }
    }
}
