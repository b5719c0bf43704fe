//! `colq head`: the first rows of a table.

use crate::args::{Color, HeadArgs};
use crate::failure::Failure;
use crate::{output, progress, session};

pub(crate) fn run(args: &HeadArgs, color: Color) -> Result<(), Failure> {
    let context = session::interruptible(args.run.memory_limit);
    let session = session::open(&args.run, &context)?;
    let table = progress::during(&context, args.run.progress, || session.table(&args.table))?;
    let query = table.query().limit(args.rows).threads(args.run.threads).context(context);
    output::write(&query.collect()?, args.output.output, color)
}
