//! Grouping: rows to keys (`key`), keys to group numbers (`table`), values to what is kept of each group
//! (`accumulator`). Each knows nothing of the others; the execution puts them together.

mod accumulator;
mod key;
mod marks;
mod partition;
mod parts;
mod place;
mod table;

pub use accumulator::{
    Accumulator, AccumulatorKind, Extremes, Found, Held, Inputs, PickRule, Picks, Quantiles, Rows, Sketches,
    Sums, TextExtremes, WideExtremes,
};
pub use key::{KeyColumn, KeyLayout, KeySpace};
pub use marks::mark_values;
pub use partition::{PartitionRows, PartitionTable, Partitioning, ScatterScratch, Scattered};
pub use parts::StripedAccumulator;
pub use place::{Around, Place};
pub use table::GroupTable;
