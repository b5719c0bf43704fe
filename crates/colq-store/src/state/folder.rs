//! The files of the folder `state`: made whole or not at all, locked while they are in use. Maps nothing.

use crate::column_file::{open_checked, read_header};
use crate::layer::FileLayer;
use crate::layout::Layout;
use crate::writer::write_all;
use crate::{Error, Result};
use colq_format::{FileRole, HEADER_LEN, Stem, header_of, header_rows};
use colq_types::Physical;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Bytes that are filled at a time.
const PIECE: usize = 1 << 20;

/// The layouts of numbers that state may hold.
const LAYOUTS: [Physical; 6] =
    [Physical::I32, Physical::U32, Physical::F32, Physical::I64, Physical::U64, Physical::F64];

/// Where a column of state lies.
#[derive(Debug)]
pub(super) struct StateFile {
    table: PathBuf,
    folder: PathBuf,
    column: String,
    /// The file's name without its ending.
    stem: String,
    /// The values.
    pub(super) path: PathBuf,
}

impl StateFile {
    /// Fails where there is no table, the name is empty, or the folder is a link that may lead out of it.
    pub(super) fn of(table: &Path, column: &str) -> Result<StateFile> {
        let layout = Layout::new(table);
        layout.check()?;
        if column.is_empty() {
            return Err(Error::InvalidSchema { what: "a column has an empty name".into() });
        }
        let folder = layout.state();
        match fs::symlink_metadata(&folder) {
            Ok(metadata) if !metadata.is_dir() => {
                let what = "`state` in it is not a folder".into();
                return Err(Error::NotATable { path: table.to_owned(), what });
            }
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(Error::io("look at", &folder)(e)),
        }
        let name = Stem::of(column).file_name(1, FileRole::Values);
        let stem = name.strip_suffix(FileRole::Values.suffix()).unwrap_or(&name).to_owned();
        let path = folder.join(&name);
        Ok(StateFile { table: table.to_owned(), folder, column: column.to_owned(), stem, path })
    }

    /// Makes the folder where it is missing.
    pub(super) fn make_folder(&self, layer: &dyn FileLayer) -> Result<()> {
        match layer.create_dir(&self.folder) {
            Ok(()) => layer.sync_dir(&self.table).map_err(Error::io("sync", &self.table)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(e) => Err(Error::io("create", &self.folder)(e)),
        }
    }

    fn not_found(&self) -> Error {
        Error::NoState { column: self.column.clone(), path: self.table.clone() }
    }

    /// The lock file, which may be new: a table that was copied may have come without it.
    fn lock_file(&self, layer: &dyn FileLayer) -> Result<File> {
        let path = self.folder.join(format!("{}.lock", self.stem));
        let file = match layer.open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => match layer.create_new(&path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => layer.open(&path),
                result => result,
            },
            result => result,
        };
        file.map_err(|e| match e.kind() {
            // Without the folder there is no column in it.
            io::ErrorKind::NotFound => self.not_found(),
            _ => Error::io("open", &path)(e),
        })
    }

    /// The claim of whoever uses the column.
    pub(super) fn lock_shared(&self, layer: &dyn FileLayer) -> Result<File> {
        self.check_there()?;
        let file = self.lock_file(layer)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path: self.path.clone() }),
            // Without locks nobody can delete or resize it either.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(file),
            Err(TryLockError::Error(e)) => Err(Error::io("lock", &self.path)(e)),
        }
    }

    /// The claim of whoever makes, resizes or deletes the column. Making it is safe without locks: the rename
    /// takes the name for one of several.
    pub(super) fn lock_exclusive(&self, layer: &dyn FileLayer, is_new: bool) -> Result<File> {
        if !is_new {
            self.check_there()?;
        }
        let file = self.lock_file(layer)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) if is_new && self.path.exists() => Err(self.exists()),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path: self.path.clone() }),
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {
                if is_new {
                    Ok(file)
                } else {
                    Err(Error::NoLocks { path: self.table.clone() })
                }
            }
            Err(TryLockError::Error(e)) => Err(Error::io("lock", &self.path)(e)),
        }
    }

    fn exists(&self) -> Error {
        Error::StateExists { column: self.column.clone(), path: self.path.clone() }
    }

    fn check_there(&self) -> Result<()> {
        match fs::symlink_metadata(&self.path) {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(self.not_found()),
            Err(e) => Err(Error::io("look at", &self.path)(e)),
        }
    }

    /// The file and its row count, checked: its header is that of the layout, and it is long enough.
    pub(super) fn open(&self, layer: &dyn FileLayer, physical: Physical) -> Result<(File, u64)> {
        self.check_there()?;
        let file = layer.open(&self.path).map_err(Error::io("open", &self.path))?;
        let row_count = match read_header(&file, &self.path, &self.column, physical, |_| true) {
            Ok(row_count) => row_count,
            Err(error) => return Err(self.other_type(&file, physical).unwrap_or(error)),
        };
        let width = physical.byte_width() as u64;
        let byte_len = row_count.checked_mul(width).and_then(|len| len.checked_add(HEADER_LEN as u64));
        open_checked(&self.path, &self.column, byte_len.unwrap_or(u64::MAX))?;
        Ok((file, row_count))
    }

    /// The error for a header that is sound and of another layout.
    fn other_type(&self, file: &File, physical: Physical) -> Option<Error> {
        let mut header = [0; HEADER_LEN];
        file.read_exact_at(&mut header, 0).ok()?;
        let found = LAYOUTS.into_iter().find(|layout| header_rows(*layout, &header).is_ok())?;
        Some(Error::TypeMismatch {
            column: self.column.clone(),
            expected: physical.name().into(),
            found: found.name().into(),
        })
    }

    /// Makes the file under a name that does not count, then names it.
    pub(super) fn make(
        &self,
        layer: &dyn FileLayer,
        physical: Physical,
        row_count: u64,
        fill: &[u8],
    ) -> Result<()> {
        if fs::symlink_metadata(&self.path).is_ok() {
            return Err(self.exists());
        }
        self.remove_leftovers(layer)?;
        let temporary = self.folder.join(format!(".{}.{}.tmp", self.stem, std::process::id()));
        let made = layer.create_new(&temporary).map_err(Error::io("create", &temporary)).and_then(|file| {
            let byte_len = HEADER_LEN as u64 + row_count * fill.len() as u64;
            allocate(layer, &file, 0, byte_len).map_err(Error::io("find space for", &self.path))?;
            write_all(layer, &file, &header_of(physical, row_count), 0)
                .and_then(|()| fill_rows(layer, &file, 0..row_count, fill))
                .map_err(Error::io("write to", &self.path))?;
            layer.sync(&file).map_err(Error::io("sync", &self.path))
        });
        let named = made.and_then(|()| {
            layer.rename_noreplace(&temporary, &self.path).map_err(|e| match e.kind() {
                io::ErrorKind::AlreadyExists => self.exists(),
                _ => Error::io("name", &self.path)(e),
            })
        });
        if let Err(error) = named {
            let _ = layer.remove_file(&temporary);
            return Err(error);
        }
        layer.sync_dir(&self.folder).map_err(Error::io("sync", &self.folder))
    }

    /// Deletes what dead makers of this column left.
    fn remove_leftovers(&self, layer: &dyn FileLayer) -> Result<()> {
        let prefix = format!(".{}.", self.stem);
        for entry in fs::read_dir(&self.folder).map_err(Error::io("list", &self.folder))? {
            let entry = entry.map_err(Error::io("list", &self.folder))?;
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.starts_with(&prefix) && name.ends_with(".tmp")) {
                let path = entry.path();
                layer.remove_file(&path).map_err(Error::io("delete", &path))?;
            }
        }
        Ok(())
    }

    /// Changes the number of rows. The header follows when new rows are on the disk, and goes before old ones
    /// are cut off, so that it never says more rows than there are.
    pub(super) fn resize(
        &self,
        layer: &dyn FileLayer,
        physical: Physical,
        row_count: u64,
        fill: &[u8],
    ) -> Result<()> {
        let (file, old_count) = self.open(layer, physical)?;
        let width = fill.len() as u64;
        if row_count > old_count {
            let start = HEADER_LEN as u64 + old_count * width;
            allocate(layer, &file, start, (row_count - old_count) * width)
                .map_err(Error::io("find space for", &self.path))?;
            fill_rows(layer, &file, old_count..row_count, fill).map_err(Error::io("write to", &self.path))?;
            layer.sync(&file).map_err(Error::io("sync", &self.path))?;
        }
        write_all(layer, &file, &header_of(physical, row_count), 0)
            .map_err(Error::io("write to", &self.path))?;
        layer.sync(&file).map_err(Error::io("sync", &self.path))?;
        if row_count < old_count {
            // What lies beyond belongs to nobody; where it cannot be cut off, it takes room.
            let _ = file.set_len(HEADER_LEN as u64 + row_count * width);
        }
        Ok(())
    }

    pub(super) fn delete(&self, layer: &dyn FileLayer) -> Result<()> {
        match layer.remove_file(&self.path) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(self.not_found()),
            Err(e) => return Err(Error::io("delete", &self.path)(e)),
        }
        layer.sync_dir(&self.folder).map_err(Error::io("sync", &self.folder))
    }
}

/// Reserves room, so that no store through a map can find the disk full. Where the file system cannot, the
/// bytes that are written next have to do.
fn allocate(layer: &dyn FileLayer, file: &File, offset: u64, byte_len: u64) -> io::Result<()> {
    loop {
        match layer.allocate(file, offset, byte_len) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::Unsupported => return Ok(()),
            result => return result,
        }
    }
}

/// Writes the same value into rows.
fn fill_rows(layer: &dyn FileLayer, file: &File, rows: std::ops::Range<u64>, fill: &[u8]) -> io::Result<()> {
    let piece_rows = (PIECE / fill.len().max(1)) as u64;
    let piece = fill.repeat(piece_rows.min(rows.end.saturating_sub(rows.start)) as usize);
    let mut row = rows.start;
    while row < rows.end {
        let count = piece_rows.min(rows.end - row);
        let bytes = piece.get(..count as usize * fill.len()).unwrap_or(&[]);
        write_all(layer, file, bytes, HEADER_LEN as u64 + row * fill.len() as u64)?;
        row += count;
    }
    Ok(())
}
