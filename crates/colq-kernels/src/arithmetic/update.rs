//! Operations that write their answers over one of the sides, in lanes: no room has to be made for them, and what is in the
//! cache stays there.
//!
//! What an operation has to say of its values besides is gathered over all rows, bit by bit, and looked at once: a branch in
//! the loop would leave no lanes.

use super::Operand;
use crate::processor::vectorised;
use colq_column::Values;
use colq_types::{Arithmetic, Native};

/// Rows that are computed together: a few columns of 64 bits of so many stay in the nearest cache.
pub(super) const TILE: usize = 512;

/// An operation, and what is known of its sides beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it may fail.
    Checked(Arithmetic),
    /// Every result fits, and it is no division.
    Sure(Arithmetic),
    /// A product of numbers of 32 bits each, in numbers of 64.
    Halves,
}

/// Numbers that are computed with: `i64`, `u64`, `f32` and `f64`.
pub trait Computed: Native {
    /// Law: `values[i] = values[i] op other[i]`, or `other[i] op values[i]` where `is_left` is false, as
    /// [`arithmetic_integers`](crate::arithmetic_integers) and [`arithmetic_floats`](crate::arithmetic_floats) have it. True
    /// where some row may have failed: then the values mean nothing. Where it is said that none can, nobody looks, and
    /// results that do not fit mean nothing.
    fn update(step: Step, values: &mut [Self], other: Operand<'_, Self>, is_left: bool) -> bool;

    /// Law: `out[i] = values[i]`, of numbers of this type and of those that are widened to it without a check. False for
    /// others, and nothing is written. The lengths are equal.
    fn load(values: Values<'_>, out: &mut [Self]) -> bool;
}

/// What is gathered over rows.
pub(super) trait Gathered: Copy + Default {
    /// What either says.
    fn or(self, other: Self) -> Self;
}

impl Gathered for () {
    #[inline(always)]
    fn or(self, (): ()) {}
}

impl Gathered for [u64; 2] {
    #[inline(always)]
    fn or(self, other: [u64; 2]) -> [u64; 2] {
        [self[0] | other[0], self[1] | other[1]]
    }
}

/// Law: `values[i] = each(values[i], other[i])`, or the sides the other way round where `is_left` is false.
pub(super) fn update<T: Copy, G: Gathered>(
    values: &mut [T],
    other: Operand<'_, T>,
    is_left: bool,
    each: impl Fn(T, T) -> (T, G),
) -> G {
    match (other, is_left) {
        (Operand::Slice(others), true) => update_pairs(values, others, each),
        (Operand::Slice(others), false) => update_pairs(values, others, |value, other| each(other, value)),
        (Operand::Scalar(other), true) => update_values(values, |value| each(value, other)),
        (Operand::Scalar(other), false) => update_values(values, |value| each(other, value)),
    }
}

vectorised! {
    fn update_pairs<T: Copy, G: Gathered, F: Fn(T, T) -> (T, G)>(
        values: &mut [T], others: &[T], each: F,
    ) -> G {
        let mut all = G::default();
        for (value, other) in values.iter_mut().zip(others) {
            let (answer, gathered) = each(*value, *other);
            *value = answer;
            all = all.or(gathered);
        }
        all
    }
}

vectorised! {
    pub(super) fn update_values<T: Copy, G: Gathered, F: Fn(T) -> (T, G)>(values: &mut [T], each: F) -> G {
        let mut all = G::default();
        for value in values {
            let (answer, gathered) = each(*value);
            *value = answer;
            all = all.or(gathered);
        }
        all
    }
}
