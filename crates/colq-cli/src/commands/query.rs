//! `colq query`: one SELECT, answered.

use crate::args::{Color, QueryArgs};
use crate::failure::{Failure, Report};
use crate::{output, progress, session, timer::Timer};

pub(crate) fn run(args: &QueryArgs, color: Color) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let mut session = session::open(&args.run, &context)?;
    session.set_import_options(args.import.options(args.run.threads));
    for (name, path) in &args.tables.tables {
        let table = progress::during(&context, args.run.progress, || session.table(&path.to_string_lossy()))?;
        session.register(name, table);
    }
    if !args.tables.tables.is_empty() {
        timer.step("register");
    }
    let statement = progress::during(&context, args.run.progress, || session.prepare(&args.sql))?;
    timer.step_of("open", statement.open_time(), "plan");
    for doubt in statement.doubts() {
        Report::of_program().advise(doubt);
    }
    let zone_count = statement.zone_count();
    let row_count = if statement.is_explain() {
        let frame = progress::of_query(&context, args.run.progress, zone_count, || statement.run())?;
        output::write(&frame, &args.output, color)?;
        frame.row_count() as u64
    } else if args.output.out.is_some() {
        let write = || output::write_frames(statement.batches()?, &args.output, color);
        progress::of_query(&context, args.run.progress, zone_count, write)?
    } else {
        let start = || statement.batches();
        let frames = progress::until_first(&context, args.run.progress, zone_count, start)?;
        output::write_frames(frames, &args.output, color)?
    };
    // Rows are written while later ones are computed, so the two are one step.
    timer.step("run");
    if args.run.timer {
        timer.end(&context, row_count);
    }
    Ok(())
}
