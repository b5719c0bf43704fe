//! `hash(x, seed)`: a number from a value that is the same for ever, on every machine and in every version.
//!
//! Law: XXH3 of 64 bits, with the seed's 64 bits, of these bytes (little-endian): an integer, date, timestamp or duration
//! its 8 bytes as i64 or u64; a float its 8 bytes as f64, -0.0 as 0.0 and NaN as the one NaN; a decimal the 16 bytes of
//! its digits and one byte for how many of them stand after the point; a bool one byte, 0 or 1; a text its UTF-8.

use super::rows::Rows;
use crate::Error;
use crate::value_hash::{of_bytes, of_decimal, of_float, of_word};
use colq_column::{Column, Values};
use colq_types::{DataType, Native};

pub(super) fn hash(rows: &Rows<'_>) -> Result<Column, Error> {
    let (x, seed) = (rows.input(0)?, rows.input(1)?.numbers::<i64>()?);
    let seed = |row| seed.get(row) as u64;
    let view = x.view();
    let values = match (view.data_type, view.values) {
        (DataType::Text, _) => rows.by_text(|row| Ok(of_bytes(x.bytes(row), seed(row))))?,
        (DataType::Decimal { .. }, _) => {
            let (digits, scale) = x.decimals()?;
            rows.each(|row| of_decimal(digits.get(row), scale, seed(row)))
        }
        (_, Values::Bool(v)) => rows.each(|row| {
            let byte = u8::from(v.get(x.at(row)).is_some_and(|byte| *byte != 0));
            of_bytes(&[byte], seed(row))
        }),
        (_, Values::I8(v)) => whole(rows, v, seed)?,
        (_, Values::I16(v)) => whole(rows, v, seed)?,
        (_, Values::I32(v)) => whole(rows, v, seed)?,
        (_, Values::I64(v)) => whole(rows, v, seed)?,
        (_, Values::U8(v)) => whole(rows, v, seed)?,
        (_, Values::U16(v)) => whole(rows, v, seed)?,
        (_, Values::U32(v)) => whole(rows, v, seed)?,
        (_, Values::U64(v)) => whole(rows, v, seed)?,
        (_, Values::F16(v)) => float(rows, v, seed)?,
        (_, Values::Bf16(v)) => float(rows, v, seed)?,
        (_, Values::F32(v)) => float(rows, v, seed)?,
        (_, Values::F64(v)) => float(rows, v, seed)?,
        (_, other) => {
            return Err(Error::WrongLayout { expected: "a value", found: other.physical().name() });
        }
    };
    Ok(Column::new(DataType::U64, values))
}

/// The low 8 bytes of a 16-byte integer are those of the 8-byte one, signed or not.
fn whole<T: Native>(rows: &Rows<'_>, values: &[T], seed: impl Fn(usize) -> u64) -> Result<Vec<u64>, Error> {
    let x = rows.input(0)?;
    Ok(rows.each(|row| {
        let value = values.get(x.at(row)).copied().unwrap_or_default().to_i128();
        of_word(value as u64, seed(row))
    }))
}

fn float<T: Native>(rows: &Rows<'_>, values: &[T], seed: impl Fn(usize) -> u64) -> Result<Vec<u64>, Error> {
    let x = rows.input(0)?;
    Ok(rows.each(|row| {
        let value = values.get(x.at(row)).copied().unwrap_or_default().to_f64();
        of_float(value, seed(row))
    }))
}
