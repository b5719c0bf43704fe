//! Absolute value, sign, whole numbers below and above, and the question for NaN.
//!
//! Laws: `abs(x)` is x without its sign; `sign(x)` is -1, 0 (also of -0.0) or 1 as x is below, at or above zero, NaN of
//! NaN; `floor` and `ceil` are the nearest whole number not above and not below.

use super::rows::{Rows, bools};
use crate::Error;
use colq_column::{Column, Values};
use colq_types::decimal::power_of_ten;
use colq_types::{DataType, Function};

/// 10^38: what every decimal stays below.
pub(super) const DECIMAL_LIMIT: i128 = power_of_ten(DataType::MAX_PRECISION);

pub(super) fn abs(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let x = rows.input(0)?;
    Ok(match x.view().values {
        _ if data_type.is_decimal() => {
            let (digits, _) = x.decimals()?;
            Column::new(data_type, rows.each(|row| digits.get(row).abs()))
        }
        Values::F32(v) => {
            Column::new(data_type, rows.all(v, |x| if x.is_nan() { f32::NAN } else { x.abs() }))
        }
        Values::F64(v) => {
            Column::new(data_type, rows.all(v, |x| if x.is_nan() { f64::NAN } else { x.abs() }))
        }
        Values::U64(v) => Column::new(data_type, rows.all(v, |x| x)),
        _ => {
            let values = x.slice::<i64>()?;
            let numbers = x.numbers::<i64>()?;
            if values.contains(&i64::MIN)
                && let Some(row) = rows.valid.ones_iter().find(|row| numbers.get(*row) == i64::MIN)
            {
                let call = format!("abs({})", x.shown(row));
                return Err(Error::ResultOutOfRange { row, call, to: data_type });
            }
            Column::new(data_type, rows.all(values, i64::wrapping_abs))
        }
    })
}

pub(super) fn sign(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let x = rows.input(0)?;
    Ok(match x.view().values {
        _ if data_type.is_decimal() => {
            let (digits, scale) = x.decimals()?;
            let one = power_of_ten(scale);
            Column::new(
                data_type,
                rows.try_each(|row| match digits.get(row).signum() {
                    // A decimal with all digits after the point cannot hold 1.
                    sign if sign != 0 && one >= DECIMAL_LIMIT => {
                        let call = format!("sign({})", x.shown(row));
                        Err(Error::ResultOutOfRange { row, call, to: data_type })
                    }
                    sign => Ok(sign * one),
                })?,
            )
        }
        Values::F32(v) => Column::new(
            data_type,
            rows.all(
                v,
                |x| if x.is_nan() { f32::NAN } else { f32::from(i8::from(x > 0.0) - i8::from(x < 0.0)) },
            ),
        ),
        Values::F64(v) => Column::new(
            data_type,
            rows.all(
                v,
                |x| if x.is_nan() { f64::NAN } else { f64::from(i8::from(x > 0.0) - i8::from(x < 0.0)) },
            ),
        ),
        Values::U64(v) => Column::new(data_type, rows.all(v, |x| u64::from(x > 0))),
        _ => Column::new(data_type, rows.all(x.slice::<i64>()?, i64::signum)),
    })
}

/// Floor and ceil.
pub(super) fn whole(function: Function, rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let x = rows.input(0)?;
    let is_floor = function == Function::Floor;
    Ok(match x.view().values {
        _ if data_type.is_decimal() => {
            let (digits, scale) = x.decimals()?;
            let one = power_of_ten(scale);
            Column::new(
                data_type,
                rows.each(|row| {
                    let below = digits.get(row).div_euclid(one);
                    if is_floor || digits.get(row).rem_euclid(one) == 0 { below } else { below + 1 }
                }),
            )
        }
        Values::F32(v) if is_floor => Column::new(data_type, rows.all(v, |x| quiet32(x.floor()))),
        Values::F32(v) => Column::new(data_type, rows.all(v, |x| quiet32(x.ceil()))),
        _ if is_floor => Column::new(data_type, rows.all(x.slice::<f64>()?, |x| quiet(x.floor()))),
        _ => Column::new(data_type, rows.all(x.slice::<f64>()?, |x| quiet(x.ceil()))),
    })
}

pub(super) fn is_nan(rows: &Rows<'_>) -> Result<Column, Error> {
    let x = rows.input(0)?;
    Ok(bools(match x.view().values {
        Values::F32(v) => rows.all(v, |x| u8::from(x.is_nan())),
        _ => rows.all(x.slice::<f64>()?, |x| u8::from(x.is_nan())),
    }))
}

/// The value, NaN as the one NaN: processors differ in the sign of the one they make.
#[inline(always)]
pub(super) fn quiet(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}

#[inline(always)]
fn quiet32(value: f32) -> f32 {
    if value.is_nan() { f32::NAN } else { value }
}
