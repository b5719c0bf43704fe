//! Checked reads: whenever bytes of a zone are wanted, the whole zone is read and held against the hash in its
//! record, or for the tail in the version file. Damage is an error that names file, column and zone.

use super::StoredColumn;
use crate::column_file::ColumnFile;
use crate::{Error, Result};
use colq_column::Bitmap;
use colq_format::{BlockHasher, Hasher, VALIDITY_LEN, ValidityEntry, hash_seeded, text_hash, values_seed};
use colq_types::{RowRange, ZONE_ROWS, zone_range};

/// Bytes of text that are read and hashed at a time.
const PIECE_LEN: usize = 1 << 20;

impl StoredColumn {
    /// Bytes that the rows of a zone take, all of them.
    pub(super) fn zone_byte_len(&self, zone: u64) -> usize {
        zone_range(zone, self.row_count).len() * self.column_type.row_width()
    }

    /// Reads the values of a zone into `buffer`, which has room for exactly them, and gives those of the rows.
    pub(super) fn read_checked<'a>(&self, rows: RowRange, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        let zone = rows.zone();
        let width = self.column_type.row_width();
        let first = (zone * ZONE_ROWS) as usize;
        self.values.read_into((first * width) as u64, buffer)?;
        let seed = values_seed(self.entry.id, zone);
        let found = if self.column_type.data_type().is_vector() {
            let mut hasher = BlockHasher::with_seed(seed);
            hasher.update(buffer);
            hasher.finish()
        } else {
            hash_seeded(buffer, seed)
        };
        let hashes = (self.values_hash(zone)?, found);
        self.check_hash(&self.values, zone, "the hash of its values", hashes)?;
        let start = (rows.start as usize - first) * width;
        let past_end = || Error::Rows { start: rows.start, end: rows.end, row_count: self.row_count };
        buffer.get(start..start + rows.len() * width).ok_or_else(past_end)
    }

    /// Holds a zone of free text, offsets and bytes, against its hash.
    pub(crate) fn check_texts(&self, zone: u64) -> Result<()> {
        let Some(text) = &self.text else { return Ok(()) };
        let rows = zone_range(zone, self.row_count);
        let mut ends = vec![0u64; rows.len() + 1];
        self.values.read_into(rows.start * 8, bytemuck::cast_slice_mut(&mut ends))?;
        let seed = values_seed(self.entry.id, zone);
        let (mut ends_hash, mut bytes_hash) = (Hasher::with_seed(seed), Hasher::with_seed(seed));
        ends_hash.update(bytemuck::cast_slice(ends.get(1..).unwrap_or(&[])));
        let (mut at, end) = (ends.first().copied().unwrap_or(0), ends.last().copied().unwrap_or(0));
        let mut piece = vec![0; PIECE_LEN];
        // Offsets past the text are damage that the hash of the offsets shows.
        while at < end.min(text.content_len()) {
            let len = (end.min(text.content_len()) - at).min(PIECE_LEN as u64) as usize;
            let Some(bytes) = piece.get_mut(..len) else { break };
            text.read_into(at, bytes)?;
            bytes_hash.update(bytes);
            at += len as u64;
        }
        let hashes = (self.values_hash(zone)?, text_hash(&ends_hash, &bytes_hash, seed));
        self.check_hash(text, zone, "the hash of its texts", hashes)
    }

    /// The hash that the values of a zone must have.
    fn values_hash(&self, zone: u64) -> Result<u64> {
        if zone >= self.full_zones() {
            return Ok(self.entry.tail.hash.0);
        }
        Ok(self.records()?.get(zone as usize).map_or(0, |record| record.values_hash))
    }

    /// Reads the validity of a full zone and gives that of the rows in `bits`.
    pub(super) fn read_validity_checked(
        &self,
        (file, entry): (&ColumnFile, &ValidityEntry),
        rows: RowRange,
        bits: &mut Bitmap,
    ) -> Result<()> {
        let zone = rows.zone();
        let mut block = [0; VALIDITY_LEN];
        file.read_into((zone - entry.first_zone) * VALIDITY_LEN as u64, &mut block)?;
        let expected = self.records()?.get(zone as usize).map_or(0, |record| record.validity_hash);
        let found = hash_seeded(&block, values_seed(self.entry.id, zone));
        self.check_hash(file, zone, "the hash of its validity", (expected, found))?;
        bits.assign_bytes(&block, (rows.start - zone * ZONE_ROWS) as usize, rows.len());
        Ok(())
    }

    fn check_hash(&self, file: &ColumnFile, zone: u64, what: &str, hashes: (u64, u64)) -> Result<()> {
        let (expected, found) = hashes;
        if expected == found {
            return Ok(());
        }
        Err(Error::Corrupt {
            path: file.path().to_owned(),
            column: Some(self.entry.name.clone()),
            zone: Some(zone),
            what: what.into(),
            expected: format!("{expected:016x}").into(),
            found: format!("{found:016x}").into(),
        })
    }
}
