//! A file that is written beside its name and gets it when it is whole.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells files of one process apart.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A file under a name of its own in the folder of its destination; removed unless it is finished.
#[derive(Debug)]
pub(super) struct FileBeside {
    file: File,
    beside: PathBuf,
    destination: PathBuf,
    finished: bool,
}

impl FileBeside {
    pub(super) fn create(path: &Path) -> io::Result<FileBeside> {
        // Behind a link stands the file that is meant.
        let destination = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = destination.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let mut beside = std::ffi::OsString::from(".");
            beside.push(name);
            beside.push(format!(".{}-{number}.part", std::process::id()));
            let beside = destination.with_file_name(beside);
            match File::options().read(true).write(true).create_new(true).open(&beside) {
                Ok(file) => return Ok(FileBeside { file, beside, destination, finished: false }),
                // A process of this number may have died here.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Brings the bytes to the disk and gives the file its name.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.beside, &self.destination)?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for FileBeside {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing more can be done about a file that cannot be removed.
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}
