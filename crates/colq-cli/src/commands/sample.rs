//! `colq sample`: rows drawn at random, the same ones for the same seed.

use crate::args::{Color, SampleArgs};
use crate::failure::Failure;
use crate::{output, progress, session, timer::Timer};

pub(crate) fn run(args: &SampleArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    timer.step("open");
    let row_count = output::write_frames(table.sample(args.rows, args.seed, &context), &args.output, color)?;
    timer.step("run");
    if args.run.timer {
        timer.end(&context, row_count);
    }
    Ok(())
}
