//! Conversions of whole views.
//!
//! Widening for computation ([`to_i64`] and its like) borrows where the layout already is the wanted one; [`cast`]
//! is SQL's CAST and gives a column of its own. A value that has no counterpart is an error only in a row that
//! is active and not NULL.

mod decimals;
mod floats;
mod parse;
#[cfg(test)]
mod tests;
mod text;

use crate::Error;
use crate::function::steps::Steps;
use crate::processor::vectorised;
use colq_column::{Bitmap, Buffer, Column, Values, View, dispatch};
use colq_types::{DataType, Native, TimeUnit, halves};
use std::borrow::Cow;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Law: `answer[i] = convert(values[i])`.
fn convert<T: Copy, U: Default + Clone, F: Fn(T) -> U>(values: &[T], each: F) -> Vec<U> {
    let mut out = vec![U::default(); values.len()];
    convert_into(values, &mut out, each);
    out
}

vectorised! {
    // A loop and no `collect`, which would be compiled by itself, for the plain target.
    pub(crate) fn convert_into<T: Copy, U, F: Fn(T) -> U>(values: &[T], out: &mut [U], each: F) {
        for (out, value) in out.iter_mut().zip(values) {
            *out = each(*value);
        }
    }
}

/// The integers of a view as `i64`, borrowed where they are `i64` (timestamps, durations and the digits of stored
/// decimals too).
///
/// # Errors
/// [`Error::OutOfRange`] for the first active row with a `u64` above `i64::MAX`; [`Error::NoConversion`] for
/// floats and text.
pub fn to_i64<'a>(view: &View<'a>, active: &Bitmap) -> Result<Cow<'a, [i64]>, Error> {
    let is_text = view.data_type == DataType::Text;
    Ok(Cow::Owned(match view.values {
        Values::I64(v) => return Ok(Cow::Borrowed(v)),
        Values::U64(v) => {
            check(view, active, DataType::I64, v, |value| i64::try_from(value).is_ok())?;
            convert(v, |value| value as i64)
        }
        Values::Bool(v) => convert(v, |byte| i64::from(byte != 0)),
        Values::I8(v) => convert(v, i64::from),
        Values::I16(v) => convert(v, i64::from),
        Values::I32(v) => convert(v, i64::from),
        Values::U8(v) if !is_text => convert(v, i64::from),
        Values::U16(v) if !is_text => convert(v, i64::from),
        Values::U32(v) if !is_text => convert(v, i64::from),
        _ => return Err(Error::NoConversion { from: view.data_type, to: DataType::I64 }),
    }))
}

/// The integers of a view as `u64`, borrowed where they are.
///
/// # Errors
/// [`Error::OutOfRange`] for the first active row below zero; [`Error::NoConversion`] for floats and text.
pub fn to_u64<'a>(view: &View<'a>, active: &Bitmap) -> Result<Cow<'a, [u64]>, Error> {
    if let Values::U64(v) = view.values {
        return Ok(Cow::Borrowed(v));
    }
    let signed =
        to_i64(view, active).map_err(|_| Error::NoConversion { from: view.data_type, to: DataType::U64 })?;
    check(view, active, DataType::U64, &signed, |value| value >= 0)?;
    Ok(Cow::Owned(convert(&signed, |value| value as u64)))
}

/// The numbers of a view as `f64`, borrowed where they are; 64-bit integers and decimals round to nearest, false is 0
/// and true is 1.
///
/// # Errors
/// [`Error::NoConversion`] for text and vectors.
pub fn to_f64<'a>(view: &View<'a>) -> Result<Cow<'a, [f64]>, Error> {
    if let Values::F64(v) = view.values {
        return Ok(Cow::Borrowed(v));
    }
    if view.data_type == DataType::Text {
        return Err(Error::NoConversion { from: view.data_type, to: DataType::F64 });
    }
    if let DataType::Decimal { scale, .. } = view.data_type {
        return decimals::as_f64(view, scale).map(Cow::Owned);
    }
    Ok(Cow::Owned(dispatch!(view.values,
        bool bytes => convert(bytes, |byte| f64::from(u8::from(byte != 0))),
        native values => convert(values, |value| value.to_f64()),
        vector _v => return Err(Error::NoConversion { from: view.data_type, to: DataType::F64 })
    )))
}

/// The numbers of a view as `f32`, borrowed where they are; others round to nearest, once.
///
/// # Errors
/// [`Error::NoConversion`] for text.
pub fn to_f32<'a>(view: &View<'a>) -> Result<Cow<'a, [f32]>, Error> {
    if let DataType::Decimal { scale, .. } = view.data_type {
        return decimals::as_f32(view, scale).map(Cow::Owned);
    }
    Ok(Cow::Owned(match view.values {
        Values::F32(v) => return Ok(Cow::Borrowed(v)),
        _ if view.data_type == DataType::Text => {
            return Err(Error::NoConversion { from: view.data_type, to: DataType::F32 });
        }
        Values::Bool(v) => convert(v, |byte| f32::from(u8::from(byte != 0))),
        Values::I8(v) => convert(v, f32::from),
        Values::I16(v) => convert(v, f32::from),
        Values::I32(v) => convert(v, |value| value as f32),
        Values::I64(v) => convert(v, |value| value as f32),
        Values::U8(v) => convert(v, f32::from),
        Values::U16(v) => convert(v, f32::from),
        Values::U32(v) => convert(v, |value| value as f32),
        Values::U64(v) => convert(v, |value| value as f32),
        Values::F64(v) => convert(v, |value| if value.is_nan() { f32::NAN } else { value as f32 }),
        Values::F16(v) => convert(v, |value| value.to_f32()),
        Values::Bf16(v) => convert(v, |value| value.to_f32()),
        Values::I128(_) | Values::Vector(_) => {
            return Err(Error::NoConversion { from: view.data_type, to: DataType::F32 });
        }
    }))
}

/// Fails at the first active row, not NULL, whose value does not fit. Looks at all rows at once before it looks
/// at any one by itself.
fn check<T: Copy>(
    view: &View<'_>,
    active: &Bitmap,
    to: DataType,
    values: &[T],
    fits: impl Fn(T) -> bool + Copy,
) -> Result<(), Error> {
    if all_fit(values, fits) {
        return Ok(());
    }
    let bad = |row: &usize| view.is_valid(*row) && values.get(*row).is_some_and(|value| !fits(*value));
    match active.ones_iter().find(bad) {
        None => Ok(()),
        Some(row) => {
            Err(Error::OutOfRange { row, value: view.scalar(row).to_string(), from: view.data_type, to })
        }
    }
}

vectorised! {
    fn all_fit<T: Copy, F: Fn(T) -> bool>(values: &[T], fits: F) -> bool {
        values.iter().fold(true, |all, value| all & fits(*value))
    }
}

/// Law: row `i` of the answer = `view[i]` converted to `to`, NULL where the view is; a row that is not active may
/// hold anything.
///
/// - Among integers: the same value, or an error. From float to integer: truncated toward zero; NaN and what does
///   not fit are errors. To float: rounded to nearest.
/// - From decimal to integer, and to a decimal of fewer digits after the point: rounded half away from zero. From float
///   to decimal: as the float's shortest text says, rounded likewise. What has too many digits is an error.
/// - Bools are 0 and 1; a number is true when it is not zero (NaN is true).
/// - A date is a timestamp at its midnight; a timestamp is the date it falls on. To a coarser unit a timestamp is
///   truncated toward zero, as DataFusion does it; so is a duration. To and from integers, dates are days, and
///   timestamps and durations their units.
/// - To text: as the program prints it. From text: read strictly, but for ASCII spaces around it; each distinct
///   value is read once where that is less work than reading each row.
///
/// # Errors
/// [`Error::OutOfRange`] and [`Error::Unreadable`] for the first active row, not NULL, without a counterpart;
/// [`Error::NoConversion`] between types that have no conversion, such as a float and a date.
pub fn cast(view: &View<'_>, to: DataType, active: &Bitmap) -> Result<Column, Error> {
    use DataType as T;
    let from = view.data_type;
    let values = match (from, to) {
        _ if from == to => {
            return Ok(Column {
                data_type: to,
                values: Buffer::from_values(view.values),
                validity: None,
                dictionary: view.dictionary.cloned(),
            }
            .with_validity(view.validity.cloned()));
        }
        (T::Text, _) => parse::from_text(view, to, active)?,
        (_, T::Text) => return Ok(text::to_text(view)),
        (_, T::Bool) if from.is_number() => Buffer::Bool(dispatch!(view.values,
            bool bytes => convert(bytes, |byte| u8::from(byte != 0)),
            native values => convert(values, |value| u8::from(value != Default::default())),
            vector _v => return Err(Error::NoConversion { from, to })
        )),
        (T::Vector { .. }, _) | (_, T::Vector { .. }) => return Err(Error::NoConversion { from, to }),
        (T::Decimal { .. }, _) | (_, T::Decimal { .. }) => decimal(view, to, active)?,
        (T::Date, T::Timestamp(unit)) => scale(view, active, to, DAY * unit.per_second(), 1)?,
        (T::Timestamp(unit), T::Date) => Buffer::I32(dates(view, active, DAY * unit.per_second())?),
        (T::Timestamp(old), T::Timestamp(new)) => {
            scale(view, active, to, factor(new, old), factor(old, new))?
        }
        (T::Duration(old), T::Duration(new)) => scale(view, active, to, factor(new, old), factor(old, new))?,
        (a, b) if (is_time(a) && !b.is_integer()) || (is_time(b) && !a.is_integer()) => {
            return Err(Error::NoConversion { from, to });
        }
        (_, T::F16) => Buffer::F16(convert(&odd_f64(view)?, halves::to_f16)),
        (_, T::Bf16) => Buffer::Bf16(convert(&odd_f64(view)?, halves::to_bf16)),
        (_, T::F32) => Buffer::F32(to_f32(view)?.into_owned()),
        (_, T::F64) => Buffer::F64(to_f64(view)?.into_owned()),
        (a, _) if a.is_float() => floats_to_integers(view, to, active)?,
        (_, _) => integers_to_integers(view, to, active)?,
    };
    Ok(finish(view, to, values))
}

/// The days that instants fall on.
fn dates(view: &View<'_>, active: &Bitmap, per_day: i64) -> Result<Vec<i32>, Error> {
    let is_date = |day: i64| i32::try_from(day).is_ok();
    let instants = to_i64(view, active)?;
    if let Some(steps) = Steps::new(&instants, 0, per_day)
        && is_date(steps.ends().0)
        && is_date(steps.ends().1)
    {
        return Ok(convert(&instants, |instant| steps.number(instant) as i32));
    }
    let days = convert(&instants, |instant| instant.div_euclid(per_day));
    check(view, active, DataType::Date, &days, is_date)?;
    Ok(convert(&days, |day| day as i32))
}

/// True for what has no conversion but to itself, to integers and to text.
fn is_time(data_type: DataType) -> bool {
    matches!(data_type, DataType::Date | DataType::Timestamp(_) | DataType::Duration(_))
}

/// A conversion with a decimal on one side or both, and neither text nor bool on the other but bool on the left.
fn decimal(view: &View<'_>, to: DataType, active: &Bitmap) -> Result<Buffer, Error> {
    use DataType as T;
    let from = view.data_type;
    Ok(match (from, to) {
        (a, b) if is_time(a) || is_time(b) => return Err(Error::NoConversion { from, to }),
        (T::Decimal { scale, .. }, T::Decimal { .. }) => decimals::rescaled(view, scale, to, active)?,
        (_, T::Decimal { .. }) => decimals::from_numbers(view, to, active)?,
        (_, T::F16) => Buffer::F16(convert(&to_f64(view)?, halves::to_f16)),
        (_, T::Bf16) => Buffer::Bf16(convert(&to_f64(view)?, halves::to_bf16)),
        (_, T::F32) => Buffer::F32(to_f32(view)?.into_owned()),
        (_, T::F64) => Buffer::F64(to_f64(view)?.into_owned()),
        (T::Decimal { scale, .. }, _) => {
            let whole = decimals::rounded(view, scale, active, to)?;
            match to {
                T::U64 => Buffer::U64(convert(&whole, |value| value as u64)),
                _ => {
                    let values = Values::I64(&whole);
                    integers_to_integers(&View { data_type: T::I64, values, ..*view }, to, active)?
                }
            }
        }
        _ => return Err(Error::NoConversion { from, to }),
    })
}

/// The numbers of a view as `f64` from which a half float comes out as if rounded from the number at once: a 64-bit
/// integer that does not fit keeps in its last bit that something was lost.
fn odd_f64<'a>(view: &View<'a>) -> Result<Cow<'a, [f64]>, Error> {
    const LOST: u32 = u64::BITS - f64::MANTISSA_DIGITS;
    const MASK: u64 = (1 << LOST) - 1;
    let odd = |magnitude: u64| {
        let kept = magnitude >> LOST | u64::from(magnitude & MASK != 0);
        if magnitude >> f64::MANTISSA_DIGITS == 0 {
            magnitude as f64
        } else {
            kept as f64 * (MASK + 1) as f64
        }
    };
    Ok(match view.values {
        Values::I64(v) => {
            Cow::Owned(convert(v, |value| odd(value.unsigned_abs()) * if value < 0 { -1.0 } else { 1.0 }))
        }
        Values::U64(v) => Cow::Owned(convert(v, odd)),
        _ => to_f64(view)?,
    })
}

/// How many of `new` make one of `old`, or 1 where `old` is the finer.
fn factor(new: TimeUnit, old: TimeUnit) -> i64 {
    (new.per_second() / old.per_second()).max(1)
}

/// Multiplies, checked, or divides, truncating toward zero.
fn scale(
    view: &View<'_>,
    active: &Bitmap,
    to: DataType,
    multiply: i64,
    divide: i64,
) -> Result<Buffer, Error> {
    let values = to_i64(view, active)?;
    if divide != 1 {
        return Ok(Buffer::I64(convert(&values, |value| value / divide)));
    }
    let (low, high) = (i64::MIN / multiply, i64::MAX / multiply);
    check(view, active, to, &values, |value| (low <= value) & (value <= high))?;
    Ok(Buffer::I64(convert(&values, |value| value.wrapping_mul(multiply))))
}

/// The column: zeros in null slots, the view's validity.
fn finish(view: &View<'_>, data_type: DataType, values: Buffer) -> Column {
    Column { data_type, values, validity: None, dictionary: None }.with_validity(view.validity.cloned())
}

/// Goes by way of 64 bits, so that eight types to eight types are sixteen loops and not sixty-four.
fn integers_to_integers(view: &View<'_>, to: DataType, active: &Bitmap) -> Result<Buffer, Error> {
    /// Checks the whole slice, then converts it by wrapping, which the check made exact for the rows that count.
    macro_rules! narrow {
        ($target:ident, $variant:ident) => {
            Buffer::$variant(match view.values {
                Values::U64(values) => {
                    check(view, active, to, values, |value| $target::try_from(value).is_ok())?;
                    convert(values, |value| value as $target)
                }
                _ => {
                    let values = to_i64(view, active)?;
                    check(view, active, to, &values, |value| $target::try_from(value).is_ok())?;
                    convert(&values, |value| value as $target)
                }
            })
        };
    }
    Ok(match to {
        DataType::I8 => narrow!(i8, I8),
        DataType::I16 => narrow!(i16, I16),
        DataType::I32 | DataType::Date => narrow!(i32, I32),
        DataType::I64 | DataType::Timestamp(_) | DataType::Duration(_) => narrow!(i64, I64),
        DataType::U8 => narrow!(u8, U8),
        DataType::U16 => narrow!(u16, U16),
        DataType::U32 => narrow!(u32, U32),
        DataType::U64 => narrow!(u64, U64),
        _ => return Err(Error::NoConversion { from: view.data_type, to }),
    })
}

fn floats_to_integers(view: &View<'_>, to: DataType, active: &Bitmap) -> Result<Buffer, Error> {
    let values = to_f64(view)?;
    macro_rules! truncate {
        ($target:ident, $variant:ident) => {{
            // The least integer is a power of two or zero, so it and the largest plus one are exact; what lies
            // strictly between them and -1 away truncates into range. NaN fails both comparisons.
            let (low, high) = ($target::MIN as f64, ($target::MAX as i128 + 1) as f64);
            check(view, active, to, &values, |value| (value.trunc() >= low) & (value < high))?;
            Buffer::$variant(convert(&values, |value| value as $target))
        }};
    }
    Ok(match to {
        DataType::I8 => truncate!(i8, I8),
        DataType::I16 => truncate!(i16, I16),
        DataType::I32 => truncate!(i32, I32),
        DataType::I64 => truncate!(i64, I64),
        DataType::U8 => truncate!(u8, U8),
        DataType::U16 => truncate!(u16, U16),
        DataType::U32 => truncate!(u32, U32),
        DataType::U64 => truncate!(u64, U64),
        _ => return Err(Error::NoConversion { from: view.data_type, to }),
    })
}
