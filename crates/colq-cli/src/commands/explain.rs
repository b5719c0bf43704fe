//! `colq explain`: the steps that a SELECT would take, or with `--analyze` took.

use crate::args::ExplainArgs;
use crate::failure::Failure;
use crate::{session, timer::Timer};
use std::io::Write;

pub(crate) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let mut timer = Timer::new();
    let context = session::interruptible(args.run.memory_limit);
    let mut session = session::open(&args.run, &context)?;
    session.set_import_options(args.import.options(args.run.threads));
    for (name, path) in &args.tables.tables {
        let table = session.table(&path.to_string_lossy())?;
        session.register(name, table);
    }
    let statement = session.prepare(&args.sql)?;
    timer.step_of("open", statement.open_time(), "plan");
    let text = if args.analyze { statement.analyze()?.to_string() } else { statement.explain()? };
    std::io::stdout().write_all(text.as_bytes())?;
    if args.run.timer {
        timer.end(&context, text.lines().count() as u64);
    }
    Ok(())
}
