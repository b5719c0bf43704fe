//! Values as text. It writes what the program prints and nothing else.

use colq_column::{Buffer, Column, DictionaryBuilder, View};
use colq_types::Scalar;
use std::fmt::Write as _;
use std::sync::Arc;

/// A text column of the values as the program prints them; NULL stays NULL.
pub(super) fn to_text(view: &View<'_>) -> Column {
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

/// -0.0 equals 0.0 and prints otherwise.
fn may_hold_zero(scalar: &Scalar) -> bool {
    matches!(scalar, Scalar::Vector(_)) || scalar.as_f64() == Some(0.0)
}
