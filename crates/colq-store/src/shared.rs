//! Columns that outlive the call that read them: over the bytes of the map where there is one, which they keep
//! alive, and else in memory of their own.

use crate::free_text::Utf8;
use crate::stored::StoredColumn;
use crate::{Error, Result, Table};
use colq_column::{Bitmap, Buffer, Column, Scratch, SharedValues};
use colq_format::{ColumnType, VALIDITY_LEN};
use colq_types::{DataType, RowRange, ZONE_ROWS};
use std::sync::Arc;

impl Table {
    /// Rows of a column, in any number of zones, as a column of its own. Of a mapped table nothing is copied but the
    /// offsets of free text and validity bits that do not lie in the file as whole words: values, dictionary and texts
    /// are the bytes of the map, which stays as long as the column. A table that is open for reading gives copies.
    ///
    /// Free text comes with the codes 0, 1, 2 and so on, one for each row, and a dictionary of these rows.
    ///
    /// # Errors
    /// There is no such column, the table does not have these rows, free text of more than 2^32 rows is asked for,
    /// or reading fails.
    pub fn to_column(&self, column: usize, rows: RowRange) -> Result<Column> {
        self.column(column)?.to_column(rows)
    }
}

impl StoredColumn {
    pub(crate) fn to_column(&self, rows: RowRange) -> Result<Column> {
        let too_many = self.column_type == ColumnType::FreeText && rows.row_count() > u64::from(u32::MAX);
        if rows.end > self.row_count || too_many {
            return Err(Error::Rows { start: rows.start, end: rows.end, row_count: self.row_count });
        }
        let validity = self.validity_of(rows)?;
        if self.column_type == ColumnType::FreeText {
            let dictionary = Arc::new(self.texts(rows, Utf8::Checked, Vec::new())?);
            return Ok(Column::text(Buffer::row_codes(rows.len()), dictionary).with_validity(validity));
        }
        let (data_type, codes) = (self.column_type.data_type(), self.column_type.physical());
        let width = self.column_type.row_width() as u64;
        let dictionary = self.dictionary()?.cloned();
        let values = match self.values.shared(rows.start * width, rows.end * width)? {
            Some(bytes) => {
                SharedValues::new(data_type, codes, bytes).map(Buffer::Shared).ok_or_else(|| {
                    Error::Changed { path: self.values.path().to_owned(), what: "it was cut off".into() }
                })?
            }
            None => self.read_buffer(rows)?,
        };
        Ok(Column { data_type, values, validity: None, dictionary }.with_validity(validity))
    }

    /// Values in memory of their own, read zone by zone.
    fn read_buffer(&self, rows: RowRange) -> Result<Buffer> {
        let (data_type, codes) = (self.column_type.data_type(), self.column_type.physical());
        let mut buffer = match data_type {
            DataType::Text => Buffer::with_capacity(codes, 0),
            other => Buffer::of_type(other, 0),
        };
        let mut scratch = Scratch::default();
        for part in zones_of(rows) {
            let view = self.read(part, &mut scratch)?;
            // The layouts are equal by construction.
            let _ = buffer.extend_values(view.values);
        }
        Ok(buffer)
    }

    /// The validity of rows: words of the map where it holds them as whole words, else a copy.
    fn validity_of(&self, rows: RowRange) -> Result<Option<Bitmap>> {
        if !self.may_have_nulls() {
            return Ok(None);
        }
        if let Some((file, entry)) = self.validity.as_ref().zip(self.entry.validity.as_ref()) {
            let first_row = entry.first_zone * ZONE_ROWS;
            let in_file = rows.start >= first_row && rows.end <= self.full_zones() * ZONE_ROWS;
            if in_file && rows.start.is_multiple_of(64) && rows.row_count().is_multiple_of(64) {
                let (start, end) = ((rows.start - first_row) / 8, (rows.end - first_row) / 8);
                debug_assert!(end <= (self.full_zones() - entry.first_zone) * VALIDITY_LEN as u64);
                if let Some(bits) = file.shared(start, end)?.and_then(|b| Bitmap::shared(b, rows.len())) {
                    return Ok(Some(bits));
                }
            }
        }
        let (mut all, mut bits) = (Bitmap::default(), Bitmap::default());
        for part in zones_of(rows) {
            if self.read_validity(part, &mut bits)? {
                all.extend(&bits);
            } else {
                all.push_many(true, part.len());
            }
        }
        Ok(Some(all).filter(|bits| !bits.all()))
    }

    /// The validity of all rows; `None` where all are values.
    pub(crate) fn validity(&self) -> Result<Option<Bitmap>> {
        Ok(self.validity_of(RowRange::new(0, self.row_count))?.filter(|bits| !bits.all()))
    }
}

/// The parts of a run of rows that lie in one zone each.
fn zones_of(rows: RowRange) -> impl Iterator<Item = RowRange> {
    let zones = if rows.is_empty() { 0..0 } else { rows.zone()..rows.end.div_ceil(ZONE_ROWS) };
    zones.map(move |zone| {
        let start = rows.start.max(zone * ZONE_ROWS);
        RowRange::new(start, rows.end.min((zone + 1) * ZONE_ROWS))
    })
}
