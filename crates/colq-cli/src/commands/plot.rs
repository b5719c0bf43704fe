//! `colq plot`: two columns against each other.

use crate::args::{Color, PlotArgs};
use crate::failure::Failure;

pub(crate) fn run(args: &PlotArgs, color: Color) -> Result<(), Failure> {
    let _ = (args, color);
    Ok(())
}
