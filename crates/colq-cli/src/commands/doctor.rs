//! `colq doctor`: what this machine offers, a fact a line.

use crate::args::DoctorArgs;
use crate::failure::Failure;
use std::io::Write;

pub(crate) fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "colq: {}", env!("CARGO_PKG_VERSION"))?;
    for (name, fact) in colq::doctor(&args.path)? {
        writeln!(out, "{name}: {fact}")?;
    }
    Ok(())
}
