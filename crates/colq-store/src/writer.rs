//! Writing a table: batches in, versions out.

mod column;
mod commit;
mod early_sync;
mod edit;
mod folder;
mod free_text;
mod held;
mod novelty;
mod options;
mod plain;
mod resume;
mod rewrite;
pub(crate) mod rising;
mod rows;
mod side_by_side;
mod start;
mod streamed;
mod text;
mod vectors;

use crate::layer::Disk;
use crate::lock::WriterLock;
use crate::{Error, Result};
use colq_column::{Batch, Column, Values};
use colq_format::{ColumnType, FORMAT, Hex64, Parent, Version};
use colq_types::{DataType, Physical, Schema, ZONE_ROWS};
use column::ColumnWriter;
pub(crate) use commit::publish;
pub use edit::TableEdit;
pub(crate) use folder::{Folder, write_all};
pub use options::{TextLayout, WriteOptions};
use side_by_side::Threads;
pub(crate) use start::{parent_of, remove_temporary_versions, take_over};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of values that all columns together keep before they write.
const BUDGET: usize = 256 << 20;

/// A piece of this size is read back from the page cache as fast as any larger one, within a few percent.
const LONGEST_PIECE: usize = 4 << 20;

/// Writes a table. There is one writer at a time; it holds the lock until it is dropped.
///
/// [`TableWriter::commit`] makes all rows written so far a new version, and may be called again and again.
/// What was not committed is never seen: dropping the writer throws it away.
///
/// ```
/// use colq_column::{Batch, Column};
/// use colq_store::{Table, TableWriter};
/// use colq_types::{DataType, Field, Schema};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("trips.colq");
///
/// let schema = Schema::new(vec![Field::new("fare", DataType::F32)]);
/// let batch = Batch::new(schema.clone().into(), vec![Column::new(DataType::F32, vec![7.5f32, 12.0])])
///     .ok_or("columns and schema differ")?;
/// let mut writer = TableWriter::create(&path, &schema)?;
/// writer.write(&batch)?;
/// assert_eq!(writer.commit()?, 1);
/// assert_eq!(Table::open(&path)?.read_values::<f32>(0)?, [7.5, 12.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TableWriter {
    folder: Folder,
    lock: WriterLock,
    schema: Arc<Schema>,
    columns: Vec<ColumnWriter>,
    row_count: u64,
    next_column_id: u64,
    /// The version that the next commit follows.
    parent: Option<Parent>,
    state: State,
    threads: Threads,
    /// What this writer made to create the table, until the first commit; innermost last.
    made: Vec<Made>,
}

/// Something that is deleted again when a creation is given up.
#[derive(Debug)]
enum Made {
    Dir(PathBuf),
    File(PathBuf),
}

/// Whether a writer may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// An error left columns of different lengths; the last version stands.
    Failed,
    /// A commit that may have happened: nothing may be deleted.
    Unknown,
}

impl TableWriter {
    /// Starts a new table. The folder must not exist, or hold a creation that was given up. It becomes a
    /// table with the first commit.
    ///
    /// # Errors
    /// Something is at the path already, a schema that no table can have, or the system refuses.
    pub fn create(path: impl AsRef<Path>, schema: &Schema) -> Result<TableWriter> {
        TableWriter::create_with(path, schema, &WriteOptions::default())
    }

    /// [`TableWriter::create`] with a say in how things are stored.
    ///
    /// # Errors
    /// As for [`TableWriter::create`], and for options that name a column which is not text.
    pub fn create_with(
        path: impl AsRef<Path>,
        schema: &Schema,
        options: &WriteOptions,
    ) -> Result<TableWriter> {
        TableWriter::create_on_with(Arc::new(Disk), path.as_ref(), schema, options)
    }

    /// Continues the newest version: batches go after its rows.
    ///
    /// # Errors
    /// No table, another writer has it, its newest version is damaged, or the system refuses.
    pub fn append(path: impl AsRef<Path>) -> Result<TableWriter> {
        TableWriter::append_on(Arc::new(Disk), path.as_ref())
    }

    /// [`TableWriter::append`] with a say in what becomes of text with codes: with [`TextLayout::Free`] it is
    /// written again as free text before the first row is added. Free text stays as it is.
    ///
    /// # Errors
    /// As for [`TableWriter::append`], and for options that name a column which is not text.
    pub fn append_with(path: impl AsRef<Path>, options: &WriteOptions) -> Result<TableWriter> {
        let mut writer = TableWriter::append(path)?;
        options.check(&writer.schema)?;
        for column in &mut writer.columns {
            column.text_layout = options.text_layout(&column.name);
        }
        Ok(writer)
    }

    /// Starts a new content, of any schema, for a table that exists. All column files are new; readers of
    /// the old version keep it.
    ///
    /// # Errors
    /// As for [`TableWriter::append`], and for a schema that no table can have.
    pub fn replace(path: impl AsRef<Path>, schema: &Schema) -> Result<TableWriter> {
        TableWriter::replace_with(path, schema, &WriteOptions::default())
    }

    /// [`TableWriter::replace`] with a say in how things are stored.
    ///
    /// # Errors
    /// As for [`TableWriter::replace`], and for options that name a column which is not text.
    pub fn replace_with(
        path: impl AsRef<Path>,
        schema: &Schema,
        options: &WriteOptions,
    ) -> Result<TableWriter> {
        TableWriter::replace_on_with(Arc::new(Disk), path.as_ref(), schema, options)
    }

    /// Names and types of the columns.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Rows of the table, those written and not yet committed included.
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// The table's folder, as it was given.
    pub fn path(&self) -> &Path {
        self.folder.layout.root()
    }

    /// Adds the rows of a batch. Its columns must have the table's types in the table's order; their names
    /// are not looked at. Text brings its own dictionary, and only values that occur enter the table's. A
    /// null slot is stored as zero whatever it holds, a bool as 0 or 1; NaN keeps its bits.
    ///
    /// # Errors
    /// A batch that does not fit is refused before anything is written. After any other error the writer
    /// is closed, and the last version stands.
    pub fn write(&mut self, batch: &Batch) -> Result<()> {
        self.check_open()?;
        self.check_batch(batch)?;
        self.state = State::Failed;
        let threads = self.threads.for_batch(batch.byte_len());
        let folder = &self.folder;
        let columns = self.columns.iter_mut().zip(batch.columns());
        side_by_side::each(columns, threads, |(writer, column)| writer.push(folder, column))?;
        self.row_count += batch.row_count() as u64;
        self.state = State::Open;
        Ok(())
    }

    fn check_open(&self) -> Result<()> {
        match self.state {
            State::Open => Ok(()),
            State::Failed | State::Unknown => Err(Error::WriterClosed { path: self.path().to_owned() }),
        }
    }

    fn check_batch(&self, batch: &Batch) -> Result<()> {
        let invalid = |what: String| Error::InvalidBatch { what };
        let (found, expected) = (batch.columns().len(), self.columns.len());
        if found != expected {
            return Err(invalid(format!("it has {found} columns, and the table has {expected}")));
        }
        if self.row_count.saturating_add(batch.row_count() as u64) > colq_format::MAX_ROWS {
            return Err(invalid(format!("a table has at most {} rows", colq_format::MAX_ROWS)));
        }
        TableWriter::check_columns(&self.schema, batch.columns(), batch.row_count())
    }

    /// Columns of one batch must have the types, layouts and length that their fields ask for.
    fn check_columns(schema: &Schema, columns: &[Column], row_count: usize) -> Result<()> {
        let invalid = |what: String| Error::InvalidBatch { what };
        for (field, column) in schema.fields().iter().zip(columns) {
            let name = &field.name;
            if column.data_type != field.data_type {
                return Err(Error::TypeMismatch {
                    column: name.clone(),
                    expected: field.data_type.to_string(),
                    found: column.data_type.to_string(),
                });
            }
            let values = column.values.as_values();
            let layout_fits = match field.data_type {
                DataType::Text => {
                    let codes = [Physical::U8, Physical::U16, Physical::U32];
                    column.dictionary.is_some() && codes.contains(&values.physical())
                }
                other => {
                    let expected = ColumnType::Plain(other);
                    values.physical() == expected.physical()
                        && values.row_len() == other.row_len()
                        && matches!(values, Values::Vector(_)) == other.is_vector()
                }
            };
            if !layout_fits || column.len() != row_count {
                return Err(invalid(format!(
                    "the values of column `{name}` do not have its layout or length"
                )));
            }
            if column.validity.as_ref().is_some_and(|v| v.len() != column.len()) {
                return Err(invalid(format!("the validity of column `{name}` does not have its length")));
            }
        }
        Ok(())
    }

    /// Everything that was written, as the version with this number.
    fn next_version(&mut self, number: u64) -> Result<Version> {
        let layer = self.folder.layer.clone();
        let threads = self.threads.for_flush(&self.columns);
        let columns = side_by_side::each(self.columns.iter_mut(), threads, |c| c.flush(&*layer))?;
        Ok(Version {
            version: number,
            parent: self.parent,
            row_count: self.row_count,
            next_column_id: self.next_column_id,
            columns,
            ..empty_version()
        })
    }
}

impl Drop for TableWriter {
    /// Throws away what was not committed.
    fn drop(&mut self) {
        if self.state == State::Unknown {
            return;
        }
        self.folder.remove_created();
        // Closing a deleted file waits for those of its pages that are being written out, and meanwhile those of the next
        // file would be begun. So all are closed at once.
        let threads = self.threads.for_flush(&self.columns);
        let _ = side_by_side::each(self.columns.drain(..), threads, |column| {
            drop(column);
            Ok(())
        });
        for made in self.made.drain(..).rev() {
            // A leftover is found and cleared by the next creation.
            let _ = match made {
                Made::Dir(path) => self.folder.layer.remove_dir(&path),
                Made::File(path) => self.folder.layer.remove_file(&path),
            };
        }
    }
}

/// A schema that a table can have: at least one column, of types that tables hold, with names that are not empty and
/// occur once.
fn check_schema(schema: &Schema) -> Result<()> {
    let invalid = |what: String| Err(Error::InvalidSchema { what });
    if schema.is_empty() {
        return invalid("it has no columns".into());
    }
    if schema.fields().iter().any(|f| f.name.is_empty()) {
        return invalid("a column has an empty name".into());
    }
    if let Some(field) = schema.fields().iter().find(|f| !ColumnType::is_stored(f.data_type)) {
        return invalid(format!(
            "column `{}` has the type {}, which no table holds",
            field.name, field.data_type
        ));
    }
    match schema.duplicate() {
        Some(name) => invalid(format!("the name `{name}` occurs twice")),
        None => Ok(()),
    }
}

/// What every version file of this format says.
pub(crate) fn empty_version() -> Version {
    Version {
        format: FORMAT,
        required: Vec::new(),
        optional: Vec::new(),
        version: 0,
        parent: None,
        row_count: 0,
        zone_rows: ZONE_ROWS,
        next_column_id: 0,
        columns: Vec::new(),
    }
}

/// Bytes of values that each of so many columns writes at a time.
fn piece_len(column_count: usize) -> usize {
    (BUDGET / column_count.max(1)).min(LONGEST_PIECE)
}

impl TableWriter {
    /// Notes the commit that just happened.
    fn committed(&mut self, number: u64, checksum: u64) {
        self.parent = Some(Parent { version: number, checksum: Hex64(checksum) });
        self.folder.keep_created();
        self.made.clear();
    }
}
