//! The private copy-on-write map: a column as a slice that may be written, while its file stays as it is.
#![expect(unsafe_code, reason = "a map is only as sound as the promise of whoever asked for it")]

use super::{NOTHING, Promise};
use crate::{Result, Table};
use colq_types::Native;
use memmap2::{MmapMut, MmapOptions};
use std::fmt;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A private map of a part of a file.
pub(crate) struct PrivateMapping {
    /// `None` for no bytes, which cannot be mapped.
    map: Option<MmapMut>,
}

impl PrivateMapping {
    /// Maps `byte_len` bytes from `offset` on; the file must be at least that long.
    pub(crate) fn new(
        _promise: Promise,
        file: &File,
        offset: u64,
        byte_len: usize,
    ) -> io::Result<PrivateMapping> {
        if byte_len == 0 {
            return Ok(PrivateMapping { map: None });
        }
        if file.metadata()?.len() < offset.saturating_add(byte_len as u64) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut options = MmapOptions::new();
        // Only pages that are written take memory, so a column larger than memory may be mapped.
        options.offset(offset).len(byte_len).no_reserve_swap();
        // SAFETY: stores go to private copies of pages, which nobody else sees, so what must hold is what holds
        // for a read-only map: nobody changes or cuts off the bytes of pages that are not yet copied. Who holds
        // a `Promise` went through `Table::map`, whose caller gave their word for the committed bytes of the
        // table's files, for as long as values that came from the table exist; `offset` and `byte_len` come
        // from a checked version and the length was looked at above. The map is reached through one owner with
        // `&` and `&mut` as for any vector. If the word is broken, values change under a slice (undefined
        // behaviour), or an access past the new end of the file raises SIGBUS.
        let map = unsafe { options.map_copy(file)? };
        Ok(PrivateMapping { map: Some(map) })
    }
}

/// All values of a column in a private copy-on-write map: read and written as a slice. Pages are copied when
/// they are first written to; nothing ever reaches the file, and nobody else sees it.
///
/// A NULL slot holds zero, text its codes. Keeps nothing else of the table alive.
pub struct PrivateValues<T> {
    mapping: PrivateMapping,
    values: PhantomData<T>,
}

impl<T: Native> PrivateValues<T> {
    pub(crate) fn new(mapping: PrivateMapping) -> PrivateValues<T> {
        PrivateValues { mapping, values: PhantomData }
    }
}

impl<T: Native> Deref for PrivateValues<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let bytes = self.mapping.map.as_deref().unwrap_or(bytemuck::cast_slice(NOTHING));
        // Whole values at a page's start, or none.
        bytemuck::try_cast_slice(bytes).unwrap_or(&[])
    }
}

impl<T: Native> DerefMut for PrivateValues<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let bytes = self.mapping.map.as_deref_mut().unwrap_or(&mut []);
        if bytes.is_empty() {
            return &mut [];
        }
        bytemuck::try_cast_slice_mut(bytes).unwrap_or(&mut [])
    }
}

impl<T: Native> fmt::Debug for PrivateValues<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateValues({} values of {})", self.len(), T::PHYSICAL.name())
    }
}

impl Table {
    /// All values of a column as a slice that may be written: a private copy-on-write map of its file. Each
    /// call gives a new one, with the values of the file.
    ///
    /// The promise of [`Table::map`] covers it: it must hold for as long as the values exist.
    ///
    /// # Errors
    /// The table is not mapped ([`Error::NeedsMap`](crate::Error::NeedsMap)), `T` is not the column's layout, or there is no such column.
    pub fn private<T: Native>(&self, column: usize) -> Result<PrivateValues<T>> {
        let stored = self.check_type::<T>(column)?;
        let mapping = stored.values_file().private()?.ok_or_else(|| self.needs_map(stored))?;
        Ok(PrivateValues::new(mapping))
    }
}
