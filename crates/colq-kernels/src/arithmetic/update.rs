//! Arithmetic of floats that writes its answers over one of the sides, where nothing else needs it: no room has to be made
//! for them, and what is in the cache stays there.

use super::{Arithmetic, Float, Operand};
use crate::processor::vectorised;

/// Law: as [`arithmetic_floats`](crate::arithmetic_floats), `values` being the left side, or the right one where `is_left`
/// is false, and then the answers. Rows past the end of the other side stay as they are.
pub fn update_floats<T: Float>(op: Arithmetic, values: &mut [T], other: Operand<'_, T>, is_left: bool) {
    match op {
        Arithmetic::Add => update(values, other, is_left, |l, r| T::compute(Arithmetic::Add, l, r)),
        Arithmetic::Subtract => update(values, other, is_left, |l, r| T::compute(Arithmetic::Subtract, l, r)),
        Arithmetic::Multiply => update(values, other, is_left, |l, r| T::compute(Arithmetic::Multiply, l, r)),
        Arithmetic::Divide => update(values, other, is_left, |l, r| T::compute(Arithmetic::Divide, l, r)),
        Arithmetic::Remainder => {
            update(values, other, is_left, |l, r| T::compute(Arithmetic::Remainder, l, r))
        }
    }
}

fn update<T: Float>(values: &mut [T], other: Operand<'_, T>, is_left: bool, each: impl Fn(T, T) -> T) {
    match (other, is_left) {
        (Operand::Slice(others), true) => update_pairs(values, others, each),
        (Operand::Slice(others), false) => update_pairs(values, others, |value, other| each(other, value)),
        (Operand::Scalar(other), true) => update_values(values, |value| each(value, other)),
        (Operand::Scalar(other), false) => update_values(values, |value| each(other, value)),
    }
}

vectorised! {
    fn update_pairs<T: Copy, F: Fn(T, T) -> T>(values: &mut [T], others: &[T], each: F) {
        for (value, other) in values.iter_mut().zip(others) {
            *value = each(*value, *other);
        }
    }
}

vectorised! {
    fn update_values<T: Copy, F: Fn(T) -> T>(values: &mut [T], each: F) {
        for value in values {
            *value = each(*value);
        }
    }
}
