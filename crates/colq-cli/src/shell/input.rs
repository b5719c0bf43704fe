//! Where lines come from: the line editor, or plain lines where the terminal cannot draw one.

use super::editor::{self, Ready};
use super::names::Names;
use crate::failure::Failure;
use reedline::{Reedline, Signal};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};

/// A way to read.
pub(super) enum Input {
    Editor(Box<Reedline>),
    Plain,
}

/// What was read.
pub(super) enum Line {
    Typed(String),
    /// Ctrl-C: what was typed is not meant.
    Cleared,
    /// Ctrl-D, or the end of what comes in.
    End,
}

impl Input {
    /// The editor where it can draw. It asks the terminal where the cursor is through stdout, and draws on stderr.
    pub(super) fn open(names: Arc<Mutex<Names>>, colored: bool) -> Input {
        let terminals = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        if !terminals || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Input::Plain;
        }
        let (editor, warning) = editor::open(names, colored);
        if let Some(warning) = warning {
            eprintln!("{warning}");
        }
        Input::Editor(Box::new(editor))
    }

    /// Reads what is finished: a command, or one statement or more.
    pub(super) fn read(&mut self) -> Result<Line, Failure> {
        let Input::Editor(editor) = self else { return plain() };
        match editor.read_line(&Ready) {
            Ok(Signal::Success(line)) => {
                // A shell that is killed keeps what was typed before.
                let _ = editor.sync_history();
                Ok(Line::Typed(line))
            }
            Ok(Signal::CtrlD) => Ok(Line::End),
            Ok(_) => Ok(Line::Cleared),
            Err(error) => Err(Failure::Input(std::io::Error::other(error.to_string()))),
        }
    }
}

fn plain() -> Result<Line, Failure> {
    let mut typed = String::new();
    loop {
        let prompt = if typed.is_empty() { "colq> " } else { " ... " };
        // A prompt that nobody sees is no reason to stop.
        let _ = write!(std::io::stderr(), "{prompt}");
        if std::io::stdin().read_line(&mut typed).map_err(Failure::Input)? == 0 {
            return Ok(if typed.trim().is_empty() { Line::End } else { Line::Typed(typed) });
        }
        if editor::is_finished(typed.trim_end_matches('\n')) || typed.ends_with("\n\n") {
            return Ok(Line::Typed(typed));
        }
    }
}
