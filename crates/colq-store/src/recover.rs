//! A damaged table goes on from its newest sound version, under a number of its own.
//!
//! Nothing that is damaged is repaired or deleted, but for NumPy headers, which hold nothing that the version
//! file does not say. The first append to each column then writes into new files, so that bytes that the
//! damaged version covered are never rewritten.

use crate::column_file::read_header;
use crate::layer::{Disk, FileLayer, open_regular};
use crate::layout::Layout;
use crate::lock::WriterLock;
use crate::pin::Pin;
use crate::verify::verify_columns;
use crate::writer::{Folder, empty_version, parent_of, publish, remove_temporary_versions, write_all};
use crate::{Error, Result};
use colq_context::Context;
use colq_format::{ColumnEntry, NpyLayout, Version, header_of};
use colq_types::Physical;
use std::path::Path;
use std::sync::Arc;

/// How much the next column id is moved on for each version that cannot be read, and may have given ids: far
/// more than the columns that a version file has room for.
const IDS_A_VERSION: u64 = 1 << 32;

/// What a recovery found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoverReport {
    /// The newest version now.
    pub version: u64,
    /// The version whose content it has, where one was committed; `None` where the newest was sound and the
    /// table was left alone.
    pub recovered_from: Option<u64>,
    /// Versions found damaged, the newest first. They stay until a [`vacuum`](crate::vacuum).
    pub damaged_versions: Vec<u64>,
    /// NumPy headers that were damaged, or said more rows than the version has, and were written again.
    pub headers_rewritten: usize,
}

impl RecoverReport {
    /// True when nothing was wrong, and nothing was changed.
    pub fn is_untouched(&self) -> bool {
        self.recovered_from.is_none() && self.headers_rewritten == 0
    }
}

/// Makes a table whole again whose newest version is damaged: looks from the newest version down for one that
/// is sound, reading every byte of it, and commits its content under the next number. A sound table is left
/// alone.
///
/// # Errors
/// No version is sound ([`Error::NothingSound`]), a version is of a newer format, another writer has the table,
/// or the system refuses.
pub fn recover(path: impl AsRef<Path>) -> Result<RecoverReport> {
    recover_with(path, &Context::new())
}

/// [`recover`] that can be cancelled and tells its progress in bytes read.
///
/// # Errors
/// As for [`recover`], and [`Error::Cancelled`].
pub fn recover_with(path: impl AsRef<Path>, context: &Context) -> Result<RecoverReport> {
    recover_on(Arc::new(Disk), path.as_ref(), context)
}

pub(crate) fn recover_on(layer: Arc<dyn FileLayer>, path: &Path, context: &Context) -> Result<RecoverReport> {
    let layout = Layout::new(path);
    layout.check()?;
    let lock = WriterLock::acquire(&*layer, &layout, true)?;
    if lock.works {
        remove_temporary_versions(&*layer, &layout)?;
    }
    let numbers = layout.version_numbers()?;
    let Some(newest) = numbers.last().copied() else {
        return Err(Error::NoVersion { path: path.to_owned() });
    };
    let mut damaged_versions = Vec::new();
    // The ids that versions after the sound one may have given.
    let (mut next_column_id, mut unread_versions) = (0, 0);
    for number in numbers.iter().rev().copied() {
        let pin = match Pin::numbered(&layout, number) {
            Ok(Some(pin)) => pin,
            // Deleted meanwhile by somebody who is not colq.
            Ok(None) => continue,
            Err(error) if Pin::is_damage(&error, &layout) => {
                damaged_versions.push(number);
                unread_versions += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        next_column_id = pin.version.next_column_id.max(next_column_id);
        if !verify_columns(&layout, &pin.version, context)?.is_empty() {
            damaged_versions.push(number);
            continue;
        }
        let mut version = pin.version.clone();
        let headers_rewritten = rewrite_headers(&*layer, &layout, &mut version)?;
        if number == newest {
            return Ok(RecoverReport {
                version: newest,
                recovered_from: None,
                damaged_versions,
                headers_rewritten,
            });
        }
        version.columns.iter_mut().for_each(|entry| entry.copy_on_append = true);
        let Some(next) = newest.checked_add(1) else {
            return Err(Error::Conflict { path: path.to_owned(), version: newest });
        };
        let version = Version {
            version: next,
            parent: parent_of(&pin),
            row_count: version.row_count,
            next_column_id: next_column_id.saturating_add(IDS_A_VERSION.saturating_mul(unread_versions)),
            columns: version.columns,
            ..empty_version()
        };
        publish(&Folder::new(layer, layout), &lock, &version)?;
        let recovered_from = Some(number);
        return Ok(RecoverReport { version: next, recovered_from, damaged_versions, headers_rewritten });
    }
    Err(Error::NothingSound { path: path.to_owned(), version_count: numbers.len() })
}

/// Writes and syncs the headers that do not say what the version says, so that it can be opened as the newest.
/// Headers lie before all committed bytes and are never mapped.
fn rewrite_headers(layer: &dyn FileLayer, layout: &Layout, version: &mut Version) -> Result<usize> {
    let row_count = version.row_count;
    let mut rewritten = 0;
    for entry in &mut version.columns {
        let name = entry.name.clone();
        for (file, npy, rows, header_rows) in npy_files(entry, row_count)? {
            let path = layout.column_file(file);
            let open = open_regular(&path).map_err(Error::io("open", &path))?;
            let fits = |found: u64| found == *header_rows || found == rows;
            let found = read_header(&open, &path, &name, npy, fits);
            if found.is_ok_and(fits) {
                continue;
            }
            let open = layer.open(&path).map_err(Error::io("open", &path))?;
            write_all(layer, &open, &header_of(npy, rows), 0).map_err(Error::io("write to", &path))?;
            layer.sync(&open).map_err(Error::io("sync", &path))?;
            *header_rows = rows;
            rewritten += 1;
        }
    }
    Ok(rewritten)
}

/// The files of a column that begin with a header: name, layout, true row count, and the one written down.
fn npy_files(entry: &mut ColumnEntry, row_count: u64) -> Result<Vec<(&str, NpyLayout, u64, &mut u64)>> {
    let column_type = entry.column_type().map_err(Error::format(Path::new(&entry.values.file)))?;
    let (values, rows) = (&mut entry.values, column_type.header_rows(row_count));
    let mut files = vec![(values.file.as_str(), column_type.layout(), rows, &mut values.header_rows)];
    if let Some(text) = &mut entry.text {
        let text_len = text.byte_len.saturating_sub(colq_format::HEADER_LEN as u64);
        files.push((text.file.as_str(), Physical::U8.into(), text_len, &mut text.header_rows));
    }
    if let Some(dictionary) = &mut entry.dictionary {
        let text_len = dictionary.bytes.byte_len.saturating_sub(colq_format::HEADER_LEN as u64);
        let (offsets, bytes) = (&mut dictionary.offsets, &mut dictionary.bytes);
        let offset_rows = dictionary.value_count + 1;
        files.push((offsets.file.as_str(), Physical::I64.into(), offset_rows, &mut offsets.header_rows));
        files.push((bytes.file.as_str(), Physical::U8.into(), text_len, &mut bytes.header_rows));
    }
    Ok(files)
}
