//! `colq tail`: the last rows of a table, without reading those before.

use crate::args::{Color, HeadArgs};
use crate::failure::Failure;
use crate::{output, progress, session, timer::Timer};

pub(crate) fn run(args: &HeadArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    timer.step("open");
    let first = table.row_count().saturating_sub(args.rows);
    let row_count = output::write_frames(table.rows(first..u64::MAX, &context), &args.output, color)?;
    timer.step("run");
    if args.run.timer {
        timer.end(&context, row_count);
    }
    Ok(())
}
