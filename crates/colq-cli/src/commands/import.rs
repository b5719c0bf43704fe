//! `colq import`: files into a table.

use crate::args::ImportArgs;
use crate::failure::Failure;
use crate::{interrupt, progress, session};
use colq::Import;
use std::io::Write;

pub(crate) fn run(args: &ImportArgs) -> Result<(), Failure> {
    let context = session::interruptible(args.memory_limit);
    // The argument parser asks for two paths at least.
    let Some((destination, sources)) = args.paths.split_last() else { return Ok(()) };
    if destination.is_file() {
        let shown = destination.display();
        return Err(Failure::Usage {
            message: format!("{shown} is a file, and the table, which is a folder, comes last."),
            hint: "write colq import SRC... DEST.colq".into(),
        });
    }
    let mut import = Import::new(destination).options(args.read.options(args.threads));
    if let Some(condition) = &args.condition {
        import = import.filter(condition);
    }
    if args.append {
        import = import.append();
    }
    if args.replace {
        import = import.replace();
    }
    if args.dry_run {
        let mut out = std::io::stdout().lock();
        for source in sources {
            for field in import.schema(source, &context)?.fields() {
                writeln!(out, "{}\t{}", field.name, field.data_type)?;
            }
        }
        return Ok(());
    }
    let report = progress::during(&context, args.progress, || import.run(sources, &context));
    let report = report.map_err(|error| match error.is_already_exists() {
        true => Failure::Hinted(
            error,
            "--append adds the rows to it, --replace puts them in the place of its own",
        ),
        false => error.into(),
    })?;
    interrupt::is_done();
    let mut err = std::io::stderr().lock();
    writeln!(
        err,
        "{} rows imported into {}, version {}.",
        report.row_count,
        destination.display(),
        report.version
    )?;
    if report.bad_cells.count > 0 {
        let cells = if report.bad_cells.count == 1 { "cell" } else { "cells" };
        writeln!(err, "{} {cells} could not be read:", report.bad_cells.count)?;
        for cell in &report.bad_cells.first {
            writeln!(err, "  {cell}")?;
        }
        let shown = report.bad_cells.first.len() as u64;
        if report.bad_cells.count > shown {
            writeln!(err, "  and {} more", report.bad_cells.count - shown)?;
        }
    }
    Ok(())
}
