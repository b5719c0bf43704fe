//! What a test takes for a long dictionary.

use std::cell::Cell;

thread_local! {
    static SHORT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Runs something, on this thread, for which dictionaries of more values than these are long.
pub(crate) fn long_from<R>(short: u64, work: impl FnOnce() -> R) -> R {
    SHORT.set(Some(short));
    let result = work();
    SHORT.set(None);
    result
}

pub(super) fn short() -> Option<u64> {
    SHORT.get()
}
