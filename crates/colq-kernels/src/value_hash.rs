//! The hash of a value, which is the same for ever: XXH3 of 64 bits over bytes that docs/SQL.md defines.

use crate::Error;
use colq_column::{Values, View};
use colq_types::{DataType, Native};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The seed of everything that is hashed to be counted.
const SEED: u64 = 0;

/// The hash of an integer, a date, a time or a duration, as its i64 or u64.
#[inline(always)]
pub(crate) fn of_word(word: u64, seed: u64) -> u64 {
    xxh3_64_with_seed(&word.to_le_bytes(), seed)
}

/// The hash of a float: -0.0 is 0.0, and NaN is one value.
#[inline(always)]
pub(crate) fn of_float(value: f64, seed: u64) -> u64 {
    of_word(if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }, seed)
}

/// The hash of a decimal: its digits, and how many of them stand after the point.
pub(crate) fn of_decimal(digits: i128, scale: u8, seed: u64) -> u64 {
    let mut bytes = [scale; 17];
    bytes[..16].copy_from_slice(&digits.to_le_bytes());
    xxh3_64_with_seed(&bytes, seed)
}

/// The hash of a text, or of the byte that a bool is.
pub(crate) fn of_bytes(bytes: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(bytes, seed)
}

/// The hash of every row of a view, with seed 0; NULL rows get any hash.
///
/// # Errors
/// Vectors have no hash.
pub(crate) fn hashes(view: &View<'_>) -> Result<Vec<u64>, Error> {
    fn signed<T: Native>(values: &[T]) -> Vec<u64> {
        values.iter().map(|v| of_word(v.to_i128() as i64 as u64, SEED)).collect()
    }
    if view.data_type == DataType::Text {
        // Each text of the dictionary is hashed once, where that is less work.
        return Ok(match view.dictionary.filter(|dictionary| dictionary.len() <= view.len()) {
            Some(dictionary) => {
                let table: Vec<u64> = dictionary.iter().map(|text| of_bytes(text, SEED)).collect();
                let of = |row| view.values.code(row).and_then(|code| table.get(code as usize).copied());
                (0..view.len()).map(|row| of(row).unwrap_or(0)).collect()
            }
            None => {
                let texts = view.texts();
                (0..view.len()).map(|row| of_bytes(texts.get(row), SEED)).collect()
            }
        });
    }
    if let DataType::Decimal { scale, .. } = view.data_type {
        return match view.values {
            Values::I64(v) => Ok(v.iter().map(|v| of_decimal(i128::from(*v), scale, SEED)).collect()),
            Values::I128(v) => Ok(v.iter().map(|v| of_decimal(*v, scale, SEED)).collect()),
            other => Err(Error::WrongLayout { expected: "decimals", found: other.physical().name() }),
        };
    }
    Ok(match view.values {
        Values::Bool(v) => v.iter().map(|b| of_bytes(&[u8::from(*b != 0)], SEED)).collect(),
        Values::I8(v) => signed(v),
        Values::I16(v) => signed(v),
        Values::I32(v) => signed(v),
        Values::I64(v) => signed(v),
        Values::U8(v) => signed(v),
        Values::U16(v) => signed(v),
        Values::U32(v) => signed(v),
        Values::U64(v) => v.iter().map(|v| of_word(*v, SEED)).collect(),
        Values::F32(v) => v.iter().map(|v| of_float(f64::from(*v), SEED)).collect(),
        Values::F64(v) => v.iter().map(|v| of_float(*v, SEED)).collect(),
        Values::F16(v) => v.iter().map(|v| of_float(f64::from(*v), SEED)).collect(),
        Values::Bf16(v) => v.iter().map(|v| of_float(f64::from(*v), SEED)).collect(),
        Values::I128(_) | Values::Vector(_) => {
            let found = view.values.physical().name();
            return Err(Error::WrongLayout { expected: "a value that can be hashed", found });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::Column;
    use colq_types::Scalar;
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn equal_values_of_many_types_hash_as_written_down() {
        let one = |data_type, scalar: Scalar| {
            hashes(&Column::from_scalars(data_type, [&scalar]).view()).unwrap()[0]
        };
        let seven = xxh3_64(&7i64.to_le_bytes());
        assert_eq!(one(DataType::I8, Scalar::I64(7)), seven);
        assert_eq!(one(DataType::U64, Scalar::U64(7)), seven);
        assert_eq!(one(DataType::Date, Scalar::Date(7)), seven);
        assert_eq!(one(DataType::I16, Scalar::I64(-1)), xxh3_64(&[255; 8]));
        let half = xxh3_64(&0.5f64.to_le_bytes());
        assert_eq!(one(DataType::F32, Scalar::F32(0.5)), half);
        assert_eq!(one(DataType::F64, Scalar::F64(0.5)), half);
        assert_eq!(one(DataType::F64, Scalar::F64(-0.0)), xxh3_64(&[0; 8]));
        assert_eq!(one(DataType::F64, Scalar::F64(-f64::NAN)), one(DataType::F32, Scalar::F32(f32::NAN)));
        assert_eq!(one(DataType::Bool, Scalar::Bool(true)), xxh3_64(&[1]));
        assert_eq!(one(DataType::Text, "seven".into()), xxh3_64(b"seven"));
        let mut decimal = 7i128.to_le_bytes().to_vec();
        decimal.push(2);
        for precision in [9, 38] {
            let found = one(DataType::Decimal { precision, scale: 2 }, Scalar::Decimal(7, 2));
            assert_eq!(found, xxh3_64(&decimal));
        }
    }
}
