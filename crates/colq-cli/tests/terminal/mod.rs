//! A terminal with the program in it: keys go in through a pseudo-terminal, and what comes out is drawn on a screen
//! that tests can read. Nothing sleeps: a test waits for what it wants to see.
#![allow(dead_code, reason = "each test file uses some of it")]

use crate::place::Place;
use rustix::termios::{LocalModes, tcgetattr};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Longer than this nothing takes on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program on a terminal.
pub(crate) struct Terminal {
    pty: Arc<pty_process::blocking::Pty>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    child: Child,
}

/// What came out.
struct Seen {
    screen: vt100::Parser<Answers>,
    raw: Vec<u8>,
    ended: bool,
}

/// Questions of the program to the terminal.
struct Answers {
    pty: Arc<pty_process::blocking::Pty>,
}

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        _: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        kind: char,
    ) {
        // Where the cursor is.
        if kind == 'n' && params == [&[6][..]] {
            let (row, column) = screen.cursor_position();
            write!(&*self.pty, "\x1b[{};{}R", row + 1, column + 1).unwrap();
        }
    }
}

impl Terminal {
    /// Starts the program in a place, on a screen of so many rows and columns.
    pub(crate) fn start(
        place: &Place,
        arguments: &[&str],
        size: (u16, u16),
        env: &[(&str, &str)],
    ) -> Terminal {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(size.0, size.1)).unwrap();
        let mut command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_colq"))
            .args(arguments)
            .current_dir(place.folder.path())
            .env("COLQ_CACHE", place.path("cache"))
            .env("COLQ_HISTORY", place.path("history"))
            .env("TERM", "xterm-256color")
            .env("PAGER", "")
            .env_remove("NO_COLOR");
        for (name, value) in env {
            command = command.env(name, value);
        }
        let child = command.spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let (rows, columns) = (NonZeroU16::new(size.0).unwrap(), NonZeroU16::new(size.1).unwrap());
        let answers = Answers { pty: pty.clone() };
        let screen = vt100::Parser::new_with_callbacks(rows, columns, 1000, answers);
        let seen = Arc::new((Mutex::new(Seen { screen, raw: Vec::new(), ended: false }), Condvar::new()));
        let (reader, shown) = (pty.clone(), seen.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let count = (&*reader).read(&mut bytes).unwrap_or(0);
                let mut seen = shown.0.lock().unwrap();
                seen.screen.process(&bytes[..count]);
                seen.raw.extend_from_slice(&bytes[..count]);
                seen.ended |= count == 0;
                shown.1.notify_all();
                if seen.ended {
                    return;
                }
            }
        });
        Terminal { pty, seen, child }
    }

    /// Starts the shell and waits for its prompt.
    pub(crate) fn shell(
        place: &Place,
        arguments: &[&str],
        size: (u16, u16),
        env: &[(&str, &str)],
    ) -> Terminal {
        let terminal = Terminal::start(place, arguments, size, env);
        terminal.wait_for_prompt();
        terminal
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line, presses Enter, and waits for the next prompt; gives what stands between.
    pub(crate) fn ask(&self, line: &str) -> String {
        let before = self.raw().len();
        self.press(line);
        self.press("\r");
        self.wait("the next prompt", |seen| {
            seen.screen.screen().bracketed_paste()
                && has(&seen.raw[before..], b"\x1b[?2004l")
                && at_prompt(seen.screen.screen())
        });
        self.screen()
    }

    pub(crate) fn wait_for_prompt(&self) {
        self.wait("a prompt", |seen| {
            seen.screen.screen().bracketed_paste() && at_prompt(seen.screen.screen())
        });
    }

    /// Waits until the screen shows a text.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(text, |seen| seen.screen.screen().contents().contains(text));
        self.screen()
    }

    /// Waits until the line with the cursor is this one.
    pub(crate) fn wait_for_line(&self, line: &str) {
        self.wait(line, |seen| cursor_line(seen.screen.screen()).trim_end() == line.trim_end());
    }

    fn wait(&self, what: &str, is_seen: impl Fn(&Seen) -> bool) {
        let until = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !is_seen(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            let screen = seen.screen.screen().contents();
            assert!(!left.is_zero() && !seen.ended, "waited for {what:?}; the screen shows:\n{screen}");
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// True as soon as a condition on the screen holds, false when it does not within `patience`.
    pub(crate) fn soon(&self, patience: Duration, text: &str) -> bool {
        let until = Instant::now() + patience;
        let mut seen = self.seen.0.lock().unwrap();
        while !seen.screen.screen().contents().contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        true
    }

    /// Waits until Ctrl-C is a signal again and no key.
    pub(crate) fn wait_until_running(&self) {
        let until = Instant::now() + PATIENCE;
        while !tcgetattr(&*self.pty).unwrap().local_modes.contains(LocalModes::ISIG) {
            assert!(Instant::now() < until, "the line is still being edited");
            std::thread::yield_now();
        }
    }

    /// What the screen shows.
    pub(crate) fn screen(&self) -> String {
        self.seen.0.lock().unwrap().screen.screen().contents()
    }

    /// Everything that came out, colours and all.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().raw.clone()
    }

    /// Waits until the program ends, and gives its exit code.
    pub(crate) fn end(mut self) -> i32 {
        let status = self.child.wait().unwrap();
        status.code().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// True when the cursor stands behind an empty prompt.
fn at_prompt(screen: &vt100::Screen) -> bool {
    cursor_line(screen).trim_end() == "colq>" && screen.cursor_position().1 == 6
}

fn cursor_line(screen: &vt100::Screen) -> String {
    let (row, _) = screen.cursor_position();
    let columns = screen.size().1.get();
    screen.rows(0, columns).nth(usize::from(row)).unwrap_or_default()
}
