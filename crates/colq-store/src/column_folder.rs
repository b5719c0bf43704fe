//! The folder `columns` as a reader sees it when it opens a table: a handle relative to which thousands of files
//! are looked at, without opening them.

use crate::cursor::Crowd;
use crate::error::corrupt;
use crate::layout::Layout;
use crate::{Error, Result};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, statat};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

/// A handle of the folder `columns`.
#[derive(Debug)]
pub(crate) struct ColumnFolder {
    path: PathBuf,
    handle: OwnedFd,
    crowd: Arc<Crowd>,
}

/// Which file a name leads to: device and inode.
pub(crate) type Identity = (u64, u64);

impl ColumnFolder {
    pub(crate) fn open(layout: &Layout) -> Result<ColumnFolder> {
        let path = layout.columns();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = open(&path, flags, Mode::empty()).map_err(io::Error::from);
        let handle = handle.map_err(Error::io("open", &path))?;
        Ok(ColumnFolder { handle, path, crowd: Arc::default() })
    }

    /// Where the files of the table count themselves once they are in use.
    pub(crate) fn crowd(&self) -> Arc<Crowd> {
        self.crowd.clone()
    }

    /// `name` must be a plain file name, as every checked version has them.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Checks that a file of a column is there, regular and long enough. A link, a pipe or a folder in its place
    /// is an error.
    pub(crate) fn look_at(&self, name: &str, column: &str, byte_len: u64) -> Result<Identity> {
        let stat = match statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(rustix::io::Errno::NOENT) => {
                return Err(corrupt(&self.path_of(name), column, "the file", "there", "missing"));
            }
            Err(e) => return Err(Error::io("look at", &self.path_of(name))(e.into())),
        };
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            let found = "a link, a folder or a device";
            return Err(corrupt(&self.path_of(name), column, "the file", "a regular file", found));
        }
        let found = stat.st_size as u64;
        if found < byte_len {
            let expected = format!("at least {byte_len}");
            return Err(corrupt(&self.path_of(name), column, "its length", expected, found));
        }
        Ok((stat.st_dev, stat.st_ino))
    }
}
