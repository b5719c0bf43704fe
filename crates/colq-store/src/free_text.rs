//! Free text on its way to a reader: offsets of a run of rows, checked against the text they point into, and the
//! text without a copy where it is mapped.

use crate::column_file::ColumnFile;
use crate::error::zone_corrupt;
use crate::stored::StoredColumn;
use crate::{Error, Result};
use colq_column::{Buffer, Dictionary, Scratch, SharedBytes, SharedValues, Values, View};
use colq_types::{DataType, Physical, RowRange, ZONE_ROWS};
use std::sync::{Arc, LazyLock};

/// The codes of a zone of free text: 0 to 65,535. One run for all.
static CODES: LazyLock<Arc<CodeRun>> = LazyLock::new(|| Arc::new(CodeRun((0..ZONE_ROWS as u32).collect())));

#[derive(Debug)]
struct CodeRun(Vec<u32>);

impl AsRef<[u8]> for CodeRun {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

/// The codes 0 to `len`, as free text has them.
pub(crate) fn codes(len: usize) -> Buffer {
    if len > ZONE_ROWS as usize {
        return Buffer::U32((0..=u32::MAX).take(len).collect());
    }
    let all = SharedBytes::new(CODES.clone());
    let shared = all.slice(0..len * 4).and_then(|b| SharedValues::new(DataType::Text, Physical::U32, b));
    shared.map_or_else(|| Buffer::U32((0..len as u32).collect()), Buffer::Shared)
}

impl StoredColumn {
    /// The rows of one zone of free text.
    pub(crate) fn read_free_text<'a>(&self, rows: RowRange, scratch: &'a mut Scratch) -> Result<View<'a>> {
        let dictionary = Arc::new(self.texts(rows)?);
        let (bits, texts) = scratch.text_parts_mut();
        let has_nulls = self.read_validity(rows, bits)?;
        let codes: &'static CodeRun = &CODES;
        Ok(View {
            data_type: DataType::Text,
            values: Values::U32(codes.0.get(..rows.len()).unwrap_or(&codes.0)),
            validity: if has_nulls { Some(&*bits) } else { None },
            dictionary: Some(texts.insert(dictionary)),
        })
    }

    /// The texts of rows, in any number of zones; empty ones for nulls.
    pub(crate) fn texts(&self, rows: RowRange) -> Result<Dictionary> {
        let Some(text) = &self.text else { return Ok(Dictionary::of([])) };
        if self.is_checked {
            (rows.zone()..rows.end.div_ceil(ZONE_ROWS)).try_for_each(|zone| self.check_texts(zone))?;
        }
        let mut offsets = Vec::new();
        reserve(&mut offsets, rows.len() + 1, &self.values)?;
        offsets.resize(rows.len() + 1, 0u64);
        self.values.read_into(rows.start * 8, bytemuck::cast_slice_mut(&mut offsets))?;
        let start = offsets.first().copied().unwrap_or(0);
        let end = offsets.last().copied().unwrap_or(start);
        let text_len = text.content_len();
        let mut before = start;
        for (offset, row) in offsets.iter_mut().zip(rows.start..) {
            if *offset < before || *offset > text_len {
                // The first offset is where the row before ends.
                let zone = row.saturating_sub(1) / ZONE_ROWS;
                let what = format!("the end of row {}", row.saturating_sub(1));
                let expected = format!("{before} to {text_len}");
                return Err(self.damage(&self.values, zone, &what, expected, *offset));
            }
            before = *offset;
            *offset -= start;
        }
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
        Dictionary::of_rows(offsets, bytes).map_err(|error| {
            let row = match error {
                colq_column::DictionaryError::Offsets(row) | colq_column::DictionaryError::Utf8(row) => row,
                colq_column::DictionaryError::FirstOffset => 0,
            };
            let row = rows.start + row as u64;
            let what = format!("the text of row {row}");
            self.damage(text, row / ZONE_ROWS, &what, "UTF-8", "not so")
        })
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

/// Room for as many values of a file; a file may say that it has more than fit in memory.
pub(crate) fn reserve<T>(values: &mut Vec<T>, count: usize, file: &ColumnFile) -> Result<()> {
    values.try_reserve_exact(count).map_err(|_| Error::Io {
        path: file.path().to_owned(),
        operation: "find memory for values of",
        source: std::io::ErrorKind::OutOfMemory.into(),
    })
}
