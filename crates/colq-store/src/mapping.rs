//! The one place that maps memory, and the promise without which it may not.
#![expect(unsafe_code, reason = "a map is only as sound as the promise of whoever asked for it")]

mod buffer;
mod memory_file;
mod mutable;
mod private;
mod words;

pub use buffer::SharedBuffer;
pub(crate) use memory_file::is_supported as has_sealed_memory;
pub(crate) use private::PrivateMapping;
pub use private::PrivateValues;
pub(crate) use words::{LengthPromise, WordMapping};

use crate::reading::Reading;
use crate::{Result, Table};
use colq_column::Access;
use memmap2::{Advice, Mmap, MmapOptions, UncheckedAdvice};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

/// A caller's word that nobody changes the committed bytes of a table while it is mapped. It cannot be had
/// without `unsafe`, and no map without it: trust is a value that is handed down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise(());

/// A read-only map of a part of a file. The file itself may be closed.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// `None` for no bytes, which cannot be mapped.
    map: Option<Mmap>,
}

/// What an empty mapping gives: a place that is aligned for every layout.
const NOTHING: &[u64] = &[];

impl Mapping {
    /// Maps `byte_len` bytes from `offset` on; the file must be at least that long.
    pub(crate) fn new(_promise: Promise, file: &File, offset: u64, byte_len: usize) -> io::Result<Mapping> {
        if byte_len == 0 {
            return Ok(Mapping { map: None });
        }
        if file.metadata()?.len() < offset.saturating_add(byte_len as u64) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // SAFETY: a map is sound while nobody else changes or cuts off the bytes under it. Who holds a
        // `Promise` went through `Table::map`, whose caller gave their word for all committed bytes of the
        // table's files; `offset` and `byte_len` come from a checked version and the length was looked at
        // above, so only committed bytes are covered. colq's own writers never rewrite bytes that a version
        // covered, and never shorten a file. If the word is broken, values change under a shared slice
        // (undefined behaviour), or a load past the new end of the file raises SIGBUS.
        let map = unsafe { MmapOptions::new().offset(offset).len(byte_len).map(file)? };
        // This is where a guard against SIGBUS would register the range.
        Ok(Mapping { map: Some(map) })
    }

    /// Passes on how bytes of a range are about to be read, or that they were. A hint, so a refusal is no error.
    pub(crate) fn advise(&self, range: Range<usize>, access: Access) {
        let Some(map) = &self.map else { return };
        let (start, end) = (range.start.min(map.len()), range.end.min(map.len()));
        if start >= end {
            return;
        }
        let _ = match access {
            Access::Sequential => {
                large_pages(map, start..end, true);
                map.advise_range(Advice::Sequential, start, end - start)
            }
            Access::Random => {
                large_pages(map, start..end, false);
                map.advise_range(Advice::Random, start, end - start)
            }
            Access::Soon => map.advise_range(Advice::WillNeed, start, end - start),
            Access::Done => {
                // Whole pages only: a page at an edge holds rows that somebody may be reading.
                let page = rustix::param::page_size();
                let at = map.as_ptr().addr();
                let first = (at + start).next_multiple_of(page) - at;
                let last = ((at + end) / page * page).saturating_sub(at);
                if first >= last {
                    return;
                }
                return let_go(map, first..last);
            }
        };
    }

    /// The mapped bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.map.as_deref().unwrap_or(bytemuck::cast_slice(NOTHING))
    }
}

/// Asks that what is read from the disk comes in large pages, or that a row brings no more than itself. Only some systems
/// and file systems can; a refusal is no error.
#[cfg(target_os = "linux")]
fn large_pages(map: &Mmap, range: Range<usize>, wanted: bool) {
    let advice = if wanted { Advice::HugePage } else { Advice::NoHugePage };
    let _ = map.advise_range(advice, range.start, range.len());
}

#[cfg(not(target_os = "linux"))]
fn large_pages(_map: &Mmap, _range: Range<usize>, _wanted: bool) {}

/// Takes whole pages of a map out of their places here, so that the system may free them.
fn let_go(map: &Mmap, pages: Range<usize>) {
    // SAFETY: the range lies in the map. The pages are let go and come back from the file when they are touched again.
    // This map is read-only, shared and of a file, so nothing of it lies in memory alone, and what comes back is what was
    // there: the committed bytes, which nobody changes, by the promise that this map was made with. Were it broken, a
    // slice would see other values, as it would without this.
    let _ = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, pages.start, pages.len()) };
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Table {
    /// Opens the newest version of a table with its columns mapped: the fast way, in which a column is a
    /// slice of the page cache and nothing is read before it is looked at.
    ///
    /// # Safety
    ///
    /// The caller promises that, as long as this table, a clone of it, a table that [`Table::refresh`] made
    /// of it, or any slice, [`PrivateValues`] or [`SharedBytes`](colq_column::SharedBytes) that came from one of
    /// them exists,
    /// nobody
    ///
    /// - writes into bytes of the files in `columns/` that the version in use covers, through this process
    ///   or another, by a write, a map or a copy over the file;
    /// - cuts one of these files off below its committed length, in place.
    ///
    /// colq itself keeps this promise: it appends past the committed length, rewrites only the header (which
    /// is never mapped), and replaces files by new ones. Deleting files is harmless, and so is damage that
    /// was there before. Where the promise cannot be given (a folder that strangers write to, a network file
    /// system) use [`Table::open`], which has the same queries.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub unsafe fn map(path: impl AsRef<Path>) -> Result<Table> {
        let reading = Reading { promise: Some(Promise(())), ..Reading::default() };
        Table::with_reading(path.as_ref(), reading)
    }

    /// Opens a version by its number, mapped. [`Table::refresh`] on it gives the newest version.
    ///
    /// # Safety
    /// As for [`Table::map`].
    ///
    /// # Errors
    /// As [`Table::open_version`].
    pub unsafe fn map_version(path: impl AsRef<Path>, number: u64) -> Result<Table> {
        let reading = Reading { promise: Some(Promise(())), ..Reading::default() };
        Table::version_with(path.as_ref(), number, reading)
    }
}
