//! The shared writable map as words that are read and written one at a time, each whole. Knows no column.
#![expect(unsafe_code, reason = "memory that other processes write to can only be reached by atomics")]

use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64};

/// The word that nobody shortens a mapped file. It cannot be had without `unsafe`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LengthPromise(());

impl LengthPromise {
    /// # Safety
    /// As long as anything made with it exists, nobody makes the mapped file shorter.
    pub(crate) unsafe fn given() -> LengthPromise {
        LengthPromise(())
    }
}

/// A shared writable map of a file from its start on.
#[derive(Debug)]
pub(crate) struct WordMapping {
    map: MmapRaw,
}

impl WordMapping {
    /// Maps the first `byte_len` bytes, of which there is at least one; the file must be at least that long.
    pub(crate) fn new(_promise: LengthPromise, file: &File, byte_len: usize) -> io::Result<WordMapping> {
        if file.metadata()?.len() < byte_len as u64 || byte_len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(WordMapping { map: MmapOptions::new().len(byte_len).map_raw(file)? })
    }

    /// Where a word begins, if all of it is mapped and it is aligned to its width.
    fn word(&self, offset: usize, width: usize) -> Option<*mut u8> {
        let fits = offset.checked_add(width).is_some_and(|end| end <= self.map.len());
        (fits && offset.is_multiple_of(width)).then(|| self.map.as_mut_ptr().wrapping_add(offset))
    }

    /// The four bytes at a byte offset; `None` where they are not mapped or not aligned.
    #[inline]
    pub(crate) fn word_32(&self, offset: usize) -> Option<&AtomicU32> {
        let word = self.word(offset, 4)?;
        // SAFETY: the pointer must be valid for reads and writes of four bytes, aligned, and reached by nothing
        // but atomics, for as long as the reference lives. The word lies within the map, whose start is a
        // page's and which lives as long as `self`; it stays backed by the file, because whoever made the map
        // holds the promise that nobody shortens it (if that is broken, the access raises SIGBUS). This type
        // gives out atomics only, never a slice; what other processes store meanwhile is a store to shared
        // memory that the atomic sees whole, as the hardware does not tear aligned words, and any bits are a
        // value.
        Some(unsafe { AtomicU32::from_ptr(word.cast()) })
    }

    /// The eight bytes at a byte offset; `None` where they are not mapped or not aligned.
    #[inline]
    pub(crate) fn word_64(&self, offset: usize) -> Option<&AtomicU64> {
        let word = self.word(offset, 8)?;
        // SAFETY: as for `word_32`, with eight bytes. Both widths are never used on one map: a column has one
        // type, and its header, which comes before all words, is not reached through here.
        Some(unsafe { AtomicU64::from_ptr(word.cast()) })
    }

    /// Writes changed pages of a byte range to the disk and waits for it.
    pub(crate) fn flush(&self, range: Range<usize>) -> io::Result<()> {
        let end = range.end.min(self.map.len());
        if range.start >= end {
            return Ok(());
        }
        self.map.flush_range(range.start, end - range.start)
    }
}
