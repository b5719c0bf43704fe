//! Where answers are shown: on the terminal, and through a pager once they are longer than the screen.
//!
//! Lines are held until there are more than the screen has; only then the pager starts, and takes the rest as it
//! comes. So an answer of any length goes through with the memory of a screen.

use std::io::{Error, ErrorKind, IsTerminal, Result, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A writer that may be handed to several owners; [`Screen::end`] ends it.
#[derive(Clone)]
pub(super) struct Screen {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    /// What is held back until it is known whether there is a pager.
    held: Vec<u8>,
    line_count: usize,
    /// Lines that fit the screen; more go to the pager.
    height: usize,
    way: Way,
}

enum Way {
    /// Nothing is shown yet; the command of the pager.
    Waiting(String),
    Plain,
    Paged(Child),
}

impl Screen {
    /// The terminal as it is now; with a pager where somebody is there to leave it.
    pub(super) fn new(paged: bool) -> Screen {
        let stdout = std::io::stdout();
        let size = if paged && stdout.is_terminal() { crossterm::terminal::size().ok() } else { None };
        let way = match (size, pager()) {
            (Some(_), Some(command)) => Way::Waiting(command),
            _ => Way::Plain,
        };
        // The prompt takes a line.
        let height = size.map_or(usize::MAX, |(_, rows)| usize::from(rows).saturating_sub(1).max(1));
        Screen { inner: Arc::new(Mutex::new(Inner { held: Vec::new(), line_count: 0, height, way })) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what is held, and waits until the pager is left. A pager that was left early is no error.
    pub(super) fn end(self) -> Result<()> {
        self.lock().end()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Inner {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.held.extend_from_slice(bytes);
        match &self.way {
            Way::Waiting(command) => {
                self.line_count += bytes.iter().filter(|byte| **byte == b'\n').count();
                if self.line_count > self.height {
                    self.way = start(command).map_or(Way::Plain, Way::Paged);
                    self.hand_on()?;
                }
            }
            Way::Plain | Way::Paged(_) if self.held.len() >= 1 << 16 => self.hand_on()?,
            Way::Plain | Way::Paged(_) => {}
        }
        Ok(bytes.len())
    }

    fn hand_on(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        match &mut self.way {
            Way::Paged(pager) => match pager.stdin.as_mut() {
                Some(stdin) => stdin.write_all(&held),
                None => Err(Error::from(ErrorKind::BrokenPipe)),
            },
            Way::Waiting(_) | Way::Plain => {
                let mut stdout = std::io::stdout().lock();
                stdout.write_all(&held)?;
                stdout.flush()
            }
        }
    }

    fn end(&mut self) -> Result<()> {
        let mut shown = self.hand_on();
        if let Way::Paged(pager) = &mut self.way {
            drop(pager.stdin.take());
            // Ctrl-C goes to the pager too, which stays; so does the wait.
            while let Err(error) = pager.wait() {
                if error.kind() != ErrorKind::Interrupted {
                    break;
                }
            }
            shown = shown.or_else(|error| if is_left(&error) { Ok(()) } else { Err(error) });
        }
        shown
    }
}

/// True when the error only says that the pager was left.
fn is_left(error: &Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

fn start(command: &str) -> Option<Child> {
    Command::new("sh").arg("-c").arg(command).stdin(Stdio::piped()).spawn().ok()
}

/// What `$PAGER` says, else `less` where it is there; `None` for none, as with an empty `$PAGER`.
fn pager() -> Option<String> {
    match std::env::var("PAGER") {
        Ok(command) => Some(command).filter(|command| !command.trim().is_empty()),
        // -S cuts long lines, -R shows colours, -F ends when all fits, -X leaves the text on the screen.
        Err(_) => is_program("less").then(|| "less -SRFX".to_owned()),
    }
}

fn is_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(name).is_file())
}
