//! What travels with a piece of work: cancellation, progress, memory budget, metrics.
//!
//! A [`Context`] is cheap to clone and shared by all threads of one import or query. It knows nothing of what
//! the work is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The context of one piece of work.
#[derive(Debug, Clone, Default)]
pub struct Context {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    /// Units done and to do; what a unit is, the work says (bytes of input, zones).
    done: AtomicU64,
    total: AtomicU64,
    /// 0 means without limit.
    memory_limit: AtomicU64,
    owned: AtomicU64,
    owned_peak: AtomicU64,
    counters: [AtomicU64; Counter::COUNT],
    /// How the steps went about it, in the order in which they said so.
    ways: Mutex<Vec<String>>,
}

/// What is counted about a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Zones whose part of the answer came from their summaries alone.
    ZonesAnswered,
    /// Zones that the filter ruled out by their summaries.
    ZonesPruned,
    /// Zones whose rows were read.
    ZonesRead,
    /// Bytes of column values that were read or looked at through a map.
    BytesTouched,
    /// Rows that passed the filter.
    RowsSelected,
}

impl Counter {
    const COUNT: usize = 5;
}

/// The work was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("The work was interrupted.")
    }
}

impl std::error::Error for Cancelled {}

/// More memory was asked for than the budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverBudget {
    /// Bytes asked for, together with what was owned already.
    pub wanted: u64,
    /// The limit in bytes.
    pub limit: u64,
}

impl std::fmt::Display for OverBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "The work needs {} bytes of memory and its limit is {}.", self.wanted, self.limit)
    }
}

impl std::error::Error for OverBudget {}

impl Context {
    /// A context without limits.
    pub fn new() -> Context {
        Context::default()
    }

    /// The same context with at most `bytes` of owned memory; 0 means without limit.
    #[must_use]
    pub fn with_memory_limit(self, bytes: u64) -> Context {
        self.shared.memory_limit.store(bytes, Ordering::Relaxed);
        self
    }

    /// Asks the work to stop. May be called from any thread and more than once.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }

    /// Fails once the work was asked to stop. Looked at once a zone or block.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.shared.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// Says how many units there are to do in all.
    pub fn set_total(&self, units: u64) {
        self.shared.total.store(units, Ordering::Relaxed);
    }

    /// Says that more units are done.
    pub fn advance(&self, units: u64) {
        self.shared.done.fetch_add(units, Ordering::Relaxed);
    }

    /// Units done and units in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.shared.done.load(Ordering::Relaxed), self.shared.total.load(Ordering::Relaxed))
    }

    /// Claims memory from the budget; it is given back when the claim is dropped.
    ///
    /// # Errors
    /// [`OverBudget`] when the limit does not allow it; nothing is claimed then.
    pub fn claim(&self, bytes: usize) -> Result<MemoryClaim, OverBudget> {
        let mut claim = MemoryClaim { shared: self.shared.clone(), bytes: 0 };
        claim.resize(bytes)?;
        Ok(claim)
    }

    /// Owned bytes claimed at most at one time.
    pub fn owned_peak(&self) -> u64 {
        self.shared.owned_peak.load(Ordering::Relaxed)
    }

    /// Bytes that may still be claimed; `None` without a limit. Other threads may claim them first.
    pub fn memory_left(&self) -> Option<u64> {
        let limit = self.shared.memory_limit.load(Ordering::Relaxed);
        (limit != 0).then(|| limit.saturating_sub(self.shared.owned.load(Ordering::Relaxed)))
    }

    /// Says how a step goes about its work; what was said before is not said again.
    pub fn say_way(&self, way: &str) {
        let mut ways = self.shared.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if !ways.iter().any(|said| said == way) {
            ways.push(way.to_owned());
        }
    }

    /// How the steps went about their work so far.
    pub fn ways(&self) -> Vec<String> {
        self.shared.ways.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds to a counter.
    pub fn count(&self, counter: Counter, amount: u64) {
        self.shared.counters[counter as usize].fetch_add(amount, Ordering::Relaxed);
    }

    /// Reads a counter.
    pub fn counted(&self, counter: Counter) -> u64 {
        self.shared.counters[counter as usize].load(Ordering::Relaxed)
    }
}

/// A claim on the memory budget of a [`Context`].
#[derive(Debug)]
pub struct MemoryClaim {
    shared: Arc<Shared>,
    bytes: u64,
}

impl MemoryClaim {
    /// Makes the claim this large.
    ///
    /// # Errors
    /// [`OverBudget`] when the limit does not allow it; the claim stays as it was.
    pub fn resize(&mut self, bytes: usize) -> Result<(), OverBudget> {
        let bytes = bytes as u64;
        if bytes <= self.bytes {
            self.shared.owned.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
            self.bytes = bytes;
            return Ok(());
        }
        let more = bytes - self.bytes;
        let limit = self.shared.memory_limit.load(Ordering::Relaxed);
        let wanted = self.shared.owned.fetch_add(more, Ordering::Relaxed) + more;
        if limit != 0 && wanted > limit {
            self.shared.owned.fetch_sub(more, Ordering::Relaxed);
            return Err(OverBudget { wanted, limit });
        }
        self.shared.owned_peak.fetch_max(wanted, Ordering::Relaxed);
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for MemoryClaim {
    fn drop(&mut self) {
        self.shared.owned.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_holds_and_is_given_back() {
        let context = Context::new().with_memory_limit(100);
        let mut first = context.claim(60).unwrap();
        assert_eq!(context.claim(41).unwrap_err(), OverBudget { wanted: 101, limit: 100 });
        let second = context.claim(40).unwrap();
        drop(second);
        first.resize(100).unwrap();
        assert!(first.resize(101).is_err());
        drop(first);
        assert_eq!(context.owned_peak(), 100);
        context.claim(100).unwrap();
    }

    #[test]
    fn cancelling_one_clone_cancels_all() {
        let context = Context::new();
        let other = context.clone();
        assert_eq!(context.check(), Ok(()));
        other.cancel();
        assert_eq!(context.check(), Err(Cancelled));
    }
}
