//! The writer's lock: one writer at a time, and a note of a commit that may have been cut short.
//!
//! The content of `LOCK` is 64 bytes of text: who holds it, and which version is being committed. The note
//! is written before the rename that commits and cleared after the folder is synced. Who finds it set knows
//! that the newest version may not be the one that readers saw, and writes into new files only.

use crate::layer::FileLayer;
use crate::layout::Layout;
use crate::{Error, Result};
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::time::Duration;

/// Length of the content: two lines of fixed width, so that one write replaces all of it.
const CONTENT_LEN: usize = 64;

const COMMITTING: &str = "committing ";

/// How often a lock that is held is asked for. A process that the last holder was starting at the time has its open
/// files, and with them the lock, until it begins a program of its own: a matter of a few milliseconds.
const ATTEMPTS: usize = 30;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(1);

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: File,
    path: PathBuf,
    /// An earlier writer did not live to see the end of its commit.
    pub(crate) commit_unknown: bool,
    /// False on a file system without locks, where only new files may be written.
    pub(crate) works: bool,
}

impl WriterLock {
    /// Takes the lock, or says who has it. With `create` the file may be new.
    pub(crate) fn acquire(layer: &dyn FileLayer, layout: &Layout, create: bool) -> Result<WriterLock> {
        let path = layout.lock();
        let file = match layer.open(&path) {
            Err(e) if create && e.kind() == io::ErrorKind::NotFound => match layer.create_new(&path) {
                // Another creation was quicker; then the lock decides.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => layer.open(&path),
                result => result,
            },
            result => result,
        }
        .map_err(Error::io("open", &path))?;
        let mut attempts = 1;
        let works = loop {
            match file.try_lock() {
                Ok(()) => break true,
                Err(TryLockError::WouldBlock) if attempts < ATTEMPTS => {
                    attempts += 1;
                    std::thread::sleep(BETWEEN_ATTEMPTS);
                }
                Err(TryLockError::WouldBlock) => return Err(Error::Locked { pid: content(&file).0, path }),
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => break false,
                Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path)(e)),
            }
        };
        // A creation that was given up deletes its LOCK; a lock on the deleted file is worth nothing.
        let held = file.metadata().map_err(Error::io("look at", &path))?;
        let named = fs::symlink_metadata(&path).map_err(Error::io("look at", &path))?;
        if (held.dev(), held.ino()) != (named.dev(), named.ino()) {
            return Err(Error::Locked { path, pid: None });
        }
        let commit_unknown = content(&file).1;
        let lock = WriterLock { file, path, commit_unknown, works };
        // The note stays set until a commit of ours clears it.
        lock.write(layer, if commit_unknown { "unknown" } else { "-" }).map_err(|e| lock.error(e))?;
        Ok(lock)
    }

    /// Notes that the commit of a version is about to begin.
    ///
    /// The note need not survive a power loss: after one, what is on the disk is what there is, and nobody
    /// has seen anything else.
    pub(crate) fn note(&self, layer: &dyn FileLayer, version: u64) -> Result<()> {
        self.write(layer, &version.to_string()).map_err(|e| self.error(e))
    }

    /// Notes that no commit is under way. Left set by a failure, it costs the next writer a copy, no more.
    pub(crate) fn clear(&self, layer: &dyn FileLayer) {
        let _ = self.write(layer, "-");
    }

    fn error(&self, source: io::Error) -> Error {
        Error::io("write to", &self.path)(source)
    }

    fn write(&self, layer: &dyn FileLayer, committing: &str) -> io::Result<()> {
        let text = format!("pid {:<20}\n{COMMITTING}{committing:<27}\n", std::process::id());
        let bytes = text.as_bytes();
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            match layer.write_at(&self.file, rest, done as u64) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => done += written,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// The process that wrote itself down, and whether a commit was under way. A content that makes no sense
/// counts as a commit under way, to be safe.
fn content(file: &File) -> (Option<u32>, bool) {
    let mut bytes = [0; CONTENT_LEN + 1];
    let mut len = 0;
    while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, len as u64) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return (None, true),
        }
    }
    if len == 0 {
        return (None, false);
    }
    let text = bytes.get(..len).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("");
    let mut lines = text.lines();
    let pid = lines.next().and_then(|l| l.strip_prefix("pid ")).and_then(|p| p.trim().parse().ok());
    let idle = lines.next().and_then(|l| l.strip_prefix(COMMITTING)).is_some_and(|c| c.trim() == "-");
    (pid, !idle || len != CONTENT_LEN)
}
