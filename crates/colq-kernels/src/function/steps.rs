//! Whole numbers in steps of equal length: which step holds a value, in vector lanes and without a division.
//!
//! Law: `step(v)` is the whole number k of `origin + k * by <= v < origin + (k + 1) * by`, for every v of the slice that the
//! steps were made for. A product with the reciprocal in f64 is off by less than one, and what is left over says which way.
//! The numbers are counted from the lowest of the slice and go through the 52 bits behind the point of an f64; common powers
//! of two of the length are cut off before, so that days and seconds of nanoseconds fit too.

use crate::processor::vectorised;

/// 2^52, from which on the bits of an f64 count in ones.
const ONES: f64 = 4_503_599_627_370_496.0;

/// Steps for the values of one slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    /// The start of the step that holds the lowest value.
    base: i64,
    /// That step's number.
    first: i64,
    by: i64,
    shift: u32,
    /// `by` without its powers of two.
    odd: i64,
    reciprocal: f64,
    /// The number of the step that holds the highest value.
    last: i64,
}

impl Steps {
    /// Steps for all of the values; `None` where they lie too far apart, or begin below 64 bits, or where `by` is not above
    /// zero. Values in null slots count too.
    pub(crate) fn new(values: &[i64], origin: i64, by: i64) -> Option<Steps> {
        if by <= 0 {
            return None;
        }
        let (low, high) = ends(values);
        let wide = i128::from(low) - i128::from(origin);
        let first = i64::try_from(wide.div_euclid(i128::from(by))).ok()?;
        let base = i64::try_from(i128::from(low) - wide.rem_euclid(i128::from(by))).ok()?;
        let shift = by.trailing_zeros();
        let span = high.wrapping_sub(base) as u64;
        if i128::from(high) - i128::from(base) > i128::from(i64::MAX) || span >> shift >= ONES as u64 {
            return None;
        }
        let odd = by >> shift;
        let last = first.checked_add((span / by.unsigned_abs()) as i64)?;
        Some(Steps { base, first, by, shift, odd, reciprocal: 1.0 / odd as f64, last })
    }

    /// The numbers of the first and the last step.
    pub(crate) fn ends(&self) -> (i64, i64) {
        (self.first, self.last)
    }

    /// The start of the only step that there is, and its number.
    pub(super) fn only(&self) -> Option<(i64, i64)> {
        (self.first == self.last).then_some((self.base, self.first))
    }

    /// How many steps behind the first a value lies.
    #[inline(always)]
    pub(super) fn behind(&self, value: i64) -> i64 {
        let since = value.wrapping_sub(self.base) as u64 >> self.shift;
        let float = f64::from_bits(since | ONES.to_bits()) - ONES;
        let nearest = (float * self.reciprocal + ONES).to_bits().wrapping_sub(ONES.to_bits()) as i64;
        let rest = (since as i64).wrapping_sub(nearest.wrapping_mul(self.odd));
        // All bits of what is below zero: one less.
        nearest.wrapping_add(rest >> 63)
    }

    /// The number of the step that holds a value.
    #[inline(always)]
    pub(crate) fn number(&self, value: i64) -> i64 {
        self.first.wrapping_add(self.behind(value))
    }

    /// The start of the step that holds a value.
    #[inline(always)]
    pub(super) fn start(&self, value: i64) -> i64 {
        self.base.wrapping_add(self.behind(value).wrapping_mul(self.by))
    }

    /// The number of the step, and how far the value is from its start.
    #[inline(always)]
    pub(super) fn split(&self, value: i64) -> (i64, i64) {
        let behind = self.behind(value);
        let start = self.base.wrapping_add(behind.wrapping_mul(self.by));
        (self.first.wrapping_add(behind), value.wrapping_sub(start))
    }
}

vectorised! {
    /// The lowest and the highest value; zeros of none.
    pub(super) fn ends(values: &[i64]) -> (i64, i64) {
        let first = values.first().copied().unwrap_or(0);
        values.iter().fold((first, first), |(low, high), value| (low.min(*value), high.max(*value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::spread;

    #[test]
    fn a_step_is_the_floor_of_the_division() {
        let lengths =
            [1, 2, 3, 7, 60, 1_000, 1 << 20, 3_600_000_000, 86_400_000_000, 86_400_000_000_000, i64::MAX];
        for by in lengths {
            for (lowest, bits) in [(0, 51), (-1_000_000, 50), (1 << 60, 40), (-(1 << 55), 3), (i64::MIN, 45)]
            {
                for origin in [0, 1, -7, 123_456_789] {
                    let mut values: Vec<i64> =
                        (0..500).map(|row| lowest + (spread(row) >> (64 - bits)) as i64).collect();
                    // The places where a step ends.
                    let near: Vec<i64> = values
                        .iter()
                        .map(|v| v.saturating_sub(v.wrapping_sub(origin / 2).rem_euclid(by)))
                        .collect();
                    values.extend(near.iter().filter(|v| **v >= lowest));
                    let Some(steps) = Steps::new(&values, origin, by) else {
                        // The longest begin too far below the lowest value.
                        assert!(lowest == i64::MIN || by == i64::MAX, "{by} {lowest} {origin}");
                        continue;
                    };
                    for value in values {
                        let since = i128::from(value) - i128::from(origin);
                        let number = since.div_euclid(i128::from(by));
                        assert_eq!(i128::from(steps.number(value)), number, "{value} by {by} from {origin}");
                        let start = i128::from(origin) + number * i128::from(by);
                        assert_eq!(i128::from(steps.start(value)), start);
                        assert_eq!(steps.split(value).1, (i128::from(value) - start) as i64);
                    }
                }
            }
        }
        assert!(Steps::new(&[0, i64::MAX], 0, 1).is_none());
        assert!(Steps::new(&[i64::MIN, i64::MAX], 0, 1 << 40).is_none());
    }
}
