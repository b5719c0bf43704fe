//! `colq verify`: every byte of a table against its checksums, and the way back from damage.

use crate::args::VerifyArgs;
use crate::failure::{DAMAGED, Failure, Report};
use crate::{place, session};
use colq::Context;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let table = place::of_table(&args.table);
    let context = session::interruptible(None);
    if args.recover {
        recover(&table, &context)?;
    }
    let report = colq::verify(&table, &context)?;
    let mut out = std::io::stdout().lock();
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    if !report.is_sound() {
        if !args.recover {
            Report::of_program()
                .advise("`colq verify --recover` goes back to the newest version that is sound");
        }
        return Ok(ExitCode::from(DAMAGED));
    }
    writeln!(
        out,
        "{}: version {}, {} rows, {} columns, {} bytes: no damage found",
        table.display(),
        report.version.unwrap_or(0),
        report.row_count,
        report.column_count,
        report.byte_count
    )?;
    Ok(ExitCode::SUCCESS)
}

fn recover(table: &Path, context: &Context) -> Result<(), Failure> {
    let report = colq::recover(table, context)?;
    let damaged: Vec<String> = report.damaged_versions.iter().map(u64::to_string).collect();
    match report.recovered_from {
        Some(from) => eprintln!(
            "Version {} holds what version {from} did; damaged: {}.",
            report.version,
            damaged.join(", ")
        ),
        None => eprintln!("Version {} is sound; no version was made.", report.version),
    }
    if report.headers_rewritten > 0 {
        eprintln!("{} NumPy headers were written again.", report.headers_rewritten);
    }
    Ok(())
}
