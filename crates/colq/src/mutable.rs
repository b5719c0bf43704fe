//! Columns of live state beside a table, which several processes read and write at once.
#![expect(unsafe_code, reason = "passes on the promise of the store's shared map")]

use crate::Result;
use colq_store as store;
use std::ops::Range;
use std::path::Path;

pub use colq_store::{AtomicInteger, AtomicNumber};

/// One number a row that any number of threads and processes read and write live, outside versions: see
/// [`colq_store::MutableColumn`]. Queries see it only as a checkpoint.
#[derive(Debug)]
pub struct MutableColumn<T: AtomicNumber>(store::MutableColumn<T>);

impl<T: AtomicNumber> MutableColumn<T> {
    /// Makes a column of state with `fill` in every row, and opens it. A full disk is an error here, and not a
    /// crash at a later store.
    ///
    /// # Errors
    /// There is no table, there is such a column already, or the disk is full.
    ///
    /// # Safety
    /// As for [`colq_store::MutableColumn::open`]: as long as the column is open, nobody makes its file shorter
    /// in place. What others write into it is harmless.
    pub unsafe fn create(
        table: impl AsRef<Path>,
        name: &str,
        row_count: u64,
        fill: T,
    ) -> Result<MutableColumn<T>> {
        // SAFETY: the caller promises what the store asks for, word by word.
        Ok(MutableColumn(unsafe { store::MutableColumn::create(table, name, row_count, fill) }?))
    }

    /// Opens a column of state, which any number of processes may do at once.
    ///
    /// # Errors
    /// There is no such column, it holds another type, its file is damaged, or somebody is resizing it.
    ///
    /// # Safety
    /// As for [`MutableColumn::create`].
    pub unsafe fn open(table: impl AsRef<Path>, name: &str) -> Result<MutableColumn<T>> {
        // SAFETY: the caller promises what the store asks for, word by word.
        Ok(MutableColumn(unsafe { store::MutableColumn::open(table, name) }?))
    }

    /// Gives a column that nobody has open another number of rows; new ones hold `fill`.
    ///
    /// # Errors
    /// There is no such column, somebody has it open, or the disk is full.
    pub fn resize(table: impl AsRef<Path>, name: &str, row_count: u64, fill: T) -> Result<()> {
        Ok(store::MutableColumn::resize(table, name, row_count, fill)?)
    }

    /// Deletes a column that nobody has open.
    ///
    /// # Errors
    /// There is no such column, or somebody has it open.
    pub fn delete(table: impl AsRef<Path>, name: &str) -> Result<()> {
        Ok(store::MutableColumn::<T>::delete(table, name)?)
    }

    /// Rows of the column.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number in a row.
    ///
    /// # Errors
    /// There is no such row.
    #[inline]
    pub fn get(&self, row: u64) -> Result<T> {
        Ok(self.0.get(row)?)
    }

    /// Stores a number; all processes see it.
    ///
    /// # Errors
    /// There is no such row.
    #[inline]
    pub fn set(&self, row: u64, value: T) -> Result<()> {
        Ok(self.0.set(row, value)?)
    }

    /// Adds to the number in a row, and gives the one before. No addition is lost; it wraps around.
    ///
    /// # Errors
    /// There is no such row.
    #[inline]
    pub fn fetch_add(&self, row: u64, value: T) -> Result<T>
    where
        T: AtomicInteger,
    {
        Ok(self.0.fetch_add(row, value)?)
    }

    /// Waits until everything stored so far is on the disk.
    ///
    /// # Errors
    /// The disk failed.
    pub fn flush(&self) -> Result<()> {
        Ok(self.0.flush()?)
    }

    /// Waits until everything stored in these rows is on the disk.
    ///
    /// # Errors
    /// Rows that the column does not have, or the disk failed.
    pub fn flush_range(&self, rows: Range<u64>) -> Result<()> {
        Ok(self.0.flush_range(rows)?)
    }

    /// Commits a copy as the table's column of this name, added or replaced, and gives the number of the version.
    ///
    /// # Errors
    /// The column does not have the table's rows, a writer has the table, or the disk refuses.
    pub fn checkpoint(&self) -> Result<u64> {
        Ok(self.0.checkpoint()?)
    }
}
