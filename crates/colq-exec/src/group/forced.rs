//! Ways that a test wants, whatever the rows are.

use colq_kernels::Partitioning;
use std::cell::Cell;

/// How a test wants the rows divided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forced {
    pub(crate) partition_bits: u32,
    /// Keys of a small range are hashed all the same.
    pub(crate) hashed: bool,
    /// As if there were no memory for the rows.
    pub(crate) spilled: bool,
}

/// A packed key may have so many values in a test without a hash.
const INDEXED_KEYS: u128 = 1 << 21;

thread_local! {
    static FORCED: Cell<Option<Forced>> = const { Cell::new(None) };
}

/// Runs something with rows divided so, on this thread.
pub(crate) fn with<R>(forced: Forced, work: impl FnOnce() -> R) -> R {
    FORCED.set(Some(forced));
    let result = work();
    FORCED.set(None);
    result
}

pub(super) fn partitioning(words: usize, packed: Option<u128>) -> Option<Partitioning> {
    let forced = FORCED.get()?;
    let indexed = packed.filter(|keys| *keys <= INDEXED_KEYS && !forced.hashed);
    Some(Partitioning::new(forced.partition_bits, words, indexed))
}

pub(super) fn is_spilled() -> bool {
    FORCED.get().is_some_and(|forced| forced.spilled)
}
