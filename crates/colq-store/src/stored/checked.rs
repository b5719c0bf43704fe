//! Checked reads: whenever bytes of a zone are wanted, the whole zone is read and held against the hash in its
//! record, or for the tail in the version file. Damage is an error that names file, column and zone.

use super::StoredColumn;
use crate::column_file::ColumnFile;
use crate::{Error, Result};
use colq_column::Bitmap;
use colq_format::{VALIDITY_LEN, ValidityEntry, hash_seeded, values_seed};
use colq_types::{RowRange, ZONE_ROWS, zone_range};

impl StoredColumn {
    /// Bytes that the rows of a zone take, all of them.
    pub(super) fn zone_byte_len(&self, zone: u64) -> usize {
        zone_range(zone, self.row_count).len() * self.column_type.physical().byte_width()
    }

    /// Reads the values of a zone into `buffer`, which has room for exactly them, and gives those of the rows.
    pub(super) fn read_checked<'a>(&self, rows: RowRange, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        let zone = rows.zone();
        let width = self.column_type.physical().byte_width();
        let first = (zone * ZONE_ROWS) as usize;
        self.values.read_into((first * width) as u64, buffer)?;
        let expected = match zone < self.full_zones() {
            true => self.records()?.get(zone as usize).map_or(0, |record| record.values_hash),
            false => self.entry.tail.hash.0,
        };
        let found = hash_seeded(buffer, values_seed(self.entry.id, zone));
        self.check_hash(&self.values, zone, "the hash of its values", (expected, found))?;
        let start = (rows.start as usize - first) * width;
        let past_end = || Error::Rows { start: rows.start, end: rows.end, row_count: self.row_count };
        buffer.get(start..start + rows.len() * width).ok_or_else(past_end)
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
