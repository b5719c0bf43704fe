//! Making tables and appending to them.

use crate::{Batch, Result, Table};
use colq_store as store;
use colq_types::Schema;
use std::path::Path;
use std::sync::Arc;

/// Writes one new version of a table. Nothing is visible before [`TableWriter::commit`]; dropped without it,
/// nothing has happened.
pub struct TableWriter(store::TableWriter);

impl Table {
    /// Starts a new table.
    ///
    /// # Errors
    /// Something is there already, the schema has a name twice or an empty one, or the folder cannot be written.
    pub fn create(path: impl AsRef<Path>, schema: Schema) -> Result<TableWriter> {
        Ok(TableWriter(store::TableWriter::create(path, &schema)?))
    }

    /// Starts a new table, with a say in how its text lies on disk.
    ///
    /// # Errors
    /// As [`Table::create`], and for options that name a column that is not there or no text.
    pub fn create_with(
        path: impl AsRef<Path>,
        schema: Schema,
        options: &store::WriteOptions,
    ) -> Result<TableWriter> {
        Ok(TableWriter(store::TableWriter::create_with(path, &schema, options)?))
    }

    /// The same for [`Table::replace`].
    ///
    /// # Errors
    /// As [`Table::replace`] and [`Table::create_with`].
    pub fn replace_with(
        path: impl AsRef<Path>,
        schema: Schema,
        options: &store::WriteOptions,
    ) -> Result<TableWriter> {
        Ok(TableWriter(store::TableWriter::replace_with(path, &schema, options)?))
    }

    /// Continues a table: rows are added behind those of its newest version.
    ///
    /// # Errors
    /// There is no table, it is damaged, or another writer has it.
    pub fn append(path: impl AsRef<Path>) -> Result<TableWriter> {
        Ok(TableWriter(store::TableWriter::append(path)?))
    }

    /// Starts a new version of a table that takes nothing over from the one before, whose readers keep it.
    ///
    /// # Errors
    /// There is no table, or another writer has it.
    pub fn replace(path: impl AsRef<Path>, schema: Schema) -> Result<TableWriter> {
        Ok(TableWriter(store::TableWriter::replace(path, &schema)?))
    }
}

impl TableWriter {
    /// Names and types of the columns.
    pub fn schema(&self) -> &Arc<Schema> {
        self.0.schema()
    }

    /// Rows of the table, those written so far included.
    pub fn row_count(&self) -> u64 {
        self.0.row_count()
    }

    /// Adds the rows of a batch of the same schema.
    ///
    /// # Errors
    /// The batch does not fit, or the disk refuses.
    pub fn write(&mut self, batch: &Batch) -> Result<()> {
        Ok(self.0.write(batch)?)
    }

    /// Makes all rows written so far visible, and gives the number of the version. When this returns, a power cut
    /// cannot take it back. The writer may go on.
    ///
    /// # Errors
    /// The disk refuses; the table is as it was, unless the error [says otherwise](crate::Error::is_commit_unknown).
    pub fn commit(&mut self) -> Result<u64> {
        Ok(self.0.commit()?)
    }
}
