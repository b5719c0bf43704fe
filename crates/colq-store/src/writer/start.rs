//! How a writer begins: a new folder, a version to continue, or one to replace.

use super::column::ColumnWriter;
use super::folder::Folder;
use super::side_by_side::Threads;
use super::{Made, State, TableWriter, WriteOptions, check_schema, piece_len};
use crate::layer::FileLayer;
use crate::layout::Layout;
use crate::lock::WriterLock;
use crate::pin::Pin;
use crate::{Error, Result};
use colq_format::{Hex64, Parent};
use colq_types::Schema;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

#[cfg(test)]
impl TableWriter {
    pub(crate) fn create_on(layer: Arc<dyn FileLayer>, path: &Path, schema: &Schema) -> Result<TableWriter> {
        TableWriter::create_on_with(layer, path, schema, &WriteOptions::default())
    }

    pub(crate) fn replace_on(layer: Arc<dyn FileLayer>, path: &Path, schema: &Schema) -> Result<TableWriter> {
        TableWriter::replace_on_with(layer, path, schema, &WriteOptions::default())
    }
}

impl TableWriter {
    pub(crate) fn create_on_with(
        layer: Arc<dyn FileLayer>,
        path: &Path,
        schema: &Schema,
        options: &WriteOptions,
    ) -> Result<TableWriter> {
        check_schema(schema)?;
        options.check(schema)?;
        let layout = Layout::new(path);
        let mut made = Vec::new();
        let result = make_folders(&*layer, &layout, &mut made).and_then(|lock| {
            let folder = Folder::new(layer.clone(), layout);
            TableWriter::start(folder, lock, None, 0, schema, options)
        });
        match result {
            Ok(mut writer) => {
                writer.made = made;
                Ok(writer)
            }
            Err(error) => {
                for made in made.drain(..).rev() {
                    let _ = match made {
                        Made::Dir(path) => layer.remove_dir(&path),
                        Made::File(path) => layer.remove_file(&path),
                    };
                }
                Err(error)
            }
        }
    }

    pub(crate) fn append_on(layer: Arc<dyn FileLayer>, path: &Path) -> Result<TableWriter> {
        let (folder, lock, pin) = take_over(layer, path)?;
        let version = &pin.version;
        let schema = version.schema().map_err(Error::format(path))?;
        let piece_len = piece_len(version.columns.len());
        // Without a lock, or after a commit that may have happened, bytes past the committed length may be
        // somebody's: nothing is appended to old files then.
        let copy = lock.commit_unknown || !lock.works;
        let columns = version.columns.iter().map(|entry| {
            let mut column = ColumnWriter::resume(&folder, entry, version.row_count, piece_len)?;
            column.copy_on_append |= copy;
            Ok(column)
        });
        let threads = Threads::for_columns(version.columns.iter().map(|c| c.name.as_str()));
        Ok(TableWriter {
            columns: columns.collect::<Result<_>>()?,
            folder,
            lock,
            schema: Arc::new(schema),
            row_count: version.row_count,
            next_column_id: version.next_column_id,
            parent: parent_of(&pin),
            state: State::Open,
            threads,
            made: Vec::new(),
        })
    }

    pub(crate) fn replace_on_with(
        layer: Arc<dyn FileLayer>,
        path: &Path,
        schema: &Schema,
        options: &WriteOptions,
    ) -> Result<TableWriter> {
        check_schema(schema)?;
        options.check(schema)?;
        let (folder, lock, pin) = take_over(layer, path)?;
        TableWriter::start(folder, lock, parent_of(&pin), pin.version.next_column_id, schema, options)
    }

    /// A writer of new columns only.
    fn start(
        folder: Folder,
        lock: WriterLock,
        parent: Option<Parent>,
        first_id: u64,
        schema: &Schema,
        options: &WriteOptions,
    ) -> Result<TableWriter> {
        let piece_len = piece_len(schema.len());
        let columns = schema.fields().iter().zip(first_id..).map(|(field, id)| {
            let column_type = options.column_type(field);
            let mut column = ColumnWriter::create(&folder, id, &field.name, column_type, piece_len)?;
            column.text_layout = options.text_layout(&field.name);
            Ok(column)
        });
        let threads = Threads::for_columns(schema.fields().iter().map(|f| f.name.as_str()));
        match columns.collect::<Result<_>>() {
            Ok(columns) => Ok(TableWriter {
                folder,
                lock,
                schema: Arc::new(schema.clone()),
                columns,
                row_count: 0,
                next_column_id: first_id + schema.len() as u64,
                parent,
                state: State::Open,
                threads,
                made: Vec::new(),
            }),
            Err(error) => {
                folder.remove_created();
                Err(error)
            }
        }
    }
}

pub(crate) fn parent_of(pin: &Pin) -> Option<Parent> {
    Some(Parent { version: pin.version.version, checksum: Hex64(pin.checksum) })
}

/// Locks an existing table and reads its newest version.
pub(crate) fn take_over(layer: Arc<dyn FileLayer>, path: &Path) -> Result<(Folder, WriterLock, Pin)> {
    let layout = Layout::new(path);
    layout.check()?;
    let lock = WriterLock::acquire(&*layer, &layout, true)?;
    let pin = Pin::newest(&layout)?;
    if lock.works {
        remove_temporary_versions(&*layer, &layout)?;
    }
    let folder = Folder::new(layer, layout);
    folder.take_names()?;
    Ok((folder, lock, pin))
}

/// Makes the folders of a new table and locks them, or takes over a creation that was given up.
fn make_folders(layer: &dyn FileLayer, layout: &Layout, made: &mut Vec<Made>) -> Result<WriterLock> {
    let root = layout.root();
    match layer.create_dir(root) {
        Ok(()) => made.push(Made::Dir(root.to_owned())),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => check_abandoned(layout)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(Error::NotFound { path: layout.parent().to_owned() });
        }
        Err(e) => return Err(Error::io("create", root)(e)),
    }
    let is_new = !layout.lock().exists();
    let lock = WriterLock::acquire(layer, layout, true)?;
    if is_new {
        made.push(Made::File(layout.lock()));
    }
    for path in [layout.versions(), layout.columns()] {
        match layer.create_dir(&path) {
            Ok(()) => made.push(Made::Dir(path)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io("create", &path)(e)),
        }
    }
    layout.check()?;
    // Another creation may have finished before this one got the lock.
    check_abandoned(layout)?;
    if lock.works {
        remove_temporary_versions(layer, layout)?;
        remove_leftovers(layer, &layout.columns(), |_| true)?;
    }
    Ok(lock)
}

/// Fails unless the folder holds nothing but a creation that was given up: no version, and nothing that is
/// not a table's.
fn check_abandoned(layout: &Layout) -> Result<()> {
    let root = layout.root();
    let exists = || Error::AlreadyExists { path: root.to_owned() };
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => return Err(exists()),
        Err(e) => return Err(Error::io("list", root)(e)),
    };
    for entry in entries {
        let name = entry.map_err(Error::io("list", root))?.file_name();
        if !["LOCK", "versions", "columns"].iter().any(|own| name == *own) {
            return Err(exists());
        }
    }
    match layout.newest() {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(exists()),
        Err(_) if !layout.versions().exists() => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) fn remove_temporary_versions(layer: &dyn FileLayer, layout: &Layout) -> Result<()> {
    remove_leftovers(layer, &layout.versions(), |name| name.starts_with('.') && name.ends_with(".tmp"))
}

/// Deletes files that no version can cover; the lock is held.
fn remove_leftovers(layer: &dyn FileLayer, folder: &Path, is_leftover: fn(&str) -> bool) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let entry = entry.map_err(Error::io("list", folder))?;
        if entry.file_name().to_str().is_some_and(is_leftover) {
            let path = entry.path();
            layer.remove_file(&path).map_err(Error::io("delete", &path))?;
        }
    }
    Ok(())
}
