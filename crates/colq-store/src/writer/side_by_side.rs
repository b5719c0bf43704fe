//! Columns written side by side. Each is written by one thread at a time, so its bytes do not depend on how many
//! threads there are.

use super::ColumnWriter;
use crate::Result;
use colq_format::{FileRole, Stem};
use std::collections::HashSet;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};

/// Bytes of a batch from which on threads are started for it: starting one takes some 30 µs, in which a thread writes
/// about 50 KiB.
const WORTH_THREADS: usize = 256 << 10;

/// Files that are synced at the same time at least. They wait for the disk and not for the processor.
const LEAST_SYNCING: usize = 4;

/// How many threads write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Threads(usize);

impl Threads {
    /// Those of the machine. Columns whose files would fight over a name are written one after the other, since who
    /// comes first gets it.
    pub(super) fn for_columns<'a>(names: impl Iterator<Item = &'a str>) -> Threads {
        let mut taken = HashSet::new();
        let file_name = |name| Stem::of(name).file_name(1, FileRole::Values).to_ascii_lowercase();
        if !names.into_iter().all(|name| taken.insert(file_name(name))) {
            return Threads(1);
        }
        Threads(thread::available_parallelism().map_or(1, NonZero::get))
    }

    /// Those that pay for so many bytes of values.
    pub(super) fn for_batch(self, byte_len: usize) -> usize {
        if byte_len < WORTH_THREADS { 1 } else { self.0 }
    }

    /// Those that write and sync the ends of these columns.
    pub(super) fn for_flush(self, columns: &[ColumnWriter]) -> usize {
        let byte_len: u64 = columns.iter().map(|column| column.values.byte_len()).sum();
        let is_worth = self.0 > 1 && byte_len >= WORTH_THREADS as u64 * columns.len() as u64;
        if is_worth { self.0.max(LEAST_SYNCING) } else { 1 }
    }
}

/// Does `work` for every item, on so many threads, and gives the results in the order of the items.
///
/// # Errors
/// That of the first item that failed. Items that were not begun then are left out.
pub(super) fn each<T: Send, R: Send>(
    items: impl ExactSizeIterator<Item = T> + Send,
    threads: usize,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return items.map(work).collect();
    }
    let left = Mutex::new(items.enumerate().fuse());
    let run = || {
        let mut done = Vec::new();
        loop {
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, item)) = next else { return done };
            let result = work(item);
            if result.is_err() {
                // Nobody begins another one.
                left.lock().unwrap_or_else(PoisonError::into_inner).by_ref().for_each(drop);
            }
            done.push((index, result));
        }
    };
    let mut done = thread::scope(|scope| {
        // Where the system gives no more threads, fewer do it.
        let started = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, run).ok());
        let started: Vec<_> = started.collect();
        let mut done = run();
        for thread in started {
            done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn results_come_in_order_and_so_does_the_first_error() {
        for threads in [1, 2, 5, 99] {
            for count in [0usize, 1, 2, 3, 64, 65] {
                let square = |i: usize| Ok(i * i);
                let naive: Vec<usize> = (0..count).map(|i| i * i).collect();
                assert_eq!(each(0..count, threads, square).unwrap(), naive);
            }
            let failing = |i: usize| {
                if i % 7 == 3 { Err(Error::InvalidBatch { what: i.to_string() }) } else { Ok(()) }
            };
            let error = each(0..64usize, threads, failing).unwrap_err();
            assert!(matches!(error, Error::InvalidBatch { what } if what == "3"));
        }
    }

    #[test]
    fn names_that_differ_in_case_alone_are_written_one_after_the_other() {
        assert_eq!(Threads::for_columns(["a", "b", "A"].into_iter()).for_batch(usize::MAX), 1);
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        assert_eq!(Threads::for_columns(["a", "b"].into_iter()).for_batch(usize::MAX), cores);
        assert_eq!(Threads::for_columns(["a", "b"].into_iter()).for_batch(10), 1);
    }
}
