//! The 64-byte record of a full zone: what is known of its values without reading them, and their hash.
//!
//! The meaning of `min`, `max` and `sum` (signed, unsigned, float) is that of the column's type; here they
//! are bits.

use crate::FormatError;
use crate::checksum::{hash_seeded, values_seed};
use colq_types::ZONE_ROWS;
use zerocopy::little_endian::{U32, U64, U128};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Bytes in a zone record.
pub const RECORD_LEN: usize = 64;

/// Validity bytes of a full zone: a bit a row.
pub const VALIDITY_LEN: usize = (ZONE_ROWS / 8) as usize;

/// The record as it lies in a file; nothing is checked.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawZoneRecord {
    min: U64,
    max: U64,
    sum: U128,
    null_count: U32,
    nan_count: U32,
    values_hash: U64,
    validity_hash: U64,
    record_hash: U64,
}

/// What is known of a full zone. Bounds mean nothing where every row is null or NaN; they are zero then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneRecord {
    /// Bits of the smallest value: i64 for signed types, dates and timestamps, u64 for unsigned types, bools
    /// and codes, f64 for floats (also for f32).
    pub min: u64,
    /// Bits of the largest value.
    pub max: u64,
    /// Bits of the sum: i128 for integers; f64 in the low 64 bits for floats, the rest zero.
    pub sum: u128,
    /// Rows that are NULL.
    pub null_count: u32,
    /// Rows that are NaN.
    pub nan_count: u32,
    /// Hash of the zone's value bytes, seeded by [`values_seed`].
    pub values_hash: u64,
    /// Hash of the zone's 8,192 validity bytes with the same seed; 0 where it has none.
    pub validity_hash: u64,
}

impl ZoneRecord {
    /// True when some row is neither null nor NaN, so that the bounds mean something.
    pub fn has_bounds(&self) -> bool {
        u64::from(self.null_count) + u64::from(self.nan_count) < ZONE_ROWS
    }

    /// The bytes of this record for zone `zone` of the column `column_id`.
    pub fn encode(&self, column_id: u64, zone: u64) -> [u8; RECORD_LEN] {
        let mut raw = RawZoneRecord {
            min: self.min.into(),
            max: self.max.into(),
            sum: self.sum.into(),
            null_count: self.null_count.into(),
            nan_count: self.nan_count.into(),
            values_hash: self.values_hash.into(),
            validity_hash: self.validity_hash.into(),
            record_hash: 0.into(),
        };
        raw.record_hash = record_hash(&raw, column_id, zone).into();
        zerocopy::transmute!(raw)
    }

    /// Reads the record of zone `zone` of the column `column_id`.
    ///
    /// # Errors
    /// [`FormatError::RecordHash`] where a bit is wrong or the record belongs elsewhere,
    /// [`FormatError::RecordCounts`] where it counts more rows than there are.
    pub fn decode(bytes: &[u8; RECORD_LEN], column_id: u64, zone: u64) -> Result<ZoneRecord, FormatError> {
        let raw: RawZoneRecord = zerocopy::transmute!(*bytes);
        let (expected, found) = (raw.record_hash.get(), record_hash(&raw, column_id, zone));
        if expected != found {
            return Err(FormatError::RecordHash { zone, expected, found });
        }
        let record = ZoneRecord {
            min: raw.min.get(),
            max: raw.max.get(),
            sum: raw.sum.get(),
            null_count: raw.null_count.get(),
            nan_count: raw.nan_count.get(),
            values_hash: raw.values_hash.get(),
            validity_hash: raw.validity_hash.get(),
        };
        let counted = u64::from(record.null_count) + u64::from(record.nan_count);
        if counted > ZONE_ROWS {
            return Err(FormatError::RecordCounts { zone, found: counted });
        }
        Ok(record)
    }
}

/// The hash of all bytes before the hash itself.
fn record_hash(raw: &RawZoneRecord, column_id: u64, zone: u64) -> u64 {
    let bytes = raw.as_bytes();
    hash_seeded(bytes.get(..RECORD_LEN - 8).unwrap_or(bytes), values_seed(column_id, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: ZoneRecord = ZoneRecord {
        min: 1,
        max: 0x0203,
        sum: 1 << 70,
        null_count: 4,
        nan_count: 5,
        values_hash: 6,
        validity_hash: 7,
    };

    #[test]
    fn fields_lie_where_the_format_says() {
        let bytes = RECORD.encode(3, 9);
        assert_eq!(bytes[0..8], 1u64.to_le_bytes());
        assert_eq!(bytes[8..16], 0x0203u64.to_le_bytes());
        assert_eq!(bytes[16..32], (1u128 << 70).to_le_bytes());
        assert_eq!(bytes[32..36], 4u32.to_le_bytes());
        assert_eq!(bytes[36..40], 5u32.to_le_bytes());
        assert_eq!(bytes[40..48], 6u64.to_le_bytes());
        assert_eq!(bytes[48..56], 7u64.to_le_bytes());
        assert_eq!(bytes[56..64], hash_seeded(&bytes[..56], values_seed(3, 9)).to_le_bytes());
        assert_eq!(ZoneRecord::decode(&bytes, 3, 9), Ok(RECORD));
    }

    #[test]
    fn every_flipped_bit_and_every_move_is_found() {
        let bytes = RECORD.encode(3, 9);
        for bit in 0..512 {
            let mut bad = bytes;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(ZoneRecord::decode(&bad, 3, 9).is_err(), "bit {bit}");
        }
        assert!(ZoneRecord::decode(&bytes, 3, 8).is_err());
        assert!(ZoneRecord::decode(&bytes, 4, 9).is_err());
    }

    #[test]
    fn counts_above_a_zone_are_refused_though_the_hash_is_right() {
        let record = ZoneRecord { null_count: 65_000, nan_count: 600, ..RECORD };
        let bytes = record.encode(1, 1);
        assert_eq!(
            ZoneRecord::decode(&bytes, 1, 1),
            Err(FormatError::RecordCounts { zone: 1, found: 65_600 })
        );
    }
}
