//! Rounding to half floats, once and alike on every machine.
//!
//! The crate that has the types converts an `f64` by way of `f32` where the processor can, and otherwise by another
//! way, so it is only asked to round an `f32`, which both ways do alike.

use half::{bf16, f16};

/// An `f32` from which a half float comes out as if it had been rounded from the `f64` at once: where the value lies
/// between two, the one whose last bit is one, which no half float has, so that no tie comes of it.
fn odd(value: f64) -> f32 {
    let nearest = value as f32;
    let back = f64::from(nearest);
    if back == value || value.is_nan() || nearest.to_bits() & 1 == 1 {
        nearest
    } else if value > back {
        nearest.next_up()
    } else {
        nearest.next_down()
    }
}

/// The nearest `f16`, ties to even; what is too large is infinite.
pub fn to_f16(value: f64) -> f16 {
    if value.is_nan() { f16::NAN } else { f16::from_f32(odd(value)) }
}

/// The nearest `bf16`, ties to even; what is too large is infinite.
pub fn to_bf16(value: f64) -> bf16 {
    if value.is_nan() { bf16::NAN } else { bf16::from_f32(odd(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_f64_becomes_the_nearest(bits in 0u16..0x7bff, part in 0.0f64..1.0, nudge in -2i64..=2, tie in any::<bool>()) {
            let (a, b) = (f64::from(f16::from_bits(bits)), f64::from(f16::from_bits(bits + 1)));
            let middle = (a + b) / 2.0;
            let value = if tie { f64::from_bits((middle.to_bits() as i64 + nudge) as u64) } else { a + (b - a) * part };
            let expected = if value < middle || value == middle && bits & 1 == 0 { a } else { b };
            for sign in [1.0, -1.0] {
                prop_assert_eq!(f64::from(to_f16(value * sign)), expected * sign);
            }
        }

        #[test]
        fn bf16_too(bits in 0u16..0x7f7f, nudge in -2i64..=2) {
            let (a, b) = (f64::from(bf16::from_bits(bits)), f64::from(bf16::from_bits(bits + 1)));
            let middle = (a + b) / 2.0;
            let value = f64::from_bits((middle.to_bits() as i64 + nudge).max(0) as u64);
            let half = to_bf16(value);
            let expected = if value < middle || value == middle && bits & 1 == 0 { a } else { b };
            prop_assert_eq!(f64::from(half), expected);
        }
    }

    #[test]
    fn the_ends_are_infinite_and_nan_is_one() {
        assert_eq!(to_f16(65_519.999).to_f32(), 65_504.0);
        assert_eq!(to_f16(65_520.0).to_f32(), f32::INFINITY);
        assert_eq!(to_bf16(1e39).to_f32(), f32::INFINITY);
        assert_eq!(to_f16(-f64::NAN).to_bits(), f16::NAN.to_bits());
        assert_eq!(to_f16(-0.0).to_bits(), 0x8000);
    }
}
