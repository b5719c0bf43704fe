//! Quotients of floats by one number, without the processor's division: that takes five times as long as a multiplication, and
//! nothing goes on beside it.
//!
//! With the reciprocal rounded to the nearest float, a product of it is corrected by what remains, twice: first to one of the two
//! floats beside the quotient, then to the nearest. Source: Markstein, "Computation of elementary functions on the IBM RISC
//! System/6000 processor" (1990), theorem 8.3; Muller and others, "Handbook of Floating-Point Arithmetic", section 4.7. What remains
//! has to be exact, so numbers that are very large or very small, and those that are none, are divided as ever.

use super::update::Sides;
use super::{Float, Operand, divide_each};
use crate::processor::{Level, level, vectorised};
use colq_types::Arithmetic;

/// Rows that go one way together.
const ROWS: usize = 64;
const SIGN: u64 = 1 << 63;
/// Bits of the fraction.
const FRACTION: u64 = (1 << 52) - 1;

/// Bits of the smallest and the largest power of two that a divisor may have.
const DIVISORS: (u64, u64) = (power(-100), power(100));
/// The same of what is divided: the quotient is between 2^-900 and 2^900, and the lowest bit of what remains, some 106 bits below
/// what is divided, is far from the smallest float.
const DIVIDENDS: (u64, u64) = (power(-800), power(800));

/// The bits of a power of two.
const fn power(exponent: i64) -> u64 {
    ((exponent + 1023) as u64) << 52
}

/// Law: each answer is the quotient of its row, rounded once; NaN comes out as the one NaN.
pub(super) fn divide(sides: Sides<'_, f64>) {
    let Some(divisor) = sides.constant_right() else { return divide_each(sides) };
    let bits = divisor.to_bits() & !SIGN;
    let is_tame = (DIVISORS.0..=DIVISORS.1).contains(&bits);
    // A power of two has an exact reciprocal.
    if is_tame && bits & FRACTION == 0 {
        let reciprocal = 1.0 / divisor;
        sides.map(|value, _| (f64::rounded(Arithmetic::Multiply, value, reciprocal), ()));
        return;
    }
    // Without an instruction that multiplies and adds, rounding once, what remains would take longer than a division.
    let has_instruction = level() > Level::Plain || cfg!(target_arch = "aarch64");
    match sides {
        Sides::OverLeft(values, Operand::Scalar(_)) if is_tame && has_instruction => update(values, divisor),
        Sides::Into(Operand::Slice(values), Operand::Scalar(_), out) if is_tame && has_instruction => {
            fill(values, divisor, out);
        }
        sides => divide_each(sides),
    }
}

vectorised! {
    fn update(values: &mut [f64], divisor: f64) {
        let reciprocal = 1.0 / divisor;
        for chunk in values.chunks_mut(ROWS) {
            if are_tame(chunk) {
                chunk.iter_mut().for_each(|value| *value = quotient(*value, divisor, reciprocal));
            } else {
                chunk.iter_mut().for_each(|v| *v = f64::rounded(Arithmetic::Divide, *v, divisor));
            }
        }
    }
}

vectorised! {
    fn fill(values: &[f64], divisor: f64, out: &mut [f64]) {
        let reciprocal = 1.0 / divisor;
        for (chunk, out) in values.chunks(ROWS).zip(out.chunks_mut(ROWS)) {
            let rows = chunk.iter().zip(out);
            if are_tame(chunk) {
                rows.for_each(|(value, out)| *out = quotient(*value, divisor, reciprocal));
            } else {
                rows.for_each(|(v, out)| *out = f64::rounded(Arithmetic::Divide, *v, divisor));
            }
        }
    }
}

/// True where all of the values are 0 or within the bounds of what is divided.
#[inline(always)]
fn are_tame(values: &[f64]) -> bool {
    let mut wild = false;
    for value in values {
        let bits = value.to_bits() & !SIGN;
        wild |= (bits != 0) & (bits.wrapping_sub(DIVIDENDS.0) > DIVIDENDS.1 - DIVIDENDS.0);
    }
    !wild
}

#[inline(always)]
fn quotient(value: f64, divisor: f64, reciprocal: f64) -> f64 {
    let near = value * reciprocal;
    let beside = (-near).mul_add(divisor, value).mul_add(reciprocal, near);
    let quotient = (-beside).mul_add(divisor, value).mul_add(reciprocal, beside);
    // Of a zero the sign is lost on the way.
    let sign = (value.to_bits() ^ divisor.to_bits()) & SIGN;
    f64::from_bits(quotient.to_bits() & !SIGN | sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Both ways of writing, against the division of the processor.
    fn check(values: &[f64], divisor: f64) {
        let expected: Vec<u64> =
            values.iter().map(|v| f64::rounded(Arithmetic::Divide, *v, divisor).to_bits()).collect();
        let mut over = values.to_vec();
        divide(Sides::OverLeft(&mut over, Operand::Scalar(divisor)));
        let mut out = vec![1.0; values.len()];
        divide(Sides::Into(Operand::Slice(values), Operand::Scalar(divisor), &mut out));
        for (row, expected) in expected.iter().enumerate() {
            assert_eq!(over[row].to_bits(), *expected, "{:e} / {divisor:e}", values[row]);
            assert_eq!(out[row].to_bits(), *expected, "{:e} / {divisor:e}", values[row]);
        }
    }

    /// A number without a pattern.
    fn mixed(number: u64) -> u64 {
        let z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ z >> 27
    }

    #[test]
    fn quotients_at_the_ends_of_the_range_are_those_of_the_processor() {
        let ends = [
            0.0,
            1.0,
            3.0,
            f64::MIN_POSITIVE,
            f64::from_bits(1),
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
            1e-300,
            1e300,
            f64::from_bits(DIVIDENDS.0),
            f64::from_bits(DIVIDENDS.0 - 1),
            f64::from_bits(DIVIDENDS.1),
            f64::from_bits(DIVIDENDS.1 + 1),
            f64::from_bits(DIVISORS.0 - 1),
            f64::from_bits(DIVISORS.0 + 1),
            f64::from_bits(DIVISORS.1 - 1),
            f64::from_bits(DIVISORS.1 + 1),
            f64::from_bits(DIVISORS.0),
        ];
        for divisor in ends.iter().flat_map(|d| [*d, -*d]) {
            for value in ends.iter().flat_map(|v| [*v, -*v]) {
                // One that is left over, a chunk of it alone, and one among others.
                check(&[value], divisor);
                check(&[value; ROWS], divisor);
                let mut values = [1.5; ROWS + 1];
                values[7] = value;
                check(&values, divisor);
            }
        }
    }

    /// Quotients that lie as near to the middle between two floats as any do: they are where a wrong step would show.
    #[test]
    fn quotients_near_the_middle_are_rounded_rightly() {
        for number in 0..20_000 {
            let divisor = 1.0 + (mixed(number) >> 12) as f64 / (1u64 << 52) as f64;
            let mut values = [0.0; ROWS];
            for (i, value) in values.iter_mut().enumerate() {
                let quotient = 1.0 + (mixed(number * 64 + i as u64 + 1) >> 12) as f64 / (1u64 << 52) as f64;
                // The middle above the quotient, times the divisor, and the floats beside that.
                let product = (quotient * divisor).next_up();
                let middle = (f64::EPSILON / 2.0).mul_add(divisor, product);
                *value = match i % 3 {
                    0 => middle,
                    1 => middle.next_down(),
                    _ => product,
                };
            }
            check(&values, divisor);
        }
    }

    #[test]
    fn quotients_by_small_numbers_are_those_of_the_processor() {
        for divisor in 1..2_000 {
            let values: Vec<f64> =
                (0..130).map(|i| (mixed(i * 2_000 + divisor) >> 11) as f64 / 1e3).collect();
            check(&values, divisor as f64);
            check(&values, -(divisor as f64) / 1e3);
        }
    }

    proptest! {
        #[test]
        fn any_quotient_is_that_of_the_processor(
            values in prop::collection::vec(prop_oneof![any::<f64>(), -1e9..1e9], 0..200),
            divisor in prop_oneof![any::<f64>(), -1e3..1e3],
        ) {
            check(&values, divisor);
        }
    }
}
