//! Sums of 128-bit values, which need more than 128 bits on the way: an exact sum does not depend on the order in
//! which rows and threads add to it.

use colq_types::DataType;
use colq_types::decimal::power_of_ten;

/// An exact sum in 192 bits, as two's complement: room for 2^64 values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WideSum {
    high: i64,
    low: u128,
}

impl From<i128> for WideSum {
    fn from(value: i128) -> WideSum {
        WideSum { high: if value < 0 { -1 } else { 0 }, low: value as u128 }
    }
}

impl WideSum {
    /// The sum of no values.
    pub const NONE: WideSum = WideSum { high: 0, low: 0 };

    /// Law: both together, exactly.
    #[inline(always)]
    #[must_use]
    pub fn plus(self, other: WideSum) -> WideSum {
        let (low, carry) = self.low.overflowing_add(other.low);
        WideSum { high: self.high.wrapping_add(other.high).wrapping_add(i64::from(carry)), low }
    }

    /// The sum, where it fits.
    pub fn to_i128(self) -> Option<i128> {
        let value = self.low as i128;
        (WideSum::from(value) == self).then_some(value)
    }

    /// Law: the sum divided by `count`, times 10^`digits`, rounded half away from zero; `None` where that has more
    /// than 38 digits, and for no values.
    pub fn mean(self, count: u64, digits: u8) -> Option<i128> {
        let negative = self.high < 0;
        let magnitude = if negative { self.negated() } else { self };
        let limbs = [magnitude.high as u64, (magnitude.low >> 64) as u64, magnitude.low as u64];
        let divisor = u128::from(count);
        let (mut quotient, mut rest) = (0u128, 0u128);
        for limb in limbs {
            let part = rest << 64 | u128::from(limb);
            quotient = quotient.checked_mul(1 << 64)?.checked_add(part.checked_div(divisor)?)?;
            rest = part % divisor;
        }
        for _ in 0..digits {
            let part = rest * 10;
            quotient = quotient.checked_mul(10)?.checked_add(part / divisor)?;
            rest = part % divisor;
        }
        quotient = quotient.checked_add(u128::from(2 * rest >= divisor))?;
        let limit = power_of_ten(DataType::MAX_PRECISION);
        let value = i128::try_from(quotient).ok().filter(|value| *value < limit)?;
        Some(if negative { -value } else { value })
    }

    fn negated(self) -> WideSum {
        let (low, carry) = (!self.low).overflowing_add(1);
        WideSum { high: (!self.high).wrapping_add(i64::from(carry)), low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_do_not_depend_on_what_they_pass_through(values in prop::collection::vec(any::<i64>(), 0..30),
                                                        far in prop::collection::vec(any::<i128>(), 0..30)) {
            // Far away and back again.
            let small = values.iter().map(|v| i128::from(*v));
            let all = small.clone().chain(far.iter().copied()).chain(far.iter().map(|v| -(v + 1)));
            let sum = all.fold(WideSum::default(), |sum, v| sum.plus(v.into()));
            prop_assert_eq!(sum.to_i128(), Some(small.sum::<i128>() - far.len() as i128));
        }

        #[test]
        fn means_round_half_away_from_zero(sum in -1_000_000_000_000i128..1_000_000_000_000, count in 1u64..1000, digits in 0u8..5) {
            let (numerator, divisor) = (2 * sum.abs() * power_of_ten(digits), i128::from(count));
            let expected = (numerator + divisor) / (2 * divisor) * sum.signum();
            prop_assert_eq!(WideSum::from(sum).mean(count, digits), Some(expected));
        }
    }

    #[test]
    fn a_sum_beyond_128_bits_is_known_as_such_and_still_has_a_mean() {
        let large = WideSum::from(i128::MAX);
        let sum = (0..9).fold(large, |sum, _| sum.plus(large));
        assert_eq!(sum.to_i128(), None);
        assert_eq!(sum.mean(10, 0), None);
        assert_eq!(sum.mean(100, 0), Some(17_014_118_346_046_923_173_168_730_371_588_410_573));
        let low = (0..9).fold(WideSum::default(), |sum, _| sum.plus(i128::MIN.into()));
        assert_eq!(low.mean(90, 0), Some(-17_014_118_346_046_923_173_168_730_371_588_410_573));
        assert_eq!(WideSum::default().mean(0, 2), None);
    }
}
