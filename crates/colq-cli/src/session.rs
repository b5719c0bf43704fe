//! What every command that queries needs: a session with the options of the command line, and Ctrl-C.

use crate::args::{Io, RunArgs};
use crate::failure::Failure;
use crate::interrupt;
use colq::{Context, Session};

/// A context that Ctrl-C cancels. A second Ctrl-C ends the program at once.
pub(crate) fn interruptible(memory_limit: Option<u64>) -> Context {
    let context = Context::new().with_memory_limit(memory_limit.unwrap_or(0));
    interrupt::stops(&context);
    context
}

/// A session with these options.
pub(crate) fn open(run: &RunArgs, context: &Context) -> Result<Session, Failure> {
    let mut session = match run.io {
        Io::Read => Session::new(),
        Io::Checked => Session::checked(),
        Io::Map => {
            #[expect(unsafe_code, reason = "passes on the promise of Session::mapped")]
            // SAFETY: whoever runs the program with `--io map`, the default, gives this promise: its help and
            // the README say that nobody may rewrite or cut off a table's files meanwhile. colq never does.
            unsafe {
                Session::mapped()
            }
        }
    };
    session.set_threads(run.threads);
    session.set_context(context.clone());
    Ok(session)
}
