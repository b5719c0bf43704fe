//! Text as values: each distinct text is read once where the dictionary is no longer than the rows are many.

use crate::Error;
use colq_column::{Bitmap, Buffer, View};
use colq_types::halves::{to_bf16, to_f16};
use colq_types::{DataType, TimeUnit, calendar, decimal, duration};

/// The view's texts read as values of a type that is not text.
pub(super) fn from_text(view: &View<'_>, to: DataType, active: &Bitmap) -> Result<Buffer, Error> {
    /// Reads a number by its type's own parser.
    macro_rules! number {
        ($type:ty) => {
            read(view, to, active, |text| str::from_utf8(text).ok()?.parse::<$type>().ok())?.into()
        };
    }
    Ok(match to {
        DataType::Bool => Buffer::Bool(read(view, to, active, read_bool)?),
        DataType::I8 => number!(i8),
        DataType::I16 => number!(i16),
        DataType::I32 => number!(i32),
        DataType::I64 => number!(i64),
        DataType::U8 => number!(u8),
        DataType::U16 => number!(u16),
        DataType::U32 => number!(u32),
        DataType::U64 => number!(u64),
        DataType::F32 => number!(f32),
        DataType::F64 => number!(f64),
        DataType::Date => read(view, to, active, read_date)?.into(),
        DataType::Timestamp(unit) => {
            read(view, to, active, |text| calendar::parse_timestamp(text, unit))?.into()
        }
        DataType::F16 => {
            let floats = read(view, to, active, |text| str::from_utf8(text).ok()?.parse::<f64>().ok())?;
            Buffer::F16(floats.into_iter().map(to_f16).collect())
        }
        DataType::Bf16 => {
            let floats = read(view, to, active, |text| str::from_utf8(text).ok()?.parse::<f64>().ok())?;
            Buffer::Bf16(floats.into_iter().map(to_bf16).collect())
        }
        DataType::Duration(unit) => read(view, to, active, |text| duration::parse(text, unit))?.into(),
        DataType::Decimal { precision, scale } => {
            let digits = |text: &[u8]| decimal::parse(text, scale).filter(|v| decimal::fits(*v, precision));
            if precision > DataType::MAX_STORED_PRECISION {
                Buffer::I128(read(view, to, active, digits)?)
            } else {
                Buffer::I64(read(view, to, active, |text| i64::try_from(digits(text)?).ok())?)
            }
        }
        DataType::Text | DataType::Vector { .. } => {
            return Err(Error::NoConversion { from: view.data_type, to });
        }
    })
}

fn read_bool(text: &[u8]) -> Option<u8> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    if is_one_of(&["true", "t", "yes", "y", "on", "1"]) {
        Some(1)
    } else if is_one_of(&["false", "f", "no", "n", "off", "0"]) {
        Some(0)
    } else {
        None
    }
}

/// A day, or an instant, whose day it then is.
fn read_date(text: &[u8]) -> Option<i32> {
    calendar::parse_date(text).or_else(|| {
        let seconds = calendar::parse_timestamp(text, TimeUnit::Nanosecond)?.div_euclid(1_000_000_000);
        i32::try_from(seconds.div_euclid(86_400)).ok()
    })
}

/// Reads each row's text, spaces around it left out. Rows that do not count hold zero.
fn read<T: Copy + Default>(
    view: &View<'_>,
    to: DataType,
    active: &Bitmap,
    one: impl Fn(&[u8]) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let one = |text: &[u8]| one(text.trim_ascii());
    let distinct: Option<Vec<Option<T>>> =
        view.dictionary.filter(|d| d.len() <= view.len()).map(|d| d.iter().map(one).collect());
    let mut values = vec![T::default(); view.len()];
    for row in active.ones_iter().take_while(|row| *row < view.len()) {
        if !view.is_valid(row) {
            continue;
        }
        let value = match &distinct {
            Some(distinct) => {
                view.values.code(row).and_then(|code| distinct.get(code as usize).copied()).flatten()
            }
            None => one(view.text(row)),
        };
        values[row] = value.ok_or_else(|| Error::Unreadable {
            row,
            text: String::from_utf8_lossy(view.text(row)).into_owned(),
            to,
        })?;
    }
    Ok(values)
}
