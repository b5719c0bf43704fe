//! Arithmetic on 64-bit integers and on floats, a value a row.
//!
//! Integers are exact or an error; floats follow IEEE 754. The loops go over all rows, and only then is it
//! asked whether a row that failed is one that counts: an error in a row that WHERE dropped, or in a NULL, is
//! no error.

#[cfg(test)]
mod tests;

mod fused;
mod quotient;
mod update;
mod word;

pub use fused::{Fused, add_fused, fused, sum_fused};
pub use update::{Computed, Sides, Step};
pub use word::{QUOTIENT_LIMIT, Word};

use crate::ArithmeticError;
use crate::cast::convert_into;
use colq_column::{Bitmap, Values, dispatch};
use colq_types::{Arithmetic, Native};
use std::ops::Range;
use update::update_values;

/// One side of an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand<'a, T> {
    /// A value for each row.
    Slice(&'a [T]),
    /// The same value for every row.
    Scalar(T),
}

impl<T: Copy> Operand<'_, T> {
    /// The value of a row; `None` past the end of a slice.
    fn get(&self, row: usize) -> Option<T> {
        match self {
            Operand::Slice(values) => values.get(row).copied(),
            Operand::Scalar(value) => Some(*value),
        }
    }

    /// Some of the rows, which it can serve.
    fn part(self, rows: Range<usize>) -> Self {
        match self {
            Operand::Slice(values) => Operand::Slice(values.get(rows).unwrap_or(&[])),
            scalar => scalar,
        }
    }

    /// How many rows it can serve.
    fn row_limit(&self) -> usize {
        match self {
            Operand::Slice(values) => values.len(),
            Operand::Scalar(_) => usize::MAX,
        }
    }
}

/// Law: `out[i] = left[i] op right[i]`, exactly, for each of `len` rows whose bit in `active` is one; other
/// rows get any value. `active` must leave out the rows in which a side is NULL. Division truncates toward
/// zero; the remainder takes the sign of the left side, and `i64::MIN % -1` is 0. `len` is cut to the shortest
/// slice.
///
/// # Errors
/// The first active row whose result does not fit ([`ArithmeticError::Overflow`], `i64::MIN / -1` too) or that
/// divides by zero ([`ArithmeticError::DivisionByZero`]).
pub fn arithmetic_integers<T: Word>(
    op: Arithmetic,
    left: Operand<'_, T>,
    right: Operand<'_, T>,
    len: usize,
    active: &Bitmap,
    out: &mut Vec<T>,
) -> Result<(), ArithmeticError> {
    let len = len.min(left.row_limit()).min(right.row_limit());
    // What a buffer in reuse holds is written over, so only its growth is filled.
    out.resize(len, T::default());
    let sides = Sides::Into(left.part(0..len), right.part(0..len), out);
    let mut failed = false;
    if T::compute(Step::Checked(op), sides) {
        for (row, place) in out.iter_mut().enumerate() {
            if let (Some(l), Some(r)) = (left.get(row), right.get(row)) {
                let (value, fails) = T::overflowing(op, l, r);
                *place = value;
                failed |= fails;
            }
        }
    }
    if failed { first_failure(op, left, right, active) } else { Ok(()) }
}

/// Looks at the active rows one by one, which only happens when some row failed.
#[cold]
fn first_failure<T: Word>(
    op: Arithmetic,
    left: Operand<'_, T>,
    right: Operand<'_, T>,
    active: &Bitmap,
) -> Result<(), ArithmeticError> {
    for row in active.ones_iter() {
        let (Some(l), Some(r)) = (left.get(row), right.get(row)) else { break };
        if T::overflowing(op, l, r).1 {
            let (left, right, operator) = (l.to_i128(), r.to_i128(), op.sign());
            return Err(if r == T::ZERO && matches!(op, Arithmetic::Divide | Arithmetic::Remainder) {
                ArithmeticError::DivisionByZero { row, left, operator }
            } else {
                ArithmeticError::Overflow { row, left, operator, right, data_type: T::DATA_TYPE }
            });
        }
    }
    Ok(())
}

/// The floats that are computed with.
pub trait Float: Computed {
    /// The IEEE result; NaN comes out as the one NaN.
    fn rounded(op: Arithmetic, left: Self, right: Self) -> Self;
    /// The value with its sign turned; NaN comes out as the one NaN.
    fn negated(self) -> Self;
    /// Law: each answer is `rounded(Divide, left, right)`.
    fn divide(sides: Sides<'_, Self>);
    /// The one NaN.
    const NAN: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Negative infinity.
    const NEG_INFINITY: Self;
}

macro_rules! float {
    ($type:ty, $remainder:path, $divide:path) => {
        impl Float for $type {
            const NAN: $type = <$type>::NAN;
            const INFINITY: $type = <$type>::INFINITY;
            const NEG_INFINITY: $type = <$type>::NEG_INFINITY;

            #[inline(always)]
            fn rounded(op: Arithmetic, left: $type, right: $type) -> $type {
                let value = match op {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    Arithmetic::Divide => left / right,
                    // Rust's own operator calls the system's C library.
                    Arithmetic::Remainder => $remainder(left, right),
                };
                // Processors differ in the sign of the NaN they make.
                if value.is_nan() { <$type>::NAN } else { value }
            }

            #[inline(always)]
            fn negated(self) -> $type {
                if self.is_nan() { <$type>::NAN } else { -self }
            }

            fn divide(sides: Sides<'_, $type>) {
                $divide(sides);
            }
        }
    };
}
float!(f32, libm::fmodf, divide_each);
float!(f64, libm::fmod, quotient::divide);

/// Law: as [`Float::divide`], by the processor's own division.
fn divide_each<T: Float>(sides: Sides<'_, T>) {
    sides.map(|l, r| (T::rounded(Arithmetic::Divide, l, r), ()));
}

impl Computed for f32 {
    fn compute(step: Step, sides: Sides<'_, f32>) -> bool {
        compute_floats(step, sides)
    }

    fn load(values: Values<'_>, out: &mut [f32]) -> bool {
        let Values::F32(values) = values else { return false };
        out.copy_from_slice(values);
        true
    }
}

impl Computed for f64 {
    fn compute(step: Step, sides: Sides<'_, f64>) -> bool {
        compute_floats(step, sides)
    }

    fn load(values: Values<'_>, out: &mut [f64]) -> bool {
        dispatch!(values,
            bool _b => return false,
            native v => convert_into(v, out, |value| value.to_f64()),
            vector _v => return false
        );
        true
    }
}

/// Floats are never in doubt.
fn compute_floats<T: Float>(step: Step, sides: Sides<'_, T>) -> bool {
    let op = match step {
        Step::Checked(op) | Step::Sure(op) => op,
        Step::Halves => Arithmetic::Multiply,
        Step::Rounded => Arithmetic::Divide,
    };
    match op {
        Arithmetic::Add => sides.map(|l, r| (T::rounded(Arithmetic::Add, l, r), ())),
        Arithmetic::Subtract => sides.map(|l, r| (T::rounded(Arithmetic::Subtract, l, r), ())),
        Arithmetic::Multiply => sides.map(|l, r| (T::rounded(Arithmetic::Multiply, l, r), ())),
        Arithmetic::Divide => T::divide(sides),
        Arithmetic::Remainder => sides.map(|l, r| (T::rounded(Arithmetic::Remainder, l, r), ())),
    }
    false
}

/// Law: `out[i] = left[i] op right[i]` for each of `len` rows, rounded once, as IEEE 754 has it: division by
/// zero gives an infinity or NaN. The remainder is C's `fmod`. `len` is cut to the shortest slice.
pub fn arithmetic_floats<T: Float>(
    op: Arithmetic,
    left: Operand<'_, T>,
    right: Operand<'_, T>,
    len: usize,
    out: &mut Vec<T>,
) {
    let len = len.min(left.row_limit()).min(right.row_limit());
    // What a buffer in reuse holds is written over, so only its growth is filled.
    out.resize(len, T::default());
    // Floats are never in doubt.
    T::compute(Step::Checked(op), Sides::Into(left.part(0..len), right.part(0..len), out));
}

/// Law: `out[i] = -values[i]` for each row whose bit in `active` is one; other rows get any value.
///
/// # Errors
/// The first active row whose negative does not fit: `i64::MIN`, and any `u64` but 0.
pub fn negate_integers<T: Word>(
    values: &[T],
    active: &Bitmap,
    out: &mut Vec<T>,
) -> Result<(), ArithmeticError> {
    let (left, right) = (Operand::Scalar(T::ZERO), Operand::Slice(values));
    arithmetic_integers(Arithmetic::Subtract, left, right, values.len(), active, out)
}

/// Law: `out[i] = -values[i]`, the sign of zero turned too.
pub fn negate_floats<T: Float>(values: &[T], out: &mut Vec<T>) {
    out.clear();
    out.extend_from_slice(values);
    update_values(out, |value| (value.negated(), ()));
}
