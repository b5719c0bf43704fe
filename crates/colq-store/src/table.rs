//! An open table: one version, and its columns as slices, copies or a [`ColumnSource`](colq_column::ColumnSource).

use crate::column_folder::ColumnFolder;
use crate::free_text::reserve;
use crate::layout::Layout;
use crate::pin::Pin;
use crate::reading::Reading;
use crate::stored::StoredColumn;
use crate::{Error, Result};
use colq_column::{Bitmap, Dictionary, Scratch};
use colq_format::{ColumnEntry, ColumnType};
use colq_types::{Native, Schema, zone_count, zone_range};
use std::path::Path;
use std::sync::Arc;

/// One committed version of a table. Cheap to clone, and may be used from many threads.
///
/// A table keeps its version, whatever is committed after it was opened, until it is dropped or
/// [`Table::refresh`] gives a newer one.
#[derive(Debug, Clone)]
pub struct Table {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    layout: Layout,
    schema: Schema,
    columns: Vec<StoredColumn>,
    reading: Reading,
    /// The claim on the version; its entries are in `columns`.
    pin: Pin,
}

/// One file of a column, for listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLength {
    /// The name in the folder `columns`.
    pub file: String,
    /// Committed bytes.
    pub byte_len: u64,
}

impl Table {
    /// Opens the newest version of a table by positioned reads: safe whatever happens to the files, and the
    /// choice for network file systems. Every file is looked at (there, a plain
    /// file, long enough); headers and values are read when they are asked for.
    ///
    /// # Errors
    /// No table, no version, a version of a newer format, or damage, which is named by file and column.
    pub fn open(path: impl AsRef<Path>) -> Result<Table> {
        Table::with_reading(path.as_ref(), Reading::default())
    }

    /// Opens the newest version by positioned reads that trust nothing: whenever rows of a zone are read, the
    /// whole zone is read and held against its hash, so that bytes which somebody overwrote are an error and
    /// never an answer. Zone records and dictionaries are checked by every kind of table. Rows of small parts of
    /// zones cost the reading of whole ones.
    ///
    /// What is wrong is said when it is read, with file, column and zone; [`verify`](crate::verify) finds all of
    /// it at once.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn open_checked(path: impl AsRef<Path>) -> Result<Table> {
        Table::with_reading(path.as_ref(), Reading { is_checked: true, ..Reading::default() })
    }

    /// True when reads are held against the hashes of the table ([`Table::open_checked`]).
    pub fn is_checked(&self) -> bool {
        self.inner.reading.is_checked
    }

    /// Opens the newest version.
    pub(crate) fn with_reading(path: &Path, reading: Reading) -> Result<Table> {
        let layout = Layout::new(path);
        loop {
            let pin = Pin::newest(&layout)?;
            let number = pin.version.version;
            match Table::of_pin(layout.clone(), pin, reading) {
                // While it was being opened a writer may have committed, and then rewritten headers, which
                // lead what this version knows. A newer version settles that; without one it is damage.
                Err(error) if error.is_corrupt() && layout.newest()?.is_some_and(|n| n > number) => {}
                result => return result,
            }
        }
    }

    pub(crate) fn of_pin(layout: Layout, mut pin: Pin, reading: Reading) -> Result<Table> {
        let version_file = layout.version_file(pin.version.version);
        let schema = pin.version.schema().map_err(Error::format(&version_file))?;
        let entries = std::mem::take(&mut pin.version.columns);
        let columns = open_columns(&layout, entries, pin.version.row_count, reading)?;
        Ok(Table { inner: Arc::new(Inner { layout, schema, columns, reading, pin }) })
    }

    /// The newest version of the same table, opened in the same way; the table itself when nothing was
    /// committed since.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn refresh(&self) -> Result<Table> {
        if self.inner.layout.newest()? == Some(self.version()) {
            return Ok(self.clone());
        }
        Table::with_reading(self.path(), self.inner.reading)
    }

    /// Bytes of files that this table has mapped so far: those of columns that were looked at. It is room in the
    /// address space; how much of it is in memory is for the system to decide. Private maps do not count.
    pub fn mapped_byte_len(&self) -> u64 {
        self.columns().iter().flat_map(StoredColumn::files).map(|file| file.mapped_len()).sum()
    }

    /// True when columns are slices of mapped files.
    pub fn is_mapped(&self) -> bool {
        self.inner.reading.promise.is_some()
    }

    /// The table's folder, as it was given.
    pub fn path(&self) -> &Path {
        self.inner.layout.root()
    }

    /// The number of the version.
    pub fn version(&self) -> u64 {
        self.inner.pin.version.version
    }

    /// The checksum of the version file, which stands for the whole content of the table.
    pub fn checksum(&self) -> u64 {
        self.inner.pin.checksum
    }

    /// Names and types of the columns.
    pub fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    /// Rows in the table.
    pub fn row_count(&self) -> u64 {
        self.inner.pin.version.row_count
    }

    pub(crate) fn columns(&self) -> &[StoredColumn] {
        &self.inner.columns
    }

    pub(crate) fn column(&self, column: usize) -> Result<&StoredColumn> {
        let column_count = self.inner.columns.len();
        self.inner.columns.get(column).ok_or(Error::NoColumn { column, column_count })
    }

    /// The type of a column on disk: for text with the width of its codes.
    ///
    /// # Errors
    /// There is no such column.
    pub fn column_type(&self, column: usize) -> Result<ColumnType> {
        Ok(self.column(column)?.column_type)
    }

    /// The files of a column with their committed lengths.
    ///
    /// # Errors
    /// There is no such column.
    pub fn column_files(&self, column: usize) -> Result<Vec<FileLength>> {
        let files = self.column(column)?.entry.files();
        Ok(files.map(|(file, byte_len)| FileLength { file: file.to_owned(), byte_len }).collect())
    }

    /// How many rows of a column are NULL, from the zone summaries.
    ///
    /// # Errors
    /// There is no such column, or its zone records are damaged.
    pub fn null_count(&self, column: usize) -> Result<u64> {
        let column = self.column(column)?;
        if !column.may_have_nulls() {
            return Ok(0);
        }
        let full: u64 = column.records()?.iter().map(|r| u64::from(r.null_count)).sum();
        Ok(full + column.entry.tail.null_count)
    }

    pub(crate) fn check_type<T: Native>(&self, column: usize) -> Result<&StoredColumn> {
        let stored = self.column(column)?;
        let found = stored.column_type;
        // Bytes that other programs may write are no `bool`, so a bool column is not a slice of anything.
        // Free text has offsets, which are no values of a row.
        if found == ColumnType::FreeText || found.physical() != T::PHYSICAL {
            return Err(Error::TypeMismatch {
                column: stored.entry.name.clone(),
                expected: T::PHYSICAL.name().into(),
                found: found.to_string(),
            });
        }
        Ok(stored)
    }

    /// All values of a column as a slice of its mapped file. A null slot holds zero; text gives its codes,
    /// if `T` has their width; vectors give the numbers of all rows, one row after the other. Free text has no
    /// such slice: see [`Table::to_column`].
    ///
    /// # Errors
    /// The table is not mapped, `T` is not the column's layout, or there is no such column.
    pub fn values<T: Native>(&self, column: usize) -> Result<&[T]> {
        let stored = self.check_type::<T>(column)?;
        let bytes = stored.values_file().mapped()?.ok_or_else(|| self.needs_map(stored))?;
        bytemuck::try_cast_slice(bytes).map_err(|_| Error::Changed {
            path: stored.values_file().path().to_owned(),
            what: "its map does not hold whole values".into(),
        })
    }

    pub(crate) fn needs_map(&self, stored: &StoredColumn) -> Error {
        Error::NeedsMap { path: self.path().to_owned(), column: stored.entry.name.clone() }
    }

    /// All values of a column, copied: what [`Table::values`] gives, of a table opened in either way.
    ///
    /// # Errors
    /// `T` is not the column's layout, there is no such column, or reading fails.
    pub fn read_values<T: Native>(&self, column: usize) -> Result<Vec<T>> {
        let stored = self.check_type::<T>(column)?;
        // A checked version's row count fits in memory only where the file's bytes do, which the system says.
        let len = self.row_count() as usize * stored.column_type.data_type().row_len();
        let mut values = Vec::new();
        reserve(&mut values, len, stored.values_file())?;
        values.resize(len, T::default());
        if !stored.is_checked {
            stored.values_file().read_into(0, bytemuck::cast_slice_mut(&mut values))?;
            return Ok(values);
        }
        let mut scratch = Scratch::default();
        for zone in 0..zone_count(self.row_count()) {
            let rows = zone_range(zone, self.row_count());
            let bytes = stored.read(rows, &mut scratch)?.values.as_bytes();
            let row_len = stored.column_type.data_type().row_len();
            let slots = rows.start as usize * row_len..rows.end as usize * row_len;
            let slots: &mut [u8] = bytemuck::cast_slice_mut(values.get_mut(slots).unwrap_or(&mut []));
            if slots.len() == bytes.len() {
                slots.copy_from_slice(bytes);
            }
        }
        Ok(values)
    }

    /// Which rows of a column hold a value (1) and which are NULL (0); `None` when all hold one.
    ///
    /// # Errors
    /// There is no such column, or reading fails.
    pub fn validity(&self, column: usize) -> Result<Option<Bitmap>> {
        self.column(column)?.validity()
    }

    /// The dictionary of a text column; `None` for other types and for free text. It is checked when it is first asked for.
    ///
    /// # Errors
    /// There is no such column, or its dictionary is damaged.
    pub fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>> {
        Ok(self.column(column)?.dictionary()?.cloned())
    }
}

/// Looks at the files of all columns: a microsecond for each, which two threads do not make less.
fn open_columns(
    layout: &Layout,
    entries: Vec<ColumnEntry>,
    row_count: u64,
    reading: Reading,
) -> Result<Vec<StoredColumn>> {
    let folder = ColumnFolder::open(layout)?;
    // Collecting into a `Result` would grow the vector step by step, and move what is in it each time.
    let mut columns = Vec::with_capacity(entries.len());
    for entry in entries {
        columns.push(StoredColumn::open(&folder, entry, row_count, reading)?);
    }
    Ok(columns)
}
