//! How often floats occur, by sign, exponent and the upper seven bits of the fraction: quantiles within half a percent.
//!
//! Law: the histogram is a function of how often each value was added. Zero has a bucket of its own, and so have by
//! their bits the infinities and NaN. A bucket is at most 1/128 of its values wide, so its middle is within 1/256 of
//! each (below 2^-1022 within 2^-1030). After DDSketch (Masson, Rim and Lee, VLDB 2019), with exact buckets instead of
//! logarithms.

use crate::group::Place;
use crate::order::{float_word, word_float};

/// Bits of a float that its bucket leaves out: 52 of the fraction, less seven.
const DROPPED_BITS: u32 = 45;

/// Buckets added before they are sorted into the others.
const PENDING: usize = 256;

/// What is kept of the values of a group.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    /// Buckets in the order of their values, with how many values are in each.
    counts: Vec<(u32, u64)>,
    /// Buckets of values that are not in `counts` yet.
    pending: Vec<u32>,
    /// The words of the smallest and the largest value.
    ends: Option<(u64, u64)>,
}

/// The bucket of a value by its word in the order of values. Those above zero that share its upper bits come after it.
#[inline(always)]
fn bucket(word: u64) -> u32 {
    let is_zero = word == float_word(0.0);
    ((word >> DROPPED_BITS) as u32) << 1 | u32::from(!is_zero)
}

/// The middle of a bucket.
fn middle(bucket: u32) -> f64 {
    let low = u64::from(bucket >> 1) << DROPPED_BITS;
    // The words of values below zero run against their bits, so the middle is found in those.
    let kept = word_float(low).to_bits() >> DROPPED_BITS << DROPPED_BITS;
    let value = f64::from_bits(kept | 1 << (DROPPED_BITS - 1));
    match bucket & 1 {
        0 => 0.0,
        // The bits between an infinity and the next bucket are those of NaN.
        _ if !value.is_nan() => value,
        _ if low == float_word(f64::INFINITY) => f64::INFINITY,
        _ if low < float_word(0.0) => f64::NEG_INFINITY,
        _ => f64::NAN,
    }
}

impl Histogram {
    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let word = float_word(value);
        let (low, high) = self.ends.unwrap_or((word, word));
        self.ends = Some((low.min(word), high.max(word)));
        self.pending.push(bucket(word));
        if self.pending.len() >= PENDING.max(self.counts.len()) {
            self.settle();
        }
    }

    /// Adds all that another histogram has seen.
    pub fn merge(&mut self, other: &Histogram) {
        self.settle();
        let mut other = other.clone();
        other.settle();
        self.ends = match (self.ends, other.ends) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, another) => one.or(another),
        };
        self.put_in(&other.counts);
    }

    /// The quantile at `place` to the nearest value: the middle of the bucket that holds it, and nothing outside the
    /// values that there were; the first and the last value as they are. `None` without values.
    pub fn quantile(&mut self, place: Place) -> Option<f64> {
        self.settle();
        let count = self.counts.iter().map(|(_, count)| count).sum();
        let wanted = place.among(count)?.low;
        let mut below = 0;
        let (found, _) = self.counts.iter().find(|(_, count)| {
            below += count;
            below > wanted
        })?;
        let (low, high) = self.ends?;
        Some(word_float(match wanted {
            0 => low,
            last if last + 1 == count => high,
            _ => float_word(middle(*found)).clamp(low, high),
        }))
    }

    /// Bytes owned.
    pub fn byte_len(&self) -> usize {
        self.counts.capacity() * size_of::<(u32, u64)>() + self.pending.capacity() * 4
    }

    /// Counts what is pending.
    pub fn settle(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_unstable();
        let runs: Vec<(u32, u64)> =
            pending.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect();
        self.put_in(&runs);
        pending.clear();
        self.pending = pending;
    }

    fn put_in(&mut self, more: &[(u32, u64)]) {
        if more.is_empty() {
            return;
        }
        self.counts.extend_from_slice(more);
        // Two runs in order: a stable sort merges them.
        self.counts.sort_by_key(|(bucket, _)| *bucket);
        self.counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn histogram(values: &[f64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|v| histogram.add(*v));
        histogram
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => -1000.0..1000.0f64,
            2 => any::<f64>(),
            1 => prop_oneof![Just(0.0), Just(-0.0), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY),
                Just(f64::MAX), Just(f64::MIN_POSITIVE), Just(5e-324)],
        ]
    }

    #[test]
    fn the_middle_of_a_bucket_has_the_same_bits_above_and_below_zero() {
        for value in [16.5, 1e-300, 5e-324, f64::MAX] {
            let middle = |value| middle(bucket(float_word(value)));
            assert_eq!(middle(-value).to_bits(), (-middle(value)).to_bits());
        }
    }

    proptest! {
        #[test]
        fn quantiles_are_within_half_a_percent_for_any_division_and_order(
            values in prop::collection::vec(value(), 0..700), cut in 0usize..700, q in 0.0..=1.0f64,
        ) {
            let place = Place::At(q);
            let found = histogram(&values).quantile(place);
            let cut = cut.min(values.len());
            let mut merged = histogram(&values[cut..]);
            merged.merge(&histogram(&values[..cut]));
            prop_assert_eq!(merged.quantile(place).map(f64::to_bits), found.map(f64::to_bits));
            let mut words: Vec<u64> = values.iter().map(|v| float_word(*v)).collect();
            words.sort_unstable();
            let exact = place.among(values.len() as u64).map(|around| word_float(words[around.low as usize]));
            match (exact, found) {
                (Some(exact), Some(found)) if exact.is_finite() && exact != 0.0 => {
                    let error = (found - exact).abs();
                    prop_assert!(error <= exact.abs() / 256.0 + 2f64.powi(-1030), "{} for {}", found, exact);
                }
                (exact, found) => prop_assert_eq!(exact.map(f64::to_bits), found.map(f64::to_bits)),
            }
        }
    }
}
