//! Ctrl-C: the work that is under way is asked to stop, cleans up behind itself, and the program ends with 130.
//!
//! Work that writes nothing need not clean up. Where it does not stop by itself at once (a long sort looks up rarely),
//! the program ends without it. A second Ctrl-C ends the program in any case.

use crate::failure::{INTERRUPTED, Report};
use colq::Context;
use std::process::exit;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

/// How long work that leaves nothing behind is given to stop by itself.
const PATIENCE: Duration = Duration::from_millis(20);

static LISTENING: Once = Once::new();

/// What Ctrl-C stops: the context of the work under way.
static UNDER_WAY: Mutex<Option<Context>> = Mutex::new(None);

/// Pieces of work under way that would leave something behind.
static WRITING: AtomicUsize = AtomicUsize::new(0);

/// What the command was to leave behind is there: only its end is left.
static DONE: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is too late: the command has done what it writes, and its exit code says so.
pub(crate) fn is_done() {
    DONE.store(true, Ordering::SeqCst);
}

/// Makes Ctrl-C stop work of this context from now on. Until the first such work Ctrl-C ends the program at once: there
/// is nothing to clean up yet.
pub(crate) fn stops(context: &Context) {
    *UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.clone());
    LISTENING.call_once(|| {
        // Without a handler Ctrl-C still ends the program, only less tidily.
        let _ = ctrlc::set_handler(hear);
    });
}

fn hear() {
    let context = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if DONE.load(Ordering::SeqCst) {
        return;
    }
    let Some(context) = context.filter(|context| context.check().is_ok()) else { end() };
    // Work that was writing may have committed before it could hear of this: it ends the program itself, and knows how.
    let was_writing = WRITING.load(Ordering::SeqCst) > 0;
    context.cancel();
    std::thread::sleep(PATIENCE);
    let is_writing = WRITING.load(Ordering::SeqCst) > 0 || DONE.load(Ordering::SeqCst);
    if !was_writing && !is_writing {
        end();
    }
}

/// Does work that writes files: after Ctrl-C it is waited for, so that it can remove them.
pub(crate) fn while_writing<T>(work: impl FnOnce() -> T) -> T {
    struct Writing;
    impl Drop for Writing {
        fn drop(&mut self) {
            WRITING.fetch_sub(1, Ordering::SeqCst);
        }
    }
    WRITING.fetch_add(1, Ordering::SeqCst);
    let _writing = Writing;
    work()
}

fn end() -> ! {
    Report::of_program().interrupted();
    exit(i32::from(INTERRUPTED))
}
