//! Arrow IPC, in its file format (`.arrow`, Feather version 2) and its stream format. Which of the two a file is in is
//! told by its first bytes.
//!
//! - `messages` finds the messages of a file and looks at their lengths before anything is read or unpacked;
//! - `read` makes batches of them, whose columns lie in the bytes that were read; `write` is the way out.

mod messages;
mod read;
mod write;

pub(crate) use read::open;
#[cfg(feature = "parquet")]
pub(crate) use write::arrow_schema;
pub(crate) use write::encoder;

#[cfg(test)]
mod tests;
