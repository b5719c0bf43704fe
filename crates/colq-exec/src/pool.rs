//! colq's own threads, and the one way in which work is handed to them: by number, with results in order.

use crate::Error;
use colq_context::Context;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};

/// A number of threads to work with. Cheap to clone; all pools of one size share their threads.
#[derive(Debug, Clone)]
pub struct Pool {
    thread_count: usize,
}

/// The pools of this process by size, and the process they were made in: threads do not survive a fork.
static POOLS: OnceLock<Mutex<Pools>> = OnceLock::new();

type Pools = (u32, HashMap<usize, Arc<rayon::ThreadPool>>);

/// The largest block that work on one zone takes and gives back again and again.
const ZONE_BLOCK: usize = 4 << 20;

/// Lets the C library's allocator keep what is freed. It asks the system for blocks of 128 KiB and more one by one and
/// gives each back when it is freed, so that every zone's values would fault in anew, page by page; but the first
/// larger block that is freed teaches it that such blocks come and go. Other allocators do not mind.
fn keep_freed_blocks() {
    static TAUGHT: Once = Once::new();
    // Nothing is written, so the block never becomes memory.
    TAUGHT.call_once(|| drop(black_box(Vec::<u8>::with_capacity(ZONE_BLOCK))));
}

impl Pool {
    /// A pool of this many threads; 0 means one for each processor. No thread is started before there is work.
    pub fn new(thread_count: usize) -> Pool {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        Pool { thread_count: if thread_count == 0 { all() } else { thread_count } }
    }

    /// Threads it works with.
    pub fn thread_count(&self) -> usize {
        self.thread_count
    }

    fn threads(&self) -> Result<Arc<rayon::ThreadPool>, Error> {
        let process = std::process::id();
        let pools = POOLS.get_or_init(|| Mutex::new((process, HashMap::new())));
        // A panic while the lock was held cannot leave the map half changed.
        let mut pools = pools.lock().unwrap_or_else(PoisonError::into_inner);
        if pools.0 != process {
            // The threads are the parent's; its handles must not be waited for here.
            std::mem::take(&mut pools.1).into_values().for_each(std::mem::forget);
            pools.0 = process;
        }
        if let Some(pool) = pools.1.get(&self.thread_count) {
            return Ok(pool.clone());
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.thread_count)
            .thread_name(|i| format!("colq-{i}"))
            .build()
            .map_err(|e| Error::Threads { reason: e.to_string() })?;
        let pool = Arc::new(pool);
        pools.1.insert(self.thread_count, pool.clone());
        Ok(pool)
    }

    /// Does pieces of work `0..count`, each with a worker that `start` made for its thread, and gives the results
    /// in the order of the pieces. Pieces are handed out in order, so the error that comes back is that of the
    /// first piece that fails, whatever the number of threads.
    ///
    /// # Errors
    /// The first error by number, or that the work was cancelled.
    pub(crate) fn in_order<W, R: Send>(
        &self,
        context: &Context,
        count: usize,
        start: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, usize) -> Result<R, Error> + Sync,
    ) -> Result<Vec<R>, Error> {
        keep_freed_blocks();
        let next = AtomicUsize::new(0);
        let first_failed = AtomicUsize::new(usize::MAX);
        let run = || {
            let mut worker = start();
            let mut done: Vec<(usize, Result<R, Error>)> = Vec::new();
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= count || piece > first_failed.load(Ordering::Relaxed) {
                    return done;
                }
                let result = match context.check() {
                    Ok(()) => work(&mut worker, piece),
                    Err(cancelled) => Err(cancelled.into()),
                };
                if result.is_err() {
                    first_failed.fetch_min(piece, Ordering::Relaxed);
                }
                done.push((piece, result));
            }
        };
        let threads = self.thread_count.min(count);
        let mut all = if threads <= 1 {
            run()
        } else {
            let lists = Mutex::new(Vec::new());
            self.threads()?.scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|_| {
                        let done = run();
                        lists.lock().unwrap_or_else(PoisonError::into_inner).extend(done);
                    });
                }
            });
            lists.into_inner().unwrap_or_else(PoisonError::into_inner)
        };
        all.sort_unstable_by_key(|(piece, _)| *piece);
        all.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_errors_come_in_the_order_of_the_pieces() {
        for threads in [1, 2, 3, 8] {
            let pool = Pool::new(threads);
            let squares = pool.in_order(&Context::new(), 100, || (), |(), i| Ok(i * i)).unwrap();
            assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
            let failed = pool.in_order(
                &Context::new(),
                100,
                || (),
                |(), i| {
                    if i % 10 == 7 { Err(Error::Internal(i.to_string())) } else { Ok(i) }
                },
            );
            assert!(matches!(failed, Err(Error::Internal(i)) if i == "7"));
        }
    }

    #[test]
    fn cancelled_work_stops() {
        let context = Context::new();
        context.cancel();
        let result = Pool::new(2).in_order(&context, 100, || (), |(), i| Ok(i));
        assert!(matches!(result, Err(Error::Cancelled(_))));
    }
}
