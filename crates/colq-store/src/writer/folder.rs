//! The folder that a writer writes into: new files under names that were never used, and files that grow at
//! their end.

use crate::layer::FileLayer;
use crate::layout::Layout;
use crate::{Error, Result};
use colq_format::{FileRole, HEADER_LEN, NpyLayout, ROWS_FIELD, Stem, Version, encode_rows, header_of};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a writer's files are made.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) layer: Arc<dyn FileLayer>,
    pub(crate) layout: Layout,
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
        Folder { layer, layout, files: Mutex::default() }
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
        let mut output =
            Output { file, name, path, end: 0, header_rows: 0, unsynced: true, can_allocate: true };
        if let Some(layout) = npy {
            output.append(&*self.layer, &header_of(layout, 0))?;
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

/// A file that grows at its end.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) file: File,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Where the next byte goes.
    end: u64,
    /// The row count that stands in the header.
    pub(crate) header_rows: u64,
    unsynced: bool,
    can_allocate: bool,
}

impl Output {
    /// Continues a file after its committed length. What lies beyond belongs to no version.
    pub(crate) fn resume(
        layer: &dyn FileLayer,
        path: PathBuf,
        name: &str,
        byte_len: u64,
        header_rows: u64,
    ) -> Result<Output> {
        let file = layer.open(&path).map_err(Error::io("open", &path))?;
        let name = name.to_owned();
        Ok(Output { file, name, path, end: byte_len, header_rows, unsynced: false, can_allocate: true })
    }

    /// Bytes so far, the header included.
    pub(crate) fn byte_len(&self) -> u64 {
        self.end
    }

    /// Adds bytes at the end; the space is reserved first, so that a full disk says so at once.
    pub(crate) fn append(&mut self, layer: &dyn FileLayer, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.unsynced = true;
        if self.can_allocate {
            match layer.allocate(&self.file, self.end, bytes.len() as u64) {
                Ok(()) => {}
                // Not every file system can; plain writes do.
                Err(e) if e.kind() == io::ErrorKind::Unsupported => self.can_allocate = false,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("find space for", &self.path)(e)),
            }
        }
        write_all(layer, &self.file, bytes, self.end).map_err(Error::io("write to", &self.path))?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Makes everything so far durable. A failure is final: the system may have forgotten the bytes.
    pub(crate) fn sync(&mut self, layer: &dyn FileLayer) -> Result<()> {
        if self.unsynced {
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
