//! How far a long piece of work is, on stderr: only on a terminal (or when asked for), and only after half a second.
//!
//! On a terminal it is a bar that goes away again; where stderr is none, a line now and then.

use crate::interrupt;
use colq::{Context, Counter, Frames};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// What is over sooner needs no bar.
const QUIET_FOR: Duration = Duration::from_millis(500);
const REDRAWN_EVERY: Duration = Duration::from_millis(100);
/// Lines stay, so there are fewer of them.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Does some work while a bar shows how far it is, in bytes. It may write files (a query imports what it names), so
/// Ctrl-C waits until it has cleaned up.
pub(crate) fn during<T>(context: &Context, forced: bool, work: impl FnOnce() -> T) -> T {
    let bytes = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    interrupt::while_writing(|| watched(forced, bytes, || context.progress(), work))
}

/// Waits for the first rows of an answer while a bar shows how many zones of its tables were looked at. Once rows are
/// written there is no bar: both may be on one screen.
///
/// # Errors
/// As the stream.
pub(crate) fn until_first(
    context: &Context,
    forced: bool,
    zone_count: u64,
    start: impl FnOnce() -> colq::Result<Frames>,
) -> colq::Result<Frames> {
    of_query(context, forced, zone_count, || {
        let mut frames = start()?;
        match frames.next() {
            Some(first) => Ok(frames.after(vec![first?])),
            None => Ok(frames),
        }
    })
}

/// Does the work of a query while a bar shows how many zones of its tables were looked at.
pub(crate) fn of_query<T>(context: &Context, forced: bool, zone_count: u64, work: impl FnOnce() -> T) -> T {
    let zones = || {
        let kinds = [Counter::ZonesAnswered, Counter::ZonesPruned, Counter::ZonesRead];
        (kinds.into_iter().map(|kind| context.counted(kind)).sum(), zone_count)
    };
    watched(forced, "{bar:30} {pos}/{len} zones {elapsed}", zones, work)
}

fn watched<T>(
    forced: bool,
    template: &str,
    units: impl Fn() -> (u64, u64) + Sync,
    work: impl FnOnce() -> T,
) -> T {
    let terminal = std::io::stderr().is_terminal();
    if !forced && !terminal {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        let units = &units;
        scope.spawn(move || {
            if waiting.recv_timeout(QUIET_FOR) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            if terminal { draw(&waiting, template, units) } else { tell(&waiting, units) }
        });
        let result = work();
        drop(done);
        result
    })
}

fn draw(waiting: &Receiver<()>, template: &str, units: &dyn Fn() -> (u64, u64)) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    while waiting.recv_timeout(REDRAWN_EVERY) == Err(RecvTimeoutError::Timeout) {
        let (at, total) = units();
        bar.set_length(total.max(at));
        bar.set_position(at);
    }
    bar.finish_and_clear();
}

fn tell(waiting: &Receiver<()>, units: &dyn Fn() -> (u64, u64)) {
    loop {
        let (at, total) = units();
        if let Some(percent) = at.min(total).saturating_mul(100).checked_div(total) {
            eprintln!("progress: {percent}%");
        }
        if waiting.recv_timeout(TOLD_EVERY) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}
