//! Logarithms: `x = 2^k * (1 + f)` with `1 + f` between sqrt(1/2) and sqrt(2), and `log(1 + f)` by a polynomial in
//! `(f / (2 + f))^2`.
//!
//! The algorithm is that of FreeBSD's `e_log.c`, `e_log2.c` and `e_log10.c`, as `libm` has it: below 1 ulp for ln and
//! log2 and for log10. Domain: positive, normal and finite.

use super::{FRACTION, upper, whole};

const LG1: f64 = 0.666_666_666_666_673_5;
const LG2: f64 = 0.399_999_999_994_094_2;
const LG3: f64 = 0.285_714_287_436_623_9;
const LG4: f64 = 0.222_221_984_321_497_84;
const LG5: f64 = 0.181_835_721_616_180_5;
const LG6: f64 = 0.153_138_376_992_093_73;
const LG7: f64 = 0.147_981_986_051_165_86;

/// What the three have in common.
struct Reduced {
    /// The power of two.
    k: f64,
    /// One less than the rest.
    f: f64,
    /// `f * f / 2`.
    hfsq: f64,
    /// `f / (2 + f)`.
    s: f64,
    /// The polynomial.
    r: f64,
    holds: bool,
}

#[inline(always)]
fn reduce(x: f64) -> Reduced {
    /// The upper half of sqrt(1/2).
    const ROOT: u64 = 0x3fe6_a09e << 32;
    const ONE: u64 = 0x3ff0_0000 << 32;
    /// The exponent's bits of 1.0.
    const BIAS: f64 = 1023.0;
    let bits = x.to_bits();
    let holds = bits.wrapping_sub(1 << 52) < (0x7ff0 << 48) - (1 << 52);
    let moved = bits.wrapping_add(ONE - ROOT);
    let k = whole(moved >> 52 & 0x7ff) - BIAS;
    let f = f64::from_bits((moved & FRACTION).wrapping_add(ROOT)) - 1.0;
    let hfsq = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let t1 = w * (LG2 + w * (LG4 + w * LG6));
    let t2 = z * (LG1 + w * (LG3 + w * (LG5 + w * LG7)));
    Reduced { k, f, hfsq, s, r: t2 + t1, holds }
}

/// Law: `libm::log`.
#[inline(always)]
pub(super) fn ln(x: f64) -> (f64, bool) {
    const LN2_HI: f64 = 0.693_147_180_369_123_8;
    const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
    let Reduced { k, f, hfsq, s, r, holds } = reduce(x);
    (s * (hfsq + r) + k * LN2_LO - hfsq + f + k * LN2_HI, holds)
}

/// `log(1 + f)` in two parts.
#[inline(always)]
fn parts(reduced: &Reduced) -> (f64, f64) {
    let Reduced { f, hfsq, s, r, .. } = *reduced;
    let hi = upper(f - hfsq);
    (hi, f - hi - hfsq + s * (hfsq + r))
}

/// Law: `libm::log2`.
#[inline(always)]
pub(super) fn log2(x: f64) -> (f64, bool) {
    const IVLN2_HI: f64 = 1.442_695_040_721_446_3;
    const IVLN2_LO: f64 = 1.675_171_316_488_651_2e-10;
    let reduced = reduce(x);
    let (hi, lo) = parts(&reduced);
    let val_hi = hi * IVLN2_HI;
    let val_lo = (lo + hi) * IVLN2_LO + lo * IVLN2_HI;
    let w = reduced.k + val_hi;
    (val_lo + ((reduced.k - w) + val_hi) + w, reduced.holds)
}

/// Law: `libm::log10`.
#[inline(always)]
pub(super) fn log10(x: f64) -> (f64, bool) {
    const IVLN10_HI: f64 = 0.434_294_481_878_168_9;
    const IVLN10_LO: f64 = 2.508_294_671_164_527_5e-11;
    const LOG10_2_HI: f64 = 0.301_029_995_663_611_77;
    const LOG10_2_LO: f64 = 3.694_239_077_158_931e-13;
    let reduced = reduce(x);
    let (hi, lo) = parts(&reduced);
    let val_hi = hi * IVLN10_HI;
    let y = reduced.k * LOG10_2_HI;
    let val_lo = reduced.k * LOG10_2_LO + (lo + hi) * IVLN10_LO + lo * IVLN10_HI;
    let w = y + val_hi;
    (val_lo + ((y - w) + val_hi) + w, reduced.holds)
}
