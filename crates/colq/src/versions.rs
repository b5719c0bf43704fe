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
