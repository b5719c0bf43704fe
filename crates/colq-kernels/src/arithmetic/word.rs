//! The integers that are computed with, and their operations in lanes.
//!
//! Whether anything overflowed is gathered as bits over all rows. Where those leave a doubt the rows have to be computed once
//! more, one by one and exactly.

use super::update::{Computed, Sides, Step};
use crate::cast::convert_into;
use colq_column::Values;
use colq_types::{Arithmetic, DataType, Integer};

/// The integers that are computed with: `i64` and `u64`. Narrower columns are widened first.
pub trait Word: Integer + Computed {
    /// The type's name, for errors.
    const DATA_TYPE: DataType;
    /// Zero.
    const ZERO: Self;
    /// Bits in which a product can lie.
    const PRODUCT_BITS: u32;
    /// The exact result, or the wrapped one and true; any value and true where there is none.
    fn overflowing(op: Arithmetic, left: Self, right: Self) -> (Self, bool);
    /// The wrapped sum, and the highest bit where it is not exact.
    fn sum(left: Self, right: Self) -> (Self, u64);
    /// The same of the difference.
    fn difference(left: Self, right: Self) -> (Self, u64);
    /// The wrapped product.
    fn product(left: Self, right: Self) -> Self;
    /// The product of numbers of 32 bits.
    fn half_product(left: Self, right: Self) -> Self;
    /// A number with as many bits as the value: of a negative one, as the one that is one nearer to zero.
    fn magnitude(self) -> u64;
    /// The float of a number of up to 51 bits; any float for others.
    fn to_small_float(self) -> f64;
    /// The number that a whole float of up to 51 bits is.
    fn of_small_float(value: f64) -> Self;
}

/// Numbers of so many bits are held by floats, and so is a quotient of two of them, cut off, times either.
const SMALL_BITS: u32 = 50;

/// What both sides of a [rounded](Step::Rounded) quotient are below, whatever their signs.
pub const QUOTIENT_LIMIT: i64 = 1 << SMALL_BITS;

/// A float at which whole numbers of 51 bits and a sign are the lowest bits of the fraction: added to a number, it is its
/// float without an instruction for that, which not every processor has for 64 bits.
const LEVEL: f64 = 6_755_399_441_055_744.0;

macro_rules! word {
    ($type:ty, $half:ty, $data_type:expr, $product_bits:expr) => {
        impl Word for $type {
            const DATA_TYPE: DataType = $data_type;
            const ZERO: $type = 0;
            const PRODUCT_BITS: u32 = $product_bits;

            #[inline(always)]
            fn overflowing(op: Arithmetic, left: $type, right: $type) -> ($type, bool) {
                match op {
                    Arithmetic::Add => left.overflowing_add(right),
                    Arithmetic::Subtract => left.overflowing_sub(right),
                    Arithmetic::Multiply => left.overflowing_mul(right),
                    Arithmetic::Divide if right == 0 => (0, true),
                    Arithmetic::Divide => left.overflowing_div(right),
                    Arithmetic::Remainder if right == 0 => (0, true),
                    // MIN % -1 is 0, which fits, whatever the division on the way to it does.
                    Arithmetic::Remainder => (left.wrapping_rem(right), false),
                }
            }

            #[inline(always)]
            fn sum(left: $type, right: $type) -> ($type, u64) {
                let sum = left.wrapping_add(right);
                let (l, r, s) = (left as u64, right as u64, sum as u64);
                // Signed: neither side has the sign of the sum. Unsigned: what is carried out of the highest bit.
                (sum, if Self::SIGNED { (l ^ s) & (r ^ s) } else { l & r | (l | r) & !s })
            }

            #[inline(always)]
            fn difference(left: $type, right: $type) -> ($type, u64) {
                let difference = left.wrapping_sub(right);
                let (l, r, d) = (left as u64, right as u64, difference as u64);
                (difference, if Self::SIGNED { (l ^ r) & (l ^ d) } else { !l & r | !(l ^ r) & d })
            }

            #[inline(always)]
            fn product(left: $type, right: $type) -> $type {
                left.wrapping_mul(right)
            }

            #[inline(always)]
            fn half_product(left: $type, right: $type) -> $type {
                (left as $half as $type).wrapping_mul(right as $half as $type)
            }

            #[inline(always)]
            fn magnitude(self) -> u64 {
                let value = self as u64;
                if Self::SIGNED { value ^ (value as i64 >> 63) as u64 } else { value }
            }

            #[inline(always)]
            fn to_small_float(self) -> f64 {
                f64::from_bits(LEVEL.to_bits().wrapping_add(self as u64)) - LEVEL
            }

            #[inline(always)]
            fn of_small_float(value: f64) -> $type {
                (value + LEVEL).to_bits().wrapping_sub(LEVEL.to_bits()) as $type
            }
        }
    };
}
word!(i64, i32, DataType::I64, 62);
word!(u64, u32, DataType::U64, 64);

/// Bits up to the highest one.
fn bit_count(bits: u64) -> u32 {
    u64::BITS - bits.leading_zeros()
}

/// True where some row may have failed, one that counts or another.
fn compute_words<T: Word>(step: Step, sides: Sides<'_, T>) -> bool {
    const HIGHEST: u32 = u64::BITS - 1;
    let op = match step {
        Step::Checked(op) => op,
        Step::Sure(Arithmetic::Add) => {
            sides.map(|l, r| (T::sum(l, r).0, ()));
            return false;
        }
        Step::Sure(Arithmetic::Subtract) => {
            sides.map(|l, r| (T::difference(l, r).0, ()));
            return false;
        }
        Step::Sure(Arithmetic::Multiply) => {
            sides.map(|l, r| (T::product(l, r), ()));
            return false;
        }
        Step::Halves => {
            sides.map(|l, r| (T::half_product(l, r), ()));
            return false;
        }
        Step::Rounded => {
            sides.map(|l, r| (rounded_quotient(l, r), ()));
            return false;
        }
        // No division is sure.
        Step::Sure(op) => op,
    };
    match op {
        Arithmetic::Add => {
            let [over, _] = sides.map(|l, r| {
                let (sum, over) = T::sum(l, r);
                (sum, [over, 0])
            });
            over >> HIGHEST == 1
        }
        Arithmetic::Subtract => {
            let [over, _] = sides.map(|l, r| {
                let (difference, over) = T::difference(l, r);
                (difference, [over, 0])
            });
            over >> HIGHEST == 1
        }
        Arithmetic::Multiply => {
            let [l, r] = sides.map(|l, r| (T::product(l, r), [l.magnitude(), r.magnitude()]));
            bit_count(l) + bit_count(r) > T::PRODUCT_BITS
        }
        Arithmetic::Divide => by_floats(sides, |_, _, quotient| quotient),
        Arithmetic::Remainder => {
            // The product is no further from zero than what was divided, and so exact, as is the difference.
            by_floats(sides, |l, r, quotient| l - quotient * r)
        }
    }
}

/// The quotient of small numbers, rounded half away from zero.
#[inline(always)]
fn rounded_quotient<T: Word>(left: T, right: T) -> T {
    let (l, r) = (left.to_small_float(), right.to_small_float());
    let quotient = l / r;
    // What is cut off is right, as in `by_floats`, and so what remains is exact, and twice as much.
    let cut = quotient.trunc();
    let rest = l - cut * r;
    let up: f64 = if 2.0 * rest.abs() >= r.abs() { 1.0 } else { 0.0 };
    T::of_small_float(cut + up.copysign(quotient))
}

/// Computes what is made of two sides and their quotient, all of them small; true where some are not, or there
/// is no quotient.
fn by_floats<T: Word>(sides: Sides<'_, T>, made: impl Fn(f64, f64, f64) -> f64) -> bool {
    let [l, r] = match sides.constant_right() {
        Some(right) if right == T::ZERO => return true,
        // A product with a number from 1 / r up to (1 + 3e) / r, where e is 2^-53, is as good as the quotient: it is not
        // below a whole number that the quotient reaches, and below the next one where five times e times what is divided
        // is less than 1.
        Some(right) => {
            let float = right.to_small_float();
            let inverse = 1.0 / float;
            let inverse = if inverse < 0.0 { inverse.next_down() } else { inverse.next_up() };
            sides.map(|l, right| {
                let value = l.to_small_float();
                let quotient = (value * inverse).trunc();
                (T::of_small_float(made(value, float, quotient)), [l.magnitude(), right.magnitude()])
            })
        }
        // A quotient of small numbers that is no whole number is further from the next one than it is rounded, so what is
        // cut off is right.
        None => sides.map(|l, r| {
            let (left, right) = (l.to_small_float(), r.to_small_float());
            let answer = T::of_small_float(made(left, right, (left / right).trunc()));
            let has_none = if r == T::ZERO { u64::MAX } else { 0 };
            (answer, [l.magnitude(), r.magnitude() | has_none])
        }),
    };
    bit_count(l | r) > SMALL_BITS
}

impl Computed for i64 {
    fn compute(step: Step, sides: Sides<'_, i64>) -> bool {
        compute_words(step, sides)
    }

    fn load(values: Values<'_>, out: &mut [i64]) -> bool {
        match values {
            Values::I64(values) => out.copy_from_slice(values),
            Values::I32(values) => convert_into(values, out, i64::from),
            Values::I16(values) => convert_into(values, out, i64::from),
            Values::I8(values) => convert_into(values, out, i64::from),
            Values::U32(values) => convert_into(values, out, i64::from),
            Values::U16(values) => convert_into(values, out, i64::from),
            Values::U8(values) => convert_into(values, out, i64::from),
            _ => return false,
        }
        true
    }
}

impl Computed for u64 {
    fn compute(step: Step, sides: Sides<'_, u64>) -> bool {
        compute_words(step, sides)
    }

    fn load(values: Values<'_>, out: &mut [u64]) -> bool {
        match values {
            Values::U64(values) => out.copy_from_slice(values),
            Values::U32(values) => convert_into(values, out, u64::from),
            Values::U16(values) => convert_into(values, out, u64::from),
            Values::U8(values) => convert_into(values, out, u64::from),
            _ => return false,
        }
        true
    }
}
