//! A column moved to new files: with wider codes when its dictionary outgrows them, or as it is when the old
//! files may hold bytes of a version that nobody can be sure of.

use super::column::{ColumnWriter, ValidityOutput, values_role};
use super::folder::{Folder, Output, Until};
use super::held::Held;
use super::options::TextLayout;
use super::plain::PlainRows;
use super::resume::read_at;
use super::rows::Rows;
use crate::error::zone_corrupt;
use crate::{Error, Result};
use colq_format::{
    Chain, ColumnType, FileRole, RECORD_LEN, VALIDITY_LEN, ZoneRecord, hash_seeded, values_seed,
};
use colq_types::{Physical, ZONE_ROWS};
use std::borrow::Cow;
use std::os::unix::fs::FileExt;

impl ColumnWriter {
    /// Makes room for the codes of all values in the dictionary, those of `added` texts among them that are about to
    /// follow; or makes the column free text, where texts go on being new.
    pub(crate) fn make_room_for_codes(&mut self, folder: &Folder, added: usize) -> Result<()> {
        let Some(value_count) = self.dictionary.as_ref().map(|d| d.len()) else { return Ok(()) };
        let is_new = self.novelty.is_of_new_texts(value_count, added as u64);
        if is_new && self.text_layout == TextLayout::Auto {
            return self.become_free_text(folder);
        }
        if self.column_type.code_limit().is_none_or(|limit| value_count <= limit) {
            return Ok(());
        }
        let wider = if value_count <= 1 << 16 { Physical::U16 } else { Physical::U32 };
        self.widen_codes(folder, wider)
    }

    fn widen_codes(&mut self, folder: &Folder, wider: Physical) -> Result<()> {
        self.rewrite_values(folder, ColumnType::Dictionary(wider))
    }

    /// Moves everything to new files as it is.
    pub(crate) fn copy_to_new_files(&mut self, folder: &Folder) -> Result<()> {
        match &self.rows {
            Rows::Plain(_) => self.rewrite_values(folder, self.column_type)?,
            Rows::Vectors(_) | Rows::Text(_) => self.copy_streamed(folder)?,
        }
        self.copy_validity(folder)?;
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.move_to_new_files(folder, &self.name)?;
        }
        self.copy_on_append = false;
        Ok(())
    }

    /// Moves values or codes, and zone records, to new files. Zones before `held_start` come from the old file
    /// and are checked on the way, so that a copy does not make damage look sound; the others are in memory.
    fn rewrite_values(&mut self, folder: &Folder, to: ColumnType) -> Result<()> {
        let layer = folder.layer.clone();
        let records = self.all_records()?;
        let Rows::Plain(old) = self.take_rows(PlainRows::new(to.data_type(), to.physical())) else {
            return Ok(());
        };
        let (old_values, old_zones) = self.change_files(folder, to)?;
        let mut piece = Vec::new();
        let mut from_file = vec![0; ZONE_ROWS as usize * old.width()];
        for (record, zone) in records.iter().zip(0..) {
            let mut record = self.old_record(record, zone, &old_zones)?;
            let bytes = old_zone(&self.name, &old, &old_values, zone, &record, self.id, &mut from_file)?;
            let bytes = widened(bytes, old.width(), to.physical());
            record.values_hash = hash_seeded(&bytes, values_seed(self.id, zone));
            self.push_record(&record.encode(self.id, zone));
            if zone * ZONE_ROWS < old.held_start {
                piece.extend_from_slice(&bytes);
            }
            if piece.len() >= self.piece_len {
                let len = self.values.amount(piece.len(), Until::page_of(self.piece_len));
                self.values.append(&*layer, piece.get(..len).unwrap_or(&[]))?;
                piece.drain(..len);
            }
        }
        self.values.append(&*layer, &piece)?;
        if let Rows::Plain(rows) = &mut self.rows {
            (rows.held_start, rows.written_rows) = (old.held_start, old.held_start);
            rows.held = if to == self.column_type {
                old.held
            } else {
                let mut held = Held::default();
                held.push(&widened(old.held.bytes(), old.width(), to.physical()));
                held
            };
        }
        self.column_type = to;
        folder.discard(old_values);
        folder.discard(old_zones);
        Ok(())
    }

    /// Puts rows without content in place of what is there.
    pub(crate) fn take_rows(&mut self, rows: PlainRows) -> Rows {
        std::mem::replace(&mut self.rows, Rows::Plain(rows))
    }

    /// New files for values and zone records; gives the old ones.
    pub(crate) fn change_files(&mut self, folder: &Folder, to: ColumnType) -> Result<(Output, Output)> {
        let new_values = folder.create(&self.name, values_role(to), Some(to.layout()))?;
        let new_zones = folder.create(&self.name, FileRole::Zones, None)?;
        let old_values = std::mem::replace(&mut self.values, new_values);
        let old_zones = std::mem::replace(&mut self.zones, new_zones);
        self.records.clear();
        self.chain = Chain::default();
        Ok((old_values, old_zones))
    }

    /// A record that was read from the old file or memory.
    pub(crate) fn old_record(
        &self,
        bytes: &[u8; RECORD_LEN],
        zone: u64,
        zones: &Output,
    ) -> Result<ZoneRecord> {
        ZoneRecord::decode(bytes, self.id, zone).map_err(Error::format(&zones.path))
    }

    /// The records of all full zones, from the file and from memory.
    pub(crate) fn all_records(&self) -> Result<Vec<[u8; RECORD_LEN]>> {
        let mut bytes = vec![0; self.zones.byte_len() as usize];
        let read = self.zones.file.read_exact_at(&mut bytes, 0);
        read.map_err(Error::io("read", &self.zones.path))?;
        bytes.extend_from_slice(&self.records);
        let (records, _) = bytes.as_chunks::<RECORD_LEN>();
        Ok(records.to_vec())
    }

    fn copy_validity(&mut self, folder: &Folder) -> Result<()> {
        let Some(old) = self.validity.take() else { return Ok(()) };
        let mut output = folder.create(&self.name, FileRole::Validity, None)?;
        let mut block = vec![0; VALIDITY_LEN];
        let mut offset = 0;
        while offset < old.output.byte_len() {
            let read = old.output.file.read_exact_at(&mut block, offset);
            read.map_err(Error::io("read", &old.output.path))?;
            output.append(&*folder.layer, &block)?;
            offset += VALIDITY_LEN as u64;
        }
        self.validity = Some(ValidityOutput { output, first_zone: old.first_zone, bits: old.bits });
        folder.discard(old.output);
        Ok(())
    }
}

/// The bytes of a full zone of values, from memory or from the file, checked against its record.
pub(crate) fn old_zone<'a>(
    column: &str,
    rows: &'a PlainRows,
    values: &Output,
    zone: u64,
    record: &ZoneRecord,
    id: u64,
    from_file: &'a mut [u8],
) -> Result<&'a [u8]> {
    let zone_len = ZONE_ROWS as usize * rows.width();
    let bytes = if zone * ZONE_ROWS < rows.held_start {
        read_at(values, zone * zone_len as u64, from_file)?;
        from_file
    } else {
        let at = (zone - rows.held_start / ZONE_ROWS) as usize * zone_len;
        rows.held.bytes().get(at..at + zone_len).unwrap_or(&[])
    };
    check_hash(column, values, zone, record.values_hash, hash_seeded(bytes, values_seed(id, zone)))?;
    Ok(bytes)
}

/// Fails when a zone does not have the hash that was written down.
pub(crate) fn check_hash(column: &str, values: &Output, zone: u64, expected: u64, found: u64) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let (expected, found) = (format!("{expected:016x}"), format!("{found:016x}"));
    Err(zone_corrupt(&values.path, column, zone, "the hash of its values", expected, found))
}

/// Codes of `width` bytes as codes of a layout that is as wide or wider.
fn widened(bytes: &[u8], width: usize, to: Physical) -> Cow<'_, [u8]> {
    let to_width = to.byte_width();
    if width == to_width {
        return Cow::Borrowed(bytes);
    }
    // Codes are little-endian, so a wider one has zeros after it.
    let mut out = vec![0; bytes.len() / width * to_width];
    for (code, slot) in bytes.chunks_exact(width).zip(out.chunks_exact_mut(to_width)) {
        if let Some(low) = slot.get_mut(..width) {
            low.copy_from_slice(code);
        }
    }
    Cow::Owned(out)
}
