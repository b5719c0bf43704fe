//! The commands, a file each.

pub(crate) mod add_column;
pub(crate) mod bench;
pub(crate) mod cache;
pub(crate) mod completions;
pub(crate) mod count;
pub(crate) mod doctor;
pub(crate) mod drop_column;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod head;
pub(crate) mod hist;
pub(crate) mod import;
pub(crate) mod man;
pub(crate) mod plot;
pub(crate) mod profile;
pub(crate) mod query;
pub(crate) mod rename_column;
pub(crate) mod sample;
pub(crate) mod schema;
pub(crate) mod slt;
pub(crate) mod stats;
pub(crate) mod tail;
pub(crate) mod vacuum;
pub(crate) mod verify;
pub(crate) mod versions;
