//! Operations of two sides in lanes. Their answers may go over one of the sides, so that what is in the cache stays there.
//!
//! What an operation has to say of its values besides is gathered over all rows, bit by bit, and looked at once: a branch in
//! the loop would leave no lanes.

use super::Operand;
use crate::processor::vectorised;
use colq_column::Values;
use colq_types::{Arithmetic, Native};

/// Rows that are computed together: a few columns of 64 bits of so many stay in the nearest caches, and
/// what is read of a column at a time is long enough to be fetched ahead.
pub(super) const TILE: usize = 1024;

/// An operation, and what is known of its sides beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it may fail.
    Checked(Arithmetic),
    /// Every result fits, and it is no division.
    Sure(Arithmetic),
    /// A product of numbers of 32 bits each, in numbers of 64.
    Halves,
    /// The quotient of numbers below [`QUOTIENT_LIMIT`](super::QUOTIENT_LIMIT) to either side, rounded half away from zero; none
    /// is divided by zero in a row that counts.
    Rounded,
}

/// Numbers that are computed with: `i64`, `u64`, `f32` and `f64`.
pub trait Computed: Native {
    /// Law: each answer is `left[i] op right[i]`, as [`arithmetic_integers`](crate::arithmetic_integers) and
    /// [`arithmetic_floats`](crate::arithmetic_floats) have it. True where some row may have failed: then the answers mean
    /// nothing. Where it is said that none can, nobody looks, and results that do not fit mean nothing.
    fn compute(step: Step, sides: Sides<'_, Self>) -> bool;

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

/// The two sides of an operation, and where the answers go. All slices have one length.
#[derive(Debug)]
pub enum Sides<'a, T> {
    /// Over the left side.
    OverLeft(&'a mut [T], Operand<'a, T>),
    /// Over the right side.
    OverRight(Operand<'a, T>, &'a mut [T]),
    /// Into room of their own.
    Into(Operand<'a, T>, Operand<'a, T>, &'a mut [T]),
}

impl<T: Copy> Sides<'_, T> {
    /// The right side, where it is the same for all rows.
    pub(super) fn constant_right(&self) -> Option<T> {
        match self {
            Sides::OverLeft(_, Operand::Scalar(right)) | Sides::Into(_, Operand::Scalar(right), _) => {
                Some(*right)
            }
            _ => None,
        }
    }

    /// Law: each answer is `each(left[i], right[i])`.
    pub(super) fn map<G: Gathered>(self, each: impl Fn(T, T) -> (T, G)) -> G {
        match self {
            Sides::OverLeft(values, Operand::Slice(right)) => update_pairs(values, right, each),
            Sides::OverLeft(values, Operand::Scalar(right)) => update_values(values, |l| each(l, right)),
            Sides::OverRight(Operand::Slice(left), values) => update_pairs(values, left, |r, l| each(l, r)),
            Sides::OverRight(Operand::Scalar(left), values) => update_values(values, |r| each(left, r)),
            Sides::Into(Operand::Slice(left), Operand::Slice(right), out) => {
                fill_pairs(left, right, out, each)
            }
            Sides::Into(Operand::Slice(left), Operand::Scalar(right), out) => {
                fill_values(left, out, |l| each(l, right))
            }
            Sides::Into(Operand::Scalar(left), Operand::Slice(right), out) => {
                fill_values(right, out, |r| each(left, r))
            }
            Sides::Into(Operand::Scalar(left), Operand::Scalar(right), out) => {
                let (value, gathered) = each(left, right);
                out.fill(value);
                gathered
            }
        }
    }
}

vectorised! {
    fn fill_pairs<T: Copy, G: Gathered, F: Fn(T, T) -> (T, G)>(
        left: &[T], right: &[T], out: &mut [T], each: F,
    ) -> G {
        let mut all = G::default();
        for (out, (l, r)) in out.iter_mut().zip(left.iter().zip(right)) {
            let (answer, gathered) = each(*l, *r);
            *out = answer;
            all = all.or(gathered);
        }
        all
    }
}

vectorised! {
    fn fill_values<T: Copy, G: Gathered, F: Fn(T) -> (T, G)>(values: &[T], out: &mut [T], each: F) -> G {
        let mut all = G::default();
        for (out, value) in out.iter_mut().zip(values) {
            let (answer, gathered) = each(*value);
            *out = answer;
            all = all.or(gathered);
        }
        all
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
