//! `colq query`: one SELECT, answered.

use crate::args::{Color, QueryArgs};
use crate::failure::Failure;
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
    let frame = statement.run()?;
    timer.step("run");
    output::write(&frame, args.output.output, color)?;
    timer.step("write");
    if args.run.timer {
        timer.end(&context, frame.row_count());
    }
    Ok(())
}
