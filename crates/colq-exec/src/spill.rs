//! What does not fit into the memory budget goes to a scratch file: a run of bytes ([`SpillFile`]), or the rows of an
//! answer, zone by zone ([`RowsBuilder`], [`Rows`]).
//!
//! A scratch file has no name, so it is gone with the process, however that ends.

mod file;
mod rows;
mod zone;

pub(crate) use file::{Extent, SpillFile};
pub(crate) use rows::{Rows, RowsBuilder};
pub(crate) use zone::SpilledZone;
