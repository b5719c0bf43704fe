//! The hinge between what holds columns and what computes over them.

use crate::{Bitmap, Column, Dictionary, View, ZoneSummary};
use colq_types::{RowRange, Schema, zone_count, zone_range};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Whatever went wrong below the hinge; the front door finds the real error in `source`.
#[derive(Debug)]
pub struct SourceError(Box<dyn Error + Send + Sync>);

impl SourceError {
    /// Wraps the error of a source.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> SourceError {
        SourceError(error.into())
    }

    /// The source's own error.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }

    /// The source's own error, borrowed.
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// How rows are about to be read, so that a source can ask the system for the right read-ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Front to back, once.
    Sequential,
    /// Here and there.
    Random,
    /// Soon: the bytes may be brought in.
    Soon,
    /// No more: the bytes may go first when memory is needed.
    Done,
}

/// How the rows of a column are known to lie. None of them is NULL or NaN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// No value of a zone lies below one of the zone before it.
    Zones,
    /// No value lies below that of the row before it.
    Rows,
}

/// Memory that a source may read into, reused from one call to the next. One for each column in use.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Eight-byte words, so that any layout is aligned in it.
    words: Vec<u64>,
    /// The validity of the rows last read.
    pub validity: Bitmap,
    /// The texts of the rows last read, of a column without a dictionary.
    pub texts: Option<Arc<Dictionary>>,
}

impl Scratch {
    /// `byte_len` bytes, aligned to 8, with any content.
    pub fn bytes_mut(&mut self, byte_len: usize) -> &mut [u8] {
        self.parts_mut(byte_len).0
    }

    /// The same bytes and the validity bitmap side by side, so that a view can borrow both.
    pub fn parts_mut(&mut self, byte_len: usize) -> (&mut [u8], &mut Bitmap) {
        let (bytes, validity, _) = self.all_mut(byte_len);
        (bytes, validity)
    }

    /// Bytes, the validity bitmap and the place of the texts, side by side.
    pub fn all_mut(&mut self, byte_len: usize) -> (&mut [u8], &mut Bitmap, &mut Option<Arc<Dictionary>>) {
        let words = byte_len.div_ceil(8);
        if self.words.len() < words {
            self.words.resize(words, 0);
        }
        let bytes = &mut bytemuck::cast_slice_mut(&mut self.words)[..byte_len];
        (bytes, &mut self.validity, &mut self.texts)
    }

    /// The validity bitmap and the place of the texts side by side.
    pub fn text_parts_mut(&mut self) -> (&mut Bitmap, &mut Option<Arc<Dictionary>>) {
        (&mut self.validity, &mut self.texts)
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.words.len() * 8
    }
}

/// A table as the execution sees it: columns to read, and what is known of them.
///
/// **Invariant: one source is one committed state.** Every call for the same rows gives the same values.
pub trait ColumnSource: Send + Sync {
    /// Names and types of the columns.
    fn schema(&self) -> &Schema;

    /// Rows in the table.
    fn row_count(&self) -> u64;

    /// Zones in the table, the unfinished one included.
    fn zone_count(&self) -> u64 {
        zone_count(self.row_count())
    }

    /// The numbers of the rows of a zone, which begin at 65,536 times its number. A source that is put together of
    /// several has unfinished zones in its middle; its rows are then numbered with gaps.
    fn zone_rows(&self, zone: u64) -> RowRange {
        zone_range(zone, self.row_count())
    }

    /// How many rows stand before those of a zone.
    fn rows_before(&self, zone: u64) -> u64 {
        self.zone_rows(zone).start
    }

    /// The rows `rows` of column `column`, which lie in one zone: a slice of the mapped file where there is
    /// one, else bytes read into `scratch`.
    ///
    /// # Errors
    /// Reading failed, or the bytes are damaged.
    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError>;

    /// As [`ColumnSource::read`], for those who look at the bytes of texts and give none of them out: a source need not look
    /// whether they are UTF-8, and then says so by [`Dictionary::is_checked`]. Offsets are checked all the same.
    ///
    /// # Errors
    /// As [`ColumnSource::read`].
    fn read_bytes<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.read(column, rows, scratch)
    }

    /// What is known of a zone without reading its rows; `None` where nothing is.
    ///
    /// # Errors
    /// The records cannot be read, or are damaged.
    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError>;

    /// The rows `rows` of column `column`, which lie in one zone, as a column of its own: without a copy where
    /// somebody keeps the bytes alive anyway.
    ///
    /// # Errors
    /// As [`ColumnSource::read`].
    fn column(&self, column: usize, rows: RowRange) -> Result<Column, SourceError> {
        let mut scratch = Scratch::default();
        Ok(self.read(column, rows, &mut scratch)?.to_column())
    }

    /// The dictionary of a text column, by which codes can be compared instead of values; `None` for other types
    /// and for a column without one, whose zones each bring their own texts.
    ///
    /// # Errors
    /// The dictionary cannot be read, or is damaged.
    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError>;

    /// False when no row of the column is NULL.
    fn may_have_nulls(&self, column: usize) -> bool;

    /// How the rows of the column lie, where they rise and that is known without reading them. Cheap: it is asked for
    /// each condition of each query.
    ///
    /// # Errors
    /// The records of zones cannot be read, or are damaged.
    fn order(&self, _column: usize) -> Result<Option<Order>, SourceError> {
        Ok(None)
    }

    /// Says how rows are about to be read, or that they were. A hint; it never fails and changes no answer.
    fn advise(&self, _column: usize, _rows: RowRange, _access: Access) {}

    /// True when `read` gives slices of mapped files, so that no memory is owned for them.
    fn is_mapped(&self) -> bool {
        false
    }

    /// Fails when what was read so far may not be what was committed (a mapped file was cut off).
    ///
    /// # Errors
    /// The table's file that changed.
    fn health(&self) -> Result<(), SourceError> {
        Ok(())
    }
}
