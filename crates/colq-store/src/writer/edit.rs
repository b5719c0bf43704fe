//! Columns that come and go, while all others stay as they are: only a changed column's files and the version
//! file are written.
//!
//! Knows no expressions: whoever computes a column hands over its values.

use super::column::ColumnWriter;
use super::commit::publish;
use super::folder::Folder;
use super::start::{parent_of, take_over};
use super::{State, TableWriter, check_schema, piece_len};
use crate::layer::{Disk, FileLayer};
use crate::lock::WriterLock;
use crate::{Error, Result};
use colq_column::Column;
use colq_format::{ColumnEntry, ColumnType, Hex64, Parent, Version};
use colq_types::{DataType, Field, Schema};
use std::path::Path;
use std::sync::Arc;

/// Changes which columns a table has, and commits that as one new version. It holds the writer's lock until
/// it is dropped; dropped without [`TableEdit::commit`], nothing has happened.
///
/// A column that is added or replaced is written in pieces ([`TableEdit::write_column`]) until it has exactly
/// the table's rows. All others are carried over with the files they have.
///
/// ```
/// use colq_column::{Batch, Column};
/// use colq_store::{Table, TableEdit, TableWriter};
/// use colq_types::{DataType, Field, Schema};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("trips.colq");
/// # let schema = Schema::new(vec![Field::new("fare", DataType::F32)]);
/// # let batch = Batch::new(schema.clone().into(), vec![Column::new(DataType::F32, vec![7.5f32, 12.0])])
/// #     .ok_or("columns and schema differ")?;
/// # let mut writer = TableWriter::create(&path, &schema)?;
/// # writer.write(&batch)?;
/// # writer.commit()?;
/// # drop(writer);
///
/// let mut edit = TableEdit::open(&path)?;
/// edit.rename_column("fare", "price")?;
/// edit.add_column("tip", DataType::F32)?;
/// edit.write_column("tip", &Column::new(DataType::F32, vec![1.0f32, 2.0]))?;
/// assert_eq!(edit.commit()?, 2);
/// assert_eq!(Table::open(&path)?.schema().fields()[1].name, "tip");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TableEdit {
    folder: Folder,
    lock: WriterLock,
    columns: Vec<Edited>,
    row_count: u64,
    next_column_id: u64,
    parent: Option<Parent>,
    state: State,
}

/// A column of the version to come.
#[derive(Debug)]
enum Edited {
    /// As it was, but perhaps for its name.
    Kept(Box<ColumnEntry>),
    /// New content.
    Written(Box<ColumnWriter>),
}

impl Edited {
    fn name(&self) -> &str {
        match self {
            Edited::Kept(entry) => &entry.name,
            Edited::Written(writer) => &writer.name,
        }
    }
}

impl TableEdit {
    /// Begins to edit the newest version of a table.
    ///
    /// # Errors
    /// No table, another writer has it, its newest version is damaged, or the system refuses.
    pub fn open(path: impl AsRef<Path>) -> Result<TableEdit> {
        TableEdit::open_on(Arc::new(Disk), path.as_ref())
    }

    pub(crate) fn open_on(layer: Arc<dyn FileLayer>, path: &Path) -> Result<TableEdit> {
        let (folder, lock, pin) = take_over(layer, path)?;
        let parent = parent_of(&pin);
        // After a commit that may have happened, or without a lock, bytes past the committed lengths may be
        // somebody's. The commit to come clears the note of that, so the columns themselves must keep it.
        let copy = lock.commit_unknown || !lock.works;
        let kept = |mut entry: ColumnEntry| {
            entry.copy_on_append |= copy;
            Edited::Kept(Box::new(entry))
        };
        Ok(TableEdit {
            folder,
            lock,
            columns: pin.version.columns.into_iter().map(kept).collect(),
            row_count: pin.version.row_count,
            next_column_id: pin.version.next_column_id,
            parent,
            state: State::Open,
        })
    }

    /// The table's folder, as it was given.
    pub fn path(&self) -> &Path {
        self.folder.layout.root()
    }

    /// Rows of the table; a new column must have as many.
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// The names of the columns as they would be committed now.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(Edited::name)
    }

    /// Takes a column out. Its files stay until a [`vacuum`](crate::vacuum) finds that no version names them.
    ///
    /// # Errors
    /// There is no such column, or it is the last one.
    pub fn drop_column(&mut self, name: &str) -> Result<()> {
        let at = self.find(name)?;
        if self.columns.len() == 1 {
            return Err(Error::LastColumn { column: name.to_owned() });
        }
        self.columns.remove(at);
        Ok(())
    }

    /// Gives a column another name. Its files keep theirs: the version file alone says which belong to it.
    ///
    /// # Errors
    /// There is no such column, or the new name is empty or taken.
    pub fn rename_column(&mut self, old: &str, new: &str) -> Result<()> {
        let at = self.find(old)?;
        if old != new {
            self.check_free(new)?;
        }
        match self.columns.get_mut(at) {
            Some(Edited::Kept(entry)) => new.clone_into(&mut entry.name),
            Some(Edited::Written(writer)) => new.clone_into(&mut writer.name),
            None => {}
        }
        Ok(())
    }

    /// Adds a column behind the others. It has no rows yet.
    ///
    /// # Errors
    /// The name is empty or taken, no table holds the type, or the system refuses.
    pub fn add_column(&mut self, name: &str, data_type: DataType) -> Result<()> {
        self.check_open()?;
        self.check_free(name)?;
        let writer = self.new_column(name, data_type)?;
        self.columns.push(Edited::Written(Box::new(writer)));
        Ok(())
    }

    /// Gives a column a new content, of any type, in the place of the old one. It has no rows yet.
    ///
    /// # Errors
    /// There is no such column, no table holds the type, or the system refuses.
    pub fn replace_column(&mut self, name: &str, data_type: DataType) -> Result<()> {
        let at = self.find(name)?;
        let writer = self.new_column(name, data_type)?;
        if let Some(column) = self.columns.get_mut(at) {
            *column = Edited::Written(Box::new(writer));
        }
        Ok(())
    }

    /// Adds rows to a column that was added or replaced by this edit; as [`TableWriter::write`] for one column.
    ///
    /// # Errors
    /// There is no such column, it is not a new one, the piece has another type, or more rows than are
    /// missing: then nothing was written. After any other error the edit is closed.
    pub fn write_column(&mut self, name: &str, column: &Column) -> Result<()> {
        let at = self.find(name)?;
        let row_count = self.row_count;
        let Some(Edited::Written(writer)) = self.columns.get_mut(at) else {
            return Err(Error::NotBeingWritten { column: name.to_owned() });
        };
        let field = Field::new(name, writer.column_type.data_type());
        TableWriter::check_columns(&Schema::new(vec![field]), std::slice::from_ref(column), column.len())?;
        let found = writer.row_count.saturating_add(column.len() as u64);
        if found > row_count {
            return Err(Error::TooManyRows { column: name.to_owned(), row_count, found });
        }
        self.state = State::Failed;
        writer.push(&self.folder, column)?;
        self.state = State::Open;
        Ok(())
    }

    /// Makes the columns as they are now the next version, durably, and gives its number. The edit may go on.
    ///
    /// # Errors
    /// A new column does not have all rows yet: then nothing has happened, and the edit may go on. Other
    /// errors as for [`TableWriter::commit`], and they close the edit.
    pub fn commit(&mut self) -> Result<u64> {
        self.check_open()?;
        for column in &self.columns {
            if let Edited::Written(writer) = column
                && writer.row_count != self.row_count
            {
                return Err(Error::TooFewRows {
                    column: writer.name.clone(),
                    row_count: self.row_count,
                    found: writer.row_count,
                });
            }
        }
        self.state = State::Failed;
        let layer = self.folder.layer.clone();
        let number = self.parent.map_or(0, |p| p.version) + 1;
        let columns = self.columns.iter_mut().map(|column| match column {
            Edited::Kept(entry) => Ok((**entry).clone()),
            Edited::Written(writer) => writer.flush(&*layer),
        });
        let version = Version {
            version: number,
            parent: self.parent,
            row_count: self.row_count,
            next_column_id: self.next_column_id,
            columns: columns.collect::<Result<_>>()?,
            ..super::empty_version()
        };
        self.folder.discard_unnamed(&version);
        let checksum = publish(&self.folder, &self.lock, &version).inspect_err(|error| {
            if error.is_commit_unknown() {
                self.state = State::Unknown;
            }
        })?;
        self.folder.keep_created();
        for column in &mut self.columns {
            if let Edited::Written(writer) = column {
                writer.update_headers(&*layer);
            }
        }
        self.parent = Some(Parent { version: number, checksum: Hex64(checksum) });
        self.columns = version.columns.into_iter().map(|entry| Edited::Kept(Box::new(entry))).collect();
        self.state = State::Open;
        Ok(number)
    }

    /// An id that no column of this table ever had, so that hashes of an old content never fit a new one.
    fn new_column(&mut self, name: &str, data_type: DataType) -> Result<ColumnWriter> {
        check_schema(&Schema::new(vec![Field::new(name, data_type)]))?;
        let column_type = ColumnType::first_for(data_type);
        let id = self.next_column_id;
        let writer = ColumnWriter::create(&self.folder, id, name, column_type, piece_len(1))?;
        self.next_column_id += 1;
        Ok(writer)
    }

    fn find(&self, name: &str) -> Result<usize> {
        self.check_open()?;
        let found = self.columns.iter().position(|column| column.name() == name);
        found.ok_or_else(|| Error::NoSuchColumn {
            column: name.to_owned(),
            columns: self.column_names().collect::<Vec<_>>().join(", "),
        })
    }

    fn check_free(&self, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(Error::InvalidSchema { what: "a column has an empty name".into() });
        }
        if self.column_names().any(|taken| taken == name) {
            return Err(Error::NameTaken { column: name.to_owned() });
        }
        Ok(())
    }

    fn check_open(&self) -> Result<()> {
        match self.state {
            State::Open => Ok(()),
            State::Failed | State::Unknown => Err(Error::WriterClosed { path: self.path().to_owned() }),
        }
    }
}

impl Drop for TableEdit {
    /// Throws away what was not committed.
    fn drop(&mut self) {
        if self.state != State::Unknown {
            self.folder.remove_created();
        }
    }
}
