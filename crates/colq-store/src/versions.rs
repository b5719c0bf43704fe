//! The versions that a table still has: listed, and opened one by one.

use crate::layer::open_regular;
use crate::layout::Layout;
use crate::pin::Pin;
use crate::reading::Reading;
use crate::{Error, Result, Table};
use colq_format::Version;
use std::fs::{self, TryLockError};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// One version of a table, for listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionEntry {
    /// The number.
    pub number: u64,
    /// Rows; 0 where the version file is damaged, or of a newer format.
    pub row_count: u64,
    /// Columns; 0 as for the rows.
    pub column_count: usize,
    /// Committed bytes of all its files together with the version file. Versions share files, so the sum
    /// over all versions is more than the table takes.
    pub byte_len: u64,
    /// When it was committed.
    pub modified: SystemTime,
    /// Somebody has it open, in this process or another. For the newest version a writer counts too, for the
    /// moment in which it begins.
    pub is_pinned: bool,
    /// Its version file is damaged, or a file that it names is missing or too short. Whether the bytes in
    /// them are sound only [`verify`](crate::verify) can tell.
    pub is_damaged: bool,
}

/// All versions of a table, the newest last. Those that a [`vacuum`](crate::vacuum) took away are gone.
///
/// # Errors
/// There is no table, or the system refuses.
pub fn versions(path: impl AsRef<Path>) -> Result<Vec<VersionEntry>> {
    let layout = Layout::new(path.as_ref());
    layout.check()?;
    let mut entries = Vec::new();
    for number in layout.version_numbers()? {
        // One that is deleted meanwhile is not listed.
        entries.extend(entry(&layout, number)?);
    }
    Ok(entries)
}

fn entry(layout: &Layout, number: u64) -> Result<Option<VersionEntry>> {
    let path = layout.version_file(number);
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("look at", &path)(e)),
    };
    let modified = metadata.modified().map_err(Error::io("look at", &path))?;
    let is_pinned = is_pinned(layout, number)?;
    let (row_count, column_count, byte_len, is_damaged) = match Pin::numbered(layout, number) {
        Ok(None) => return Ok(None),
        Ok(Some(pin)) => {
            let version = &pin.version;
            let byte_len = version.columns.iter().flat_map(|c| c.files()).map(|(_, byte_len)| byte_len).sum();
            (version.row_count, version.columns.len(), byte_len, !has_all_files(layout, version))
        }
        Err(error) if error.is_unsupported() => (0, 0, 0, false),
        Err(error) if Pin::is_damage(&error, layout) => (0, 0, 0, true),
        Err(error) => return Err(error),
    };
    let byte_len = byte_len + metadata.len();
    Ok(Some(VersionEntry { number, row_count, column_count, byte_len, modified, is_pinned, is_damaged }))
}

/// True when every file is there and at least as long as it was committed.
fn has_all_files(layout: &Layout, version: &Version) -> bool {
    version.columns.iter().flat_map(|c| c.files()).all(|(file, byte_len)| {
        let metadata = fs::symlink_metadata(layout.column_file(file));
        metadata.is_ok_and(|m| m.is_file() && m.len() >= byte_len)
    })
}

/// Whether somebody holds a shared lock on a version file. Asking takes an exclusive one for an instant, and
/// a reader who comes in that instant tries again.
fn is_pinned(layout: &Layout, number: u64) -> Result<bool> {
    let path = layout.version_file(number);
    let Ok(file) = open_regular(&path) else { return Ok(false) };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(false),
        Err(TryLockError::Error(e)) => Err(Error::io("lock", &path)(e)),
    }
}

impl Table {
    /// Opens a version by its number, by positioned reads. As long as the table lives, the version is kept.
    ///
    /// [`Table::refresh`] on it gives the newest version.
    ///
    /// # Errors
    /// There is no such version (any more); else as [`Table::open`].
    pub fn open_version(path: impl AsRef<Path>, number: u64) -> Result<Table> {
        Table::version_with(path.as_ref(), number, Reading::default())
    }

    pub(crate) fn version_with(path: &Path, number: u64, reading: Reading) -> Result<Table> {
        let layout = Layout::new(path);
        layout.check()?;
        let Some(pin) = Pin::numbered(&layout, number)? else {
            let versions = layout.version_numbers()?.iter().map(u64::to_string).collect::<Vec<_>>();
            let versions = versions.join(", ");
            return Err(Error::NoSuchVersion { path: path.to_owned(), version: number, versions });
        };
        Table::of_pin(layout, pin, reading)
    }
}
