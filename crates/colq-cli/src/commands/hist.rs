//! `colq hist`: how the values of a column are spread, as lying bars.

use crate::args::{Color, HistArgs};
use crate::failure::Failure;

pub(crate) fn run(args: &HistArgs, color: Color) -> Result<(), Failure> {
    let _ = (args, color);
    Ok(())
}
