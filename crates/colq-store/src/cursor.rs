//! Letting go behind a scan, for tables that are larger than what memory can hold.
//!
//! Where a table fits, its pages stay in the page cache and nothing here is done: the next scan finds them there.
//! Where it does not, the pages of a scan would push out each other and those of other programs, and the system would
//! search for pages to free while the scan waits. So the scan says itself what it is done with.

use crate::memory_room::available_byte_len;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Tables below this fit in any memory, which is not asked for then.
const SURELY_FITS: u64 = 64 << 20;

/// Bytes that are let go at a time, at least and at most: large enough to cost little, small enough that a few columns
/// have room side by side.
const STEP: Range<u64> = 4 << 20..16 << 20;

/// A step is this part of the memory.
const STEPS_OF_MEMORY: u64 = 64;

/// Steps behind a cursor that other threads may still be reading.
const BEHIND: u64 = 2;

/// The files of an open table that are in use, against the memory there is.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    opened: AtomicU64,
    room: OnceLock<u64>,
}

impl Crowd {
    /// One more file is in use.
    pub(crate) fn add(&self, byte_len: u64) {
        self.opened.fetch_add(byte_len, Ordering::Relaxed);
    }

    /// The bytes of a step, where the files do not fit in memory together.
    pub(crate) fn step(&self) -> Option<u64> {
        let opened = self.opened.load(Ordering::Relaxed);
        if opened < SURELY_FITS {
            return None;
        }
        let room = *self.room.get_or_init(|| available_byte_len().unwrap_or(u64::MAX));
        // A quarter is left for what the query owns and for other files.
        (opened > room / 4 * 3)
            .then(|| (room / STEPS_OF_MEMORY).next_power_of_two().clamp(STEP.start, STEP.end))
    }
}

/// Set once pages of a map were let go in this process.
static HAS_LET_GO: AtomicBool = AtomicBool::new(false);

/// True once this process has let go of mapped pages behind a scan: what is mapped now is no longer the most that was.
pub fn has_let_go() -> bool {
    HAS_LET_GO.load(Ordering::Relaxed)
}

/// Remembers that pages of a map were let go.
pub(crate) fn remember_letting_go() {
    HAS_LET_GO.store(true, Ordering::Relaxed);
}

/// How far a scan of one file has come.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    /// Steps that were begun.
    begun: AtomicU64,
    /// The steps before this one were let go.
    dropped: AtomicU64,
}

impl Cursor {
    /// A thread begins to read at byte `at`: gives the bytes that were read for the last time. `None` where nothing is new,
    /// which is nearly always.
    pub(crate) fn advance(&self, at: u64, step: u64) -> Option<Range<u64>> {
        let number = at / step;
        let begun = self.begun.load(Ordering::Relaxed);
        // Farther back than threads lie apart: another scan begins.
        let is_new = number + 1 + BEHIND < begun;
        if number < begun && !is_new {
            return None;
        }
        if self.begun.compare_exchange(begun, number + 1, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            // Another thread says it.
            return None;
        }
        let keep = number.saturating_sub(BEHIND);
        let dropped = if is_new { number } else { self.dropped.load(Ordering::Relaxed) };
        self.dropped.store(keep.max(dropped), Ordering::Relaxed);
        Some(dropped.min(keep) * step..keep * step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_let_go_once() {
        let cursor = Cursor::default();
        let mut dropped = Vec::new();
        // Two threads, the second a little behind the first.
        for at in 0..400u64 {
            for at in [at * 10, (at * 10).saturating_sub(70)] {
                dropped.extend(cursor.advance(at, 100).into_iter().flatten());
            }
        }
        assert_eq!(dropped, (0..3_700).collect::<Vec<u64>>());
    }

    #[test]
    fn a_second_scan_begins_at_its_start() {
        let cursor = Cursor::default();
        for at in [0, 500, 1_000, 5_000] {
            cursor.advance(at, 100);
        }
        assert_eq!(cursor.advance(0, 100), Some(0..0));
        assert_eq!(cursor.advance(50, 100), None);
        assert_eq!(cursor.advance(300, 100), Some(0..100));
    }

    #[test]
    fn what_surely_fits_is_never_let_go() {
        let crowd = Crowd::default();
        crowd.add(SURELY_FITS - 1);
        assert_eq!((crowd.step(), crowd.room.get()), (None, None));
        crowd.room.set(256 << 20).unwrap();
        crowd.add(100 << 20);
        assert_eq!(crowd.step(), None);
        crowd.add(100 << 20);
        assert_eq!(crowd.step(), Some(4 << 20));
    }
}
