//! The colq program: what was typed, what it means, one match.
//!
//! stdout is data and stderr is talk. Each command is one file in `commands`; `output` writes answers, `failure`
//! says what went wrong and with which exit code.

mod args;
mod chart;
mod commands;
mod failure;
mod interrupt;
mod output;
mod page;
mod place;
mod progress;
mod session;
mod shell;
mod timer;
mod usage;

use args::{Args, Command};
use failure::{Failure, Report};
use shell::ShellArgs;
use std::panic::UnwindSafe;
use std::process::ExitCode;
use usage::Unread;

/// Large pieces of memory come in huge pages where the system has them, and are kept for the next use: with the system's
/// own allocator a large grouping spends a sixth of its time in page faults.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keep_importers_quiet();
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if let Some(args) = shell::typed(words.iter().cloned()) {
        return end(&Report::new(args.error_format, args.color), || {
            shell::run(args).map(|()| ExitCode::SUCCESS)
        });
    }
    let report = Report::new(usage::error_format(&words), usage::color(&words));
    report.is_of_program();
    let args = match usage::read(&words) {
        Ok(args) => args,
        Err(Unread::Wrong(failure)) => return report.end(&failure),
        Err(Unread::Asked(text)) => {
            // Whoever reads it may close the pipe before its end.
            let _ = text.print();
            return ExitCode::from(u8::try_from(text.exit_code()).unwrap_or(1));
        }
    };
    end(&report, || run(args))
}

/// Does some work and says what went wrong with it.
fn end(report: &Report, work: impl FnOnce() -> Result<ExitCode, Failure> + UnwindSafe) -> ExitCode {
    match std::panic::catch_unwind(work) {
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
        Some(Command::Tail(tail)) => commands::tail::run(&tail, args.color),
        Some(Command::Sample(sample)) => commands::sample::run(&sample, args.color),
        Some(Command::Stats(table)) => commands::stats::run(&table, args.color),
        Some(Command::Profile(profile)) => commands::profile::run(&profile, args.color),
        Some(Command::Hist(hist)) => commands::hist::run(&hist, args.color),
        Some(Command::Plot(plot)) => commands::plot::run(&plot, args.color),
        Some(Command::Bench(bench)) => commands::bench::run(&bench, args.color),
        Some(Command::Cache(cache)) => commands::cache::run(&cache, args.color),
        Some(Command::Completions(completions)) => commands::completions::run(&completions),
        Some(Command::Man(man)) => commands::man::run(&man),
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
        None => shell::run(ShellArgs::alone(args.error_format, args.color)),
    };
    done.map(|()| ExitCode::SUCCESS)
}
