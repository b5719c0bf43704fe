//! An open table, and its columns.

use crate::error::Kind;
use crate::{Frame, Query, Result, Session};
use colq_column::{Bitmap, ColumnSource};
use colq_store as store;
use colq_types::{Lookup, Native, RowRange, Schema};
use std::path::Path;
use std::sync::Arc;

/// One committed version of a table, open. Cheap to clone; all clones share it.
#[derive(Debug, Clone)]
pub struct Table(store::Table);

impl Table {
    /// Opens the newest version for positioned reads. Nothing is mapped, so nothing that another process does to
    /// the files can be worse than an error.
    ///
    /// # Errors
    /// There is no table, it is damaged, or of a newer format.
    pub fn open(path: impl AsRef<Path>) -> Result<Table> {
        Ok(Table(store::Table::open(path)?))
    }

    /// Opens the newest version by mapping its files: [`Column::values`] is the page cache itself.
    ///
    /// # Errors
    /// There is no table, it is damaged, or of a newer format.
    ///
    /// # Safety
    /// As for [`colq_store::Table::map`]: for as long as this table, a clone of it, or anything borrowed from
    /// them lives, nobody truncates or rewrites the files of this version. colq itself never does, in any
    /// process; the promise is about everybody else.
    #[expect(unsafe_code, reason = "passes on the promise of the store's map")]
    pub unsafe fn map(path: impl AsRef<Path>) -> Result<Table> {
        // SAFETY: the caller promises what the store asks for, word by word.
        Ok(Table(unsafe { store::Table::map(path) }?))
    }

    /// Opens a version by its number, mapped.
    ///
    /// # Errors
    /// There is no such version (any more), or as [`Table::map`].
    ///
    /// # Safety
    /// As for [`Table::map`].
    #[expect(unsafe_code, reason = "passes on the promise of the store's map")]
    pub unsafe fn map_version(path: impl AsRef<Path>, number: u64) -> Result<Table> {
        // SAFETY: the caller promises what the store asks for, word by word.
        Ok(Table(unsafe { store::Table::map_version(path, number) }?))
    }

    /// Opens the newest version by positioned reads that trust nothing: whenever rows are read, their whole zone
    /// is held against its hash, so that damaged bytes are an error and never an answer.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn open_checked(path: impl AsRef<Path>) -> Result<Table> {
        Ok(Table(store::Table::open_checked(path)?))
    }

    pub(crate) fn over(table: store::Table) -> Table {
        Table(table)
    }

    pub(crate) fn stored(&self) -> &store::Table {
        &self.0
    }

    /// Opens the newest version in the same way as this one. This one stays as it is.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn refresh(&self) -> Result<Table> {
        Ok(Table(self.0.refresh()?))
    }

    /// Names and types of the columns.
    pub fn schema(&self) -> &Schema {
        self.0.schema()
    }

    /// Rows in this version.
    pub fn row_count(&self) -> u64 {
        self.0.row_count()
    }

    /// The number of this version.
    pub fn version(&self) -> u64 {
        self.0.version()
    }

    /// Where the table is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// True when its files are mapped.
    pub fn is_mapped(&self) -> bool {
        self.0.is_mapped()
    }

    /// Bytes of files that are mapped so far; how much of it is in memory is for the system to decide.
    pub fn mapped_byte_len(&self) -> u64 {
        self.0.mapped_byte_len()
    }

    /// A column by name: exactly, else uniquely without regard to case.
    ///
    /// # Errors
    /// There is no such column; the message lists those there are.
    pub fn column(&self, name: &str) -> Result<Column<'_>> {
        let index = find(self.schema(), name)?;
        Ok(Column { table: &self.0, index })
    }

    /// A query over this table.
    pub fn query(&self) -> Query {
        Query::over(self)
    }

    /// Answers a SELECT over this table, which is called `this` in it.
    ///
    /// # Errors
    /// The SQL makes no sense, or the rows cannot be computed.
    pub fn sql(&self, sql: &str) -> Result<Frame> {
        let mut session = Session::new();
        session.register("this", self.clone());
        session.sql(sql)
    }

    /// The table as the execution sees it.
    pub(crate) fn source(&self) -> Arc<dyn ColumnSource> {
        Arc::new(self.0.clone())
    }

    /// Bytes that this version holds of each column, all its files together.
    pub fn column_byte_lens(&self) -> Result<Vec<u64>> {
        (0..self.schema().len())
            .map(|column| Ok(self.0.column_files(column)?.iter().map(|file| file.byte_len).sum()))
            .collect()
    }

    /// NULLs of each column.
    pub fn null_counts(&self) -> Result<Vec<u64>> {
        (0..self.schema().len()).map(|column| Ok(self.0.null_count(column)?)).collect()
    }
}

pub(crate) fn find(schema: &Schema, name: &str) -> Result<usize> {
    match schema.find(name) {
        Lookup::Found(index) => Ok(index),
        Lookup::Missing | Lookup::Ambiguous => {
            let columns = schema.fields().iter().map(|f| f.name.clone()).collect();
            Err(Kind::NoColumn { name: name.to_owned(), columns }.into())
        }
    }
}

/// A column of an open table.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    pub(crate) table: &'a store::Table,
    pub(crate) index: usize,
}

impl<'a> Column<'a> {
    /// All values as one slice, which is the file's own bytes. Null slots hold zero; [`Column::validity`] tells
    /// them. Text gives its codes (u8, u16 or u32).
    ///
    /// # Errors
    /// The column has another layout, or the table is not mapped ([`Table::map`]).
    pub fn values<T: Native>(&self) -> Result<&'a [T]> {
        Ok(self.table.values(self.index)?)
    }

    /// All values, read into memory.
    ///
    /// # Errors
    /// The column has another layout, or cannot be read.
    pub fn read_values<T: Native>(&self) -> Result<Vec<T>> {
        Ok(self.table.read_values(self.index)?)
    }

    /// Rows as a column of its own, text and vectors too. Of a mapped table it is the file's own bytes, which the column
    /// keeps alive; validity is shared where the rows are those of one full zone.
    ///
    /// # Errors
    /// There are fewer rows, or the column cannot be read.
    pub fn to_column(&self, rows: std::ops::Range<u64>) -> Result<colq_column::Column> {
        Ok(self.table.to_column(self.index, RowRange::new(rows.start, rows.end))?)
    }

    /// One bit a row, 1 for a value and 0 for NULL; `None` when no row is NULL.
    ///
    /// # Errors
    /// The validity cannot be read.
    pub fn validity(&self) -> Result<Option<Bitmap>> {
        Ok(self.table.validity(self.index)?)
    }

    /// The distinct values of a text column by code; `None` for other types.
    ///
    /// # Errors
    /// The dictionary cannot be read.
    pub fn dictionary(&self) -> Result<Option<Arc<colq_column::Dictionary>>> {
        Ok(self.table.dictionary(self.index)?)
    }
}

/// Reads every byte of the newest version of a table and holds it against its checksums.
///
/// # Errors
/// The table cannot be opened at all. Damage is no error here: it is what the report is about.
pub fn verify(path: impl AsRef<Path>, context: &colq_context::Context) -> Result<store::Report> {
    Ok(store::verify_with(path, context)?)
}
