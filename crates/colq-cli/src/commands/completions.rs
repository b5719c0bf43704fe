//! `colq completions`: what a shell needs to complete colq's commands and options.

use crate::args::{Args, CompletionsArgs};
use crate::failure::Failure;
use clap::CommandFactory;
use std::io::Write;

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "colq", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}
