//! Every call that changes a file system goes through this one trait, so that a test can make each of them
//! fail in turn, or end the world at any of them.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// The mutating side of a file system.
pub(crate) trait FileLayer: Send + Sync + fmt::Debug {
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// A new file (O_EXCL), for reading and writing.
    fn create_new(&self, path: &Path) -> io::Result<File>;
    /// A file that is there already, for reading and writing; never a link.
    fn open(&self, path: &Path) -> io::Result<File>;
    /// May write less than asked for.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Reserves space without changing the file's length.
    fn allocate(&self, file: &File, offset: u64, byte_len: u64) -> io::Result<()>;
    fn sync(&self, file: &File) -> io::Result<()>;
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Fails with `AlreadyExists` where `to` exists.
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
}

/// The real file system.
#[derive(Debug)]
pub(crate) struct Disk;

/// No links, and no waiting for the other end of a pipe that somebody put in a file's place.
fn plain() -> OpenOptions {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.custom_flags(flags.bits() as i32);
    options
}

/// Opens a regular file for reading. A link, a pipe or a folder in its place is an error.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    regular(plain().read(true).open(path)?)
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

impl FileLayer for Disk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn create_new(&self, path: &Path) -> io::Result<File> {
        plain().read(true).write(true).create_new(true).open(path)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        regular(plain().read(true).write(true).open(path)?)
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        file.write_at(bytes, offset)
    }

    #[cfg(target_os = "linux")]
    fn allocate(&self, file: &File, offset: u64, byte_len: u64) -> io::Result<()> {
        let keep_size = rustix::fs::FallocateFlags::KEEP_SIZE;
        Ok(rustix::fs::fallocate(file, keep_size, offset, byte_len)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn allocate(&self, _file: &File, _offset: u64, _byte_len: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    #[cfg(target_os = "linux")]
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => link_and_unlink(from, to),
            Err(e) => Err(e.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        link_and_unlink(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

/// What a file system without `renameat2` can do: a hard link fails where the name is taken, as atomically.
/// The old name is only a leftover then, so failing to remove it is no failure of the rename.
fn link_and_unlink(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    let _ = fs::remove_file(from);
    Ok(())
}
