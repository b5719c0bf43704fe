//! The promise that a shared writable map needs, and nothing else of it.
#![expect(unsafe_code, reason = "a shared map is only as sound as the promise of whoever asked for it")]

use super::LengthPromise;
use crate::Result;
use crate::layer::Disk;
use crate::state::{AtomicNumber, MutableColumn};
use std::path::Path;

impl<T: AtomicNumber> MutableColumn<T> {
    /// Makes a column of state with `fill` in every row, and opens it. Room on the disk is reserved for all
    /// rows, so a full disk is an error here and not a crash at a later store.
    ///
    /// # Safety
    /// As for [`MutableColumn::open`].
    ///
    /// # Errors
    /// There is no table, there is such a column already, the disk is full, or the system refuses; then there
    /// is no column.
    pub unsafe fn create(
        table: impl AsRef<Path>,
        name: &str,
        row_count: u64,
        fill: T,
    ) -> Result<MutableColumn<T>> {
        let table = table.as_ref();
        MutableColumn::make_on(&Disk, table, name, row_count, fill)?;
        // SAFETY: the caller gives the promise, word by word.
        MutableColumn::open_with(unsafe { LengthPromise::given() }, table, name)
    }

    /// Opens a column of state, which any number of processes may do at once.
    ///
    /// # Safety
    /// The caller promises that, as long as the column is open, nobody makes its file (`state/<name>.npy`)
    /// shorter in place; an access to a row that is no longer there would be one to memory that is not there
    /// (SIGBUS). colq itself shortens it only when nobody has it open, by the locks; the promise is about
    /// everybody else.
    ///
    /// Nothing is promised about what the file holds: whoever writes to it, by this type, another program or
    /// NumPy, changes numbers, which are all valid, and which are only ever read one by one. Deleting the file
    /// or replacing it by another one is harmless, too.
    ///
    /// # Errors
    /// There is no such column, it holds another type, its file is damaged, or somebody is resizing it.
    pub unsafe fn open(table: impl AsRef<Path>, name: &str) -> Result<MutableColumn<T>> {
        // SAFETY: the caller gives the promise, word by word.
        MutableColumn::open_with(unsafe { LengthPromise::given() }, table.as_ref(), name)
    }
}
