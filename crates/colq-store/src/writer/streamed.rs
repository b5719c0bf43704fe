//! Vectors and free text moved to new files, and text with codes made free: all of it zone by zone through
//! little memory, and checked on the way, so that a copy does not make damage look sound.

use super::column::ColumnWriter;
use super::folder::{Folder, HEADER, Output};
use super::free_text::TextRows;
use super::plain::PlainRows;
use super::resume::{read_ends, read_pieces, text_range};
use super::rewrite::{check_hash, old_zone};
use super::rows::Rows;
use crate::error::{corrupt, zone_corrupt};
use crate::{Error, Result, summary};
use colq_column::{Bitmap, Values, View};
use colq_format::{
    BlockHasher, ColumnType, FileRole, Hasher, VALIDITY_LEN, ZoneRecord, text_hash, values_seed,
};
use colq_types::{DataType, ZONE_ROWS, zone_count, zone_range};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

impl ColumnWriter {
    /// Copies vectors or free text as they lie in the files. Nothing waits in memory: a column is copied
    /// before its first append.
    pub(crate) fn copy_streamed(&mut self, folder: &Folder) -> Result<()> {
        let records = self.all_records()?;
        let tail_rows = self.row_count % ZONE_ROWS;
        let tail_hash = self.rows.describe(tail_rows, self.tail_validity.as_ref(), 0).1;
        let (old_values, old_zones) = self.change_files(folder, self.column_type)?;
        let old_text = match &mut self.rows {
            Rows::Text(rows) => {
                self.values.begin_with(&0u64.to_le_bytes());
                let new =
                    folder.create(&self.name, FileRole::TextBytes, Some(colq_types::Physical::U8.into()))?;
                Some(std::mem::replace(&mut rows.text, new))
            }
            _ => None,
        };
        for zone in 0..zone_count(self.row_count) {
            let expected = match records.get(zone as usize) {
                Some(bytes) => {
                    let record = self.old_record(bytes, zone, &old_zones)?;
                    self.push_record(bytes);
                    record.values_hash
                }
                None => tail_hash,
            };
            let found = match &old_text {
                Some(text) => self.copy_text_zone(folder, &old_values, text, zone)?,
                None => self.copy_vector_zone(folder, &old_values, zone)?,
            };
            check_hash(&self.name, &old_values, zone, expected, found)?;
        }
        folder.discard(old_values);
        folder.discard(old_zones);
        old_text.into_iter().for_each(|text| folder.discard(text));
        Ok(())
    }

    /// Copies the values of a zone and gives their hash.
    fn copy_vector_zone(&mut self, folder: &Folder, old: &Output, zone: u64) -> Result<u64> {
        let width = self.column_type.row_width() as u64;
        let rows = zone_range(zone, self.row_count);
        let mut hasher = BlockHasher::with_seed(values_seed(self.id, zone));
        let mut result = Ok(());
        read_pieces(old, (rows.start * width, rows.end * width), |bytes| {
            hasher.update(bytes);
            if result.is_ok() {
                result = self.values.append(&*folder.layer, bytes);
            }
        })?;
        result.map(|()| hasher.finish())
    }

    /// Copies offsets and texts of a zone and gives their hash.
    fn copy_text_zone(&mut self, folder: &Folder, values: &Output, text: &Output, zone: u64) -> Result<u64> {
        let seed = values_seed(self.id, zone);
        let (mut ends_hash, mut bytes_hash) = (Hasher::with_seed(seed), Hasher::with_seed(seed));
        let rows = zone_range(zone, self.row_count);
        let ends = read_ends(values, rows.start, rows.row_count())?;
        let range = text_range(&ends);
        let text_len = text.byte_len() - HEADER;
        if range.1 > text_len {
            let expected = format!("at most {text_len}");
            return Err(zone_corrupt(&values.path, &self.name, zone, "its last offset", expected, range.1));
        }
        let new = bytemuck::cast_slice(ends.get(1..).unwrap_or(&[]));
        ends_hash.update(new);
        self.values.append(&*folder.layer, new)?;
        let Rows::Text(to) = &mut self.rows else { return Ok(0) };
        let mut result = Ok(());
        read_pieces(text, range, |bytes| {
            bytes_hash.update(bytes);
            if result.is_ok() {
                result = to.text.append(&*folder.layer, bytes);
            }
        })?;
        result.map(|()| text_hash(&ends_hash, &bytes_hash, seed))
    }

    /// Writes a column of codes again as free text.
    pub(crate) fn become_free_text(&mut self, folder: &Folder) -> Result<()> {
        let layer = folder.layer.clone();
        let records = self.all_records()?;
        let Some(dictionary) = self.dictionary.take() else { return Ok(()) };
        let dictionary = Arc::new(dictionary.into_dictionary(folder));
        let Rows::Plain(old) = self.take_rows(PlainRows::new(DataType::Text, self.column_type.physical()))
        else {
            return Ok(());
        };
        let (old_values, old_zones) = self.change_files(folder, ColumnType::FreeText)?;
        let mut rows = TextRows::create(folder, &self.name, &mut self.values, values_seed(self.id, 0))?;
        // Eight-byte words are aligned for codes of any width.
        let mut words = vec![0u64; ZONE_ROWS as usize * old.width() / 8];
        let push = |rows: &mut TextRows, values: &mut Output, bytes: &[u8], validity: Option<&Bitmap>| {
            let codes = Values::from_bytes(old.physical, bytes).ok_or_else(|| {
                corrupt(&old_values.path, &self.name, "the memory of its codes", "aligned", "not so")
            })?;
            let view =
                View { data_type: DataType::Text, values: codes, validity, dictionary: Some(&dictionary) };
            rows.push(&*layer, values, self.piece_len, &self.name, &view)
        };
        let mut new_records = Vec::with_capacity(records.len());
        for (bytes, zone) in records.iter().zip(0..) {
            let record = ZoneRecord::decode(bytes, self.id, zone).map_err(Error::format(&old_zones.path))?;
            let from_file = bytemuck::cast_slice_mut(&mut words);
            let codes = old_zone(&self.name, &old, &old_values, zone, &record, self.id, from_file)?;
            let validity = zone_validity(self.validity.as_ref(), zone)?;
            push(&mut rows, &mut self.values, codes, validity.as_ref())?;
            let (found, hash) = rows.describe();
            let new = summary::record_of(&found, hash, record.validity_hash);
            new_records.push(new.encode(self.id, zone));
            rows.start_zone(values_seed(self.id, zone + 1));
        }
        let full_zones = self.row_count - self.row_count % ZONE_ROWS;
        let at = (full_zones - old.held_start) as usize * old.width();
        let tail = old.held.bytes().get(at..).unwrap_or(&[]);
        push(&mut rows, &mut self.values, tail, self.tail_validity.as_ref())?;
        new_records.iter().for_each(|record| self.push_record(record));
        self.rows = Rows::Text(Box::new(rows));
        self.column_type = ColumnType::FreeText;
        folder.discard(old_values);
        folder.discard(old_zones);
        Ok(())
    }
}

/// The validity of a full zone that is being written or was; `None` where all are values.
fn zone_validity(validity: Option<&super::column::ValidityOutput>, zone: u64) -> Result<Option<Bitmap>> {
    let Some(validity) = validity.filter(|v| zone >= v.first_zone) else { return Ok(None) };
    let offset = (zone - validity.first_zone) * VALIDITY_LEN as u64;
    let mut block = vec![0; VALIDITY_LEN];
    match offset.checked_sub(validity.output.byte_len()) {
        None => {
            let read = validity.output.file.read_exact_at(&mut block, offset);
            read.map_err(Error::io("read", &validity.output.path))?;
        }
        Some(at) => {
            let bits = validity.bits.get(at as usize..at as usize + VALIDITY_LEN);
            block.copy_from_slice(bits.unwrap_or(&[0; VALIDITY_LEN]));
        }
    }
    Ok(Some(Bitmap::from_bytes(&block, 0, ZONE_ROWS as usize)))
}
