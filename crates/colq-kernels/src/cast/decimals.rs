//! Conversions from and to decimals.

use super::{check, convert, floats, to_i64};
use crate::Error;
use crate::processor::vectorised;
use colq_column::{Bitmap, Buffer, Values, View};
use colq_types::{DataType, decimal};

/// The digits of a view of decimals.
fn digits(view: &View<'_>) -> Result<Vec<i128>, Error> {
    match view.values {
        Values::I64(values) => Ok(convert(values, i128::from)),
        Values::I128(values) => Ok(values.to_vec()),
        other => Err(Error::WrongLayout { expected: "i64 or i128", found: other.physical().name() }),
    }
}

/// One value a row by `each`, of the active rows that are not NULL; the others hold zero.
fn each_row<T: Copy + Default>(
    view: &View<'_>,
    active: &Bitmap,
    to: DataType,
    each: impl Fn(usize) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let mut values = vec![T::default(); view.len()];
    for row in active.ones_iter().take_while(|row| *row < view.len()).filter(|row| view.is_valid(*row)) {
        values[row] = each(row).ok_or_else(|| out_of_range(view, row, to))?;
    }
    Ok(values)
}

/// What is said of a row that has no counterpart.
pub(super) fn out_of_range(view: &View<'_>, row: usize, to: DataType) -> Error {
    Error::OutOfRange { row, value: view.scalar(row).to_string(), from: view.data_type, to }
}

/// Decimals as decimals of other digits, rounded half away from zero.
pub(super) fn rescaled(view: &View<'_>, from: u8, to: DataType, active: &Bitmap) -> Result<Buffer, Error> {
    let DataType::Decimal { precision, scale } = to else {
        return Err(Error::NoConversion { from: view.data_type, to });
    };
    let digits = digits(view)?;
    if from == scale && precision >= precision_of(view.data_type) {
        return layout(to, digits);
    }
    let one =
        |row: usize| decimal::rescale(digits[row], from, scale).filter(|v| decimal::fits(*v, precision));
    layout(to, each_row(view, active, to, one)?)
}

fn precision_of(data_type: DataType) -> u8 {
    match data_type {
        DataType::Decimal { precision, .. } => precision,
        _ => DataType::MAX_PRECISION,
    }
}

/// The digits in the layout of the type, whose precision they were checked against.
fn layout(to: DataType, digits: Vec<i128>) -> Result<Buffer, Error> {
    Ok(match to {
        DataType::Decimal { precision, .. } if precision > DataType::MAX_STORED_PRECISION => {
            Buffer::I128(digits)
        }
        _ => Buffer::I64(convert(&digits, |value| value as i64)),
    })
}

/// Decimals as integers, rounded half away from zero.
pub(super) fn rounded(view: &View<'_>, from: u8, active: &Bitmap, to: DataType) -> Result<Vec<i64>, Error> {
    let digits = digits(view)?;
    let (low, high) = match to {
        DataType::I8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
        DataType::I16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
        DataType::I32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        DataType::I64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        DataType::U8 => (0, i128::from(u8::MAX)),
        DataType::U16 => (0, i128::from(u16::MAX)),
        DataType::U32 => (0, i128::from(u32::MAX)),
        DataType::U64 => (0, i128::from(u64::MAX)),
        _ => return Err(Error::NoConversion { from: view.data_type, to }),
    };
    // The largest u64 keeps its bits.
    each_row(view, active, to, |row| {
        let value = decimal::rescale(digits[row], from, 0)?;
        (low <= value && value <= high).then_some(value as i64)
    })
}

/// Decimals as `f64`, each rounded to nearest once.
pub(super) fn as_f64(view: &View<'_>, scale: u8) -> Result<Vec<f64>, Error> {
    Ok(match view.values {
        Values::I64(values) => {
            let mut out = vec![0.0; values.len()];
            if scale > EXACT_SCALE || !divided(values, decimal::power_of_ten(scale) as f64, &mut out) {
                return Ok(convert(values, |value| decimal::to_f64(i128::from(value), scale)));
            }
            out
        }
        _ => convert(&digits(view)?, |value| decimal::to_f64(value, scale)),
    })
}

/// Up to this power of ten a float is exact.
const EXACT_SCALE: u8 = 22;

vectorised! {
    /// Law: `out[i] = values[i] / by`, rounded once where `by` is exact. False where a value is no float by itself: then `out`
    /// means nothing.
    fn divided(values: &[i64], by: f64, out: &mut [f64]) -> bool {
        let mut bits = 0;
        for (out, value) in out.iter_mut().zip(values) {
            bits |= value.unsigned_abs();
            *out = *value as f64 / by;
        }
        bits >> f64::MANTISSA_DIGITS == 0
    }
}

/// Decimals as `f32`, each rounded to nearest once.
pub(super) fn as_f32(view: &View<'_>, scale: u8) -> Result<Vec<f32>, Error> {
    /// Up to here both an integer and a power of ten are exact, so one division rounds once.
    const EXACT: u128 = 1 << f32::MANTISSA_DIGITS;
    const POWERS: [f32; 11] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];
    let one = |value: i128| match POWERS.get(usize::from(scale)) {
        Some(power) if value.unsigned_abs() <= EXACT => value as f32 / power,
        // The parser rounds once, whatever the digits.
        _ => decimal::format(value, scale).parse().unwrap_or(f32::NAN),
    };
    Ok(convert(&digits(view)?, one))
}

/// Numbers and bools as decimals: integers exactly, floats as their shortest text says, rounded half away from zero.
pub(super) fn from_numbers(view: &View<'_>, to: DataType, active: &Bitmap) -> Result<Buffer, Error> {
    let DataType::Decimal { precision, scale } = to else {
        return Err(Error::NoConversion { from: view.data_type, to });
    };
    let fits = |value: Option<i128>| value.filter(|v| decimal::fits(*v, precision));
    let whole = |value: i128| fits(decimal::rescale(value, 0, scale));
    let written = |text: String| fits(decimal::parse(text.as_bytes(), scale));
    let values = match view.values {
        Values::U64(v) => each_row(view, active, to, |row| whole(i128::from(v[row])))?,
        Values::F64(v) => {
            let by_text = |row: usize| written(format!("{:e}", v[row]));
            return floats::rounded(view, v, active, (precision, scale), by_text);
        }
        Values::F32(v) => {
            let by_text = |row: usize| written(format!("{:e}", v[row]));
            return floats::rounded(view, v, active, (precision, scale), by_text);
        }
        Values::F16(v) => each_row(view, active, to, |row| written(format!("{:e}", v[row].to_f32())))?,
        Values::Bf16(v) => each_row(view, active, to, |row| written(format!("{:e}", v[row].to_f32())))?,
        _ => {
            let v = to_i64(view, active)?;
            let power = decimal::power_of_ten(scale);
            // A product of 64 bits and a power below 2^63 fits, so the loop is quick where nothing can fail.
            let limit = decimal::power_of_ten(precision) / power;
            if scale <= 18 && check(view, active, to, &v, |x| i128::from(x).abs() < limit).is_ok() {
                convert(&v, |x| i128::from(x).wrapping_mul(power))
            } else {
                each_row(view, active, to, |row| whole(i128::from(v[row])))?
            }
        }
    };
    layout(to, values)
}
