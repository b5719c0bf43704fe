//! How an open table comes by its bytes: mapped or read, checked or taken as they are. Knows no file.

use crate::mapping::Promise;

/// One choice for all columns of an open table.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading {
    /// Mapped where there is a promise, else read.
    pub(crate) promise: Option<Promise>,
    /// Each zone is held against its hashes whenever bytes of it are read.
    pub(crate) is_checked: bool,
}
