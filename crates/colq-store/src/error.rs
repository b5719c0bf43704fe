//! What can go wrong with a table directory.

use colq_format::FormatError;
use std::io;
use std::path::{Path, PathBuf};

/// The result of anything that touches a table directory.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing at this path.
    #[error("There is no table at {}.", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// There is something at this path, and it is no table.
    #[error("{} is not a table: {what}.", path.display())]
    NotATable {
        /// The path.
        path: PathBuf,
        /// What is missing or in the way.
        what: String,
    },
    /// A table directory in which nothing was ever committed.
    #[error("{} holds no committed version: its creation was not finished.", path.display())]
    NoVersion {
        /// The table.
        path: PathBuf,
    },
    /// A table is to be created where something is already.
    #[error("{} exists already. Append to it, replace it, or choose another path.", path.display())]
    AlreadyExists {
        /// The path.
        path: PathBuf,
    },
    /// Committed bytes are not what was committed.
    #[error("{}{} is damaged: {what} is {found}, and should be {expected}.", path.display(), place(column, zone))]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The column it belongs to.
        column: Option<String>,
        /// The zone, where the damage is in one.
        zone: Option<u64>,
        /// Which property of the bytes is wrong.
        what: Box<str>,
        /// What it should be.
        expected: Box<str>,
        /// What it is.
        found: Box<str>,
    },
    /// A file does not follow the format, or follows one that this build does not know.
    #[error("{} cannot be read: {source}.", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with its bytes.
        source: Box<FormatError>,
    },
    /// Another writer has the table.
    #[error("{} is locked by {}. Wait for it to finish; one writer at a time.", path.display(), holder(*pid))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The process that wrote itself down as the holder.
        pid: Option<u32>,
    },
    /// Somebody committed the same version number, though this writer holds the lock: the lock does not work
    /// on this file system.
    #[error("Version {version} of {} was committed by somebody else. Nothing was written; try again.", path.display())]
    Conflict {
        /// The table.
        path: PathBuf,
        /// The number.
        version: u64,
    },
    /// The operating system refused.
    #[error("Could not {operation} {}: {source}.", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as in `write to`.
        operation: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The commit may or may not have happened. Nothing was deleted; open the table to see.
    #[error("It is unknown whether version {version} of {} was committed: could not {operation}: {source}. Open the table again to see its newest version.", path.display())]
    CommitUnknown {
        /// The table.
        path: PathBuf,
        /// The version that was being committed.
        version: u64,
        /// The step that failed.
        operation: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// An earlier error closed this writer.
    #[error("The writer of {} was closed by an earlier error. Open a new one.", path.display())]
    WriterClosed {
        /// The table.
        path: PathBuf,
    },
    /// A column is asked for as a type that it does not have.
    #[error("Column `{column}` holds {found}, and {expected} was asked for.")]
    TypeMismatch {
        /// The column.
        column: String,
        /// What was asked for, or what the table has.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A slice of the file is asked for from a table that was opened for reading.
    #[error("{} is open by positioned reads, and a slice of column `{column}` needs a map: open it with `Table::map`, or use `read_values`.", path.display())]
    NeedsMap {
        /// The table.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// There is no column of this number.
    #[error("There is no column number {column}; the table has {column_count}, counted from 0.")]
    NoColumn {
        /// The number asked for.
        column: usize,
        /// How many there are.
        column_count: usize,
    },
    /// There is no column of this name.
    #[error("There is no column `{column}`. Columns are {columns}.")]
    NoSuchColumn {
        /// The name asked for.
        column: String,
        /// Those there are, with commas between.
        columns: String,
    },
    /// A column's name that another one has.
    #[error("There is a column `{column}` already. Drop or rename it first, or replace it.")]
    NameTaken {
        /// The name.
        column: String,
    },
    /// A table without columns cannot be.
    #[error(
        "`{column}` is the only column, and a table has at least one. Add another one first, or delete the table's folder."
    )]
    LastColumn {
        /// The column.
        column: String,
    },
    /// Rows for a column that the edit does not write.
    #[error("Column `{column}` is carried over as it is. Replace it first, then write its rows.")]
    NotBeingWritten {
        /// The column.
        column: String,
    },
    /// A new column that is not complete.
    #[error(
        "Column `{column}` has {found} rows, and the table has {row_count}. Write the missing ones before the commit."
    )]
    TooFewRows {
        /// The column.
        column: String,
        /// Rows of the table.
        row_count: u64,
        /// Rows of the column.
        found: u64,
    },
    /// A new column that would be longer than the table.
    #[error(
        "Column `{column}` would have {found} rows, and the table has {row_count}. Append rows to the table with a writer, for all columns at once."
    )]
    TooManyRows {
        /// The column.
        column: String,
        /// Rows of the table.
        row_count: u64,
        /// Rows that the column would have.
        found: u64,
    },
    /// There is no version of this number.
    #[error("There is no version {version} of {}. Versions are {versions}.", path.display())]
    NoSuchVersion {
        /// The table.
        path: PathBuf,
        /// The number asked for.
        version: u64,
        /// Those there are, with commas between.
        versions: String,
    },
    /// Nobody can tell who still reads old versions.
    #[error("File locks do not work on the file system of {}, so nobody can tell who still reads old versions. Nothing was deleted.", path.display())]
    NoLocks {
        /// The table.
        path: PathBuf,
    },
    /// No version of the table is sound.
    #[error("{} cannot be recovered: none of its {version_count} versions is sound. Restore it from a copy.", path.display())]
    NothingSound {
        /// The table.
        path: PathBuf,
        /// Versions that were looked at.
        version_count: usize,
    },
    /// Something that this machine or file system cannot do.
    #[error("This needs {what}, which is not to be had here.")]
    NotHere {
        /// What is missing.
        what: &'static str,
    },
    /// A buffer from somebody else that is not one to rely on.
    #[error("The file descriptor holds no shared buffer: {what}.")]
    InvalidBuffer {
        /// Why.
        what: String,
    },
    /// There is no column of state of this name.
    #[error("There is no column of state `{column}` in {}. Create it first.", path.display())]
    NoState {
        /// The name.
        column: String,
        /// The table.
        path: PathBuf,
    },
    /// There is a column of state of this name already.
    #[error("There is a column of state `{column}` already: {}. Open it, or delete it first.", path.display())]
    StateExists {
        /// The name.
        column: String,
        /// Its file.
        path: PathBuf,
    },
    /// A state column that is in use.
    #[error("{} is in use. Try again when nobody has the column open.", path.display())]
    InUse {
        /// The column's file.
        path: PathBuf,
    },
    /// A row that a column does not have.
    #[error("There is no row {row}: the column has {row_count}, counted from 0.")]
    NoRow {
        /// The row asked for.
        row: u64,
        /// Rows there are.
        row_count: u64,
    },
    /// Rows that the table does not have, or that lie in more than one zone.
    #[error("Rows {start} to {end} are not rows of one zone of a table of {row_count} rows.")]
    Rows {
        /// The first row asked for.
        start: u64,
        /// One past the last.
        end: u64,
        /// Rows of the table.
        row_count: u64,
    },
    /// A schema that no table can have.
    #[error("The schema cannot be that of a table: {what}.")]
    InvalidSchema {
        /// Why.
        what: String,
    },
    /// A batch that does not fit the table.
    #[error("The batch does not fit the table: {what}.")]
    InvalidBatch {
        /// Why, with the column.
        what: String,
    },
    /// A mapped file was cut off or replaced while it was in use.
    #[error("{} was changed by somebody else while it was in use: {what}.", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What is different.
        what: String,
    },
    /// The work was asked to stop.
    #[error("The work was interrupted.")]
    Cancelled,
}

fn place(column: &Option<String>, zone: &Option<u64>) -> String {
    match (column, zone) {
        (Some(column), Some(zone)) => format!(" (column `{column}`, zone {zone})"),
        (Some(column), None) => format!(" (column `{column}`)"),
        _ => String::new(),
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or("another process".into(), |pid| format!("process {pid}"))
}

impl Error {
    /// For `map_err`: an error of the operating system at a path.
    pub(crate) fn io<'a>(operation: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
        move |source| Error::Io { path: path.to_owned(), operation, source }
    }

    /// For `map_err`: bytes of a file that do not follow the format.
    pub(crate) fn format(path: &Path) -> impl FnOnce(FormatError) -> Error + '_ {
        |source| Error::Format { path: path.to_owned(), source: Box::new(source) }
    }

    /// True when there is no table at the path, none with a version, or not the version or column of state
    /// that was asked for.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Error::NotFound { .. }
                | Error::NoVersion { .. }
                | Error::NoSuchVersion { .. }
                | Error::NoState { .. }
        )
    }

    /// True when committed bytes are damaged.
    pub fn is_corrupt(&self) -> bool {
        match self {
            Error::Corrupt { .. } | Error::Changed { .. } => true,
            Error::Format { source, .. } => !source.is_unsupported(),
            _ => false,
        }
    }

    /// True when the table may be sound and this build cannot read it.
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Error::Format { source, .. } if source.is_unsupported())
    }

    /// True when another writer has the table, or others use a column of state that is to be changed.
    pub fn is_locked(&self) -> bool {
        matches!(self, Error::Locked { .. } | Error::InUse { .. })
    }

    /// True when a table is to be created where something is already.
    pub fn is_already_exists(&self) -> bool {
        matches!(self, Error::AlreadyExists { .. } | Error::StateExists { .. })
    }

    /// True when only opening the table again can tell whether the commit happened.
    pub fn is_commit_unknown(&self) -> bool {
        matches!(self, Error::CommitUnknown { .. })
    }

    /// True when the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Error::Cancelled)
    }
}

/// Damage of a column.
pub(crate) fn corrupt(
    path: &Path,
    column: &str,
    what: &str,
    expected: impl ToString,
    found: impl ToString,
) -> Error {
    Error::Corrupt {
        path: path.to_owned(),
        column: Some(column.to_owned()),
        zone: None,
        what: what.into(),
        expected: expected.to_string().into(),
        found: found.to_string().into(),
    }
}

/// Damage in one zone.
pub(crate) fn zone_corrupt(
    path: &Path,
    column: &str,
    zone: u64,
    what: &str,
    expected: impl ToString,
    found: impl ToString,
) -> Error {
    Error::Corrupt {
        path: path.to_owned(),
        column: Some(column.to_owned()),
        zone: Some(zone),
        what: what.into(),
        expected: expected.to_string().into(),
        found: found.to_string().into(),
    }
}
