//! The half float nearest to a number, found by looking for its neighbours.

use colq_types::{DataType, bf16, f16};
use std::cmp::Ordering;

/// The nearest value of a half float type, ties to the even one, infinite beyond the last. `order` says how the number
/// compares with a float; NaN has none. `is_negative` is the sign of a zero.
pub(super) fn nearest(to: DataType, is_negative: bool, order: impl Fn(f64) -> Option<Ordering>) -> f32 {
    let (value, infinite): (fn(u16) -> f64, u16) = match to {
        DataType::F16 => (|bits| f64::from(f16::from_bits(bits)), f16::INFINITY.to_bits()),
        _ => (|bits| f64::from(bf16::from_bits(bits)), bf16::INFINITY.to_bits()),
    };
    let Some(side) = order(0.0) else { return f32::NAN };
    let sign = if side.is_lt() || side.is_eq() && is_negative { -1.0 } else { 1.0 };
    // How the magnitude compares.
    let magnitude = |other: f64| {
        let order = order(other * sign).unwrap_or(Ordering::Greater);
        if sign < 0.0 { order.reverse() } else { order }
    };
    let (mut low, mut high) = (0, infinite);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if magnitude(value(middle)).is_ge() { low = middle } else { high = middle }
    }
    let below = value(low);
    // Past the largest one comes what would be next.
    let above = if high == infinite { 2.0 * below - value(low - 1) } else { value(high) };
    let up = match magnitude((below + above) / 2.0) {
        Ordering::Less => false,
        Ordering::Equal => low % 2 == 1,
        Ordering::Greater => true,
    };
    (sign * if up { value(high) } else { below }) as f32
}
