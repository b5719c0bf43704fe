//! Work that is done in parallel and handed out in order, with a bound on what is under way.

use crate::Error;
use colq_context::{Context, MemoryClaim};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Owned bytes that may be under way or waiting to be taken, as estimated by [`Job::byte_len`]. One job is
/// always allowed. It bounds the memory of an import whatever the file and the number of threads.
const UNDER_WAY_BYTES: usize = 160 << 20;

/// What a job does.
type Run<T> = Box<dyn FnOnce(&Context) -> Result<T, Error> + Send>;

/// A piece of work.
pub(crate) struct Job<T> {
    /// An estimate of the owned bytes it takes, result included.
    pub(crate) byte_len: usize,
    pub(crate) run: Run<T>,
}

/// Jobs under way on a pool of their own, whose results come out in the order of the jobs.
pub(crate) struct Ordered<T> {
    /// The file that is read, for errors.
    path: PathBuf,
    pool: ThreadPool,
    context: Context,
    jobs: Box<dyn Iterator<Item = Job<T>> + Send>,
    /// A job that did not fit yet.
    waiting: Option<Job<T>>,
    sender: Sender<(usize, Result<T, Error>)>,
    receiver: Receiver<(usize, Result<T, Error>)>,
    /// Results that came before their turn.
    early: BTreeMap<usize, Result<T, Error>>,
    /// What the jobs under way or waiting to be taken claim.
    claims: BTreeMap<usize, (usize, MemoryClaim)>,
    next: usize,
    started: usize,
    stopped: Arc<AtomicBool>,
}

/// A pool of this many threads, 0 for one a core.
pub(crate) fn pool(threads: usize) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("colq-io-{i}"))
        .build()
        .map_err(|error| Error::Threads { message: error.to_string() })
}

impl<T: Send + 'static> Ordered<T> {
    pub(crate) fn new(
        path: PathBuf,
        pool: ThreadPool,
        context: Context,
        jobs: Box<dyn Iterator<Item = Job<T>> + Send>,
    ) -> Ordered<T> {
        let (sender, receiver) = channel();
        Ordered {
            path,
            pool,
            context,
            jobs,
            waiting: None,
            sender,
            receiver,
            early: BTreeMap::new(),
            claims: BTreeMap::new(),
            next: 0,
            started: 0,
            stopped: Arc::default(),
        }
    }

    /// The next result; `None` after the last and after an error.
    pub(crate) fn next(&mut self) -> Result<Option<T>, Error> {
        if self.stopped.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let result = self.wait();
        if !matches!(result, Ok(Some(_))) {
            self.stopped.store(true, Ordering::Relaxed);
        }
        result
    }

    fn wait(&mut self) -> Result<Option<T>, Error> {
        self.context.check()?;
        // The batch given last is the caller's now.
        self.claims.remove(&self.next.wrapping_sub(1));
        self.start_jobs()?;
        if self.next == self.started {
            return Ok(None);
        }
        let result = loop {
            if let Some(result) = self.early.remove(&self.next) {
                break result;
            }
            let internal = || Error::Internal {
                path: self.path.clone(),
                message: "a thread of the reader ended".to_owned(),
            };
            let (index, result) = self.receiver.recv().map_err(|_| internal())?;
            self.early.insert(index, result);
        };
        self.next += 1;
        result.map(Some)
    }

    /// Starts as many jobs as there is room for.
    fn start_jobs(&mut self) -> Result<(), Error> {
        // One more than can run, so that no thread waits for the one that takes results.
        let limit = self.pool.current_num_threads() * 2;
        while self.started - self.next < limit {
            let Some(job) = self.waiting.take().or_else(|| self.jobs.next()) else {
                return Ok(());
            };
            let under_way: usize = self.claims.values().map(|(bytes, _)| bytes).sum();
            if !self.claims.is_empty() && under_way.saturating_add(job.byte_len) > UNDER_WAY_BYTES {
                self.waiting = Some(job);
                return Ok(());
            }
            match self.context.claim(job.byte_len) {
                Ok(claim) => self.claims.insert(self.started, (job.byte_len, claim)),
                // With others under way there will be room later.
                Err(_) if self.started > self.next => {
                    self.waiting = Some(job);
                    return Ok(());
                }
                Err(over) => return Err(over.into()),
            };
            self.spawn(job);
        }
        Ok(())
    }

    fn spawn(&mut self, job: Job<T>) {
        let (index, sender) = (self.started, self.sender.clone());
        let (context, stopped, path) = (self.context.clone(), self.stopped.clone(), self.path.clone());
        self.started += 1;
        self.pool.spawn(move || {
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            // A panic here would end the process, since nobody joins the job. The result of a job that panicked
            // is dropped whole, so nothing half-made is seen.
            let result = std::panic::catch_unwind(AssertUnwindSafe(|| (job.run)(&context)));
            let result = result.unwrap_or_else(|panic| Err(panicked(path, panic.as_ref())));
            // Nobody listens any more when the stream was dropped.
            let _ = sender.send((index, result));
        });
    }
}

impl<T> Drop for Ordered<T> {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// The error for a panic of a job.
fn panicked(path: PathBuf, panic: &(dyn std::any::Any + Send)) -> Error {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a thread panicked");
    Error::Internal { path, message: message.to_owned() }
}
