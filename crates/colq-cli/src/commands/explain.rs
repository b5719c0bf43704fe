//! `colq explain`: the steps that a SELECT would take.

use crate::args::ExplainArgs;
use crate::failure::Failure;
use crate::session;
use std::io::Write;

pub(crate) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let context = session::interruptible(args.run.memory_limit);
    let mut session = session::open(&args.run, &context)?;
    session.set_import_options(args.import.options(args.run.threads));
    for (name, path) in &args.tables.tables {
        let table = session.table(&path.to_string_lossy())?;
        session.register(name, table);
    }
    let statement = session.prepare(&args.sql)?;
    Ok(std::io::stdout().write_all(statement.explain().as_bytes())?)
}
