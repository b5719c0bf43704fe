//! A column moved to new files: with wider codes when its dictionary outgrows them, or as it is when the old
//! files may hold bytes of a version that nobody can be sure of.

use super::column::{ColumnWriter, ValidityOutput};
use super::folder::{Folder, HEADER};
use super::held::Held;
use crate::column_file::corrupt;
use crate::{Error, Result};
use colq_format::{
    Chain, ColumnType, FileRole, RECORD_LEN, VALIDITY_LEN, ZoneRecord, hash_seeded, values_seed,
};
use colq_types::{Physical, ZONE_ROWS};
use std::borrow::Cow;
use std::os::unix::fs::FileExt;

impl ColumnWriter {
    /// Makes room for the codes of all values in the dictionary.
    pub(crate) fn widen_codes(&mut self, folder: &mut Folder) -> Result<()> {
        let Some(value_count) = self.dictionary.as_ref().map(|d| d.len()) else { return Ok(()) };
        if self.column_type.code_limit().is_none_or(|limit| value_count <= limit) {
            return Ok(());
        }
        let wider = if value_count <= 1 << 16 { Physical::U16 } else { Physical::U32 };
        self.rewrite_values(folder, ColumnType::Dictionary(wider))
    }

    /// Moves everything to new files as it is.
    pub(crate) fn copy_to_new_files(&mut self, folder: &mut Folder) -> Result<()> {
        self.rewrite_values(folder, self.column_type)?;
        self.copy_validity(folder)?;
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.move_to_new_files(folder, &self.name)?;
        }
        self.copy_on_append = false;
        Ok(())
    }

    /// Moves values and zone records to new files. Zones before `held_start` come from the old file and are
    /// checked on the way, so that a copy does not make damage look sound; the others are in memory.
    fn rewrite_values(&mut self, folder: &mut Folder, to: ColumnType) -> Result<()> {
        let layer = folder.layer.clone();
        let records = self.all_records()?;
        let old_width = self.width();
        let mut old_held = std::mem::take(&mut self.held);
        let new_values = folder.create(&self.name, FileRole::Values, Some(to.physical()))?;
        let new_zones = folder.create(&self.name, FileRole::Zones, None)?;
        let old_values = std::mem::replace(&mut self.values, new_values);
        let old_zones = std::mem::replace(&mut self.zones, new_zones);
        self.records.clear();
        self.chain = Chain::default();
        let zone_len = ZONE_ROWS as usize * old_width;
        let mut piece = Vec::new();
        let mut from_file = vec![0; zone_len];
        for (record, zone) in records.iter().zip(0..) {
            let mut record =
                ZoneRecord::decode(record, self.id, zone).map_err(Error::format(&old_zones.path))?;
            let seed = values_seed(self.id, zone);
            let in_file = zone * ZONE_ROWS < self.held_start;
            let bytes = if in_file {
                let offset = HEADER + zone * zone_len as u64;
                let read = old_values.file.read_exact_at(&mut from_file, offset);
                read.map_err(Error::io("read", &old_values.path))?;
                from_file.as_slice()
            } else {
                let at = (zone - self.held_start / ZONE_ROWS) as usize * zone_len;
                old_held.bytes().get(at..at + zone_len).unwrap_or(&[])
            };
            let found = hash_seeded(bytes, seed);
            if found != record.values_hash {
                let expected = format!("{:016x}", record.values_hash);
                let found = format!("{found:016x}");
                let what = format!("the hash of zone {zone}");
                return Err(corrupt(&old_values.path, &self.name, &what, expected, found));
            }
            let bytes = widened(bytes, old_width, to.physical());
            record.values_hash = hash_seeded(&bytes, seed);
            self.push_record(&record.encode(self.id, zone));
            if in_file {
                piece.extend_from_slice(&bytes);
            }
            if piece.len() >= self.piece_len {
                self.values.append(&*layer, &piece)?;
                piece.clear();
            }
        }
        self.values.append(&*layer, &piece)?;
        if to == self.column_type {
            std::mem::swap(&mut self.held, &mut old_held);
        } else {
            let mut held = Held::default();
            held.push(&widened(old_held.bytes(), old_width, to.physical()));
            self.held = held;
        }
        self.column_type = to;
        self.written_rows = self.held_start;
        folder.discard(old_values);
        folder.discard(old_zones);
        Ok(())
    }

    /// The records of all full zones, from the file and from memory.
    fn all_records(&self) -> Result<Vec<[u8; RECORD_LEN]>> {
        let mut bytes = vec![0; self.zones.byte_len() as usize];
        let read = self.zones.file.read_exact_at(&mut bytes, 0);
        read.map_err(Error::io("read", &self.zones.path))?;
        bytes.extend_from_slice(&self.records);
        let (records, _) = bytes.as_chunks::<RECORD_LEN>();
        Ok(records.to_vec())
    }

    fn copy_validity(&mut self, folder: &mut Folder) -> Result<()> {
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
