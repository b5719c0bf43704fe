//! What went wrong, in words and as an exit code. The one place that knows both.

use crate::args::{Color, ErrorFormat};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// The query or the data is wrong.
const WRONG: u8 = 1;
/// Damage was found.
pub(crate) const DAMAGED: u8 = 3;
/// Refused: another writer holds the lock.
const REFUSED: u8 = 4;
/// Interrupted, as shells count it: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// colq says no.
    Colq(colq::Error),
    /// Standard output is closed or full.
    Output(std::io::Error),
    /// Standard input cannot be read.
    Input(std::io::Error),
    /// A file or folder cannot be written.
    File {
        /// Where.
        path: std::path::PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
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
    fn code(&self) -> u8 {
        match self {
            // Whoever read our output has read enough.
            Failure::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
            Failure::Colq(error) if error.is_broken_pipe() => 0,
            Failure::Output(_) | Failure::Input(_) | Failure::File { .. } | Failure::Panic(_) => WRONG,
            Failure::Colq(error) if error.is_cancelled() => INTERRUPTED,
            Failure::Colq(error) if error.is_corrupt() => DAMAGED,
            Failure::Colq(error) if error.is_locked() => REFUSED,
            Failure::Colq(_) => WRONG,
        }
    }

    fn message(&self) -> String {
        match self {
            Failure::Colq(error) => error.to_string(),
            Failure::Output(error) => format!("The answer could not be written: {error}."),
            Failure::Input(error) => format!("Standard input could not be read: {error}."),
            Failure::File { path, error } => format!("Could not write {}: {error}.", path.display()),
            Failure::Panic(message) => format!("colq made a mistake: {message}. Please report this."),
        }
    }

    fn hints(&self) -> Vec<String> {
        let Failure::Colq(error) = self else { return Vec::new() };
        let mut hints: Vec<String> = error.hint().into_iter().collect();
        if error.is_corrupt() {
            hints.push("`colq verify` names everything that is damaged".into());
        }
        hints
    }
}

/// How failures are written.
pub(crate) struct Report {
    format: ErrorFormat,
    colored: bool,
}

impl Report {
    pub(crate) fn new(format: ErrorFormat, color: Color) -> Report {
        Report { format, colored: is_colored(color, std::io::stderr().is_terminal()) }
    }

    /// Writes the failure to stderr and gives the exit code.
    pub(crate) fn end(&self, failure: &Failure) -> ExitCode {
        let code = failure.code();
        if code != 0 {
            let text = match self.format {
                ErrorFormat::Text => self.text(failure),
                ErrorFormat::Json => json(failure, code),
            };
            // There is nobody left to tell when stderr is closed.
            let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
        }
        ExitCode::from(code)
    }

    fn text(&self, failure: &Failure) -> String {
        let message = failure.message();
        let hints = failure.hints();
        let place = match failure {
            Failure::Colq(error) => error.sql().zip(error.span()),
            _ => None,
        };
        let title = Level::ERROR.primary_title(message.as_str());
        let mut group = match place {
            Some((sql, span)) => {
                let annotation = AnnotationKind::Primary.span(span);
                title.element(Snippet::source(sql).annotation(annotation))
            }
            None => Group::with_title(title),
        };
        for hint in &hints {
            group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
        }
        let renderer = if self.colored { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]).to_string()
    }
}

fn json(failure: &Failure, code: u8) -> String {
    let span = match failure {
        Failure::Colq(error) => error.span(),
        _ => None,
    };
    serde_json::json!({
        "error": failure.message(),
        "hints": failure.hints(),
        "start": span.as_ref().map(|s| s.start),
        "end": span.as_ref().map(|s| s.end),
        "exit_code": code,
    })
    .to_string()
}

/// True when colours are wanted where `terminal` says whether there is one.
pub(crate) fn is_colored(color: Color, terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    }
}
