//! The exponential: `x = k * ln(2) + r` with `r` at most half of ln(2), and `exp(r)` by a rational function.
//!
//! The algorithm is that of FreeBSD's `e_exp.c`, as `libm` has it: below 1 ulp. Domain: -708 to 708, where the answer is a
//! normal number.

use super::high;

const LN2_HI: f64 = 0.693_147_180_369_123_8;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
const INV_LN2: f64 = std::f64::consts::LOG2_E;
const P1: f64 = 0.166_666_666_666_666_02;
const P2: f64 = -0.002_777_777_777_701_559_3;
const P3: f64 = 6.613_756_321_437_934e-5;
const P4: f64 = -1.653_390_220_546_525_2e-6;
const P5: f64 = 4.138_136_797_057_238_5e-8;

/// Law: `libm::exp`.
#[inline(always)]
pub(super) fn exp(x: f64) -> (f64, bool) {
    /// Half of ln(2), one and a half of it, and 2^-28, by the upper half of their bits.
    const HALF_LN2: u64 = 0x3fd6_2e42;
    const MORE_LN2: u64 = 0x3ff0_a2b2;
    const TINY: u64 = 0x3e30_0000;
    let holds = x.abs() < 708.0;
    let size = high(x);
    let sign = 1.0f64.copysign(x);
    let k = if size >= MORE_LN2 { whole_part(INV_LN2 * x + 0.5 * sign) } else { sign };
    let k = if size > HALF_LN2 { k } else { 0.0 };
    let (hi, lo) = (x - k * LN2_HI, k * LN2_LO);
    let r = hi - lo;
    let rr = r * r;
    let c = r - rr * (P1 + rr * (P2 + rr * (P3 + rr * (P4 + rr * P5))));
    let y = 1.0 + (r * c / (2.0 - c) - lo + hi);
    let y = if size > TINY { y } else { 1.0 + x };
    (y * two_to(k), holds)
}

/// The value without its fraction, of values below 2^51.
#[inline(always)]
fn whole_part(value: f64) -> f64 {
    /// 1.5 * 2^52, beside which no fraction has room.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let near = (value.abs() + ROUND) - ROUND;
    let below = if near > value.abs() { near - 1.0 } else { near };
    below.copysign(value)
}

/// 2 to the power of a whole number from -1022 to 1023.
#[inline(always)]
fn two_to(k: f64) -> f64 {
    /// 2^52 and the exponent's bits of 1.0.
    const BASE: f64 = 4_503_599_627_370_496.0 + 1023.0;
    f64::from_bits((k + BASE).to_bits() << 52)
}
