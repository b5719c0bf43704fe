//! The commands, a file each.

pub(crate) mod count;
pub(crate) mod explain;
pub(crate) mod head;
pub(crate) mod import;
pub(crate) mod query;
pub(crate) mod schema;
pub(crate) mod standard_input;
pub(crate) mod verify;
