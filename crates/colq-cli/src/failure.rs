//! What went wrong, in words and as an exit code. The one place that knows both.

use crate::args::{Color, ErrorFormat};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::Style;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

/// The query or the data is wrong.
const WRONG: u8 = 1;
/// What was typed cannot be meant.
const USAGE: u8 = 2;
/// Damage was found.
pub(crate) const DAMAGED: u8 = 3;
/// Refused: another writer holds the lock.
const REFUSED: u8 = 4;
/// Interrupted, as shells count it: 128 and the number of SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// colq says no.
    Colq(colq::Error),
    /// colq says no, and this command knows a way.
    Hinted(colq::Error, &'static str),
    /// What was typed cannot be meant: why, and what to do.
    Usage { message: String, hint: String },
    /// Standard output is closed or full.
    Output(std::io::Error),
    /// Standard input cannot be read.
    Input(std::io::Error),
    /// A file or folder cannot be written.
    File { path: PathBuf, error: std::io::Error },
    /// A mistake of colq itself.
    Panic(String),
}

/// The words of a panic.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a thread panicked").to_owned()
}

impl From<colq::Error> for Failure {
    fn from(error: colq::Error) -> Failure {
        Failure::Colq(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl Failure {
    /// True when whoever read our output has read enough.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        match self {
            Failure::Output(error) => error.kind() == std::io::ErrorKind::BrokenPipe,
            _ => self.error().is_some_and(colq::Error::is_broken_pipe),
        }
    }

    /// What colq says.
    fn error(&self) -> Option<&colq::Error> {
        match self {
            Failure::Colq(error) | Failure::Hinted(error, _) => Some(error),
            _ => None,
        }
    }

    fn code(&self) -> u8 {
        match self {
            // Whoever read our output has read enough.
            Failure::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
            Failure::Output(_) | Failure::Input(_) | Failure::File { .. } | Failure::Panic(_) => WRONG,
            Failure::Usage { .. } => USAGE,
            Failure::Colq(error) | Failure::Hinted(error, _) => match error {
                error if error.is_broken_pipe() => 0,
                error if error.is_cancelled() => INTERRUPTED,
                error if error.is_corrupt() => DAMAGED,
                error if error.is_locked() => REFUSED,
                _ => WRONG,
            },
        }
    }

    /// The kind of failure, as a word for programs.
    fn kind(&self) -> &'static str {
        match self {
            Failure::Usage { .. } => "usage",
            Failure::Output(_) | Failure::Input(_) | Failure::File { .. } => "io",
            Failure::Panic(_) => "internal",
            Failure::Colq(error) | Failure::Hinted(error, _) => match error {
                error if error.is_cancelled() => "interrupted",
                error if error.is_corrupt() => "damaged",
                error if error.is_locked() => "locked",
                error if error.is_unsupported() => "newer_format",
                error if error.is_not_found() => "not_found",
                error if error.is_already_exists() => "already_exists",
                error if error.is_over_budget() => "memory_limit",
                error if error.is_query() => "query",
                _ => "data",
            },
        }
    }

    fn message(&self) -> String {
        match self {
            Failure::Colq(error) if error.is_cancelled() => "Interrupted.".into(),
            Failure::Colq(error) | Failure::Hinted(error, _) => error.to_string(),
            Failure::Usage { message, .. } => message.clone(),
            Failure::Output(error) => format!("The answer could not be written: {error}."),
            Failure::Input(error) => format!("Standard input could not be read: {error}."),
            Failure::File { path, error } => format!("Could not write {}: {error}.", path.display()),
            Failure::Panic(message) => format!("colq made a mistake: {message}. Please report this."),
        }
    }

    fn hints(&self) -> Vec<String> {
        if let Failure::Usage { hint, .. } = self {
            return vec![hint.clone()];
        }
        let Some(error) = self.error() else { return Vec::new() };
        let mut hints: Vec<String> = error.hint().into_iter().collect();
        if let Failure::Hinted(_, hint) = self {
            hints.push((*hint).to_owned());
        }
        if error.is_corrupt() {
            hints.push("`colq verify TABLE` names everything that is damaged".into());
        }
        if error.is_over_budget() {
            hints.push(
                "a large answer goes to a table with --out NEW.colq; the limit is --memory-limit".into(),
            );
        }
        hints
    }

    /// The SQL and the place in it.
    fn place(&self) -> Option<(&str, std::ops::Range<usize>)> {
        self.error().and_then(|error| error.sql().zip(error.span()))
    }
}

static OF_PROGRAM: OnceLock<Report> = OnceLock::new();

/// How failures are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    format: ErrorFormat,
    colored: bool,
}

impl Report {
    pub(crate) fn new(format: ErrorFormat, color: Color) -> Report {
        Report { format, colored: is_colored(color, std::io::stderr().is_terminal()) }
    }

    /// Makes this the way in which everything is said from now on.
    pub(crate) fn is_of_program(self) {
        let _ = OF_PROGRAM.set(self);
    }

    /// The way in which everything is said.
    pub(crate) fn of_program() -> Report {
        let plain = Report { format: ErrorFormat::Text, colored: false };
        OF_PROGRAM.get().copied().unwrap_or(plain)
    }

    /// Says something that is worth knowing and no failure.
    pub(crate) fn advise(&self, advice: &str) {
        write(&match self.format {
            ErrorFormat::Text => format!("hint: {advice}"),
            ErrorFormat::Json => serde_json::json!({ "kind": "hint", "message": advice }).to_string(),
        });
    }

    /// Writes the failure to stderr and gives the exit code.
    pub(crate) fn end(&self, failure: &Failure) -> ExitCode {
        let code = failure.code();
        if code != 0 {
            let text = match self.format {
                ErrorFormat::Text => self.text(failure),
                ErrorFormat::Json => json(failure),
            };
            write(&text);
        }
        ExitCode::from(code)
    }

    /// Writes that the work was interrupted.
    pub(crate) fn interrupted(&self) {
        write(&match self.format {
            ErrorFormat::Text => "error: Interrupted.".to_owned(),
            ErrorFormat::Json => object("interrupted", "Interrupted.", &[], INTERRUPTED, None),
        });
    }

    fn text(&self, failure: &Failure) -> String {
        let message = printable(&failure.message());
        let title = Level::ERROR.primary_title(message.as_str());
        let group = match failure.place() {
            Some((sql, span)) => {
                let annotation = AnnotationKind::Primary.span(span);
                title.element(Snippet::source(sql).annotation(annotation))
            }
            None => Group::with_title(title),
        };
        let renderer = if self.colored { Renderer::styled() } else { Renderer::plain() };
        let mut text = renderer.render(&[group]).to_string();
        let style = if self.colored { Style::new().bold() } else { Style::new() };
        for hint in failure.hints() {
            text.push_str(&format!("\n{style}hint{style:#}: {}", printable(&hint)));
        }
        text
    }
}

/// Text without control characters, which could move the cursor or hide what follows: names come from files.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

fn write(text: &str) {
    // There is nobody left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
}

fn json(failure: &Failure) -> String {
    object(failure.kind(), &failure.message(), &failure.hints(), failure.code(), failure.place())
}

/// One line: `start` and `end` are bytes of the SQL, `line` and `column` count from 1, columns in characters.
fn object(
    kind: &str,
    message: &str,
    hints: &[String],
    code: u8,
    place: Option<(&str, std::ops::Range<usize>)>,
) -> String {
    let before = place.as_ref().and_then(|(sql, span)| sql.get(..span.start));
    let line = before.map(|before| before.matches('\n').count() + 1);
    let column = before.map(|before| before.rsplit('\n').next().unwrap_or(before).chars().count() + 1);
    serde_json::json!({
        "kind": kind,
        "message": message,
        "hint": (!hints.is_empty()).then(|| hints.join("; ")),
        "exit_code": code,
        "start": place.as_ref().map(|(_, span)| span.start),
        "end": place.as_ref().map(|(_, span)| span.end),
        "line": line,
        "column": column,
    })
    .to_string()
}

/// True when colours are wanted where `terminal` says whether there is one: as asked, else by the variables NO_COLOR
/// and CLICOLOR_FORCE, else on a terminal that has them.
pub(crate) fn is_colored(color: Color, terminal: bool) -> bool {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if variable("NO_COLOR").is_some() => false,
        Color::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => terminal && variable("TERM").is_none_or(|term| term != "dumb"),
    }
}
