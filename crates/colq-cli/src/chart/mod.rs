//! Pictures made of characters, readable without colour.

mod bars;
mod blocks;
mod canvas;
mod measured;
mod number;
mod ticks;

pub(crate) use bars::{bar, sparkline};
pub(crate) use blocks::profile;
pub(crate) use canvas::Canvas;
pub(crate) use measured::{Measured, measured};
pub(crate) use number::{percent, short, shown};
pub(crate) use ticks::{Axis, axis};

use crate::output::Look;

/// Characters of a line where there is no terminal and nobody says otherwise.
const COLUMNS: usize = 80;

/// The room on a line: the terminal's, else what `COLUMNS` says, else 80.
pub(crate) fn room(look: Look) -> usize {
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    look.columns.or_else(said).unwrap_or(COLUMNS).clamp(20, 1000)
}
