//! The versions of a table: listed, opened, vacuumed away, and recovered from.

use crate::{Result, Table};
use colq_context::Context;
use colq_store as store;
use std::path::Path;

impl Table {
    /// Opens a version by its number, by positioned reads. It is kept as long as the table lives.
    ///
    /// # Errors
    /// There is no such version (any more), or as [`Table::open`].
    pub fn open_version(path: impl AsRef<Path>, number: u64) -> Result<Table> {
        Ok(Table::over(store::Table::open_version(path, number)?))
    }
}

/// All versions that a table still has, the newest last.
///
/// # Errors
/// There is no table, or the system refuses.
pub fn versions(path: impl AsRef<Path>) -> Result<Vec<store::VersionEntry>> {
    Ok(store::versions(path)?)
}

/// Deletes all but the newest `keep` versions, but none that somebody has open, and all files that then belong
/// to no version. The newest one always stays.
///
/// # Errors
/// There is no table, a writer has it, its newest version is damaged, or the system refuses; whatever was
/// deleted by then, all remaining versions are whole.
///
/// ```
/// use colq::{Context, Table, recover, vacuum, versions};
///
/// # let folder = tempfile::tempdir()?;
/// # let (csv, path) = (folder.path().join("trips.csv"), folder.path().join("trips.colq"));
/// # std::fs::write(&csv, "zone,fare\n1,12.5\n7,30\n1,8\n")?;
/// # colq::import(&csv, &path)?;
/// let mut edit = Table::edit(&path)?;
/// edit.drop_column("fare")?;
/// edit.commit()?;
/// drop(edit);
///
/// let before = Table::open_version(&path, 1)?;
/// assert_eq!(versions(&path)?.iter().map(|v| (v.number, v.is_pinned)).collect::<Vec<_>>(), [(1, true), (2, false)]);
/// assert_eq!(vacuum(&path, 1)?.versions_pinned, 1);
/// assert_eq!(before.column("fare")?.read_values::<f64>()?, [12.5, 30.0, 8.0]);
/// drop(before);
/// assert_eq!(vacuum(&path, 1)?.versions_removed, 1);
/// assert!(recover(&path, &Context::new())?.is_untouched());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn vacuum(path: impl AsRef<Path>, keep: usize) -> Result<store::VacuumReport> {
    Ok(store::vacuum(path, keep)?)
}

/// Commits the content of the newest sound version of a table whose newest version is damaged, under the next
/// number. A sound table is left alone.
///
/// # Errors
/// No version is sound, a writer has the table, or the system refuses.
pub fn recover(path: impl AsRef<Path>, context: &Context) -> Result<store::RecoverReport> {
    Ok(store::recover_with(path, context)?)
}
