//! Bytes on their way to the disk while others are still being made, so that a commit waits for the last of them only.
//!
//! A system tells an error of a file once. So what an early sync met is kept, and the sync before the commit fails by it.

use crate::layer::FileLayer;
use std::fs::File;
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Builder;

/// Bytes of a file after which they are sent to the disk: enough that waiting for the disk's own records costs little.
const STEP: u64 = 32 << 20;

/// Syncs files one after the other, on a thread that is started when it is first needed.
#[derive(Debug)]
pub(crate) struct EarlySyncs {
    layer: Arc<dyn FileLayer>,
    /// `None` where the system gives no thread: then the commit waits for all bytes.
    jobs: OnceLock<Option<Sender<Arc<Job>>>>,
}

impl EarlySyncs {
    pub(crate) fn new(layer: Arc<dyn FileLayer>) -> EarlySyncs {
        EarlySyncs { layer, jobs: OnceLock::new() }
    }

    fn jobs(&self) -> Option<&Sender<Arc<Job>>> {
        let start = || {
            let (sender, receiver) = channel::<Arc<Job>>();
            let layer = self.layer.clone();
            // It ends with the last of those who could ask it for something.
            let run = move || receiver.iter().for_each(|job| job.run(&*layer));
            Builder::new().name("colq-sync".into()).spawn(run).ok().map(|_| sender)
        };
        self.jobs.get_or_init(start).as_ref()
    }
}

/// The early syncs of one file.
#[derive(Debug)]
pub(crate) struct EarlySync {
    syncs: Arc<EarlySyncs>,
    /// Bytes written since the last one was asked for.
    unsent: u64,
    job: Option<Arc<Job>>,
}

#[derive(Debug)]
struct Job {
    /// The same open file: an error is told to whoever asks first.
    file: File,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Asked for and not yet done.
    is_open: bool,
    failed: Option<io::Error>,
}

impl Job {
    /// A state is changed in one go, so it is sound after a panic too.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, layer: &dyn FileLayer) {
        let result = layer.sync(&self.file);
        let mut state = self.state();
        state.is_open = false;
        if let Err(e) = result {
            state.failed.get_or_insert(e);
        }
        self.ended.notify_all();
    }
}

impl EarlySync {
    pub(crate) fn new(syncs: Arc<EarlySyncs>) -> EarlySync {
        EarlySync { syncs, unsent: 0, job: None }
    }

    /// So many bytes more were written to the file.
    pub(crate) fn wrote(&mut self, file: &File, byte_len: u64) {
        self.unsent += byte_len;
        if self.unsent < STEP {
            return;
        }
        let Some(jobs) = self.syncs.jobs() else { return };
        if self.job.is_none() {
            // Without a second handle the commit waits for all bytes.
            let job = |file| Arc::new(Job { file, state: Mutex::default(), ended: Condvar::new() });
            self.job = file.try_clone().ok().map(job);
        }
        let Some(job) = &self.job else { return };
        // While the disk is behind, the next one takes all that was written meanwhile.
        if !std::mem::replace(&mut job.state().is_open, true) {
            self.unsent = 0;
            if jobs.send(job.clone()).is_err() {
                job.state().is_open = false;
            }
        }
    }

    /// Waits for the early sync that is under way.
    ///
    /// # Errors
    /// What any of them met, each time.
    pub(crate) fn wait(&self) -> io::Result<()> {
        let Some(job) = &self.job else { return Ok(()) };
        let state = job.ended.wait_while(job.state(), |state| state.is_open);
        match &state.unwrap_or_else(PoisonError::into_inner).failed {
            None => Ok(()),
            Some(e) => Err(e.raw_os_error().map_or_else(|| e.kind().into(), io::Error::from_raw_os_error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Disk;
    use crate::layout::Layout;
    use crate::tests::faults::{Fault, Faulty};
    use crate::writer::folder::Folder;
    use colq_format::FileRole;

    /// Writes enough for early syncs and syncs once more; every call goes through `layer`.
    fn write_and_sync(layer: Arc<dyn FileLayer>) -> crate::Result<()> {
        // On the disk: what lies in memory may have no room for this.
        let root = tempfile::tempdir().unwrap();
        let layout = Layout::new(root.path());
        std::fs::create_dir(layout.columns()).unwrap();
        let folder = Folder::new(layer, layout);
        let mut output = folder.create("x", FileRole::Values, None)?;
        let piece = vec![7; STEP as usize];
        for _ in 0..3 {
            output.append(&*folder.layer, &piece)?;
            // The calls come in one order then. What went wrong is told at the end all the same.
            let _ = output.early.wait();
        }
        output.sync(&*folder.layer)?;
        assert_eq!(std::fs::metadata(&output.path).unwrap().len(), 3 * STEP);
        Ok(())
    }

    #[test]
    fn an_error_of_an_early_sync_is_not_forgotten() {
        let counting = Faulty::new(0, Fault::None);
        write_and_sync(counting.clone()).unwrap();
        // A file is made; room is found, bytes are written and synced, three times; all is synced at the end.
        assert_eq!(counting.calls(), 1 + 3 * 3 + 1);
        for at in 0..counting.calls() {
            write_and_sync(Faulty::new(at, Fault::Error(5))).unwrap_err();
        }
        write_and_sync(Arc::new(Disk)).unwrap();
    }

    #[test]
    fn little_is_not_synced_early() {
        let layer = Faulty::new(0, Fault::None);
        let mut early = EarlySync::new(Arc::new(EarlySyncs::new(layer.clone())));
        let file = tempfile::tempfile().unwrap();
        early.wrote(&file, STEP - 1);
        early.wait().unwrap();
        assert_eq!(layer.calls(), 0);
        early.wrote(&file, 1);
        early.wait().unwrap();
        assert_eq!(layer.calls(), 1);
    }
}
