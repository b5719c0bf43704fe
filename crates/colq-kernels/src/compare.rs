//! Comparisons, a bit a row.
//!
//! NaN is one value, equal to itself and above every number; -0.0 equals 0.0. Nulls are not looked at: their
//! slots hold zeros and get a bit like any other, and the caller masks the answer by validity
//! ([`Truth::masked`](crate::Truth::masked)). Text is compared by code ([`lookup_codes`](crate::lookup_codes)).

pub(crate) mod literal;
mod scaled;
#[cfg(test)]
mod tests;

use crate::Error;
use crate::pack::{pack, pack_pairs};
use colq_column::{Bitmap, View, dispatch};
use colq_types::{Comparison, Native, Scalar};
pub use literal::literal_units;
use literal::{Domain, Number, Predicate, Test};
pub use scaled::compare_scaled;

/// Law: `out[i] = view[i] op literal`, by mathematical value whatever the two number types are; `out` takes
/// the view's length. Dates and timestamps compare as instants and durations as lengths, whatever their units; bools
/// with bools. Beside a decimal a float literal is the decimal that its shortest text says.
///
/// # Errors
/// [`Error::NotComparable`] for a NULL literal, for text, and for kinds that do not compare (a number with a
/// date, a bool with a number).
pub fn compare_literal(
    op: Comparison,
    view: &View<'_>,
    literal: &Scalar,
    out: &mut Bitmap,
) -> Result<(), Error> {
    let number = Number::new(view.data_type, literal)?;
    out.assign(view.len(), false);
    dispatch!(view.values,
        bool bytes => test_bools(bytes, |truth| number.holds(op, truth), out),
        native values => test_values(values, Predicate::new(op, number), out),
        vector _v => return Err(not_comparable(view, literal))
    );
    Ok(())
}

/// Law: `out[i] = low <= view[i] and view[i] <= high`, in one pass; otherwise as [`compare_literal`].
///
/// # Errors
/// As [`compare_literal`].
pub fn between_literals(view: &View<'_>, low: &Scalar, high: &Scalar, out: &mut Bitmap) -> Result<(), Error> {
    let literal = low;
    let (low, high) = (Number::new(view.data_type, low)?, Number::new(view.data_type, high)?);
    let (from, to) = (Comparison::GreaterOrEqual, Comparison::LessOrEqual);
    out.assign(view.len(), false);
    dispatch!(view.values,
        bool bytes => test_bools(bytes, |truth| low.holds(from, truth) && high.holds(to, truth), out),
        native values => test_values(values, Predicate::between(low, high), out),
        vector _v => return Err(not_comparable(view, literal))
    );
    Ok(())
}

/// Vectors have no order.
fn not_comparable(view: &View<'_>, literal: &Scalar) -> Error {
    Error::NotComparable { column: view.data_type, literal: literal.to_string() }
}

/// Runs a predicate that stands in the column's own domain.
fn test_values<T: Domain>(values: &[T], predicate: Predicate<T>, out: &mut Bitmap) {
    let negated = predicate.negated;
    let words = out.words_mut();
    match predicate.test {
        Test::Never if negated => out.assign(values.len(), true),
        Test::Never => {}
        Test::AtMost(limit) => pack(values, negated, words, |value| value <= limit),
        Test::Equal(key) => pack(values, negated, words, |value| value == key),
        Test::Within { above, at_most } => {
            pack(values, negated, words, |value| (value > above) & (value <= at_most));
        }
    }
}

/// A bool has two values, so any test of it is its bits, their opposite, or neither.
pub(crate) fn test_bools(bytes: &[u8], holds: impl Fn(bool) -> bool, out: &mut Bitmap) {
    out.assign(bytes.len(), false);
    let (on_false, on_true) = (holds(false), holds(true));
    if on_false == on_true {
        out.assign(bytes.len(), on_true);
    } else {
        pack(bytes, on_false, out.words_mut(), |byte| byte != 0);
    }
}

/// Law: `out[i] = left[i] op right[i]`. `out` takes the length of the shorter side; the sides should be of one
/// length.
pub fn compare_slices<T: Native>(op: Comparison, left: &[T], right: &[T], out: &mut Bitmap) {
    let len = left.len().min(right.len());
    let (left, right) = (&left[..len], &right[..len]);
    out.assign(len, false);
    let words = out.words_mut();
    let equal = |l: T, r: T| (l == r) | (l.is_nan() & r.is_nan());
    let less = |l: T, r: T| (l < r) | (!l.is_nan() & r.is_nan());
    match op {
        Comparison::Equal => pack_pairs(left, right, false, words, equal),
        Comparison::NotEqual => pack_pairs(left, right, true, words, equal),
        Comparison::Less => pack_pairs(left, right, false, words, less),
        Comparison::GreaterOrEqual => pack_pairs(left, right, true, words, less),
        Comparison::Greater => pack_pairs(right, left, false, words, less),
        Comparison::LessOrEqual => pack_pairs(right, left, true, words, less),
    }
}

/// Law: `out[i] = left[i] op right[i]` of bools, where any byte but 0 is true and false is below true.
pub fn compare_bools(op: Comparison, left: &[u8], right: &[u8], out: &mut Bitmap) {
    let len = left.len().min(right.len());
    let (left, right) = (&left[..len], &right[..len]);
    out.assign(len, false);
    let words = out.words_mut();
    let equal = |l: u8, r: u8| (l != 0) == (r != 0);
    let less = |l: u8, r: u8| (l == 0) & (r != 0);
    match op {
        Comparison::Equal => pack_pairs(left, right, false, words, equal),
        Comparison::NotEqual => pack_pairs(left, right, true, words, equal),
        Comparison::Less => pack_pairs(left, right, false, words, less),
        Comparison::GreaterOrEqual => pack_pairs(left, right, true, words, less),
        Comparison::Greater => pack_pairs(right, left, false, words, less),
        Comparison::LessOrEqual => pack_pairs(right, left, true, words, less),
    }
}
