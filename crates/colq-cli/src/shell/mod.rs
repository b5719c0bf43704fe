//! The shell: `colq` on a terminal.
//!
//! A line is read (`input`, `editor`, with `highlight` and `complete` over `names` and `token`), and is a command of the shell
//! (`dot`, done by `command`) or SQL (`statement`), whose `answer` goes to the `screen`. What is wrong is said as the
//! program says it, and the next line is read.

mod answer;
mod command;
mod complete;
mod dot;
mod editor;
mod highlight;
mod input;
mod interrupt;
mod names;
mod path;
mod screen;
mod start;
mod statement;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use start::{ShellArgs, typed};

use crate::failure::{Failure, Report, is_colored};
use crate::output::{Look, Mode};
use crate::{progress, session};
use answer::Answer;
use colq::{Context, Format, Session, Table};
use input::{Input, Line};
use interrupt::Interrupt;
use names::Names;
use std::io::{IsTerminal, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows of an answer that are shown until `.rows` says otherwise: more than anybody reads, few enough to come at once.
const SHOWN_ROWS: u64 = 1_000;

/// The shell and what it was told.
struct Shell {
    session: Session,
    args: ShellArgs,
    /// Tables that were opened by name. Each statement sees their newest versions.
    tables: Vec<Open>,
    names: Arc<Mutex<Names>>,
    interrupt: Interrupt,
    report: Report,
    mode: Mode,
    /// Rows that are shown; `None` for all.
    rows: Option<u64>,
    timer: bool,
    /// Where the next answer goes.
    output: Option<PathBuf>,
    last: Option<Answer>,
    colored: bool,
    /// True when somebody types; otherwise statements come from a pipe.
    is_interactive: bool,
    /// Files that are being read, one within the other.
    read_depth: usize,
}

/// A table that was opened by name.
struct Open {
    name: String,
    /// What was typed: a table, or a file that was imported.
    source: String,
    table: Table,
}

/// Opens the tables and reads lines until there are no more.
pub(crate) fn run(args: ShellArgs) -> Result<(), Failure> {
    let mut shell = Shell::open(args)?;
    if shell.is_interactive {
        return shell.converse();
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).map_err(Failure::Input)?;
    shell.script(&text).map(|_| ())
}

impl Shell {
    fn open(args: ShellArgs) -> Result<Shell, Failure> {
        let terminal = std::io::stdout().is_terminal();
        let is_interactive = std::io::stdin().is_terminal();
        let mut shell = Shell {
            session: session::open(&args.run, &Context::new())?,
            tables: Vec::new(),
            names: Arc::new(Mutex::new(Names::new())),
            interrupt: Interrupt::new(is_interactive),
            report: Report::new(args.error_format, args.color),
            mode: if terminal { Mode::Table } else { Mode::File(Format::Csv) },
            rows: is_interactive.then_some(SHOWN_ROWS),
            timer: args.run.timer,
            output: None,
            last: None,
            colored: is_colored(args.color, terminal),
            is_interactive,
            read_depth: 0,
            args,
        };
        for word in std::mem::take(&mut shell.args.tables) {
            shell.open_table(&word)?;
        }
        Ok(shell)
    }

    /// Opens a table under its name, or under `name_2` where that one is taken.
    fn open_table(&mut self, word: &str) -> Result<(), Failure> {
        let context = self.context();
        self.session.set_context(context.clone());
        let open = || progress::during(&context, self.args.run.progress, || self.session.table(word));
        let table = self.interrupt.during(&context, open)?;
        let stem = start::name_of(word);
        let mut name = stem.clone();
        let mut count = 1;
        while self.tables.iter().any(|open| open.name == name) {
            count += 1;
            name = format!("{stem}_{count}");
        }
        self.names().add_open(&name, table.schema());
        self.session.register(&name, table.clone());
        self.tables.push(Open { name, source: word.to_owned(), table });
        Ok(())
    }

    /// A context for one piece of work.
    fn context(&self) -> Context {
        Context::new().with_memory_limit(self.args.run.memory_limit.unwrap_or(0))
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Look {
        Look::of_stdout(self.colored, std::io::stdout().is_terminal())
    }

    /// Reads and does what somebody types.
    fn converse(&mut self) -> Result<(), Failure> {
        let mut input = Input::open(self.names.clone(), self.colored);
        self.greet();
        loop {
            self.names().forget_missing();
            match input.read()? {
                Line::Typed(line) if self.line(&line).is_break() => return Ok(()),
                Line::Typed(_) | Line::Cleared => {}
                Line::End => return Ok(()),
            }
        }
    }

    fn greet(&self) {
        eprintln!(
            "colq {}. A statement ends with `;`, `.help` lists commands, Ctrl-D leaves.",
            env!("CARGO_PKG_VERSION")
        );
        for Open { name, table, .. } in &self.tables {
            let rows = crate::output::counted(table.row_count(), "row");
            let columns = crate::output::counted(table.schema().len() as u64, "column");
            eprintln!("{}: {rows}, {columns}", crate::output::printable(name));
        }
    }

    /// Does what a line says, and shows what is wrong with it.
    fn line(&mut self, line: &str) -> ControlFlow<()> {
        // A mistake of ours in one statement is no reason to lose the others.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.script(line)));
        match done {
            Ok(Ok(flow)) => flow,
            Ok(Err(failure)) => {
                self.report.end(&failure);
                ControlFlow::Continue(())
            }
            Err(panic) => {
                self.report.end(&Failure::Panic(crate::failure::panic_message(panic.as_ref())));
                ControlFlow::Continue(())
            }
        }
    }

    /// Does what lines say, up to the first that fails: commands of the shell, each on a line of its own, and
    /// statements between them.
    fn script(&mut self, text: &str) -> Result<ControlFlow<()>, Failure> {
        let mut pending = String::new();
        for line in text.split_inclusive('\n') {
            let between = token::is_ended(&pending);
            if between && dot::is_command(line) {
                self.statements(&std::mem::take(&mut pending))?;
                if self.command(line)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            } else {
                pending.push_str(line);
            }
        }
        self.statements(&pending)?;
        Ok(ControlFlow::Continue(()))
    }

    fn statements(&mut self, sql: &str) -> Result<(), Failure> {
        token::statements(sql).into_iter().try_for_each(|statement| self.statement(statement))
    }
}
