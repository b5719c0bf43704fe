//! One of several values, and hashes.

use super::whole;
use crate::NaiveErrorKind;
use crate::naive::{Cell, order};
use colq_types::Scalar;
use std::cmp::Ordering;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The first value that no other one beats; NULLs do not count.
pub(super) fn extreme(args: &[Scalar], beats: fn(Ordering) -> bool) -> Cell {
    let mut best = Scalar::Null;
    for value in args.iter().filter(|value| !value.is_null()) {
        if best.is_null() || beats(order::compare(value, &best).ok_or(NaiveErrorKind::MalformedPlan)?) {
            best = value.clone();
        }
    }
    Ok(best)
}

/// XXH3 of 64 bits over the little-endian bytes of the value.
pub(super) fn hash(args: &[Scalar]) -> Cell {
    let seed = whole(args, 1)? as u64;
    let of_float = |v: f64| match v {
        v if v.is_nan() => f64::NAN.to_bits().to_le_bytes().to_vec(),
        0.0 => 0u64.to_le_bytes().to_vec(),
        v => v.to_bits().to_le_bytes().to_vec(),
    };
    let bytes = match &args[0] {
        Scalar::Bool(v) => vec![u8::from(*v)],
        Scalar::I64(v) | Scalar::Timestamp(v, _) | Scalar::Duration(v, _) => v.to_le_bytes().to_vec(),
        Scalar::U64(v) => v.to_le_bytes().to_vec(),
        Scalar::Date(v) => i64::from(*v).to_le_bytes().to_vec(),
        Scalar::F32(v) => of_float(f64::from(*v)),
        Scalar::F64(v) => of_float(*v),
        Scalar::Decimal(v, scale) => v.to_le_bytes().iter().copied().chain([*scale]).collect(),
        Scalar::Text(v) => v.as_bytes().to_vec(),
        Scalar::Null | Scalar::Vector(_) => return Err(NaiveErrorKind::MalformedPlan),
    };
    Ok(Scalar::U64(xxh3_64_with_seed(&bytes, seed)))
}
