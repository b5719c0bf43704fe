//! Table directories: open, map, read, append, edit, commit, lock, verify, vacuum, recover. The only crate that maps memory.
//!
//! A table is a folder of columns, one file each, and of versions, one file a commit (docs/FORMAT.md).
//!
//! - [`Table`] is one committed version, open: [`Table::open`] by positioned reads, which is safe, or
//!   [`Table::map`] as slices of the page cache, for which the caller gives a promise. It is a
//!   [`ColumnSource`](colq_column::ColumnSource), so execution never sees a file;
//! - [`TableWriter`] creates, appends and replaces; [`TableEdit`] adds, replaces, renames and drops columns;
//!   their commits are the one way to a new version;
//! - [`versions`] lists what there is, [`vacuum`] deletes what nobody needs, [`recover`] goes on from the newest
//!   sound version;
//! - [`Table::private`], [`MutableColumn`] and [`SharedBuffer`] are memory that may be written;
//! - [`verify`] reads everything and names what is damaged by file, column and zone;
//! - [`machine`] says what the system can do;
//! - [`Error`] says what is wrong, where, and what to do.
//!
//! **Invariant: bytes that any version ever covered are never rewritten.** Appends go past the committed
//! length of a file; the tail's summary and validity bits lie in the version file; whatever must change
//! otherwise goes into a new file. Every slice of a map leans on this.

#[cfg(target_endian = "big")]
compile_error!(
    "colq's files are little-endian and mapped as they are, so a big-endian target cannot read them"
);

mod column_file;
mod column_folder;
mod cursor;
mod error;
mod free_text;
mod layer;
mod layout;
mod lock;
mod machine;
mod mapping;
mod memory_room;
mod pin;
mod reading;
mod recover;
mod shared;
mod source;
mod state;
mod stored;
mod summary;
mod table;
mod text_facts;
mod vacuum;
mod verify;
mod versions;
mod writer;

pub use cursor::has_let_go;
pub use error::{Error, Result};
pub use layout::is_table;
pub use machine::{Abilities, FolderFacts, Machine, machine};
pub use mapping::{PrivateValues, SharedBuffer};
pub use recover::{RecoverReport, recover, recover_with};
pub use state::{AtomicInteger, AtomicNumber, MutableColumn};
pub use table::{FileLength, Table};
pub use vacuum::{VacuumReport, vacuum};
pub use verify::{Finding, Report, verify, verify_with};
pub use versions::{VersionEntry, versions};
pub use writer::{TableEdit, TableWriter, TextLayout, WriteOptions};

#[cfg(test)]
mod tests;
