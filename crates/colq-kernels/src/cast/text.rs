//! Values as text. It writes what the program prints and nothing else.

use crate::text_rows::TextRows;
use colq_column::{Buffer, Column, DictionaryBuilder, Values, View};
use colq_types::Scalar;
use std::fmt::Write as _;
use std::sync::Arc;

/// A text column of the values as the program prints them; NULL stays NULL.
pub(super) fn to_text(view: &View<'_>) -> Column {
    if view.data_type.is_integer() {
        match view.values {
            Values::I8(v) => return integers(view, v.iter().map(|v| i64::from(*v))),
            Values::I16(v) => return integers(view, v.iter().map(|v| i64::from(*v))),
            Values::I32(v) => return integers(view, v.iter().map(|v| i64::from(*v))),
            Values::I64(v) => return integers(view, v.iter().copied()),
            Values::U8(v) => return integers(view, v.iter().map(|v| i64::from(*v))),
            Values::U16(v) => return integers(view, v.iter().map(|v| i64::from(*v))),
            Values::U32(v) => return integers(view, v.iter().map(|v| i64::from(*v))),
            _ => {}
        }
    }
    let mut builder = DictionaryBuilder::default();
    let mut codes = Vec::with_capacity(view.len());
    let mut text = String::new();
    let mut last: Option<(Scalar, u32)> = None;
    for row in 0..view.len() {
        let scalar = view.scalar(row);
        if scalar.is_null() {
            codes.push(0);
            continue;
        }
        // Runs of one value are common, and writing a number is most of the work.
        let code = match &last {
            Some((before, code)) if *before == scalar && !may_hold_zero(&scalar) => *code,
            _ => {
                text.clear();
                // Writing to a String cannot fail.
                let _ = write!(text, "{scalar}");
                builder.intern(text.as_bytes())
            }
        };
        codes.push(code);
        last = Some((scalar, code));
    }
    Column::text(Buffer::U32(codes), Arc::new(builder.finish())).with_validity(view.validity.cloned())
}

/// Integers by their digits.
fn integers(view: &View<'_>, values: impl Iterator<Item = i64>) -> Column {
    let mut rows = TextRows::default();
    let mut digits = [0; LONGEST];
    for (row, value) in values.enumerate() {
        match view.is_valid(row) {
            true => rows.push(written(value, &mut digits)),
            false => rows.push_null(),
        }
    }
    rows.finish().with_validity(view.validity.cloned())
}

/// Bytes of the longest integer: a sign and 19 digits.
const LONGEST: usize = 20;

/// The text of an integer, at the end of the bytes.
fn written(value: i64, digits: &mut [u8; LONGEST]) -> &[u8] {
    let mut rest = value.unsigned_abs();
    let mut start = LONGEST;
    loop {
        start -= 1;
        if let Some(place) = digits.get_mut(start) {
            *place = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        start -= 1;
        if let Some(place) = digits.get_mut(start) {
            *place = b'-';
        }
    }
    digits.get(start..).unwrap_or(&[])
}

/// -0.0 equals 0.0 and prints otherwise.
fn may_hold_zero(scalar: &Scalar) -> bool {
    matches!(scalar, Scalar::Vector(_)) || scalar.as_f64() == Some(0.0)
}
