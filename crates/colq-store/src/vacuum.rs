//! Old versions and the files that only they name go away, unless somebody still reads them.
//!
//! The order is that of the promises: version files first, each under an exclusive lock on it; then the folder
//! is synced; only then files that no remaining version names. Killed anywhere, it leaves files that the next
//! one finds, and never a version without its files.

use crate::layer::{Disk, FileLayer, open_regular};
use crate::layout::Layout;
use crate::pin::Pin;
use crate::writer::take_over;
use crate::{Error, Result};
use colq_format::{Version, is_plain_file_name};
use std::collections::HashSet;
use std::fs::{self, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

/// What a vacuum did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VacuumReport {
    /// Versions that are gone.
    pub versions_removed: usize,
    /// Files of columns that are gone, leftovers of writers that were given up included.
    pub files_removed: usize,
    /// Bytes of all removed files.
    pub bytes_freed: u64,
    /// Versions that would have gone, had nobody them open. The next vacuum may have more luck.
    pub versions_pinned: usize,
}

/// Deletes all but the newest `keep` versions of a table, and all files that then belong to no version. The
/// newest one always stays, for `keep` 0 as well as for 1. Versions that are open anywhere stay; so does the
/// folder `state`. Damaged older versions go whatever `keep` says, and do not count: nobody can open them.
///
/// # Errors
/// No table, a writer has it, the newest version is damaged (see [`recover`](crate::recover)), file locks do
/// not work here, or the system refuses. Whatever was deleted by then, all remaining versions are whole.
pub fn vacuum(path: impl AsRef<Path>, keep: usize) -> Result<VacuumReport> {
    vacuum_on(Arc::new(Disk), path.as_ref(), keep)
}

pub(crate) fn vacuum_on(layer: Arc<dyn FileLayer>, path: &Path, keep: usize) -> Result<VacuumReport> {
    // The newest version stays claimed to the end.
    let (folder, lock, newest) = take_over(layer.clone(), path)?;
    let layout = &folder.layout;
    if !lock.works {
        return Err(Error::NoLocks { path: path.to_owned() });
    }
    let mut report = VacuumReport::default();
    let mut named = Names::default();
    named.add(&newest.version);
    let mut kept = 1;
    for number in layout.version_numbers()?.into_iter().rev().filter(|n| *n != newest.version.version) {
        let version = readable(layout, number)?;
        if kept < keep
            && let Some(version) = &version
        {
            named.add(version);
            kept += 1;
            continue;
        }
        match remove_version(&*layer, layout, number)? {
            Removal::Freed(byte_len) => {
                report.versions_removed += 1;
                report.bytes_freed += byte_len;
            }
            Removal::Pinned => {
                report.versions_pinned += 1;
                match &version {
                    Some(version) => named.add(version),
                    // Somebody reads a version whose file is damaged by now, so nobody knows what it names.
                    None => named.anything = true,
                }
            }
        }
    }
    // Also those that an earlier vacuum unlinked and did not live to sync: a version that comes back after a
    // power loss must find its files.
    let versions = layout.versions();
    layer.sync_dir(&versions).map_err(Error::io("sync", &versions))?;
    remove_files(&*layer, layout, &named, &mut report)?;
    Ok(report)
}

/// The file names of the versions that stay.
#[derive(Debug, Default)]
struct Names {
    /// In lower case, because some file systems ignore it.
    names: HashSet<String>,
    /// A version that stays may name any file.
    anything: bool,
}

impl Names {
    fn add(&mut self, version: &Version) {
        let files = version.columns.iter().flat_map(|c| c.files());
        self.names.extend(files.map(|(file, _)| file.to_ascii_lowercase()));
    }

    fn has(&self, name: &str) -> bool {
        self.anything || self.names.contains(&name.to_ascii_lowercase())
    }
}

/// The content of a version; `None` where its file is damaged or gone. The claim on it ends here.
fn readable(layout: &Layout, number: u64) -> Result<Option<Version>> {
    match Pin::numbered(layout, number) {
        Ok(pin) => Ok(pin.map(|pin| pin.version)),
        Err(error) if Pin::is_damage(&error, layout) => Ok(None),
        Err(error) => Err(error),
    }
}

enum Removal {
    /// So many bytes.
    Freed(u64),
    Pinned,
}

/// Deletes a version file that nobody holds. Whoever opened it before and locks it after sees by the path that
/// it is gone, and takes another one.
fn remove_version(layer: &dyn FileLayer, layout: &Layout, number: u64) -> Result<Removal> {
    let path = layout.version_file(number);
    let file = match open_regular(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Removal::Freed(0)),
        Err(e) => return Err(Error::io("open", &path)(e)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Removal::Pinned),
        Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path)(e)),
    }
    let held = file.metadata().map_err(Error::io("look at", &path))?;
    let now = fs::symlink_metadata(&path).map_err(Error::io("look at", &path))?;
    if (held.dev(), held.ino()) != (now.dev(), now.ino()) {
        // Another file has this name by now; whoever put it there may use it.
        return Ok(Removal::Pinned);
    }
    layer.remove_file(&path).map_err(Error::io("delete", &path))?;
    Ok(Removal::Freed(held.len()))
}

/// Deletes the files in `columns` that no version names. What cannot be a column's file is not touched.
fn remove_files(
    layer: &dyn FileLayer,
    layout: &Layout,
    named: &Names,
    report: &mut VacuumReport,
) -> Result<()> {
    let columns = layout.columns();
    for entry in fs::read_dir(&columns).map_err(Error::io("list", &columns))? {
        let entry = entry.map_err(Error::io("list", &columns))?;
        let (name, path) = (entry.file_name(), entry.path());
        let Some(name) = name.to_str().filter(|name| is_plain_file_name(name)) else { continue };
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            // Somebody else was quicker.
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(Error::io("look at", &path)(e)),
        };
        if named.has(name) || !metadata.is_file() {
            continue;
        }
        layer.remove_file(&path).map_err(Error::io("delete", &path))?;
        report.files_removed += 1;
        report.bytes_freed += metadata.len();
    }
    Ok(())
}
