//! One column of an open table: its files, and what is loaded from them once and kept (zone records, the
//! dictionary).

mod checked;
mod order;

use crate::column_file::ColumnFile;
use crate::column_folder::ColumnFolder;
use crate::error::corrupt;
use crate::free_text::Utf8;
use crate::reading::Reading;
use crate::text_facts::ZoneFacts;
use crate::{Error, Result, summary};
use colq_column::{Bitmap, Dictionary, Scratch, Values, View, ZoneSummary};
use colq_format::{
    Chain, ColumnEntry, ColumnType, DictionaryEntry, HashedFileEntry, RECORD_LEN, VALIDITY_LEN, ZoneRecord,
    block_hashes,
};
use colq_types::{Physical, RowRange, ZONE_ROWS};
use order::FoundOrder;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A column of an open table.
#[derive(Debug)]
pub(crate) struct StoredColumn {
    pub(crate) entry: ColumnEntry,
    pub(crate) column_type: ColumnType,
    pub(crate) row_count: u64,
    /// Values, codes, or the offsets of free text.
    pub(crate) values: ColumnFile,
    zones: ColumnFile,
    pub(crate) validity: Option<ColumnFile>,
    /// The offsets of the dictionary.
    offsets: Option<ColumnFile>,
    /// The bytes of the dictionary or of free text.
    pub(crate) text: Option<ColumnFile>,
    tail: ZoneSummary,
    tail_validity: Option<Bitmap>,
    records: OnceLock<Vec<ZoneRecord>>,
    dictionary: OnceLock<Arc<Dictionary>>,
    found_order: FoundOrder,
    pub(crate) zone_facts: ZoneFacts,
    /// Zones are held against their hashes whenever they are read.
    pub(crate) is_checked: bool,
}

impl StoredColumn {
    /// Checks that all files of the column are there and long enough, and opens none.
    pub(crate) fn open(
        folder: &ColumnFolder,
        entry: ColumnEntry,
        row_count: u64,
        reading: Reading,
    ) -> Result<StoredColumn> {
        let name = entry.name.as_str();
        let column_type = entry.column_type().map_err(Error::format(&folder.path_of("")))?;
        let open =
            |file: &str, byte_len, npy| ColumnFile::open(folder, file, name, byte_len, npy, reading.promise);
        let dictionary = entry.dictionary.as_ref();
        let text = dictionary.map(|d| (&d.bytes.file, d.bytes.byte_len));
        let text = text.or(entry.text.as_ref().map(|t| (&t.file, t.byte_len)));
        Ok(StoredColumn {
            column_type,
            row_count,
            values: open(&entry.values.file, entry.values.byte_len, Some(column_type.layout()))?,
            zones: open(&entry.zones.file, entry.zones.byte_len, None)?,
            validity: entry.validity.as_ref().map(|v| open(&v.file, v.byte_len, None)).transpose()?,
            offsets: dictionary
                .map(|d| open(&d.offsets.file, d.offsets.byte_len, Some(Physical::I64.into())))
                .transpose()?,
            text: text.map(|(file, byte_len)| open(file, byte_len, Some(Physical::U8.into()))).transpose()?,
            tail: summary::of_tail(&entry.tail, column_type),
            tail_validity: tail_validity(&entry),
            records: OnceLock::new(),
            dictionary: OnceLock::new(),
            found_order: FoundOrder::default(),
            zone_facts: ZoneFacts::default(),
            is_checked: reading.is_checked,
            entry,
        })
    }

    pub(crate) fn values_file(&self) -> &ColumnFile {
        &self.values
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &ColumnFile> {
        [
            Some(&self.values),
            Some(&self.zones),
            self.validity.as_ref(),
            self.offsets.as_ref(),
            self.text.as_ref(),
        ]
        .into_iter()
        .flatten()
    }

    pub(crate) fn full_zones(&self) -> u64 {
        self.row_count / ZONE_ROWS
    }

    pub(crate) fn may_have_nulls(&self) -> bool {
        self.validity.is_some() || self.tail_validity.is_some()
    }

    /// The rows of one zone.
    pub(crate) fn read<'a>(&'a self, rows: RowRange, scratch: &'a mut Scratch) -> Result<View<'a>> {
        self.read_with(rows, scratch, Utf8::Checked)
    }

    /// The same, but that nobody looks whether free text is UTF-8.
    pub(crate) fn read_bytes<'a>(&'a self, rows: RowRange, scratch: &'a mut Scratch) -> Result<View<'a>> {
        self.read_with(rows, scratch, Utf8::Unknown)
    }

    fn read_with<'a>(&'a self, rows: RowRange, scratch: &'a mut Scratch, utf8: Utf8) -> Result<View<'a>> {
        let last = rows.end.saturating_sub(1).max(rows.start);
        if rows.end > self.row_count || last / ZONE_ROWS != rows.zone() {
            return Err(Error::Rows { start: rows.start, end: rows.end, row_count: self.row_count });
        }
        if self.column_type == ColumnType::FreeText {
            return self.read_free_text(rows, scratch, utf8);
        }
        let width = self.column_type.row_width();
        let (start, len) = (rows.start as usize * width, rows.len() * width);
        // A dictionary is checked before its codes are given out.
        let dictionary = self.dictionary()?;
        let mapped = self.values.mapped_for_scan()?;
        let read_len = if self.is_checked { self.zone_byte_len(rows.zone()) } else { len };
        let (buffer, bits) = scratch.parts_mut(if mapped.is_some() { 0 } else { read_len });
        let has_nulls = self.read_validity(rows, bits)?;
        let bytes = match mapped {
            Some(bytes) => bytes.get(start..start + len),
            None if self.is_checked => Some(self.read_checked(rows, buffer)?),
            None => {
                self.values.read_into(start as u64, buffer)?;
                Some(&*buffer)
            }
        };
        let (data_type, codes) = (self.column_type.data_type(), self.column_type.physical());
        let values = bytes.and_then(|bytes| Values::of_type(data_type, codes, bytes)).ok_or_else(|| {
            Error::Changed { path: self.values.path().to_owned(), what: "it was cut off".into() }
        })?;
        let validity = if has_nulls { Some(&*bits) } else { None };
        Ok(View { data_type, values, validity, dictionary })
    }

    /// The validity of rows of one zone into `bits`; false, and `bits` of no meaning, where all are values.
    pub(crate) fn read_validity(&self, rows: RowRange, bits: &mut Bitmap) -> Result<bool> {
        let zone = rows.zone();
        let first_row = (rows.start - zone * ZONE_ROWS) as usize;
        if zone >= self.full_zones() {
            let Some(tail) = &self.tail_validity else { return Ok(false) };
            *bits = tail.slice(first_row, rows.len());
            return Ok(!bits.all());
        }
        let Some((file, entry)) = self.validity.as_ref().zip(self.entry.validity.as_ref()) else {
            return Ok(false);
        };
        if zone < entry.first_zone {
            return Ok(false);
        }
        if self.is_checked {
            self.read_validity_checked((file, entry), rows, bits)?;
            return Ok(!bits.all());
        }
        let mut block = [0; VALIDITY_LEN];
        let first_byte = first_row / 8;
        let byte_len = (first_row + rows.len()).div_ceil(8) - first_byte;
        let Some(into) = block.get_mut(..byte_len) else { return Ok(false) };
        let offset = (zone - entry.first_zone) * VALIDITY_LEN as u64 + first_byte as u64;
        file.read_into(offset, into)?;
        bits.assign_bytes(into, first_row % 8, rows.len());
        Ok(!bits.all())
    }

    pub(crate) fn zone_summary(&self, zone: u64) -> Result<Option<ZoneSummary>> {
        if zone == self.full_zones() && self.tail.row_count > 0 {
            return Ok(Some(self.tail));
        }
        let record = self.records()?.get(usize::try_from(zone).unwrap_or(usize::MAX));
        Ok(record.map(|record| summary::of_record(record, self.column_type)))
    }

    /// The records of the full zones, checked against the version file on first use.
    pub(crate) fn records(&self) -> Result<&[ZoneRecord]> {
        if let Some(records) = self.records.get() {
            return Ok(records);
        }
        let bytes = self.zones.contents()?;
        let records = check_records(&self.entry, self.zones.path(), bytes.as_slice())?;
        Ok(self.records.get_or_init(|| records))
    }

    /// The dictionary of a text column, checked on first use.
    pub(crate) fn dictionary(&self) -> Result<Option<&Arc<Dictionary>>> {
        let (Some(entry), Some(offsets), Some(text)) = (&self.entry.dictionary, &self.offsets, &self.text)
        else {
            return Ok(None);
        };
        if let Some(dictionary) = self.dictionary.get() {
            return Ok(Some(dictionary));
        }
        let dictionary = check_dictionary(&self.entry.name, entry, offsets, text)?;
        Ok(Some(self.dictionary.get_or_init(|| Arc::new(dictionary))))
    }
}

/// The validity bits of the tail; `None` without nulls.
pub(crate) fn tail_validity(entry: &ColumnEntry) -> Option<Bitmap> {
    let bits = entry.tail.validity.as_ref()?;
    Some(Bitmap::from_bytes(&bits.0, 0, entry.tail.row_count as usize))
}

/// Reads zone records: each must have its own hash right, and all together the chain of the version file.
pub(crate) fn check_records(entry: &ColumnEntry, path: &Path, bytes: &[u8]) -> Result<Vec<ZoneRecord>> {
    let (records, _) = bytes.as_chunks::<RECORD_LEN>();
    let mut chain = Chain::default();
    let mut checked = Vec::with_capacity(records.len());
    for (record, zone) in records.iter().zip(0..) {
        chain.push(record);
        checked.push(ZoneRecord::decode(record, entry.id, zone).map_err(|source| Error::Corrupt {
            path: path.to_owned(),
            column: Some(entry.name.clone()),
            zone: Some(zone),
            what: "the zone's record".into(),
            expected: "sound".into(),
            found: format!("not so: {source}").into(),
        })?);
    }
    if chain.0 != entry.zones_chain.0 {
        let found = format!("{:016x}", chain.0);
        return Err(corrupt(path, &entry.name, "the hash over all zone records", entry.zones_chain, found));
    }
    Ok(checked)
}

/// Reads a dictionary: hashes, offsets and UTF-8.
fn check_dictionary(
    column: &str,
    entry: &DictionaryEntry,
    offsets: &ColumnFile,
    text: &ColumnFile,
) -> Result<Dictionary> {
    let (offset_bytes, text_bytes) = (offsets.contents()?, text.contents()?);
    check_blocks(column, &entry.offsets, offsets.path(), offset_bytes.as_slice())?;
    check_blocks(column, &entry.bytes, text.path(), text_bytes.as_slice())?;
    let (positions, _) = offset_bytes.as_slice().as_chunks::<8>();
    let positions: Vec<u64> = positions.iter().map(|p| u64::from_le_bytes(*p)).collect();
    let last = positions.last().copied().unwrap_or(0);
    if last != text.content_len() {
        return Err(corrupt(offsets.path(), column, "the last offset", text.content_len(), last));
    }
    Dictionary::new(positions, text_bytes)
        .map_err(|e| corrupt(offsets.path(), column, "the dictionary", "sound", format!("not so: {e}")))
}

/// Compares the block hashes of a dictionary's file.
pub(crate) fn check_blocks(column: &str, entry: &HashedFileEntry, path: &Path, bytes: &[u8]) -> Result<()> {
    for (block, (found, expected)) in block_hashes(bytes).zip(&entry.blocks).enumerate() {
        if found != expected.0 {
            let what = format!("the hash of its block {block}");
            return Err(corrupt(path, column, &what, expected, format!("{found:016x}")));
        }
    }
    Ok(())
}
