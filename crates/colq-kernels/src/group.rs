//! Grouping: rows to keys (`key`), keys to group numbers (`table`), values to what is kept of each group
//! (`accumulator`); where keys are few, a key is its number (`code`, `intervals`), counts and sums lie side by side
//! (`ledger`) and quantiles are bracketed (`bracket`, `divided`); where groups are very many, counts and sums lie side by side
//! too (`records`). Each knows nothing of the others; the
//! execution puts them together.

mod accumulator;
mod bracket;
mod code;
mod divided;
mod fetch;
mod intervals;
mod key;
mod ledger;
mod lone;
mod long_texts;
mod marks;
mod pairs;
mod part;
mod partition;
mod partition_table;
mod parts;
mod place;
mod records;
mod table;
mod tagged;
mod text_key;
mod unique;
mod whole;

pub use accumulator::{
    Accumulator, AccumulatorKind, CodeExtreme, Extremes, Found, Held, Inputs, PickRule, Picks, Quantiles,
    Rows, Sketches, Sums, TextExtremes, WideExtremes, WordedExtremes,
};
pub use bracket::{Bracket, BracketSums, Brackets, Search, count_around};
pub use divided::Divided;
pub use fetch::fetch_lines;
pub use intervals::Intervals;
pub use key::{KeyColumn, KeyLayout, KeySpace};
pub use ledger::{
    ArgMaxima, BLOCK_ROWS, Block, DIVERTED_GROUPS, Ledger, MOST_ARG_MAXIMA, MOST_LARGEST, MOST_MAXIMA,
    MOST_SLOTS, Maxima, divert, first_rows, keep_places, load_bits, load_extremes, load_floats,
    load_integers, load_picking_words, load_row_words, load_validity, load_words,
};
pub use lone::{DividedSlots, HitSlots, KeySlots};
pub use long_texts::LongTexts;
pub use marks::{are_marked, mark_values};
pub use pairs::{PairLayout, PairSet, mark_pairs};
pub use part::Part;
pub use partition::{PartitionRows, Partitioning, ScatterScratch, Scattered};
pub use partition_table::PartitionTable;
pub use parts::StripedAccumulator;
pub use place::{Around, Place};
pub use records::{Records, Summands, Totals};
pub use table::GroupTable;
pub use tagged::TaggedTable;
pub use unique::{DividedKeys, KeySet};
pub use whole::{MOST_WHOLE, is_part, nearest_part};
