//! One value between text and memory: what CSV and JSON lines have in common. It does not know what stands around a
//! value.

use crate::csv::{parse_float, parse_i64, parse_u64};
use colq_column::{Buffer, Values};
use colq_types::{DataType, Physical, bf16, calendar, decimal, duration, f16, halves};
use std::io::Write;

/// Reads a decimal exactly: digits with at most one point, a sign, an exponent. `None` for anything else, for a digit
/// beyond the scale that is not zero, and for more digits than the precision.
pub(crate) fn parse_decimal(text: &[u8], precision: u8, scale: u8) -> Option<i64> {
    let value = parse_wide_decimal(text, precision, scale)?;
    i64::try_from(value).ok()
}

/// As [`parse_decimal`], for decimals of any precision.
pub(crate) fn parse_wide_decimal(text: &[u8], precision: u8, scale: u8) -> Option<i128> {
    // Nothing is rounded in silence: the digits that the scale leaves out must be zeros.
    let value = match decimal::parse_exact(text) {
        Some((value, found)) if found > scale => {
            let divisor = decimal::power_of_ten(found - scale);
            (value % divisor == 0).then_some(value / divisor)?
        }
        Some((value, found)) => decimal::rescale(value, found, scale)?,
        // An exponent; its digits are counted by asking for all of them.
        None => {
            let value = decimal::parse(text, scale)?;
            let finer = (scale + 1..=DataType::MAX_PRECISION).all(|finer| {
                decimal::parse(text, finer)
                    .is_none_or(|all| decimal::rescale(value, scale, finer) == Some(all))
            });
            finer.then_some(value)?
        }
    };
    decimal::fits(value, precision).then_some(value)
}

/// Reads `[1, 2, 3]`, `1 2 3` or `1;2;3` and adds the numbers; false, and nothing added, where they are not exactly
/// `len` numbers of the layout.
pub(crate) fn push_vector(text: &[u8], len: usize, numbers: &mut Buffer) -> bool {
    let text = text.trim_ascii();
    let inner = match text.strip_prefix(b"[") {
        Some(rest) => match rest.strip_suffix(b"]") {
            Some(inner) => inner,
            None => return false,
        },
        None => text,
    };
    let mark = [b';', b','].into_iter().find(|mark| inner.contains(mark));
    let before = numbers.len();
    let is_ok = match mark {
        Some(mark) => inner.split(|b| *b == mark).all(|part| push_number(part.trim_ascii(), numbers)),
        None => {
            let parts = inner.split(u8::is_ascii_whitespace);
            parts.filter(|part| !part.is_empty()).all(|part| push_number(part, numbers))
        }
    };
    // A hostile cell may hold any count of numbers, which is no more than its own bytes.
    if is_ok && numbers.len() - before == len {
        return true;
    }
    numbers.truncate(before);
    false
}

/// Reads one number of the buffer's layout and adds it; false, and nothing added, for anything else.
pub(crate) fn push_number(text: &[u8], numbers: &mut Buffer) -> bool {
    fn add<T>(values: &mut Vec<T>, value: Option<T>) -> bool {
        value.map(|value| values.push(value)).is_some()
    }
    match numbers {
        Buffer::I8(v) => add(v, parse_i64(text).and_then(|x| x.try_into().ok())),
        Buffer::I16(v) => add(v, parse_i64(text).and_then(|x| x.try_into().ok())),
        Buffer::I32(v) => add(v, parse_i64(text).and_then(|x| x.try_into().ok())),
        Buffer::I64(v) => add(v, parse_i64(text)),
        Buffer::U8(v) => add(v, parse_u64(text).and_then(|x| x.try_into().ok())),
        Buffer::U16(v) => add(v, parse_u64(text).and_then(|x| x.try_into().ok())),
        Buffer::U32(v) => add(v, parse_u64(text).and_then(|x| x.try_into().ok())),
        Buffer::U64(v) => add(v, parse_u64(text)),
        Buffer::F16(v) => add(v, parse_f16(text)),
        Buffer::Bf16(v) => add(v, parse_bf16(text)),
        Buffer::F32(v) => add(v, parse_float(text)),
        Buffer::F64(v) => add(v, parse_float(text)),
        Buffer::Bool(_) | Buffer::I128(_) | Buffer::Vector(_) | Buffer::Shared(_) => false,
    }
}

/// A half float, rounded to nearest; `None` where a finite number is beyond the largest, as for the wider floats.
pub(crate) fn parse_f16(text: &[u8]) -> Option<f16> {
    let wide = parse_float::<f64>(text)?;
    let value = halves::to_f16(wide);
    (value.is_finite() || !wide.is_finite()).then_some(value)
}

/// As [`parse_f16`].
pub(crate) fn parse_bf16(text: &[u8]) -> Option<bf16> {
    let wide = parse_float::<f64>(text)?;
    let value = halves::to_bf16(wide);
    (value.is_finite() || !wide.is_finite()).then_some(value)
}

/// How a kind of file writes what is no plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Times as they are, NaN and infinities by name.
    Csv,
    /// Times in quotes, NaN and infinities as null.
    Json,
}

/// Adds the text of a value that is not text itself.
pub(crate) fn push(out: &mut Vec<u8>, data_type: DataType, values: Values<'_>, row: usize, style: Style) {
    // Writing to a Vec cannot fail.
    let _ = match (data_type, values) {
        (DataType::Date, Values::I32(v)) => quoted(out, &calendar::format_date(v[row]), style),
        (DataType::Timestamp(unit), Values::I64(v)) => {
            quoted(out, &calendar::format_timestamp(v[row], unit), style)
        }
        (DataType::Duration(unit), Values::I64(v)) => quoted(out, &duration::format(v[row], unit), style),
        (DataType::Decimal { scale, .. }, Values::I64(v)) => {
            write!(out, "{}", decimal::format(i128::from(v[row]), scale))
        }
        (DataType::Decimal { scale, .. }, Values::I128(v)) => {
            write!(out, "{}", decimal::format(v[row], scale))
        }
        (_, Values::Vector(v)) => {
            let numbers = v.row(row);
            out.push(b'[');
            for at in 0..numbers.len() {
                if at > 0 {
                    out.extend_from_slice(b", ");
                }
                push_plain(out, numbers, at, style);
            }
            out.push(b']');
            return;
        }
        (_, plain) => return push_plain(out, plain, row, style),
    };
}

fn quoted(out: &mut Vec<u8>, text: &str, style: Style) -> std::io::Result<()> {
    if style == Style::Json { write!(out, "\"{text}\"") } else { write!(out, "{text}") }
}

fn push_plain(out: &mut Vec<u8>, values: Values<'_>, row: usize, style: Style) {
    let _ = match values {
        Values::Bool(v) => write!(out, "{}", v[row] != 0),
        Values::I8(v) => write!(out, "{}", v[row]),
        Values::I16(v) => write!(out, "{}", v[row]),
        Values::I32(v) => write!(out, "{}", v[row]),
        Values::I64(v) => write!(out, "{}", v[row]),
        Values::U8(v) => write!(out, "{}", v[row]),
        Values::U16(v) => write!(out, "{}", v[row]),
        Values::U32(v) => write!(out, "{}", v[row]),
        Values::U64(v) => write!(out, "{}", v[row]),
        Values::I128(v) => write!(out, "{}", v[row]),
        Values::F16(v) => push_f32(out, v[row].to_f32(), style),
        Values::Bf16(v) => push_f32(out, v[row].to_f32(), style),
        Values::F32(v) => push_f32(out, v[row], style),
        Values::F64(v) if v[row].is_finite() => write!(out, "{:?}", v[row]),
        Values::F64(v) => push_f32(out, v[row] as f32, style),
        // Vectors do not hold vectors.
        Values::Vector(_) => Ok(()),
    };
}

fn push_f32(out: &mut Vec<u8>, value: f32, style: Style) -> std::io::Result<()> {
    match style {
        _ if value.is_finite() => write!(out, "{value:?}"),
        Style::Json => out.write_all(b"null"),
        Style::Csv if value.is_nan() => out.write_all(b"NaN"),
        Style::Csv if value > 0.0 => out.write_all(b"Infinity"),
        Style::Csv => out.write_all(b"-Infinity"),
    }
}

/// The type of a layout's plain numbers.
pub(crate) fn number_type(physical: Physical) -> DataType {
    DataType::parse(physical.name()).unwrap_or(DataType::I64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_digit_beyond_the_scale_is_no_decimal() {
        for (text, expected) in [
            ("12.50", Some(1250)),
            ("-12.5", Some(-1250)),
            ("12.500", Some(1250)),
            ("12.505", None),
            ("0.001", None),
            ("1e1", Some(1000)),
            ("1.25e1", Some(1250)),
            ("1.255e1", Some(1255)),
            ("1.2555e1", None),
            ("1e-3", None),
            ("999.99", Some(99_999)),
            ("1000", None),
            ("1e900", None),
            ("", None),
            (".", None),
            ("1 ", None),
            ("nan", None),
        ] {
            assert_eq!(parse_decimal(text.as_bytes(), 5, 2), expected, "{text}");
        }
    }

    #[test]
    fn vectors_are_read_in_three_forms() {
        for (text, expected) in [
            ("[1, 2, 3]", Some([1.0, 2.0, 3.0])),
            ("1 2  3", Some([1.0, 2.0, 3.0])),
            ("1;2;-3.5", Some([1.0, 2.0, -3.5])),
            ("[1 2 3]", Some([1.0, 2.0, 3.0])),
            ("[1, 2]", None),
            ("[1, 2, 3, 4]", None),
            ("[1, 2, 3", None),
            ("1,,3", None),
            ("[1, x, 3]", None),
            ("", None),
        ] {
            let mut numbers = Buffer::from(vec![9.0f64]);
            assert_eq!(push_vector(text.as_bytes(), 3, &mut numbers), expected.is_some(), "{text}");
            let expected = [9.0].into_iter().chain(expected.into_iter().flatten()).collect::<Vec<f64>>();
            assert_eq!(numbers, Buffer::from(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decimals_are_read_back(value in -99_999_999_999_999_999i64..99_999_999_999_999_999, scale in 0u8..18) {
            let text = decimal::format(i128::from(value), scale);
            prop_assert_eq!(parse_decimal(text.as_bytes(), 17, scale), Some(value));
        }
    }
}
