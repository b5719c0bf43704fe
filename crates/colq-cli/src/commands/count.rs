//! `colq count`: the rows of a table.

use crate::args::TableArgs;
use crate::failure::Failure;
use crate::{progress, session};
use std::io::Write;

pub(crate) fn run(args: &TableArgs) -> Result<(), Failure> {
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    Ok(writeln!(std::io::stdout(), "{}", table.row_count())?)
}
