//! Grouping: rows to keys (`key`), keys to group numbers (`table`), values to what is kept of each group
//! (`accumulator`). Each knows nothing of the others; the execution puts them together.

mod accumulator;
mod key;
mod table;

pub use accumulator::{Accumulator, AccumulatorKind, Rows};
pub use key::{KeyColumn, KeyLayout, KeySpace};
pub use table::GroupTable;
