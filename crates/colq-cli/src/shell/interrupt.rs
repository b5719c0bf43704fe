//! Ctrl-C while something runs: where somebody types it stops that, and the shell goes on; in a pipe it ends the program,
//! as with every command.
//!
//! While a line is typed the terminal gives Ctrl-C as a key, and no signal comes.

use colq::Context;
use std::sync::{Arc, Mutex, PoisonError};

/// Cancels whatever runs at the moment.
#[derive(Clone)]
pub(super) struct Interrupt {
    /// What runs, where somebody types.
    running: Option<Arc<Mutex<Option<Context>>>>,
}

impl Interrupt {
    /// From now on SIGINT stops what runs; the program ends with it unless somebody types.
    pub(super) fn new(is_interactive: bool) -> Interrupt {
        if !is_interactive {
            return Interrupt { running: None };
        }
        let running: Arc<Mutex<Option<Context>>> = Arc::default();
        let heard = running.clone();
        // Without a handler Ctrl-C ends the shell, which is worse but not wrong.
        let _ = ctrlc::set_handler(move || {
            if let Some(context) = &*heard.lock().unwrap_or_else(PoisonError::into_inner) {
                context.cancel();
            }
        });
        Interrupt { running: Some(running) }
    }

    /// Does some work that Ctrl-C stops, through its context.
    pub(super) fn during<T>(&self, context: &Context, work: impl FnOnce() -> T) -> T {
        let Some(running) = &self.running else {
            crate::interrupt::stops(context);
            return work();
        };
        let set = |context| *running.lock().unwrap_or_else(PoisonError::into_inner) = context;
        set(Some(context.clone()));
        let done = work();
        set(None);
        done
    }
}
