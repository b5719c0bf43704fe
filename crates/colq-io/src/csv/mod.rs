//! CSV, read in two passes where nothing shorter does (`guess`): the first looks at every cell of the file for the types, the second reads typed
//! columns. Both work on blocks in parallel with bounded memory.
//!
//! - `blocks` cuts the file at row ends, `marks` and `split` cut rows into cells (the grammar is in `split`);
//! - `header`, `kind`, `quick` and `infer` find names, types and row counts: the first pass;
//! - `plan`, `cells`, `number`, `quick_number`, `time` and `parse` make batches of it: the second pass;
//! - `guess` is the short way: one pass by the types that the beginning tells, with every cell held against them;
//! - `reader` puts the two passes together, `write` is the way out.

mod blocks;
mod cells;
mod guess;
mod header;
mod infer;
mod kind;
mod marks;
mod number;
mod parse;
mod plan;
mod quick;
mod quick_number;
mod reader;
mod split;
mod time;
mod write;

pub(crate) use blocks::read_exact_at;
pub(crate) use guess::open as open_guessed;
pub(crate) use header::shorten;
pub(crate) use kind::{Kinds, is_false, is_true};
pub(crate) use number::{parse_float, parse_i64, parse_u64};
pub(crate) use plan::{BatchPlan, SeenBlock, batches};
pub(crate) use reader::{Sizes, open};
pub(crate) use time::{parse_date, parse_timestamp};
pub use write::CsvWriter;
pub(crate) use write::encoder;

#[cfg(test)]
mod tests;
