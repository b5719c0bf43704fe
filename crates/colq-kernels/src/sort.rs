//! The order of rows by several keys: keys as words ([`SortLayout`]), and rows by their words ([`sort_rows`]).

mod cuts;
mod key;
mod limit;
mod rows;
#[cfg(test)]
mod tests;
mod texts;

pub use cuts::{Cuts, MOST_CUTS};
pub use key::{SortKey, SortLayout, SortPart, positions_up_to};
pub use rows::{SortTexts, sort_rows};
pub use texts::texts_up_to;
