//! The cube root: of `x = zz * 2^(3k)` with `zz` from 1 to 8 by a polynomial and one step of Newton's method with the
//! square and the cube in two parts.
//!
//! The algorithm is CORE-MATH's `cbrt` (Zimmermann, Sibidanov), as `libm` has it: rounded correctly. Domain: normal and
//! finite, but for roots so near to the middle of two numbers, or to a short one, that a second step decides.

use super::FRACTION;

/// 2^-53 to 2^-75, by which the middle between two numbers is known.
const NEAR: f64 = 2.646_977_960_169_688_6e-23;
const ULP: f64 = 2.220_446_049_250_313e-16;

/// Law: `libm::cbrt`.
#[inline(always)]
pub(super) fn cbrt(x: f64) -> (f64, bool) {
    const C0: f64 = f64::from_bits(0x3fe1_b0ba_bccf_ef9c);
    const C1: f64 = f64::from_bits(0x3fe2_c9a3_e94d_1da5);
    const C2: f64 = f64::from_bits(0xbfc4_dc30_b1a1_ddba);
    const C3: f64 = f64::from_bits(0x3f97_a8d3_e4ec_9b07);
    /// One third and two ninths.
    const U0: f64 = f64::from_bits(0x3fd5_5555_5555_5555);
    const U1: f64 = f64::from_bits(0x3fcc_71c7_1c71_c71c);
    /// The cube roots of 2 and 4.
    const ROOT_2: f64 = f64::from_bits(0x3ff4_28a2_f98d_728b);
    const ROOT_4: f64 = f64::from_bits(0x3ff9_65fe_a53d_6e3d);
    /// 2^-53.
    const HALF_ULP: f64 = ULP / 2.0;
    let bits = x.to_bits();
    let sign = bits >> 63;
    let exponent = bits >> 52 & 0x7ff;
    let is_normal = exponent.wrapping_sub(1) < 0x7fe;
    let e = exponent + 3072;
    // A division by 3, exact below 2^16.
    let et = (e * 43_691) >> 17;
    let it = e - 3 * et;
    let one_to_two = bits & FRACTION | 0x3ff << 52;
    let z = f64::from_bits(one_to_two);
    let zz = f64::from_bits((one_to_two + (it << 52)) | (sign << 63));
    let root = if it == 0 { 1.0 } else { ROOT_2 };
    let root = if it == 2 { ROOT_4 } else { root };
    let part: f64 = if it == 0 { 1.0 } else { 0.5 };
    let part = if it == 2 { 0.25 } else { part };
    let r = 1.0 / z;
    let rr = r * f64::from_bits(part.to_bits() | sign << 63);
    let z2 = z * z;
    let c0 = C0 + z * C1;
    let c2 = C2 + z * C3;
    let y = c0 + z2 * c2;
    let h = (y * y) * (y * r) - 1.0;
    let y = y - (h * y) * (U0 - U1 * h);
    let y = y * f64::from_bits(root.to_bits() | sign << 63);
    let (y2, y2_low) = product(y, y);
    let (y3, y3_low) = product(y, y2);
    let y3_low = y3_low + y * y2_low;
    let h = ((y3 - zz) + y3_low) * rr;
    let dy = h * (y * U0);
    let y1 = y - dy;
    let dy = (y - y1) - dy;
    // The answer is y1 unless dy lies half or one and a half units away.
    let is_clear = ((dy.abs() - HALF_ULP).abs() >= NEAR) & ((dy.abs() - (ULP + HALF_ULP)).abs() >= NEAR);
    let scaled = y1.to_bits().wrapping_add(et.wrapping_sub(342 + 1023) << 52);
    let end = scaled << 30;
    let is_long = (end ^ end >> 63) > 1 << 30;
    (f64::from_bits(scaled), is_normal & is_clear & is_long)
}

/// The product of two numbers of size one to four, and what rounding took from it, which is exact (Veltkamp, Dekker).
#[inline(always)]
fn product(a: f64, b: f64) -> (f64, f64) {
    let halves = |value: f64| {
        const SPLIT: f64 = 134_217_729.0;
        let far = value * SPLIT;
        let upper = far - (far - value);
        (upper, value - upper)
    };
    let product = a * b;
    let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
    (product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2)
}
