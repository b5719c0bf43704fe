//! Columns that come and go. The store does the work; values come from whoever computed them.

use crate::{Result, Table};
use colq_column::Column;
use colq_store as store;
use colq_types::DataType;
use std::path::Path;

/// Changes which columns a table has, and commits that as one new version: see
/// [`colq_store::TableEdit`]. Only the files of changed columns are written. It holds the writer's lock;
/// dropped without [`TableEdit::commit`], nothing has happened.
///
/// ```
/// use colq::{BatchColumn, DataType, Table};
///
/// # let folder = tempfile::tempdir()?;
/// # let (csv, path) = (folder.path().join("trips.csv"), folder.path().join("trips.colq"));
/// # std::fs::write(&csv, "zone,fare,tip\n1,12.5,2\n7,30,\n1,8,1.5\n")?;
/// # colq::import(&csv, &path)?;
/// let mut edit = Table::edit(&path)?;
/// edit.rename_column("fare", "price")?;
/// edit.drop_column("tip")?;
/// edit.add_column("weight", DataType::F32)?;
/// edit.write_column("weight", &BatchColumn::new(DataType::F32, vec![0.5f32, 1.0, 0.5]))?;
/// assert_eq!(edit.commit()?, 2);
/// assert_eq!(Table::open(&path)?.sql("select sum(weight * price) from this")?.scalar(0, 0), 40.25.into());
///
/// let error = edit.drop_column("fare").unwrap_err();
/// assert_eq!(error.to_string(), "There is no column `fare`. Columns are zone, price, weight.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TableEdit(store::TableEdit);

impl Table {
    /// Begins to edit the columns of a table's newest version.
    ///
    /// # Errors
    /// There is no table, it is damaged, or another writer has it.
    pub fn edit(path: impl AsRef<Path>) -> Result<TableEdit> {
        TableEdit::open(path)
    }
}

impl TableEdit {
    /// Begins to edit the columns of a table's newest version.
    ///
    /// # Errors
    /// There is no table, it is damaged, or another writer has it.
    pub fn open(path: impl AsRef<Path>) -> Result<TableEdit> {
        Ok(TableEdit(store::TableEdit::open(path)?))
    }

    /// Rows of the table; a new column must have as many.
    pub fn row_count(&self) -> u64 {
        self.0.row_count()
    }

    /// The names of the columns as they would be committed now.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.0.column_names()
    }

    /// Takes a column out.
    ///
    /// # Errors
    /// There is no such column, or it is the last one.
    pub fn drop_column(&mut self, name: &str) -> Result<()> {
        Ok(self.0.drop_column(name)?)
    }

    /// Gives a column another name; nothing of it is written.
    ///
    /// # Errors
    /// There is no such column, or the new name is empty or taken.
    pub fn rename_column(&mut self, old: &str, new: &str) -> Result<()> {
        Ok(self.0.rename_column(old, new)?)
    }

    /// Adds a column behind the others. It has no rows yet.
    ///
    /// # Errors
    /// The name is empty or taken, no table holds the type, or the disk refuses.
    pub fn add_column(&mut self, name: &str, data_type: DataType) -> Result<()> {
        Ok(self.0.add_column(name, data_type)?)
    }

    /// Gives a column a new content, of any type, in the place of the old one. It has no rows yet.
    ///
    /// # Errors
    /// There is no such column, no table holds the type, or the disk refuses.
    pub fn replace_column(&mut self, name: &str, data_type: DataType) -> Result<()> {
        Ok(self.0.replace_column(name, data_type)?)
    }

    /// Adds rows to a column that was added or replaced.
    ///
    /// # Errors
    /// The column is not a new one, the piece does not fit, or the disk refuses.
    pub fn write_column(&mut self, name: &str, column: &Column) -> Result<()> {
        Ok(self.0.write_column(name, column)?)
    }

    /// Makes the columns as they are now the next version, and gives its number.
    ///
    /// # Errors
    /// A new column does not have all rows yet, or the disk refuses.
    pub fn commit(&mut self) -> Result<u64> {
        Ok(self.0.commit()?)
    }
}
