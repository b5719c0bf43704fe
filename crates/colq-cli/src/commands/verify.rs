//! `colq verify`: every byte of a table against its checksums, and the way back from damage.

use crate::args::VerifyArgs;
use crate::failure::{DAMAGED, Failure};
use crate::{place, session};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let table = place::of_table(&args.table);
    if args.recover {
        recover(&table)?;
    }
    let context = session::interruptible(None);
    let report = colq::verify(&table, &context)?;
    let mut out = std::io::stdout().lock();
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    if !report.is_sound() {
        if !args.recover {
            eprintln!("hint: `colq verify --recover` goes back to the newest version that is sound");
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

fn recover(table: &Path) -> Result<(), Failure> {
    let report = colq::recover(table)?;
    match report.committed {
        Some(version) => eprintln!(
            "version {version} holds what version {} did; damaged: {}",
            report.recovered_from,
            report.damaged.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        ),
        None => eprintln!("version {} is sound; nothing to recover", report.recovered_from),
    }
    Ok(())
}
