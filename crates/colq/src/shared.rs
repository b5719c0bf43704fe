//! Values of columns in memory that may be written: private to this process, or sealed and shared with others.

use crate::{Column, Result};
use colq_store as store;
use colq_types::Native;
use std::os::fd::OwnedFd;
use std::process::Stdio;

pub use colq_store::PrivateValues;

impl Column<'_> {
    /// All values as a slice that may be written: a private copy-on-write map of the column's file, which stays
    /// as it is. The promise of [`Table::map`](crate::Table::map) must hold as long as the values exist.
    ///
    /// # Errors
    /// The column has another layout, or the table is not mapped.
    pub fn private<T: Native>(&self) -> Result<PrivateValues<T>> {
        Ok(self.table.private(self.index)?)
    }
}

/// Numbers that other processes can map without a copy, sealed so that nobody can change them: see
/// [`colq_store::SharedBuffer`].
#[derive(Debug)]
pub struct SharedBuffer<T: Native>(store::SharedBuffer<T>);

impl<T: Native> SharedBuffer<T> {
    /// A buffer with these values.
    ///
    /// # Errors
    /// There is not enough memory, or the system has no sealed files in memory (only Linux has them).
    pub fn from_slice(values: &[T]) -> Result<SharedBuffer<T>> {
        Ok(SharedBuffer(store::SharedBuffer::from_slice(values)?))
    }

    /// A buffer of `len` values, zero until `fill` has written them; sealed when it returns.
    ///
    /// # Errors
    /// As for [`SharedBuffer::from_slice`].
    pub fn filled(len: usize, fill: impl FnOnce(&mut [T])) -> Result<SharedBuffer<T>> {
        Ok(SharedBuffer(store::SharedBuffer::filled(len, fill)?))
    }

    /// The buffer behind a descriptor from another process; seals and length are checked before it is mapped.
    ///
    /// # Errors
    /// It is no sealed buffer of whole values.
    pub fn from_fd(file: OwnedFd) -> Result<SharedBuffer<T>> {
        Ok(SharedBuffer(store::SharedBuffer::from_fd(file)?))
    }

    /// The buffer that the process which started this one gave as standard input.
    ///
    /// # Errors
    /// As for [`SharedBuffer::from_fd`].
    pub fn from_stdin() -> Result<SharedBuffer<T>> {
        Ok(SharedBuffer(store::SharedBuffer::from_stdin()?))
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        self.0.as_slice()
    }

    /// Another descriptor for the same values.
    ///
    /// # Errors
    /// The process has too many open files.
    pub fn try_clone_fd(&self) -> Result<OwnedFd> {
        Ok(self.0.try_clone_fd()?)
    }

    /// The values as standard input of a process to be started.
    ///
    /// # Errors
    /// As for [`SharedBuffer::try_clone_fd`].
    pub fn stdio(&self) -> Result<Stdio> {
        Ok(self.0.stdio()?)
    }
}
