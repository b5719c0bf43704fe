//! One file of a column, as a version saw it: checked when the table is opened, then mapped or read on first
//! use. Never looks past the committed length.

use crate::column_folder::ColumnFolder;
use crate::cursor::{Crowd, Cursor, remember_letting_go};
use crate::error::corrupt;
use crate::layer::open_regular;
use crate::mapping::{Mapping, PrivateMapping, Promise};
use crate::{Error, Result};
use colq_column::{Access, SharedBytes};
use colq_format::{HEADER_LEN, NpyLayout, header_rows};
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

/// How often a header is read again that does not fit: a writer may be rewriting it this very moment.
const HEADER_ATTEMPTS: usize = 8;

/// A file, how far it is committed, and where its contents begin.
#[derive(Debug)]
pub(crate) struct ColumnFile {
    path: PathBuf,
    column: String,
    /// What the file's NumPy header must say, but for its row count: that of a later version may stand there.
    npy: Option<NpyLayout>,
    /// 0, or the length of the NumPy header.
    start: u64,
    /// Committed bytes, with those before `start`.
    byte_len: u64,
    /// Device and inode when the table was opened: the name must not lead to another file later.
    identity: (u64, u64),
    promise: Option<Promise>,
    bytes: OnceLock<Bytes>,
    /// The access last asked for: 0 none, 1 sequential, 2 random.
    advised: AtomicU8,
    cursor: Cursor,
    /// The file of a map, kept open once it is read beside the map or pages of it were let go.
    unmapped: OnceLock<File>,
    /// All files of the table.
    crowd: Arc<Crowd>,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Arc<Mapping>),
    Read(File),
}

impl ColumnFile {
    /// Checks that the file is there, regular and long enough. It is opened on first use, and then must begin
    /// with the header of its layout.
    pub(crate) fn open(
        folder: &ColumnFolder,
        name: &str,
        column: &str,
        byte_len: u64,
        npy: Option<NpyLayout>,
        promise: Option<Promise>,
    ) -> Result<ColumnFile> {
        Ok(ColumnFile {
            identity: folder.look_at(name, column, byte_len)?,
            path: folder.path_of(name),
            column: column.to_owned(),
            start: if npy.is_some() { HEADER_LEN as u64 } else { 0 },
            npy,
            byte_len,
            promise,
            bytes: OnceLock::new(),
            advised: AtomicU8::new(0),
            cursor: Cursor::default(),
            unmapped: OnceLock::new(),
            crowd: folder.crowd(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Committed bytes after the header.
    pub(crate) fn content_len(&self) -> u64 {
        self.byte_len - self.start
    }

    fn bytes(&self) -> Result<&Bytes> {
        if let Some(bytes) = self.bytes.get() {
            return Ok(bytes);
        }
        let file = self.reopen()?;
        let bytes = match self.promise {
            Some(promise) => {
                let too_long = |_| corrupt(&self.path, &self.column, "its length", "mappable", self.byte_len);
                let len = usize::try_from(self.content_len()).map_err(too_long)?;
                let mapping = Mapping::new(promise, &file, self.start, len);
                Bytes::Mapped(Arc::new(mapping.map_err(Error::io("map", &self.path))?))
            }
            None => Bytes::Read(file),
        };
        // Two threads may both come here first; one of the two claims is dropped again.
        Ok(self.bytes.get_or_init(|| {
            self.crowd.add(self.byte_len);
            bytes
        }))
    }

    /// The file again, which must be the one that was looked at.
    fn reopen(&self) -> Result<File> {
        let file = open_checked(&self.path, &self.column, self.byte_len)?;
        let metadata = file.metadata().map_err(Error::io("look at", &self.path))?;
        if (metadata.dev(), metadata.ino()) != self.identity {
            return Err(self.changed("its name leads to another file"));
        }
        if let Some(layout) = self.npy {
            read_header(&file, &self.path, &self.column, layout, |_| true)?;
        }
        Ok(file)
    }

    /// A private map of the contents; `None` where the table is open for positioned reads.
    pub(crate) fn private(&self) -> Result<Option<PrivateMapping>> {
        let Some(promise) = self.promise else { return Ok(None) };
        let len = usize::try_from(self.content_len());
        let len =
            len.map_err(|_| corrupt(&self.path, &self.column, "its length", "mappable", self.byte_len))?;
        let mapping = PrivateMapping::new(promise, &self.reopen()?, self.start, len);
        Ok(Some(mapping.map_err(Error::io("map", &self.path))?))
    }

    /// Bytes of the map; 0 as long as there is none.
    pub(crate) fn mapped_len(&self) -> u64 {
        match self.bytes.get() {
            Some(Bytes::Mapped(_)) => self.content_len(),
            _ => 0,
        }
    }

    fn changed(&self, what: &str) -> Error {
        Error::Changed { path: self.path.clone(), what: what.into() }
    }

    /// The mapped contents; `None` where the table is open for positioned reads.
    pub(crate) fn mapped(&self) -> Result<Option<&[u8]>> {
        match self.bytes()? {
            Bytes::Mapped(mapping) => Ok(Some(mapping.as_slice())),
            Bytes::Read(_) => Ok(None),
        }
    }

    /// Reads committed contents from byte `offset` of them on.
    pub(crate) fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<()> {
        let past_end = || self.changed("bytes past its committed length were asked for");
        let end = offset.checked_add(into.len() as u64).ok_or_else(past_end)?;
        if end > self.content_len() {
            return Err(past_end());
        }
        let read = |file: &File, into: &mut [u8]| match file.read_exact_at(into, self.start + offset) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(self.changed("it was cut off")),
            result => result.map_err(Error::io("read", &self.path)),
        };
        match self.bytes()? {
            Bytes::Mapped(_) if self.crowd.step().is_some() => read(self.unmapped()?, into),
            Bytes::Mapped(mapping) => {
                let range = offset as usize..end as usize;
                into.copy_from_slice(mapping.as_slice().get(range).ok_or_else(past_end)?);
                Ok(())
            }
            Bytes::Read(file) => read(file, into),
        }
    }

    /// The mapped contents, for a scan: `None` too where memory cannot hold the table. There a page costs more to map and
    /// to take out of its place again than to copy.
    pub(crate) fn mapped_for_scan(&self) -> Result<Option<&[u8]>> {
        let mapped = self.mapped()?;
        Ok(mapped.filter(|_| self.crowd.step().is_none()))
    }

    /// A part of the map; `None` where the table is open for positioned reads.
    pub(crate) fn shared(&self, start: u64, end: u64) -> Result<Option<SharedBytes>> {
        let Bytes::Mapped(mapping) = self.bytes()? else { return Ok(None) };
        let all = SharedBytes::new(mapping.clone());
        let part = all.slice(start as usize..end as usize);
        part.map(Some).ok_or_else(|| self.changed("bytes past its committed length were asked for"))
    }

    /// All committed contents, a slice of the map or read into memory.
    pub(crate) fn contents(&self) -> Result<SharedBytes> {
        if let Bytes::Mapped(mapping) = self.bytes()? {
            return Ok(SharedBytes::new(mapping.clone()));
        }
        let len = usize::try_from(self.content_len());
        let mut bytes = vec![0; len.map_err(|_| self.changed("it does not fit in memory"))?];
        self.read_into(0, &mut bytes)?;
        Ok(SharedBytes::from(bytes))
    }

    /// Passes advice on to the system: to the map, or to the file that is read. Sequential and random are for the
    /// whole file, as read-ahead is a property of a map and not of rows, and only passed on when they are news. Where
    /// memory cannot hold the table, what a sequential scan has seen is let go. What it will need is not asked for: the
    /// system's own reading ahead, which knows what is on its way, was a third faster.
    pub(crate) fn advise(&self, range: Range<u64>, access: Access) {
        let number = match access {
            Access::Sequential => 1,
            Access::Random => 2,
            Access::Soon | Access::Done => 0,
        };
        if number == 0 {
            return self.pass_on(range, access);
        }
        if self.advised.swap(number, Ordering::Relaxed) != number {
            self.pass_on(0..self.content_len(), access);
        }
        if access == Access::Sequential
            && let Some(step) = self.crowd.step()
            && let Some(behind) = self.cursor.advance(range.start, step)
        {
            self.pass_on(behind, Access::Done);
        }
    }

    /// The file of a map, opened again where it is read or its pages are to be let go.
    fn unmapped(&self) -> Result<&File> {
        if let Some(file) = self.unmapped.get() {
            return Ok(file);
        }
        let file = self.reopen()?;
        advise_reads(&file, self.start..self.byte_len, Access::Sequential);
        // Two threads may both come here first; one of the two is closed again.
        Ok(self.unmapped.get_or_init(|| file))
    }

    fn pass_on(&self, range: Range<u64>, access: Access) {
        let range = range.start..range.end.min(self.content_len());
        if range.is_empty() {
            return;
        }
        match self.bytes() {
            Ok(Bytes::Mapped(mapping)) => {
                mapping.advise(range.start as usize..range.end as usize, access);
                // Out of the map pages still lie in the page cache. The system lets go of them for the file alone, and
                // what was not opened is not let go, which is no error.
                if access == Access::Done
                    && let Ok(file) = self.unmapped()
                {
                    remember_letting_go();
                    advise_reads(file, self.start + range.start..self.start + range.end, access);
                }
            }
            Ok(Bytes::Read(file)) => {
                advise_reads(file, self.start + range.start..self.start + range.end, access)
            }
            // Whoever reads it will say what is wrong.
            Err(_) => {}
        }
    }

    /// Fails when the file was cut off since it was mapped. Other files are looked at when they are read.
    pub(crate) fn health(&self) -> Result<()> {
        if !matches!(self.bytes.get(), Some(Bytes::Mapped(_))) {
            return Ok(());
        }
        match fs::symlink_metadata(&self.path) {
            // Another file under the same name, or none: what is mapped is the old one, unharmed by that.
            Ok(now) if (now.dev(), now.ino()) == self.identity && now.len() < self.byte_len => {
                Err(self.changed("it was cut off"))
            }
            _ => Ok(()),
        }
    }
}

/// Passes advice about a range of a file on. A hint, so a refusal is no error.
#[cfg(target_os = "linux")]
fn advise_reads(file: &File, range: Range<u64>, access: Access) {
    use rustix::fs::{Advice, fadvise};
    let advice = match access {
        Access::Sequential => Advice::Sequential,
        Access::Random => Advice::Random,
        Access::Soon => Advice::WillNeed,
        Access::Done => Advice::DontNeed,
    };
    // No length would mean everything up to the end.
    if let Some(len) = std::num::NonZeroU64::new(range.end.saturating_sub(range.start)) {
        let _ = fadvise(file, range.start, Some(len), advice);
    }
}

#[cfg(not(target_os = "linux"))]
fn advise_reads(_file: &File, _range: Range<u64>, _access: Access) {}

/// Opens a column's file and looks at its length.
pub(crate) fn open_checked(path: &Path, column: &str, byte_len: u64) -> Result<File> {
    let file = match open_regular(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(corrupt(path, column, "the file", "there", "missing"));
        }
        Err(e) => return Err(Error::io("open", path)(e)),
    };
    let found = file.metadata().map_err(Error::io("look at", path))?.len();
    if found < byte_len {
        return Err(corrupt(path, column, "its length", format!("at least {byte_len}"), found));
    }
    Ok(file)
}

/// The row count of a header. One that cannot be read, or that `fits` does not take, is read again a few
/// times, in case a writer is rewriting it this very moment.
pub(crate) fn read_header(
    file: &File,
    path: &Path,
    column: &str,
    layout: impl Into<NpyLayout>,
    fits: impl Fn(u64) -> bool,
) -> Result<u64> {
    let layout = layout.into();
    let mut header = [0; HEADER_LEN];
    let mut attempt = 0;
    loop {
        match file.read_exact_at(&mut header, 0) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(corrupt(path, column, "its length", "a header's at least", "less"));
            }
            result => result.map_err(Error::io("read", path))?,
        }
        attempt += 1;
        match header_rows(layout, &header) {
            Ok(rows) if fits(rows) || attempt == HEADER_ATTEMPTS => return Ok(rows),
            Err(e) if attempt == HEADER_ATTEMPTS => return Err(Error::format(path)(e)),
            _ => std::thread::yield_now(),
        }
    }
}
