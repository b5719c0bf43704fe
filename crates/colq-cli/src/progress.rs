//! A progress bar on stderr: only on a terminal (or when asked for), and only after half a second.

use crate::interrupt;
use colq::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// What is over sooner needs no bar.
const QUIET_FOR: Duration = Duration::from_millis(500);
const REDRAWN_EVERY: Duration = Duration::from_millis(100);

/// Does some work while a bar shows how far it is, in bytes. It may write files (a query imports what it names), so
/// Ctrl-C waits until it has cleaned up.
pub(crate) fn during<T>(context: &Context, forced: bool, work: impl FnOnce() -> T) -> T {
    interrupt::while_writing(|| with_bar(context, forced, work))
}

fn with_bar<T>(context: &Context, forced: bool, work: impl FnOnce() -> T) -> T {
    if !forced && !std::io::stderr().is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        scope.spawn(move || {
            if waiting.recv_timeout(QUIET_FOR) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style());
            while waiting.recv_timeout(REDRAWN_EVERY) == Err(RecvTimeoutError::Timeout) {
                let (at, total) = context.progress();
                bar.set_length(total.max(at));
                bar.set_position(at);
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
