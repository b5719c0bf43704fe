//! `colq count`: the rows of a table.

use crate::args::CountArgs;
use crate::failure::Failure;
use crate::{progress, session, timer::Timer};
use std::io::Write;

pub(crate) fn run(args: &CountArgs) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    timer.step("open");
    writeln!(std::io::stdout(), "{}", table.row_count())?;
    if args.run.timer {
        timer.end(&context, 1);
    }
    Ok(())
}
