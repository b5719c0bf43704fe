//! `colq verify`: every byte of a table against its checksums.

use crate::args::VerifyArgs;
use crate::failure::{DAMAGED, Failure};
use crate::session;
use std::io::Write;
use std::process::ExitCode;

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let context = session::interruptible(None);
    let report = colq::verify(&args.table, &context)?;
    let mut out = std::io::stdout().lock();
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    if !report.is_sound() {
        return Ok(ExitCode::from(DAMAGED));
    }
    writeln!(
        out,
        "{}: version {}, {} rows, {} columns, {} bytes: no damage found",
        args.table.display(),
        report.version.unwrap_or(0),
        report.row_count,
        report.column_count,
        report.byte_count
    )?;
    Ok(ExitCode::SUCCESS)
}
