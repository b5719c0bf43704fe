//! Arithmetic on 64-bit integers and on floats, a value a row.
//!
//! Integers are exact or an error; floats follow IEEE 754. The loops go over all rows, and only then is it
//! asked whether a row that failed is one that counts: an error in a row that WHERE dropped, or in a NULL, is
//! no error.

#[cfg(test)]
mod tests;

mod update;

pub use update::update_floats;

use crate::ArithmeticError;
use crate::processor::vectorised;
use colq_column::Bitmap;
use colq_types::{Arithmetic, DataType, Integer, Native};

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

    /// How many rows it can serve.
    fn row_limit(&self) -> usize {
        match self {
            Operand::Slice(values) => values.len(),
            Operand::Scalar(_) => usize::MAX,
        }
    }
}

/// The integers that are computed with: `i64` and `u64`. Narrower columns are widened first.
pub trait Word: Integer {
    /// The type's name, for errors.
    const DATA_TYPE: DataType;
    /// Zero.
    const ZERO: Self;
    /// The remainder of numbers that floats hold exactly; any value and true for others, and where there is none.
    fn small_remainder(left: Self, right: Self) -> (Self, bool);
    /// The exact result, or the wrapped one and true; any value and true where there is none.
    fn overflowing(op: Arithmetic, left: Self, right: Self) -> (Self, bool);
}

/// Numbers up to here are held by floats, and so are their products with a quotient of two of them.
const SMALL: i64 = 1 << 51;

macro_rules! word {
    ($type:ty, $data_type:expr) => {
        impl Word for $type {
            const DATA_TYPE: DataType = $data_type;
            const ZERO: $type = 0;

            #[inline(always)]
            fn small_remainder(left: $type, right: $type) -> ($type, bool) {
                let lowest = (0 as $type).wrapping_sub(SMALL as $type).min(0);
                let is_small = |value: $type| value >= lowest && value <= SMALL as $type;
                // Of numbers below 2^51 a quotient that is no whole number is further from the next one than it is
                // rounded, so what is cut off is right; the product and the difference are exact.
                let (l, r) = (left as i64 as f64, right as i64 as f64);
                let rest = l - (l / r).trunc() * r;
                let fails = !is_small(left) || !is_small(right) || right == 0;
                (if fails { 0 } else { rest as i64 as $type }, fails)
            }

            #[inline(always)]
            fn overflowing(op: Arithmetic, left: $type, right: $type) -> ($type, bool) {
                match op {
                    Arithmetic::Add => left.overflowing_add(right),
                    Arithmetic::Subtract => left.overflowing_sub(right),
                    Arithmetic::Multiply => left.overflowing_mul(right),
                    Arithmetic::Divide if right == 0 => (0, true),
                    Arithmetic::Divide => left.overflowing_div(right),
                    Arithmetic::Remainder if right == 0 => (0, true),
                    // MIN % -1 is 0, which fits, whatever the division on the way to it does.
                    Arithmetic::Remainder => (left.wrapping_rem(right), false),
                }
            }
        }
    };
}
word!(i64, DataType::I64);
word!(u64, DataType::U64);

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
    // The operation is fixed outside of the loop, so that each loop is compiled for one.
    let failed = match op {
        Arithmetic::Add => map(left, right, len, out, |l, r| T::overflowing(Arithmetic::Add, l, r)),
        Arithmetic::Subtract => map(left, right, len, out, |l, r| T::overflowing(Arithmetic::Subtract, l, r)),
        Arithmetic::Multiply => map(left, right, len, out, |l, r| T::overflowing(Arithmetic::Multiply, l, r)),
        Arithmetic::Divide => map(left, right, len, out, |l, r| T::overflowing(Arithmetic::Divide, l, r)),
        Arithmetic::Remainder => {
            // By floats where all numbers are small enough, else by the processor's slow division.
            let large = map(left, right, len, out, |l, r| T::small_remainder(l, r));
            large && map(left, right, len, out, |l, r| T::overflowing(Arithmetic::Remainder, l, r))
        }
    };
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

/// Runs the loop that fits the shapes of the sides; true when any row failed.
fn map<T: Copy + Default>(
    left: Operand<'_, T>,
    right: Operand<'_, T>,
    len: usize,
    out: &mut Vec<T>,
    each: impl Fn(T, T) -> (T, bool),
) -> bool {
    let len = len.min(left.row_limit()).min(right.row_limit());
    // What a buffer in reuse holds is written over, so only its growth is filled.
    out.resize(len, T::default());
    match (left, right) {
        (Operand::Slice(left), Operand::Slice(right)) => map_pairs(left, right, out, each),
        (Operand::Slice(left), Operand::Scalar(right)) => map_values(left, out, |value| each(value, right)),
        (Operand::Scalar(left), Operand::Slice(right)) => map_values(right, out, |value| each(left, value)),
        (Operand::Scalar(left), Operand::Scalar(right)) => {
            let (value, failed) = each(left, right);
            out.fill(value);
            failed
        }
    }
}

vectorised! {
    fn map_pairs<T: Copy, U, F: Fn(T, T) -> (U, bool)>(left: &[T], right: &[T], out: &mut [U], each: F) -> bool {
        let mut failed = false;
        for (out, (l, r)) in out.iter_mut().zip(left.iter().zip(right)) {
            let (value, fails) = each(*l, *r);
            *out = value;
            failed |= fails;
        }
        failed
    }
}

vectorised! {
    fn map_values<T: Copy, U, F: Fn(T) -> (U, bool)>(values: &[T], out: &mut [U], each: F) -> bool {
        let mut failed = false;
        for (out, value) in out.iter_mut().zip(values) {
            let (value, fails) = each(*value);
            *out = value;
            failed |= fails;
        }
        failed
    }
}

/// The floats that are computed with.
pub trait Float: Native {
    /// The IEEE result; NaN comes out as the one NaN.
    fn compute(op: Arithmetic, left: Self, right: Self) -> Self;
    /// The value with its sign turned; NaN comes out as the one NaN.
    fn negated(self) -> Self;
    /// The one NaN.
    const NAN: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Negative infinity.
    const NEG_INFINITY: Self;
}

macro_rules! float {
    ($type:ty, $remainder:path) => {
        impl Float for $type {
            const NAN: $type = <$type>::NAN;
            const INFINITY: $type = <$type>::INFINITY;
            const NEG_INFINITY: $type = <$type>::NEG_INFINITY;

            #[inline(always)]
            fn compute(op: Arithmetic, left: $type, right: $type) -> $type {
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
        }
    };
}
float!(f32, libm::fmodf);
float!(f64, libm::fmod);

/// Law: `out[i] = left[i] op right[i]` for each of `len` rows, rounded once, as IEEE 754 has it: division by
/// zero gives an infinity or NaN. The remainder is C's `fmod`. `len` is cut to the shortest slice.
pub fn arithmetic_floats<T: Float>(
    op: Arithmetic,
    left: Operand<'_, T>,
    right: Operand<'_, T>,
    len: usize,
    out: &mut Vec<T>,
) {
    match op {
        Arithmetic::Add => map(left, right, len, out, |l, r| (T::compute(Arithmetic::Add, l, r), false)),
        Arithmetic::Subtract => {
            map(left, right, len, out, |l, r| (T::compute(Arithmetic::Subtract, l, r), false))
        }
        Arithmetic::Multiply => {
            map(left, right, len, out, |l, r| (T::compute(Arithmetic::Multiply, l, r), false))
        }
        Arithmetic::Divide => {
            map(left, right, len, out, |l, r| (T::compute(Arithmetic::Divide, l, r), false))
        }
        Arithmetic::Remainder => {
            map(left, right, len, out, |l, r| (T::compute(Arithmetic::Remainder, l, r), false))
        }
    };
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
    out.resize(values.len(), T::default());
    map_values(values, out, |value| (value.negated(), false));
}
