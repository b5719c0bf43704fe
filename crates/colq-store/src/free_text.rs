//! Free text on its way to a reader: offsets of a run of rows, checked against the text they point into, and the
//! text without a copy where it is mapped.

use crate::column_file::ColumnFile;
use crate::error::zone_corrupt;
use crate::stored::StoredColumn;
use crate::{Error, Result};
use colq_column::{Dictionary, DictionaryError, Scratch, SharedBytes, Values, View, row_codes};
use colq_types::{DataType, RowRange, ZONE_ROWS, zone_count, zone_range};
use std::sync::Arc;

/// Whether somebody looks if a text is UTF-8 before it is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Utf8 {
    Checked,
    Unknown,
}

impl StoredColumn {
    /// The rows of one zone of free text.
    pub(crate) fn read_free_text<'a>(
        &self,
        rows: RowRange,
        scratch: &'a mut Scratch,
        utf8: Utf8,
    ) -> Result<View<'a>> {
        let (bits, texts) = scratch.text_parts_mut();
        // The offsets of the zone before, where nobody kept them, leave their memory to this one.
        let memory = texts.take().and_then(Arc::into_inner).map(Dictionary::into_offsets);
        let dictionary = match self.texts_in_place(rows, utf8)? {
            Some(mapped) => mapped,
            None => self.texts(rows, utf8, memory.unwrap_or_default())?,
        };
        let dictionary = Arc::new(dictionary);
        let has_nulls = self.read_validity(rows, bits)?;
        Ok(View {
            data_type: DataType::Text,
            values: Values::U32(row_codes(rows.len())),
            validity: if has_nulls { Some(&*bits) } else { None },
            dictionary: Some(texts.insert(dictionary)),
        })
    }

    /// The texts of rows, in any number of zones; empty ones for nulls. The offsets go into `offsets`, whose content does not
    /// matter.
    pub(crate) fn texts(&self, rows: RowRange, utf8: Utf8, mut offsets: Vec<u64>) -> Result<Dictionary> {
        let Some(text) = &self.text else { return Ok(Dictionary::of([])) };
        self.check_zones(rows)?;
        let (start, end) = self.read_offsets(rows, &mut offsets)?;
        let bytes = match text.shared(start, end)? {
            Some(shared) => shared,
            None => {
                let mut bytes = Vec::new();
                reserve(&mut bytes, (end - start) as usize, text)?;
                bytes.resize((end - start) as usize, 0);
                text.read_into(start, &mut bytes)?;
                SharedBytes::from(bytes)
            }
        };
        let texts = Dictionary::of_bytes(offsets, bytes);
        texts.and_then(|texts| as_asked(texts, utf8)).map_err(|error| self.damaged_text(rows, text, error))
    }

    /// The same of the rows of one zone, offsets and text as they are mapped; `None` where they are not.
    fn texts_in_place(&self, rows: RowRange, utf8: Utf8) -> Result<Option<Dictionary>> {
        let Some(text) = &self.text else { return Ok(None) };
        let Some(offsets) = self.values.shared(rows.start * 8, (rows.end + 1) * 8)? else { return Ok(None) };
        self.check_zones(rows)?;
        let Some(bytes) = text.shared(0, text.content_len())? else { return Ok(None) };
        let (zone, zones) = (rows.zone(), zone_count(self.row_count));
        let texts = Dictionary::within(offsets, bytes, self.zone_facts.known(zone, zones));
        let texts = texts.and_then(|texts| as_asked(texts, utf8));
        let texts = texts.map_err(|error| self.damaged_text(rows, text, error))?;
        if rows == zone_range(zone, self.row_count) {
            self.zone_facts.remember(zone, zones, &texts);
        }
        Ok(Some(texts))
    }

    /// Holds the zones of some rows against their checksums, where that was asked for.
    fn check_zones(&self, rows: RowRange) -> Result<()> {
        match self.is_checked {
            true => (rows.zone()..rows.end.div_ceil(ZONE_ROWS)).try_for_each(|zone| self.check_texts(zone)),
            false => Ok(()),
        }
    }

    fn damaged_text(&self, rows: RowRange, text: &ColumnFile, error: DictionaryError) -> Error {
        match error {
            DictionaryError::Utf8(row) => {
                let row = rows.start + row as u64;
                let what = format!("the text of row {row}");
                self.damage(text, row / ZONE_ROWS, &what, "UTF-8", "not so")
            }
            DictionaryError::Offsets(_) | DictionaryError::FirstOffset => self.broken_offset(rows),
        }
    }

    /// Where the texts of rows begin, and where the last ends, from that of the first on; and the first and the last in the
    /// file, which lie within the text. Nobody has looked yet whether those in between do.
    fn read_offsets(&self, rows: RowRange, offsets: &mut Vec<u64>) -> Result<(u64, u64)> {
        offsets.clear();
        reserve(offsets, rows.len() + 1, &self.values)?;
        let first = rows.start as usize * 8;
        let mapped = self.values.mapped()?.and_then(|all| all.get(first..first + (rows.len() + 1) * 8));
        match mapped.and_then(|bytes| bytemuck::try_cast_slice::<u8, u64>(bytes).ok()) {
            Some(stored) => {
                let start = stored.first().copied().unwrap_or(0);
                offsets.extend(stored.iter().map(|offset| offset.wrapping_sub(start)));
                self.ends_within(rows, start, stored.last().copied().unwrap_or(start))
            }
            None => {
                offsets.resize(rows.len() + 1, 0);
                self.values.read_into(rows.start * 8, bytemuck::cast_slice_mut(offsets))?;
                let start = offsets.first().copied().unwrap_or(0);
                let end = offsets.last().copied().unwrap_or(start);
                offsets.iter_mut().for_each(|offset| *offset = offset.wrapping_sub(start));
                self.ends_within(rows, start, end)
            }
        }
    }

    fn ends_within(&self, rows: RowRange, start: u64, end: u64) -> Result<(u64, u64)> {
        let text_len = self.text.as_ref().map_or(0, |text| text.content_len());
        if start <= end && end <= text_len { Ok((start, end)) } else { Err(self.broken_offset(rows)) }
    }

    /// Which offset lies below the one before it or past the text.
    fn broken_offset(&self, rows: RowRange) -> Error {
        let mut offsets = vec![0u64; rows.len() + 1];
        if let Err(error) = self.values.read_into(rows.start * 8, bytemuck::cast_slice_mut(&mut offsets)) {
            return error;
        }
        let text_len = self.text.as_ref().map_or(0, |text| text.content_len());
        let mut before = offsets.first().copied().unwrap_or(0);
        for (offset, row) in offsets.iter().zip(rows.start..) {
            if *offset < before || *offset > text_len {
                // The first offset is where the row before ends.
                let zone = row.saturating_sub(1) / ZONE_ROWS;
                let what = format!("the end of row {}", row.saturating_sub(1));
                let expected = format!("{before} to {text_len}");
                return self.damage(&self.values, zone, &what, expected, *offset);
            }
            before = *offset;
        }
        self.damage(&self.values, rows.zone(), "an offset", format!("at most {text_len}"), before)
    }

    fn damage(
        &self,
        file: &ColumnFile,
        zone: u64,
        what: &str,
        expected: impl ToString,
        found: impl ToString,
    ) -> Error {
        zone_corrupt(file.path(), &self.entry.name, zone, what, expected, found)
    }
}

/// Texts of which somebody wants to know that they are UTF-8, or not.
fn as_asked(texts: Dictionary, utf8: Utf8) -> std::result::Result<Dictionary, DictionaryError> {
    match utf8 {
        Utf8::Checked => texts.into_checked(),
        Utf8::Unknown => Ok(texts),
    }
}

/// Room for as many values of a file; a file may say that it has more than fit in memory.
pub(crate) fn reserve<T>(values: &mut Vec<T>, count: usize, file: &ColumnFile) -> Result<()> {
    values.try_reserve_exact(count).map_err(|_| Error::Io {
        path: file.path().to_owned(),
        operation: "find memory for values of",
        source: std::io::ErrorKind::OutOfMemory.into(),
    })
}
