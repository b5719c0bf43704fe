//! `colq head`: the first rows of a table.

use crate::args::{Color, HeadArgs};
use crate::failure::Failure;
use crate::{output, progress, session, timer::Timer};

pub(crate) fn run(args: &HeadArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    timer.step("open");
    let query = table.query().limit(args.rows).threads(args.run.threads).context(context.clone());
    let row_count = output::write_frames(query.batches()?, &args.output, color)?;
    timer.step("run");
    if args.run.timer {
        timer.end(&context, row_count);
    }
    Ok(())
}
