//! Aggregates of one zone without groups: sums, ends, moments.
//!
//! `selected` has a one for each row that counts and already leaves out the nulls; `None` means all rows. The
//! first value must be the first row of its zone, for a float's lane is its row number in the zone.

#[cfg(test)]
mod tests;

mod co_moments;
mod ends;
mod few;
mod shape;

pub use co_moments::{CoMoments, co_moments};
pub use ends::{min_max_floats, min_max_integers};
pub use few::{add_floats_at, moments_at};
pub use shape::ShapeMoments;

use crate::arithmetic::Float;
use crate::processor::vectorised;
use colq_column::{Bitmap, Lanes, canonical_nan, integer_sum};
use colq_types::{Integer, Native};
use std::hint::black_box;

vectorised! {
    /// Law: the sum as [`Lanes`] defines it; without rows -0.0. NaN and infinities follow IEEE 754.
    pub fn sum_floats<T: Float>(values: &[T], selected: Option<&Bitmap>) -> f64 {
        let mut lanes = Lanes::default();
        add(&mut lanes, values, selected);
        lanes.finish()
    }
}

vectorised! {
    /// Law: `lanes` go on with the selected values; the first belongs to lane 0. What follows must begin at a multiple of
    /// the lanes, so that a zone can be summed in parts with the bits of [`sum_floats`].
    pub fn add_floats<T: Float>(values: &[T], selected: Option<&Bitmap>, lanes: &mut Lanes) {
        add(lanes, values, selected);
    }
}

/// Law: [`Lanes::add_all`], or [`Lanes::add_selected`] where rows are selected.
#[inline(always)]
fn add<T: Native>(lanes: &mut Lanes, values: &[T], selected: Option<&Bitmap>) {
    match selected {
        None => lanes.add_all(values),
        Some(selected) if size_of::<T>() == size_of::<f64>() => {
            // What is added as it lies in memory would be loaded under a mask with AVX-512, and such a load holds up the
            // ones behind it: from memory the sum would take twice as long. -0.0 changes no value, but the compiler does
            // not know that it is one, and so has to load all values first. Others are converted first anyway.
            let nothing = black_box(-0.0);
            lanes.add_selected_by(values, selected, |value| value.to_f64() + nothing);
        }
        Some(selected) => lanes.add_selected(values, selected),
    }
}

vectorised! {
    /// Law: the exact sum; without rows 0.
    pub fn sum_integers<T: Integer>(values: &[T], selected: Option<&Bitmap>) -> i128 {
        let Some(selected) = selected else {
            return if size_of::<T>() <= 2 { narrow_sum(values) } else { integer_sum(values) };
        };
        let (mut high, mut low) = (0i64, 0u64);
        let (chunks, rest) = values.as_chunks::<64>();
        for (chunk, word) in chunks.iter().zip(selected.words()) {
            if *word == 0 {
                continue;
            }
            for (i, value) in chunk.iter().enumerate() {
                // All ones or all zeros.
                let mask = (word >> i & 1).wrapping_neg();
                let (h, l) = value.split();
                high += h & mask as i64;
                low += l & mask;
            }
        }
        let word = selected.words().get(chunks.len()).copied().unwrap_or(0);
        for (i, value) in rest.iter().enumerate() {
            if word >> i & 1 == 1 {
                let (h, l) = value.split();
                high += h;
                low += l;
            }
        }
        (i128::from(high) << 32) + i128::from(low)
    }
}

/// The sum of integers of up to 16 bits, in 32-bit lanes: a chunk's sum stays below 2^30.
#[inline(always)]
fn narrow_sum<T: Integer>(values: &[T]) -> i128 {
    let sums = values.chunks(1 << 14).map(|chunk| chunk.iter().fold(0i32, |sum, v| sum + v.to_i128() as i32));
    sums.map(i128::from).sum()
}

/// Count, mean and sum of squared deviations from the mean: what variances are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Values.
    pub count: u64,
    /// Their mean; 0.0 without values.
    pub mean: f64,
    /// The sum of `(value - mean)^2`.
    pub m2: f64,
}

impl Default for Moments {
    fn default() -> Moments {
        Moments { count: 0, mean: 0.0, m2: 0.0 }
    }
}

/// Law: over the selected rows of one zone, the mean is their [`Lanes`] sum divided by their count, and `m2`
/// the lane sum of `(value - mean)^2`, each in `f64`. NaN comes out as NaN.
pub fn moments<T: Native>(values: &[T], selected: Option<&Bitmap>) -> Moments {
    moments_of_sum(values, selected, lane_sum(values, selected))
}

vectorised! {
    /// The sum that moments begin with.
    fn lane_sum<T: Native>(values: &[T], selected: Option<&Bitmap>) -> f64 {
        let mut lanes = Lanes::default();
        add(&mut lanes, values, selected);
        lanes.finish()
    }
}

vectorised! {
    /// Law: [`moments`], where the [`Lanes`] sum of the selected values is known already.
    pub fn moments_of_sum<T: Native>(values: &[T], selected: Option<&Bitmap>, sum: f64) -> Moments {
        let count = selected.map_or(values.len(), ones) as u64;
        if count == 0 {
            return Moments::default();
        }
        let mean = canonical_nan(sum / count as f64);
        let square = |value: T| {
            let deviation = value.to_f64() - mean;
            deviation * deviation
        };
        let mut m2 = Lanes::default();
        match selected {
            None => m2.add_all_by(values, square),
            Some(selected) => m2.add_selected_by(values, selected, square),
        }
        Moments { count, mean, m2: m2.finish() }
    }
}

vectorised! {
    /// Law: how many bits are one, as [`Bitmap::count_ones`], with the instructions that the processor has for it.
    pub fn count_ones(bits: &Bitmap) -> usize {
        ones(bits)
    }
}

#[inline(always)]
fn ones(bits: &Bitmap) -> usize {
    bits.words().iter().map(|word| word.count_ones() as usize).sum()
}

impl Moments {
    /// Both together, by Chan's formula. Zones and groups merge in the order of their rows: the bits depend on
    /// it.
    #[must_use]
    pub fn merge(self, other: Moments) -> Moments {
        if other.count == 0 {
            return self;
        }
        if self.count == 0 {
            return other;
        }
        let count = self.count + other.count;
        let delta = other.mean - self.mean;
        let (left, right, all) = (self.count as f64, other.count as f64, count as f64);
        Moments {
            count,
            mean: self.mean + delta * right / all,
            m2: self.m2 + other.m2 + delta * delta * left * right / all,
        }
    }

    /// The variance of a sample, `m2 / (count - 1)`; `None` below two values.
    pub fn variance_samp(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    /// The variance of a population, `m2 / count`; `None` without values.
    pub fn variance_pop(&self) -> Option<f64> {
        (self.count > 0).then(|| self.m2 / self.count as f64)
    }
}
