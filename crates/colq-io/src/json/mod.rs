//! JSON lines, an object a line. Read in two passes like CSV: the first looks at every line for the columns and their
//! types, the second makes typed columns. Both work on blocks of lines in parallel with bounded memory.
//!
//! - `lines` cuts the file into blocks of whole lines;
//! - `scan` goes through one line and flattens objects, `seen` tells types from all lines: the first pass;
//! - `build` makes the rows of a batch: the second pass;
//! - `read` puts the passes together, `write` is the way out.

mod build;
mod lines;
mod read;
mod scan;
mod seen;
mod write;

pub(crate) use read::open;
pub(crate) use write::encoder;

#[cfg(test)]
mod tests;
