//! `colq vacuum`: old versions and their files away, those that somebody reads excepted.

use crate::args::VacuumArgs;
use crate::failure::Failure;
use crate::place;

pub(crate) fn run(args: &VacuumArgs) -> Result<(), Failure> {
    let table = place::of_table(&args.table);
    let report = colq::vacuum(&table, usize::try_from(args.keep).unwrap_or(usize::MAX))?;
    eprintln!(
        "{} versions and {} files removed from {}, {} bytes freed.",
        report.versions_removed,
        report.files_removed,
        table.display(),
        report.bytes_freed
    );
    if report.versions_pinned > 0 {
        eprintln!("{} older versions are being read and stay.", report.versions_pinned);
    }
    Ok(())
}
