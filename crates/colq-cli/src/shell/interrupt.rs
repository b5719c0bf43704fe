//! Ctrl-C while something runs: it stops that, and the shell goes on.
//!
//! While a line is typed the terminal gives Ctrl-C as a key, and no signal comes.

use colq::Context;
use std::sync::{Arc, Mutex, PoisonError};

/// Cancels whatever runs at the moment.
#[derive(Clone, Default)]
pub(super) struct Interrupt {
    running: Arc<Mutex<Option<Context>>>,
}

impl Interrupt {
    /// From now on SIGINT stops what runs and not the program.
    pub(super) fn new() -> Interrupt {
        let interrupt = Interrupt::default();
        let heard = interrupt.clone();
        // Without a handler Ctrl-C ends the shell, which is worse but not wrong.
        let _ = ctrlc::set_handler(move || {
            if let Some(context) = &*heard.running.lock().unwrap_or_else(PoisonError::into_inner) {
                context.cancel();
            }
        });
        interrupt
    }

    /// Does some work that Ctrl-C stops, through its context.
    pub(super) fn during<T>(&self, context: &Context, work: impl FnOnce() -> T) -> T {
        self.set(Some(context.clone()));
        let done = work();
        self.set(None);
        done
    }

    fn set(&self, context: Option<Context>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = context;
    }
}
