//! Logarithms, powers, roots and angles of f64 for whole slices, in a form that the compiler turns into vector lanes.
//!
//! Each function is the one of the `libm` crate bit for bit, which is what its error bound rests on: the same steps in
//! the same order, with selections in place of branches and without the cases that are rare. A function says of each
//! value whether it stayed within its own domain; the few that did not (zeros, infinities, NaN, subnormal numbers,
//! results at the ends of the range) are asked of `libm` itself. Every step is an IEEE 754 operation rounded once, so
//! that all vector widths give the same bits. (A function is handed over by name and not in a closure, which would not be
//! inlined into the lanes.)

mod circle;
mod cube_root;
mod exponential;
mod logarithm;
mod power;
#[cfg(test)]
mod tests;

use crate::processor::vectorised;
use colq_column::canonical_nan;

/// Values that are looked at together: where all stay within the domain nothing is asked twice.
const TOGETHER: usize = 64;

/// Which function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Ln,
    Log2,
    Log10,
    Exp,
    Sin,
    Cos,
    Cbrt,
}

impl Lane {
    /// The function of one value.
    #[cfg(test)]
    pub(crate) fn of(self, value: f64) -> f64 {
        canonical_nan(match self {
            Lane::Ln => libm::log(value),
            Lane::Log2 => libm::log2(value),
            Lane::Log10 => libm::log10(value),
            Lane::Exp => libm::exp(value),
            Lane::Sin => libm::sin(value),
            Lane::Cos => libm::cos(value),
            Lane::Cbrt => libm::cbrt(value),
        })
    }

    /// Law: `out[i]` = the function of `values[i]`, as `libm` has it, NaN as the one NaN. The slices have one length.
    pub(crate) fn fill(self, values: &[f64], out: &mut [f64]) {
        match self {
            Lane::Ln => map(values, out, logarithm::ln, libm::log),
            Lane::Log2 => map(values, out, logarithm::log2, libm::log2),
            Lane::Log10 => map(values, out, logarithm::log10, libm::log10),
            Lane::Exp => map(values, out, exponential::exp, libm::exp),
            Lane::Sin => map(values, out, circle::sin, libm::sin),
            Lane::Cos => map(values, out, circle::cos, libm::cos),
            Lane::Cbrt => map(values, out, cube_root::cbrt, libm::cbrt),
        }
    }
}

/// Law: `out[i] = libm::pow(values[i], exponent)`, NaN as the one NaN. The slices have one length.
pub(crate) fn powers(values: &[f64], exponent: f64, out: &mut [f64]) {
    let slow = |value| libm::pow(value, exponent);
    if exponent == 2.0 {
        return map(values, out, power::square, slow);
    } else if exponent == -1.0 {
        return map(values, out, power::inverse, slow);
    } else if exponent == 0.5 {
        return map(values, out, power::root, slow);
    }
    let exponents = [exponent; 8 * TOGETHER];
    for (values, out) in values.chunks(exponents.len()).zip(out.chunks_mut(exponents.len())) {
        map_pairs(values, &exponents, out, power::pow, libm::pow);
    }
}

/// Law: `out[i] = libm::pow(values[i], exponents[i])`, NaN as the one NaN. The slices have one length.
pub(crate) fn powers_by_row(values: &[f64], exponents: &[f64], out: &mut [f64]) {
    map_pairs(values, exponents, out, power::pow, libm::pow);
}

vectorised! {
    /// `fast` gives the value and whether it holds; `slow` always holds.
    fn map<F: Fn(f64) -> (f64, bool), S: Fn(f64) -> f64>(values: &[f64], out: &mut [f64], fast: F, slow: S) {
        let (chunks, rest) = values.as_chunks::<TOGETHER>();
        let (places, last) = out.as_chunks_mut::<TOGETHER>();
        for (place, chunk) in places.iter_mut().zip(chunks) {
            let mut all = true;
            for (place, value) in place.iter_mut().zip(chunk) {
                let (answer, holds) = fast(*value);
                *place = answer;
                all &= holds;
            }
            if !all {
                for (place, value) in place.iter_mut().zip(chunk) {
                    if !fast(*value).1 {
                        *place = canonical_nan(slow(*value));
                    }
                }
            }
        }
        for (place, value) in last.iter_mut().zip(rest) {
            let (answer, holds) = fast(*value);
            *place = if holds { answer } else { canonical_nan(slow(*value)) };
        }
    }
}

vectorised! {
    /// The same of two values.
    fn map_pairs<F: Fn(f64, f64) -> (f64, bool), S: Fn(f64, f64) -> f64>(
        left: &[f64],
        right: &[f64],
        out: &mut [f64],
        fast: F,
        slow: S,
    ) {
        let chunks = left.chunks(TOGETHER).zip(right.chunks(TOGETHER));
        for (place, (left, right)) in out.chunks_mut(TOGETHER).zip(chunks) {
            let mut all = true;
            for (place, (l, r)) in place.iter_mut().zip(left.iter().zip(right)) {
                let (answer, holds) = fast(*l, *r);
                *place = answer;
                all &= holds;
            }
            if !all {
                for (place, (l, r)) in place.iter_mut().zip(left.iter().zip(right)) {
                    if !fast(*l, *r).1 {
                        *place = canonical_nan(slow(*l, *r));
                    }
                }
            }
        }
    }
}

/// Bits of a fraction.
const FRACTION: u64 = (1 << 52) - 1;

/// A whole number below 2^52 as a float, without an instruction for the conversion, which not every processor has for
/// 64 bits: it is the fraction of 2^52 and more.
#[inline(always)]
fn whole(number: u64) -> f64 {
    const TWO_52: u64 = 0x4330_0000_0000_0000;
    f64::from_bits(TWO_52 | number) - f64::from_bits(TWO_52)
}

/// The value without the lower half of its bits.
#[inline(always)]
fn upper(value: f64) -> f64 {
    f64::from_bits(value.to_bits() & !0xffff_ffff)
}

/// The first 32 bits of the absolute value: its exponent and 20 bits of the fraction.
#[inline(always)]
fn high(value: f64) -> u64 {
    value.to_bits() >> 32 & 0x7fff_ffff
}
