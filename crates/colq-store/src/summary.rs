//! Zone summaries to the bits of the format and back. What bits mean follows from the column's type.

use colq_column::{Bounds, Sum, ZoneSummary};
use colq_format::{ColumnType, Hex64, Hex128, Tail, ZoneRecord};
use colq_types::{Physical, ZONE_ROWS};

fn bounds_bits(bounds: Bounds) -> (u64, u64) {
    match bounds {
        Bounds::Signed { min, max } => (min as u64, max as u64),
        Bounds::Unsigned { min, max } | Bounds::Prefix { min, max } => (min, max),
        Bounds::Unknown => (0, 0),
        Bounds::Float { min, max } => (min.to_bits(), max.to_bits()),
    }
}

fn bounds_of(column_type: ColumnType, min: u64, max: u64) -> Bounds {
    if column_type == ColumnType::FreeText {
        return Bounds::Prefix { min, max };
    }
    if column_type.data_type().is_vector() {
        return Bounds::Unknown;
    }
    match column_type.physical() {
        Physical::I8 | Physical::I16 | Physical::I32 | Physical::I64 => {
            Bounds::Signed { min: min as i64, max: max as i64 }
        }
        Physical::Bool | Physical::U8 | Physical::U16 | Physical::U32 | Physical::U64 => {
            Bounds::Unsigned { min, max }
        }
        Physical::I128 => Bounds::Unknown,
        Physical::F16 | Physical::Bf16 | Physical::F32 | Physical::F64 => {
            Bounds::Float { min: f64::from_bits(min), max: f64::from_bits(max) }
        }
    }
}

fn sum_bits(sum: Sum) -> u128 {
    match sum {
        Sum::Integer(sum) => sum as u128,
        Sum::Float(sum) => u128::from(sum.to_bits()),
    }
}

fn sum_of(column_type: ColumnType, bits: u128) -> Sum {
    if column_type.data_type().is_float() {
        Sum::Float(f64::from_bits(bits as u64))
    } else {
        Sum::Integer(bits as i128)
    }
}

/// The record of a full zone.
pub(crate) fn record_of(summary: &ZoneSummary, values_hash: u64, validity_hash: u64) -> ZoneRecord {
    let (min, max) = summary.bounds.map_or((0, 0), bounds_bits);
    ZoneRecord {
        min,
        max,
        sum: sum_bits(summary.sum),
        // A zone has 65,536 rows, so the counts fit.
        null_count: summary.null_count as u32,
        nan_count: summary.nan_count as u32,
        values_hash,
        validity_hash,
    }
}

/// What a record says of its zone.
pub(crate) fn of_record(record: &ZoneRecord, column_type: ColumnType) -> ZoneSummary {
    ZoneSummary {
        row_count: ZONE_ROWS,
        null_count: u64::from(record.null_count),
        nan_count: u64::from(record.nan_count),
        bounds: record.has_bounds().then(|| bounds_of(column_type, record.min, record.max)),
        sum: sum_of(column_type, record.sum),
    }
}

/// What the version file says of the tail.
pub(crate) fn of_tail(tail: &Tail, column_type: ColumnType) -> ZoneSummary {
    ZoneSummary {
        row_count: tail.row_count,
        null_count: tail.null_count,
        nan_count: tail.nan_count,
        bounds: tail.min.zip(tail.max).map(|(min, max)| bounds_of(column_type, min.0, max.0)),
        sum: sum_of(column_type, tail.sum.0),
    }
}

/// The version file's words for a tail, without its validity and the hashes of its blocks.
pub(crate) fn tail_of(summary: &ZoneSummary, hash: u64) -> Tail {
    let bounds = summary.bounds.map(bounds_bits);
    Tail {
        row_count: summary.row_count,
        null_count: summary.null_count,
        nan_count: summary.nan_count,
        min: bounds.map(|b| Hex64(b.0)),
        max: bounds.map(|b| Hex64(b.1)),
        sum: Hex128(sum_bits(summary.sum)),
        hash: Hex64(hash),
        blocks: None,
        validity: None,
    }
}
