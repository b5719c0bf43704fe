//! `colq export`: a table, or an answer over it, to a file of another kind.

use crate::args::ExportArgs;
use crate::failure::Failure;
use crate::{output, progress, session, timer::Timer};

pub(crate) fn run(args: &ExportArgs) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let mut session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    session.register("this", table);
    timer.step("open");
    let sql = args.query.as_deref().unwrap_or("SELECT * FROM this");
    let statement = session.prepare(sql)?;
    timer.step("plan");
    let row_count = output::to_file(statement.batches()?, &args.destination, args.format)?;
    timer.step("run");
    if args.run.timer {
        timer.end(&context, row_count);
    }
    Ok(())
}
