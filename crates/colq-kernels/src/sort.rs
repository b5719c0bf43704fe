//! The order of rows by several keys: keys as words ([`SortLayout`]), and rows by their words ([`sort_rows`]); and how rows
//! are numbered along one ([`RankCounter`]).

mod cuts;
mod key;
mod leaders;
mod limit;
mod ranks;
mod rows;
#[cfg(test)]
mod tests;
mod texts;

pub use cuts::{Cuts, MOST_CUTS};
pub use key::{SortKey, SortLayout, SortPart, positions_up_to};
pub use leaders::{GroupBits, Leaders};
pub use ranks::{KeyChange, RankCounter, RowKey, key_changes};
pub use rows::{SortTexts, sort_rows};
pub(crate) use texts::fill_words;
pub use texts::texts_up_to;
