//! Powers: `2^(y * log2(x))` with the logarithm and the product in two parts.
//!
//! The algorithm is that of FreeBSD's `e_pow.c`, as `libm` has it: below 0.7 ulp. Domain: x positive, normal and finite, y
//! finite, not 0, 1, -1, 2 or 0.5, and below 2^31 in size, the answer a normal number not near the ends of the range. For
//! those five exponents the answer is one operation of IEEE 754 ([`square`], [`inverse`], [`root`]).

use super::{high, upper, whole};

const L1: f64 = 0.599_999_999_999_994_6;
const L2: f64 = 0.428_571_428_578_550_2;
const L3: f64 = 0.333_333_329_818_377_43;
const L4: f64 = 0.272_728_123_808_534;
const L5: f64 = 0.230_660_745_775_561_75;
const L6: f64 = 0.206_975_017_800_338_42;
const P1: f64 = 0.166_666_666_666_666_02;
const P2: f64 = -0.002_777_777_777_701_559_3;
const P3: f64 = 6.613_756_321_437_934e-5;
const P4: f64 = -1.653_390_220_546_525_2e-6;
const P5: f64 = 4.138_136_797_057_238_5e-8;
const LG2: f64 = std::f64::consts::LN_2;
const LG2_H: f64 = 0.693_147_182_464_599_6;
const LG2_L: f64 = -1.904_654_299_957_768e-9;
const CP: f64 = 0.961_796_693_925_975_6;
const CP_H: f64 = 0.961_796_700_954_437_3;
const CP_L: f64 = -7.028_461_650_952_758e-9;
const DP_H: f64 = 0.584_962_487_220_764_2;
const DP_L: f64 = 1.350_039_202_129_749e-8;

/// Law: `libm::pow`.
#[inline(always)]
pub(super) fn pow(x: f64, y: f64) -> (f64, bool) {
    let bits = x.to_bits();
    let is_plain = bits.wrapping_sub(1 << 52) < (0x7ff0 << 48) - (1 << 52);
    let (t1, t2) = log2(bits);
    // Split y, so that the products are exact.
    let y1 = upper(y);
    let p_l = (y - y1) * t1 + y * t2;
    let p_h = y1 * t1;
    let z = p_l + p_h;
    let power = two_to(p_h, p_l, z);
    let is_simple = (y == 2.0) | (y == 1.0) | (y == -1.0) | (y == 0.5) | (y == 0.0);
    let holds = is_plain & !is_simple & (high(y) <= 0x41e0_0000) & (z.abs() < 1000.0);
    (if x == 1.0 { 1.0 } else { power }, holds)
}

/// Law: `libm::pow(x, 2.0)`.
#[inline(always)]
pub(super) fn square(x: f64) -> (f64, bool) {
    let square = x * x;
    (square, !square.is_nan())
}

/// Law: `libm::pow(x, -1.0)`.
#[inline(always)]
pub(super) fn inverse(x: f64) -> (f64, bool) {
    (1.0 / x, x.abs() > 0.0)
}

/// Law: `libm::pow(x, 0.5)`.
#[inline(always)]
pub(super) fn root(x: f64) -> (f64, bool) {
    (x.sqrt(), x > 0.0)
}

/// The logarithm to base 2 of a positive normal number, in two parts.
#[inline(always)]
fn log2(bits: u64) -> (f64, f64) {
    /// Up to sqrt(3/2) the fraction is measured from 1, up to sqrt(3) from 1.5, beyond from 2.
    const ROOT_HALF: u64 = 0x3988e;
    const ROOT: u64 = 0xbb67a;
    let fraction = bits >> 32 & 0xf_ffff;
    let (is_low, is_high) = (fraction <= ROOT_HALF, fraction >= ROOT);
    let is_middle = !is_low & !is_high;
    let exponent = (bits >> 52) + u64::from(is_high);
    let n = whole(exponent) - 1023.0;
    let upper_half = (fraction | 0x3ff0_0000) - if is_high { 0x0010_0000 } else { 0 };
    let ax = f64::from_bits(upper_half << 32 | bits & 0xffff_ffff);
    let from = if is_middle { 1.5 } else { 1.0 };
    let u = ax - from;
    let v = 1.0 / (ax + from);
    let ss = u * v;
    let s_h = upper(ss);
    let t_h = f64::from_bits(
        ((upper_half >> 1 | 0x2000_0000) + 0x0008_0000 + if is_middle { 1 << 18 } else { 0 }) << 32,
    );
    let t_l = ax - (t_h - from);
    let s_l = v * ((u - s_h * t_h) - s_h * t_l);
    let s2 = ss * ss;
    let r = s2 * s2 * (L1 + s2 * (L2 + s2 * (L3 + s2 * (L4 + s2 * (L5 + s2 * L6)))));
    let r = r + s_l * (s_h + ss);
    let s2 = s_h * s_h;
    let t_h = upper(3.0 + s2 + r);
    let t_l = r - ((t_h - 3.0) - s2);
    let u = s_h * t_h;
    let v = s_l * t_h + t_l * ss;
    let p_h = upper(u + v);
    let p_l = v - (p_h - u);
    let z_h = CP_H * p_h;
    let z_l = CP_L * p_h + p_l * CP + if is_middle { DP_L } else { 0.0 };
    let dp_h = if is_middle { DP_H } else { 0.0 };
    let t1 = upper(((z_h + z_l) + dp_h) + n);
    (t1, z_l - (((t1 - n) - dp_h) - z_h))
}

/// 2 to the power of `p_h + p_l`, whose rounded sum is `z`.
#[inline(always)]
fn two_to(p_h: f64, p_l: f64, z: f64) -> f64 {
    /// 1.5 * 2^52 and the exponent's bits of 1.0, which are added to the whole number in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // The nearest whole number, halves away from zero, of the upper half of z.
    let from = upper(z);
    let size = from.abs() + 0.5;
    let near = (size + ROUND) - ROUND;
    let near = if near > size { near - 1.0 } else { near };
    let n = if high(z) > 0x3fe0_0000 { near.copysign(z) } else { 0.0 };
    let p_h = p_h - n;
    let t = upper(p_l + p_h);
    let u = t * LG2_H;
    let v = (p_l - (t - p_h)) * LG2 + t * LG2_L;
    let z = u + v;
    let w = v - (z - u);
    let t = z * z;
    let t1 = z - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
    let r = (z * t1) / (t1 - 2.0) - (w + z * w);
    let z = 1.0 - (r - z);
    f64::from_bits(z.to_bits().wrapping_add((n + ROUND).to_bits() << 52))
}
