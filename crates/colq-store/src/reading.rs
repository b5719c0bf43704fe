//! How an open table comes by its bytes: mapped or read, checked or taken as they are. Knows no file.

use crate::mapping::Promise;

/// One choice for all columns of an open table.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading {
    /// Mapped where there is a promise, else read.
    pub(crate) promise: Option<Promise>,
    /// Each zone is held against its hashes whenever bytes of it are read.
    pub(crate) is_checked: bool,
    /// There is a later version, so the row counts of NumPy headers may lead this one's.
    pub(crate) is_superseded: bool,
}

impl Reading {
    /// The most rows that the header of a file may speak of which has `row_count` in this version.
    pub(crate) fn most_header_rows(&self, row_count: u64) -> u64 {
        if self.is_superseded { u64::MAX } else { row_count }
    }
}
