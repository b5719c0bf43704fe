//! The commit, step for step: files, folder, version file, the rename that counts, the folder again.

use super::folder::{Folder, write_new};
use super::{State, TableWriter};
use crate::lock::WriterLock;
use crate::{Error, Result};
use colq_format::Version;
use std::io;
use std::path::Path;

impl TableWriter {
    /// Makes all rows written so far the next version, durably, and gives its number. No rows are a version
    /// too. The writer may go on writing.
    ///
    /// # Errors
    /// [`Error::CommitUnknown`] when the failure came at or after the one step that counts; whoever opens the
    /// table sees what happened. After any other error nothing was committed. Either way the writer is closed.
    pub fn commit(&mut self) -> Result<u64> {
        self.check_open()?;
        self.state = State::Failed;
        let number = self.parent.map_or(0, |p| p.version) + 1;
        // Values, zones, validity and dictionaries, each synced.
        let version = self.next_version(number)?;
        let checksum = publish(&self.folder, &self.lock, &version).inspect_err(|error| {
            if error.is_commit_unknown() {
                self.state = State::Unknown;
            }
        })?;
        // Committed. The rest is convenience and cannot fail.
        let layer = self.folder.layer.clone();
        self.committed(number, checksum);
        for column in &mut self.columns {
            column.update_headers(&*layer);
        }
        self.state = State::Open;
        Ok(number)
    }
}

/// Makes `version`, whose files are written and synced, the newest one, durably. Gives its checksum.
///
/// # Errors
/// [`Error::CommitUnknown`] from the rename on; after it nothing may be deleted. After any other error
/// nothing was committed.
pub(crate) fn publish(folder: &Folder, lock: &WriterLock, version: &Version) -> Result<u64> {
    let layer = &*folder.layer;
    let layout = &folder.layout;
    let number = version.version;

    // The folder that names the files.
    let sync_dir = |path: &Path| layer.sync_dir(path).map_err(Error::io("sync", path));
    if folder.has_created() {
        sync_dir(&layout.columns())?;
    }
    if version.parent.is_none() {
        sync_dir(layout.root())?;
        sync_dir(layout.parent())?;
    }

    // The version file under a name that does not count yet.
    let versions = layout.versions();
    let temporary = layout.temporary_version(number);
    let target = layout.version_file(number);
    let (bytes, checksum) = version.encode().map_err(Error::format(&target))?;
    let prepared = write_new(layer, &temporary, &bytes).and_then(|()| lock.note(layer, number));
    if let Err(error) = prepared {
        let _ = layer.remove_file(&temporary);
        return Err(error);
    }

    // The one step that counts.
    let unknown = |operation| {
        let path = layout.root().to_owned();
        move |source| Error::CommitUnknown { path, version: number, operation, source }
    };
    match layer.rename_noreplace(&temporary, &target) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let _ = layer.remove_file(&temporary);
            lock.clear(layer);
            return Err(Error::Conflict { path: layout.root().to_owned(), version: number });
        }
        Err(e) => return Err(unknown("name the version file")(e)),
    }
    layer.sync_dir(&versions).map_err(unknown("sync the folder of versions"))?;
    lock.clear(layer);
    Ok(checksum)
}
