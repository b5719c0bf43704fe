//! The colq program: what was typed, what it means, one match.
//!
//! stdout is data and stderr is talk. Each command is one file in `commands`; `output` writes answers, `failure`
//! says what went wrong and with which exit code.

mod args;
mod commands;
mod failure;
mod output;
mod place;
mod progress;
mod session;
mod timer;

use args::{Args, Command};
use clap::Parser;
use failure::{Failure, Report};
use std::process::ExitCode;

fn main() -> ExitCode {
    keep_importers_quiet();
    let args = Args::parse();
    let report = Report::new(args.error_format, args.color);
    match std::panic::catch_unwind(|| run(args)) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => report.end(&failure),
        Err(panic) => report.end(&Failure::Panic(failure::panic_message(panic.as_ref()))),
    }
}

/// Libraries that read files panic on some damaged ones. That is caught where it happens and becomes an error, so the
/// words of the panic would only hide it.
fn keep_importers_quiet() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !std::thread::current().name().is_some_and(|name| name.starts_with("colq-io")) {
            usual(panic);
        }
    }));
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    let done = match args.command {
        Some(Command::Query(query)) => commands::query::run(&query, args.color),
        Some(Command::Explain(explain)) => commands::explain::run(&explain),
        Some(Command::Import(import)) => commands::import::run(&import),
        Some(Command::Schema(table)) => commands::schema::run(&table, args.color),
        Some(Command::Head(head)) => commands::head::run(&head, args.color),
        Some(Command::Count(table)) => commands::count::run(&table),
        Some(Command::Export(export)) => commands::export::run(&export),
        Some(Command::Verify(verify)) => return commands::verify::run(&verify),
        Some(Command::AddColumn(add)) => commands::add_column::run(&add),
        Some(Command::DropColumn(drop)) => commands::drop_column::run(&drop),
        Some(Command::RenameColumn(rename)) => commands::rename_column::run(&rename),
        Some(Command::Versions(versions)) => commands::versions::run(&versions, args.color),
        Some(Command::Vacuum(vacuum)) => commands::vacuum::run(&vacuum),
        Some(Command::Doctor(doctor)) => commands::doctor::run(&doctor),
        Some(Command::Slt) => commands::slt::run(),
        None => commands::standard_input::run(args.color),
    };
    done.map(|()| ExitCode::SUCCESS)
}
