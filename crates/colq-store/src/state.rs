//! Columns of state beside a table: numbers that several processes read and write at once, outside versions.
//!
//! Queries never see them: a checkpoint commits a copy as a column of the table. How words are mapped is the
//! business of `mapping`; files and locks are in `state::folder`.

mod folder;

use crate::layer::{Disk, FileLayer};
use crate::mapping::{LengthPromise, WordMapping};
use crate::{Error, Result, TableEdit};
use colq_column::{Buffer, Column};
use colq_format::{HEADER_LEN, MAX_ROWS};
use colq_types::{DataType, Native, ZONE_ROWS};
use folder::StateFile;
use std::fmt;
use std::fs::File;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// The numbers that a [`MutableColumn`] may hold: those of four and eight bytes, which the hardware reads and
/// writes whole.
pub trait AtomicNumber: Native {
    /// What a checkpoint makes of it.
    const DATA_TYPE: DataType;
    /// The bits, in the low half for four bytes.
    fn to_bits_64(self) -> u64;
    /// The number of the bits.
    fn from_bits_64(bits: u64) -> Self;
    /// Values as the memory of a column.
    fn into_buffer(values: Vec<Self>) -> Buffer;
}

/// The whole numbers among them, which can be added to in place.
pub trait AtomicInteger: AtomicNumber {}

macro_rules! atomic {
    ($type:ty, $data_type:ident, $to:expr, $from:expr) => {
        impl AtomicNumber for $type {
            const DATA_TYPE: DataType = DataType::$data_type;
            #[inline]
            fn to_bits_64(self) -> u64 {
                let to: fn($type) -> u64 = $to;
                to(self)
            }
            #[inline]
            fn from_bits_64(bits: u64) -> $type {
                let from: fn(u64) -> $type = $from;
                from(bits)
            }
            fn into_buffer(values: Vec<$type>) -> Buffer {
                values.into()
            }
        }
    };
}

atomic!(i32, I32, |v| u64::from(v as u32), |bits| bits as u32 as i32);
atomic!(u32, U32, |v| u64::from(v), |bits| bits as u32);
atomic!(f32, F32, |v| u64::from(v.to_bits()), |bits| f32::from_bits(bits as u32));
atomic!(i64, I64, |v| v as u64, |bits| bits as i64);
atomic!(u64, U64, |v| v, |bits| bits);
atomic!(f64, F64, f64::to_bits, f64::from_bits);

impl AtomicInteger for i32 {}
impl AtomicInteger for u32 {}
impl AtomicInteger for i64 {}
impl AtomicInteger for u64 {}

/// One number a row that any number of threads and processes read and write live: a loss, a weight, a
/// priority. It lies in the table's folder as `state/<name>.npy`, outside versions, and queries see it only as
/// a [checkpoint](MutableColumn::checkpoint).
///
/// Each number is read and written whole, in no order with others (relaxed atomics): whoever needs two numbers
/// to fit together needs a lock of their own. Stores are seen at once by every process of the machine; a crash
/// of a process loses none, and a power loss those that were not [flushed](MutableColumn::flush).
///
/// Processes that have a column open hold a shared lock on `state/<name>.lock`; making, resizing and deleting
/// one takes an exclusive lock. The lock file is never deleted.
pub struct MutableColumn<T> {
    words: WordMapping,
    row_count: u64,
    table: PathBuf,
    name: String,
    path: PathBuf,
    /// Closing it gives the shared lock back.
    _lock: File,
    values: PhantomData<T>,
}

impl<T: AtomicNumber> MutableColumn<T> {
    const WIDTH: usize = T::PHYSICAL.byte_width();

    pub(crate) fn open_with(promise: LengthPromise, table: &Path, name: &str) -> Result<MutableColumn<T>> {
        let state = StateFile::of(table, name)?;
        let lock = state.lock_shared(&Disk)?;
        let (file, row_count) = state.open(&Disk, T::PHYSICAL)?;
        let byte_len = byte_len::<T>(row_count)?;
        let words = WordMapping::new(promise, &file, byte_len).map_err(Error::io("map", &state.path))?;
        let (table, name, path) = (table.to_owned(), name.to_owned(), state.path);
        Ok(MutableColumn { words, row_count, table, name, path, _lock: lock, values: PhantomData })
    }

    /// Makes the file of a new column, whole or not at all.
    pub(crate) fn make_on(
        layer: &dyn FileLayer,
        table: &Path,
        name: &str,
        row_count: u64,
        fill: T,
    ) -> Result<()> {
        byte_len::<T>(row_count)?;
        let state = StateFile::of(table, name)?;
        state.make_folder(layer)?;
        let _lock = state.lock_exclusive(layer, true)?;
        state.make(layer, T::PHYSICAL, row_count, bytemuck::bytes_of(&fill))
    }

    /// Gives a column that nobody has open another number of rows; new ones hold `fill`. A process that dies
    /// on the way leaves the old number.
    ///
    /// # Errors
    /// There is no such column, it holds another type, somebody has it open, or the disk is full: then the
    /// column is as it was.
    pub fn resize(table: impl AsRef<Path>, name: &str, row_count: u64, fill: T) -> Result<()> {
        MutableColumn::resize_on(&Disk, table.as_ref(), name, row_count, fill)
    }

    pub(crate) fn resize_on(
        layer: &dyn FileLayer,
        table: &Path,
        name: &str,
        row_count: u64,
        fill: T,
    ) -> Result<()> {
        byte_len::<T>(row_count)?;
        let state = StateFile::of(table, name)?;
        let _lock = state.lock_exclusive(layer, false)?;
        state.resize(layer, T::PHYSICAL, row_count, bytemuck::bytes_of(&fill))
    }

    /// Deletes a column that nobody has open.
    ///
    /// # Errors
    /// There is no such column, or somebody has it open.
    pub fn delete(table: impl AsRef<Path>, name: &str) -> Result<()> {
        let state = StateFile::of(table.as_ref(), name)?;
        let _lock = state.lock_exclusive(&Disk, false)?;
        state.delete(&Disk)
    }

    /// Rows of the column.
    pub fn len(&self) -> u64 {
        self.row_count
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.row_count == 0
    }

    /// The name that a checkpoint gives it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its values begin in the map, where there is such a row.
    #[inline]
    fn offset(&self, row: u64) -> Result<usize> {
        if row >= self.row_count {
            return Err(self.no_row(row));
        }
        // All rows are mapped, so their offsets fit.
        Ok(HEADER_LEN + row as usize * Self::WIDTH)
    }

    #[cold]
    fn no_row(&self, row: u64) -> Error {
        Error::NoRow { row, row_count: self.row_count }
    }

    /// The number in a row, as whoever stored it last left it.
    ///
    /// # Errors
    /// There is no such row.
    #[inline]
    pub fn get(&self, row: u64) -> Result<T> {
        let offset = self.offset(row)?;
        let bits = match Self::WIDTH {
            4 => self.words.word_32(offset).map(|word| u64::from(word.load(Ordering::Relaxed))),
            _ => self.words.word_64(offset).map(|word| word.load(Ordering::Relaxed)),
        };
        bits.map(T::from_bits_64).ok_or_else(|| self.no_row(row))
    }

    /// Stores a number; all processes see it.
    ///
    /// # Errors
    /// There is no such row.
    #[inline]
    pub fn set(&self, row: u64, value: T) -> Result<()> {
        let offset = self.offset(row)?;
        let bits = value.to_bits_64();
        let stored = match Self::WIDTH {
            4 => self.words.word_32(offset).map(|word| word.store(bits as u32, Ordering::Relaxed)),
            _ => self.words.word_64(offset).map(|word| word.store(bits, Ordering::Relaxed)),
        };
        stored.ok_or_else(|| self.no_row(row))
    }

    /// Adds to the number in a row, and gives the one before. No addition of another thread or process is lost.
    /// Beyond the largest number it goes on from the smallest.
    ///
    /// # Errors
    /// There is no such row.
    #[inline]
    pub fn fetch_add(&self, row: u64, value: T) -> Result<T>
    where
        T: AtomicInteger,
    {
        let offset = self.offset(row)?;
        let bits = value.to_bits_64();
        let before = match Self::WIDTH {
            4 => {
                let word = self.words.word_32(offset);
                word.map(|word| u64::from(word.fetch_add(bits as u32, Ordering::Relaxed)))
            }
            _ => self.words.word_64(offset).map(|word| word.fetch_add(bits, Ordering::Relaxed)),
        };
        before.map(T::from_bits_64).ok_or_else(|| self.no_row(row))
    }

    /// Waits until everything stored so far is on the disk.
    ///
    /// # Errors
    /// The disk failed; what was stored since the last flush may be lost.
    pub fn flush(&self) -> Result<()> {
        self.flush_range(0..self.row_count)
    }

    /// Waits until everything stored in these rows so far is on the disk.
    ///
    /// # Errors
    /// Rows that the column does not have, or the disk failed.
    pub fn flush_range(&self, rows: Range<u64>) -> Result<()> {
        if rows.end > self.row_count {
            return Err(self.no_row(rows.end - 1));
        }
        let offset = |row: u64| HEADER_LEN + row as usize * Self::WIDTH;
        if rows.is_empty() {
            return Ok(());
        }
        let flushed = self.words.flush(offset(rows.start)..offset(rows.end));
        flushed.map_err(Error::io("sync", &self.path))
    }

    /// Commits a copy of the numbers as the table's column of this name, added or replaced, and gives the
    /// number of the version. Each number is copied whole; stores that come meanwhile are in it or not.
    ///
    /// # Errors
    /// The column does not have the table's rows, a writer has the table, or any of [`TableEdit::commit`].
    pub fn checkpoint(&self) -> Result<u64> {
        self.checkpoint_in(TableEdit::open(&self.table)?)
    }

    fn checkpoint_in(&self, mut edit: TableEdit) -> Result<u64> {
        let (name, found, row_count) = (self.name.clone(), self.row_count, edit.row_count());
        if found > row_count {
            return Err(Error::TooManyRows { column: name, row_count, found });
        }
        if found < row_count {
            return Err(Error::TooFewRows { column: name, row_count, found });
        }
        let is_there = edit.column_names().any(|column| column == name);
        match is_there {
            true => edit.replace_column(&name, T::DATA_TYPE)?,
            false => edit.add_column(&name, T::DATA_TYPE)?,
        }
        let mut start = 0;
        while start < row_count {
            let end = row_count.min(start + ZONE_ROWS);
            let values = (start..end).map(|row| self.get(row)).collect::<Result<Vec<T>>>()?;
            edit.write_column(&name, &Column::new(T::DATA_TYPE, T::into_buffer(values)))?;
            start = end;
        }
        edit.commit()
    }
}

impl<T: AtomicNumber> fmt::Debug for MutableColumn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, row_count) = (&self.name, self.row_count);
        write!(f, "MutableColumn(`{name}`, {row_count} values of {})", T::PHYSICAL.name())
    }
}

/// Bytes of a file of so many rows, which must be mappable.
fn byte_len<T: AtomicNumber>(row_count: u64) -> Result<usize> {
    let too_many = || Error::InvalidSchema { what: format!("a column has at most {MAX_ROWS} rows") };
    if row_count > MAX_ROWS {
        return Err(too_many());
    }
    let values = usize::try_from(row_count).ok().and_then(|n| n.checked_mul(T::PHYSICAL.byte_width()));
    values.and_then(|len| len.checked_add(HEADER_LEN)).ok_or_else(too_many)
}
