//! `colq` alone: SQL from standard input. On a terminal, where nothing comes in, it says how to begin.

use crate::args::{Args, Color, Io, OutputArgs, RunArgs};
use crate::failure::Failure;
use crate::{output, session};
use clap::CommandFactory;
use std::io::{IsTerminal, Read};

pub(crate) fn run(color: Color) -> Result<(), Failure> {
    let mut stdin = std::io::stdin().lock();
    if stdin.is_terminal() {
        return Ok(Args::command().print_help()?);
    }
    let mut sql = String::new();
    stdin.read_to_string(&mut sql).map_err(Failure::Input)?;
    let run = RunArgs { threads: 0, io: Io::Map, timer: false, memory_limit: None, progress: false };
    let context = session::interruptible(None);
    let session = session::open(&run, &context)?;
    let statement = session.prepare(&sql)?;
    let plain = OutputArgs { output: None, out: None };
    if statement.is_explain() {
        return output::write(&statement.run()?, &plain, color);
    }
    output::write_frames(statement.batches()?, &plain, color).map(|_| ())
}
