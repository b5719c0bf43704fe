//! The folder that a writer writes into: new files under names that were never used, and files that grow at
//! their end.

use super::early_sync::{EarlySync, EarlySyncs};
use crate::layer::FileLayer;
use crate::layout::Layout;
use crate::{Error, Result};
use colq_format::{FileRole, HEADER_LEN, NpyLayout, ROWS_FIELD, Stem, Version, encode_rows, header_of};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a writer's files are made.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) layer: Arc<dyn FileLayer>,
    pub(crate) layout: Layout,
    early: Arc<EarlySyncs>,
    /// Shared by the threads that write columns side by side.
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    /// Names that are taken, in lower case: file systems that ignore case would make two names one file.
    taken: HashSet<String>,
    /// Files made since the last commit.
    created: Vec<PathBuf>,
}

impl Folder {
    pub(crate) fn new(layer: Arc<dyn FileLayer>, layout: Layout) -> Folder {
        let early = Arc::new(EarlySyncs::new(layer.clone()));
        Folder { layer, layout, early, files: Mutex::default() }
    }

    /// Each change of the lists is whole, so they are sound after a panic too.
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of all names in use, by whichever version or leftover.
    pub(crate) fn take_names(&self) -> Result<()> {
        let columns = self.layout.columns();
        for entry in fs::read_dir(&columns).map_err(Error::io("list", &columns))? {
            let entry = entry.map_err(Error::io("list", &columns))?;
            self.files().taken.insert(entry.file_name().to_string_lossy().to_ascii_lowercase());
        }
        Ok(())
    }

    /// A new file for a column. With `npy` it begins with that header, of no rows.
    pub(crate) fn create(&self, column: &str, role: FileRole, npy: Option<NpyLayout>) -> Result<Output> {
        let stem = Stem::of(column);
        let mut generation = 1;
        let (name, path, file) = loop {
            let name = stem.file_name(generation, role);
            generation += 1;
            if !self.files().taken.insert(name.to_ascii_lowercase()) {
                continue;
            }
            let path = self.layout.column_file(&name);
            match self.layer.create_new(&path) {
                Ok(file) => break (name, path, file),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(Error::io("create", &path)(e)),
            }
        };
        self.files().created.push(path.clone());
        let mut output = Output::new(self, file, name, path);
        if let Some(layout) = npy {
            output.begin_with(&header_of(layout, 0));
        }
        Ok(output)
    }

    /// Deletes a file that this writer made and no version covers.
    pub(crate) fn discard(&self, output: Output) {
        let mut files = self.files();
        if let Some(at) = files.created.iter().position(|p| *p == output.path) {
            files.created.swap_remove(at);
            // A leftover harms nobody; its name stays taken.
            let _ = self.layer.remove_file(&output.path);
        }
    }

    /// Deletes what was made since the last commit for columns that the version to come does not have.
    pub(crate) fn discard_unnamed(&self, version: &Version) {
        let named: HashSet<&str> =
            version.columns.iter().flat_map(|c| c.files()).map(|(file, _)| file).collect();
        let layer = self.layer.clone();
        self.files().created.retain(|path| {
            let keep = path.file_name().and_then(|n| n.to_str()).is_some_and(|name| named.contains(name));
            // A leftover harms nobody; a vacuum finds it.
            let _ = if keep { Ok(()) } else { layer.remove_file(path) };
            keep
        });
    }

    /// The files made so far belong to a version now.
    pub(crate) fn keep_created(&self) {
        self.files().created.clear();
    }

    /// True when a file was made since the last commit, so that the folder must be synced.
    pub(crate) fn has_created(&self) -> bool {
        !self.files().created.is_empty()
    }

    /// Deletes what no version covers.
    pub(crate) fn remove_created(&self) {
        for path in self.files().created.drain(..) {
            let _ = self.layer.remove_file(&path);
        }
    }
}

/// Bytes of the largest pages in which systems keep files: mapped, one of them costs as much as a page of 4 KiB. A system
/// takes one where a write covers all of it.
pub(crate) const LARGE_PAGE: usize = 2 << 20;

/// How far waiting bytes are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// All of them.
    End,
    /// Up to the last multiple of so many bytes in the file.
    Page(usize),
}

impl Until {
    /// For pieces of so many bytes, of which half is a page at least.
    pub(crate) fn page_of(piece_len: usize) -> Until {
        Until::Page((1 << (piece_len / 2).max(1).ilog2()).min(LARGE_PAGE))
    }
}

/// A file that grows at its end.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) file: File,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Where the next byte goes.
    end: u64,
    /// What a new file begins with, while it waits for its first piece.
    beginning: Vec<u8>,
    /// The row count that stands in the header.
    pub(crate) header_rows: u64,
    unsynced: bool,
    pub(super) early: EarlySync,
    can_allocate: bool,
}

impl Output {
    fn new(folder: &Folder, file: File, name: String, path: PathBuf) -> Output {
        let (beginning, early) = (Vec::new(), EarlySync::new(folder.early.clone()));
        Output {
            file,
            name,
            path,
            end: 0,
            beginning,
            header_rows: 0,
            unsynced: true,
            early,
            can_allocate: true,
        }
    }

    /// Continues a file after its committed length. What lies beyond belongs to no version.
    pub(crate) fn resume(
        folder: &Folder,
        path: PathBuf,
        name: &str,
        byte_len: u64,
        header_rows: u64,
    ) -> Result<Output> {
        let file = folder.layer.open(&path).map_err(Error::io("open", &path))?;
        let new = Output::new(folder, file, name.to_owned(), path);
        Ok(Output { end: byte_len, header_rows, unsynced: false, ..new })
    }

    /// Bytes so far, the header included.
    pub(crate) fn byte_len(&self) -> u64 {
        self.end
    }

    /// Adds to the few bytes with which a new file begins. They are written with its first piece, for a system that
    /// keeps them apart could not keep what follows them in one large page.
    pub(crate) fn begin_with(&mut self, bytes: &[u8]) {
        self.beginning.extend_from_slice(bytes);
        self.end += bytes.len() as u64;
    }

    /// Of so many bytes that wait, as many as are to be written.
    pub(crate) fn amount(&self, waiting_len: usize, until: Until) -> usize {
        match until {
            Until::End => waiting_len,
            Until::Page(page_len) => {
                let past = (self.end + waiting_len as u64) % page_len.max(1) as u64;
                waiting_len.saturating_sub(past as usize)
            }
        }
    }

    /// Adds bytes at the end; the space is reserved first, so that a full disk says so at once.
    pub(crate) fn append(&mut self, layer: &dyn FileLayer, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.unsynced = true;
        let written = self.end - self.beginning.len() as u64;
        let end = self.end + bytes.len() as u64;
        self.reserve(layer, written..end)?;
        let rest = match self.beginning.is_empty() {
            true => bytes,
            false => {
                let (first, rest) = bytes.split_at(bytes.len().min(LARGE_PAGE - self.beginning.len()));
                let first = [&self.beginning, first].concat();
                self.write(layer, &first, written)?;
                self.beginning.clear();
                rest
            }
        };
        self.write(layer, rest, end - rest.len() as u64)?;
        self.early.wrote(&self.file, end - written);
        self.end = end;
        Ok(())
    }

    fn reserve(&mut self, layer: &dyn FileLayer, range: Range<u64>) -> Result<()> {
        if !self.can_allocate {
            return Ok(());
        }
        match layer.allocate(&self.file, range.start, range.end - range.start) {
            // Not every file system can; plain writes do.
            Err(e) if e.kind() == io::ErrorKind::Unsupported => self.can_allocate = false,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => other.map_err(Error::io("find space for", &self.path))?,
        }
        Ok(())
    }

    fn write(&self, layer: &dyn FileLayer, bytes: &[u8], offset: u64) -> Result<()> {
        write_all(layer, &self.file, bytes, offset).map_err(Error::io("write to", &self.path))
    }

    /// Makes everything so far durable. A failure is final: the system may have forgotten the bytes.
    pub(crate) fn sync(&mut self, layer: &dyn FileLayer) -> Result<()> {
        if self.unsynced {
            // A new column without rows.
            self.write(layer, &self.beginning, self.end - self.beginning.len() as u64)?;
            self.beginning.clear();
            self.early.wait().map_err(Error::io("sync", &self.path))?;
            layer.sync(&self.file).map_err(Error::io("sync", &self.path))?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// After a commit: brings the NumPy header up to date, as well as it goes. It may lag, and never leads.
    pub(crate) fn update_header(&mut self, layer: &dyn FileLayer, rows: u64) {
        if self.header_rows != rows
            && write_all(layer, &self.file, &encode_rows(rows), ROWS_FIELD.start as u64).is_ok()
        {
            self.header_rows = rows;
        }
    }
}

/// Bytes before the contents of a file with a NumPy header.
pub(crate) const HEADER: u64 = HEADER_LEN as u64;

/// Writes all bytes, through short writes and interruptions.
pub(crate) fn write_all(
    layer: &dyn FileLayer,
    file: &File,
    mut bytes: &[u8],
    mut offset: u64,
) -> io::Result<()> {
    while !bytes.is_empty() {
        match layer.write_at(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or(&[]);
                offset += written as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Makes and syncs a small file in one go.
pub(crate) fn write_new(layer: &dyn FileLayer, path: &Path, bytes: &[u8]) -> Result<()> {
    let file = layer.create_new(path).map_err(Error::io("create", path))?;
    write_all(layer, &file, bytes, 0).map_err(Error::io("write to", path))?;
    layer.sync(&file).map_err(Error::io("sync", path))
}
