//! Sine and cosine: `x = n * pi/2 + y` with `y` at most pi/4 in two parts, and a polynomial for either.
//!
//! The algorithm is that of FreeBSD's `s_sin.c`, `s_cos.c`, `k_sin.c`, `k_cos.c` and `e_rem_pio2.c`, as `libm` has it: below 1
//! ulp. Domain: up to 2^20 * pi/2, but for values so near to a multiple of pi/2 that one subtraction does not tell.

use super::high;

/// The rest after whole quarters of a turn.
struct Rest {
    /// Quarters, modulo 4 in its two lowest bits.
    quarter: u64,
    y0: f64,
    y1: f64,
    /// True where the value itself is the rest.
    is_small: bool,
    holds: bool,
}

#[inline(always)]
fn rest(x: f64) -> Rest {
    /// 1.5 * 2^52: what is added to it is rounded to a whole number, which then stands in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const INV_PIO2: f64 = std::f64::consts::FRAC_2_PI;
    const PIO2_1: f64 = 1.570_796_326_734_125_6;
    const PIO2_1T: f64 = 6.077_100_506_506_192e-11;
    /// A quarter of pi and 2^20 * pi/2, by the upper half of their bits.
    const QUARTER: u64 = 0x3fe9_21fb;
    const LARGE: u64 = 0x4139_21fb;
    /// Below these, 1, 2, 3 and 4 quarters are taken away, whatever the division rounds to.
    const ENDS: [u64; 4] = [0x4002_d97c, 0x400f_6a7a, 0x4015_fdbc, 0x401c_463b];
    let size = high(x);
    let sign = 1.0f64.copysign(x);
    let mut quarters = (x * INV_PIO2 + ROUND) - ROUND;
    quarters = if size <= ENDS[3] { 4.0 * sign } else { quarters };
    quarters = if size <= ENDS[2] { 3.0 * sign } else { quarters };
    quarters = if size <= ENDS[1] { 2.0 * sign } else { quarters };
    quarters = if size <= ENDS[0] { sign } else { quarters };
    let is_small = size <= QUARTER;
    let quarters = if is_small { 0.0 } else { quarters };
    let r = x - quarters * PIO2_1;
    let w = quarters * PIO2_1T;
    let y0 = r - w;
    let y1 = (r - y0) - w;
    // Bits that the subtraction took away; more than these need a second one.
    let lost = (size >> 20) as i64 - (high(y0) >> 20) as i64;
    let holds = (size < LARGE) & (is_small | (lost <= 16));
    Rest { quarter: (quarters + ROUND).to_bits(), y0, y1, is_small, holds }
}

#[inline(always)]
fn sine(x: f64, y: f64, is_small: bool) -> f64 {
    const S1: f64 = -0.166_666_666_666_666_32;
    const S2: f64 = 0.008_333_333_333_322_49;
    const S3: f64 = -0.000_198_412_698_298_579_5;
    const S4: f64 = 2.755_731_370_707_006_8e-6;
    const S5: f64 = -2.505_076_025_340_686_3e-8;
    const S6: f64 = 1.589_690_995_211_55e-10;
    let z = x * x;
    let w = z * z;
    let r = S2 + z * (S3 + z * S4) + z * w * (S5 + z * S6);
    let v = z * x;
    if is_small { x + v * (S1 + z * r) } else { x - ((z * (0.5 * y - v * r) - y) - v * S1) }
}

#[inline(always)]
fn cosine(x: f64, y: f64) -> f64 {
    const C1: f64 = 0.041_666_666_666_666_6;
    const C2: f64 = -0.001_388_888_888_887_411;
    const C3: f64 = 2.480_158_728_947_673e-5;
    const C4: f64 = -2.755_731_435_139_066_3e-7;
    const C5: f64 = 2.087_572_321_298_175e-9;
    const C6: f64 = -1.135_964_755_778_819_5e-11;
    let z = x * x;
    let w = z * z;
    let r = z * (C1 + z * (C2 + z * C3)) + w * w * (C4 + z * (C5 + z * C6));
    let hz = 0.5 * z;
    let w = 1.0 - hz;
    w + (((1.0 - w) - hz) + (z * r - x * y))
}

/// Law: `libm::sin`.
#[inline(always)]
pub(super) fn sin(x: f64) -> (f64, bool) {
    /// 2^-26, below which the sine is the value itself.
    const TINY: u64 = 0x3e50_0000;
    let Rest { quarter, y0, y1, is_small, holds } = rest(x);
    let value = if quarter & 1 == 0 { sine(y0, y1, is_small) } else { cosine(y0, y1) };
    let value = if quarter & 2 == 0 { value } else { -value };
    (if high(x) < TINY { x } else { value }, holds)
}

/// Law: `libm::cos`.
#[inline(always)]
pub(super) fn cos(x: f64) -> (f64, bool) {
    let Rest { quarter, y0, y1, is_small, holds } = rest(x);
    let value = if quarter & 1 == 0 { cosine(y0, y1) } else { sine(y0, y1, is_small) };
    let value = if quarter.wrapping_add(1) & 2 == 0 { value } else { -value };
    (value, holds)
}
