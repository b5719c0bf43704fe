//! A literal moved, exactly, into the domain of the column it is compared with, so that the loop over the
//! values compares like with like at the column's own width.
//!
//! Every comparison becomes one of four tests and possibly its opposite: never, at most a value, equal to a
//! value, within two values. It knows no column and no bits.

use crate::Error;
use colq_types::Comparison;
use colq_types::decimal::{self, power_of_ten};
use colq_types::{DataType, Native, Scalar, TimeUnit, bf16, f16, halves};
use std::cmp::Ordering;

/// Seconds in a day.
const DAY: i128 = 86_400;

/// A literal as a number in the units of the column it is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    /// False or true.
    Bool(bool),
    /// At `floor` when `exact`, else strictly between `floor` and `floor + 1`.
    Whole { floor: i128, exact: bool },
    /// A float, NaN and infinities too.
    Float(f64),
}

impl Number {
    /// What `literal` is to a column of this type.
    pub(crate) fn new(column: DataType, literal: &Scalar) -> Result<Number, Error> {
        let per_day = |unit: TimeUnit| DAY * i128::from(unit.per_second());
        Ok(match (column, literal) {
            (DataType::Bool, Scalar::Bool(truth)) => Number::Bool(*truth),
            (DataType::Date, Scalar::Date(days)) => Number::ratio(i128::from(*days), 1),
            (DataType::Date, Scalar::Timestamp(value, unit)) => {
                Number::ratio(i128::from(*value), per_day(*unit))
            }
            (DataType::Timestamp(unit), Scalar::Date(days)) => {
                Number::ratio(i128::from(*days) * per_day(unit), 1)
            }
            (DataType::Timestamp(to), Scalar::Timestamp(value, from)) => {
                let (to, from) = (i128::from(to.per_second()), i128::from(from.per_second()));
                Number::ratio(i128::from(*value) * to, from)
            }
            (DataType::Duration(to), Scalar::Duration(value, from)) => {
                let (to, from) = (i128::from(to.per_second()), i128::from(from.per_second()));
                Number::ratio(i128::from(*value) * to, from)
            }
            (DataType::Decimal { scale, .. }, literal) => Number::in_digits(literal, scale)
                .ok_or_else(|| Error::NotComparable { column, literal: described(literal) })?,
            (column, Scalar::Decimal(value, scale)) if column.is_integer() => {
                Number::ratio(*value, power_of_ten(*scale))
            }
            (column, Scalar::Decimal(value, scale)) if column.is_float() => {
                Number::Float(decimal::to_f64(*value, *scale))
            }
            (column, Scalar::I64(value)) if column.is_number() => Number::ratio(i128::from(*value), 1),
            (column, Scalar::U64(value)) if column.is_number() => Number::ratio(i128::from(*value), 1),
            (column, Scalar::F32(value)) if column.is_number() => Number::Float(f64::from(*value)),
            (column, Scalar::F64(value)) if column.is_number() => Number::Float(*value),
            (column, literal) => {
                return Err(Error::NotComparable { column, literal: described(literal) });
            }
        })
    }

    /// A number in units of the last of `scale` digits after the point; `None` for what is no number. A float stands
    /// for the decimal that its shortest text is, so that 0.05 is what was written.
    fn in_digits(literal: &Scalar, scale: u8) -> Option<Number> {
        Some(match literal {
            Scalar::I64(value) => Number::shifted(i128::from(*value), i32::from(scale)),
            Scalar::U64(value) => Number::shifted(i128::from(*value), i32::from(scale)),
            Scalar::Decimal(value, from) => Number::shifted(*value, i32::from(scale) - i32::from(*from)),
            Scalar::F32(value) if value.is_finite() => Number::shortest(&format!("{value:e}"), scale)?,
            Scalar::F64(value) if value.is_finite() => Number::shortest(&format!("{value:e}"), scale)?,
            Scalar::F32(value) => Number::Float(f64::from(*value)),
            Scalar::F64(value) => Number::Float(*value),
            _ => return None,
        })
    }

    /// A text such as `-1.25e-3`, as floats are written.
    fn shortest(text: &str, scale: u8) -> Option<Number> {
        let (digits, exponent) = text.split_once('e')?;
        let (value, written) = decimal::parse_exact(digits.as_bytes())?;
        let exponent: i32 = exponent.parse().ok()?;
        Some(Number::shifted(value, exponent - i32::from(written) + i32::from(scale)))
    }

    /// `value * 10^exponent`; beyond 128 bits anything that lies beyond every value.
    fn shifted(value: i128, exponent: i32) -> Number {
        let power = |exponent: i32| u8::try_from(exponent).ok().filter(|e| *e <= DataType::MAX_PRECISION);
        match (value, power(exponent), power(-exponent)) {
            (0, ..) => Number::ratio(0, 1),
            (value, Some(up), _) => match value.checked_mul(power_of_ten(up)) {
                Some(value) => Number::ratio(value, 1),
                None => Number::beyond(value),
            },
            (value, None, Some(down)) => Number::ratio(value, power_of_ten(down)),
            (value, None, None) if exponent > 0 => Number::beyond(value),
            (value, None, None) => Number::Whole { floor: if value < 0 { -1 } else { 0 }, exact: false },
        }
    }

    fn beyond(value: i128) -> Number {
        Number::Whole { floor: if value < 0 { i128::MIN } else { i128::MAX }, exact: false }
    }

    fn ratio(numerator: i128, denominator: i128) -> Number {
        let exact = numerator.rem_euclid(denominator) == 0;
        Number::Whole { floor: numerator.div_euclid(denominator), exact }
    }

    /// `truth op self`, for a literal that is a bool.
    pub(crate) fn holds(self, op: Comparison, truth: bool) -> bool {
        matches!(self, Number::Bool(literal) if op.holds(truth.cmp(&literal)))
    }
}

/// The literal and its type, for errors.
fn described(literal: &Scalar) -> String {
    match literal.data_type() {
        Some(data_type) => format!("the {data_type} {literal}"),
        None => "NULL".to_owned(),
    }
}

/// Law: where a literal lies among the whole numbers that a column of this type holds: at the number when true, else
/// strictly between it and the next. `None` for float columns, for NaN, and for kinds that do not compare.
pub fn literal_units(column: DataType, literal: &Scalar) -> Option<(i128, bool)> {
    if column.is_float() {
        return None;
    }
    match Number::new(column, literal).ok()? {
        Number::Bool(truth) => Some((i128::from(truth), true)),
        Number::Whole { floor, exact } => Some((floor, exact)),
        Number::Float(value) if value.is_nan() => None,
        // The cast saturates, far outside of every value.
        Number::Float(value) => Some((value.floor() as i128, value.floor() == value)),
    }
}

/// Where a literal lies among the values of a type.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<T> {
    /// It is this value.
    At(T),
    /// It is NaN, in a type that has NaN.
    AtNan,
    /// It is no value of the type; this is the largest one below it, and there are larger ones.
    JustAbove(T),
    /// It is below every value.
    BelowAll,
    /// It is above every value (of an integer type: NaN too).
    AboveAll,
}

/// A column's number type, as far as literals are concerned.
pub(crate) trait Domain: Native {
    /// Finds the place of a literal.
    fn place(number: Number) -> Place<Self>;
    /// The largest value below this one, if there is one.
    fn below(self) -> Option<Self>;
    /// The value that every number is at most; NaN is not.
    const LARGEST: Self;
}

macro_rules! integer_domain {
    ($($type:ty),*) => {$(
        impl Domain for $type {
            const LARGEST: $type = <$type>::MAX;

            fn place(number: Number) -> Place<$type> {
                let (floor, exact) = match number {
                    Number::Whole { floor, exact } => (floor, exact),
                    // The cast saturates, far outside of every integer type, which is all that matters there.
                    Number::Float(value) if !value.is_nan() => (value.floor() as i128, value.floor() == value),
                    Number::Float(_) | Number::Bool(_) => return Place::AboveAll,
                };
                match <$type>::try_from(floor) {
                    Ok(value) if exact => Place::At(value),
                    Ok(<$type>::MAX) => Place::AboveAll,
                    Ok(value) => Place::JustAbove(value),
                    Err(_) if floor < 0 => Place::BelowAll,
                    Err(_) => Place::AboveAll,
                }
            }

            fn below(self) -> Option<$type> {
                self.checked_sub(1)
            }
        }
    )*};
}
integer_domain!(i8, i16, i32, i64, u8, u16, u32, u64, i128);

macro_rules! float_domain {
    ($($type:ty),*) => {$(
        impl Domain for $type {
            const LARGEST: $type = <$type>::INFINITY;

            fn place(number: Number) -> Place<$type> {
                // The nearest value of the type, and on which side of it the literal lies.
                let (nearest, side) = match number {
                    Number::Float(value) if value.is_nan() => return Place::AtNan,
                    Number::Float(value) => (value as $type, value.partial_cmp(&f64::from(value as $type))),
                    Number::Whole { floor, exact } => {
                        // An instant never meets a float column, so the fraction is only here for form.
                        let nearest = floor as $type;
                        let side = floor.cmp(&(nearest as i128));
                        (nearest, Some(if exact { side } else { side.then(Ordering::Greater) }))
                    }
                    Number::Bool(_) => return Place::AboveAll,
                };
                match side {
                    Some(Ordering::Less) => Place::JustAbove(nearest.next_down()),
                    Some(Ordering::Greater) => Place::JustAbove(nearest),
                    _ => Place::At(nearest),
                }
            }

            fn below(self) -> Option<$type> {
                (self > <$type>::NEG_INFINITY).then(|| self.next_down())
            }
        }
    )*};
}
float_domain!(f32, f64);

macro_rules! half_domain {
    ($($type:ty => $nearest:path),*) => {$(
        impl Domain for $type {
            const LARGEST: $type = <$type>::INFINITY;

            fn place(number: Number) -> Place<$type> {
                // Whole numbers and floats meet exactly in f64 where a half float can tell them apart.
                let (value, side) = match <f64 as Domain>::place(number) {
                    Place::At(value) => (value, Ordering::Equal),
                    Place::JustAbove(value) => (value, Ordering::Greater),
                    Place::AtNan => return Place::AtNan,
                    Place::BelowAll => return Place::BelowAll,
                    Place::AboveAll => return Place::AboveAll,
                };
                let nearest = $nearest(value);
                match value.partial_cmp(&f64::from(nearest)) {
                    Some(Ordering::Less) => Place::JustAbove(next_down(nearest.to_bits(), <$type>::from_bits)),
                    Some(Ordering::Equal) if side == Ordering::Equal => Place::At(nearest),
                    _ => Place::JustAbove(nearest),
                }
            }

            fn below(self) -> Option<$type> {
                (self > <$type>::NEG_INFINITY).then(|| next_down(self.to_bits(), <$type>::from_bits))
            }
        }
    )*};
}
half_domain!(f16 => halves::to_f16, bf16 => halves::to_bf16);

/// The next smaller half float, by its bits; both kinds of half float have their sign in the top bit.
fn next_down<T>(bits: u16, from_bits: fn(u16) -> T) -> T {
    const SIGN: u16 = 1 << 15;
    from_bits(match bits {
        0 | SIGN => SIGN | 1,
        negative if negative & SIGN != 0 => negative + 1,
        positive => positive - 1,
    })
}

/// A test of a value. NaN fails all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Test<T> {
    /// Nothing passes.
    Never,
    /// Values up to this one.
    AtMost(T),
    /// This value.
    Equal(T),
    /// Values above the one and up to the other.
    Within { above: T, at_most: T },
}

/// A test, or its opposite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Predicate<T> {
    /// The test.
    pub(crate) test: Test<T>,
    /// True when the values that fail the test are meant.
    pub(crate) negated: bool,
}

impl<T: Domain> Predicate<T> {
    const NEVER: Predicate<T> = Predicate { test: Test::Never, negated: false };
    const ALWAYS: Predicate<T> = Predicate { test: Test::Never, negated: true };
    const NUMBERS: Predicate<T> = Predicate { test: Test::AtMost(T::LARGEST), negated: false };

    /// `value op number`.
    pub(crate) fn new(op: Comparison, number: Number) -> Predicate<T> {
        let plain = match op {
            Comparison::NotEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                let plain = Predicate::new(op.negate(), number);
                return Predicate { negated: !plain.negated, ..plain };
            }
            plain => plain,
        };
        let at_most = |value| Predicate { test: Test::AtMost(value), negated: false };
        match (plain, T::place(number)) {
            (Comparison::Equal, Place::At(key)) => Predicate { test: Test::Equal(key), negated: false },
            (Comparison::Equal, Place::AtNan) => Predicate { negated: true, ..Predicate::NUMBERS },
            (Comparison::Equal, _) => Predicate::NEVER,
            (Comparison::Less, Place::At(value)) => value.below().map_or(Predicate::NEVER, at_most),
            (Comparison::Less, Place::AtNan) => Predicate::NUMBERS,
            (_, Place::At(value) | Place::JustAbove(value)) => at_most(value),
            (_, Place::BelowAll) => Predicate::NEVER,
            (_, Place::AtNan | Place::AboveAll) => Predicate::ALWAYS,
        }
    }

    /// `low <= value and value <= high`.
    pub(crate) fn between(low: Number, high: Number) -> Predicate<T> {
        let above = match T::place(low) {
            Place::At(value) => value.below(),
            Place::JustAbove(value) => Some(value),
            Place::BelowAll => None,
            Place::AtNan => Some(T::LARGEST),
            Place::AboveAll => return Predicate::NEVER,
        };
        let at_most = match T::place(high) {
            Place::At(value) | Place::JustAbove(value) => Some(value),
            Place::AtNan | Place::AboveAll => None,
            Place::BelowAll => return Predicate::NEVER,
        };
        match (above, at_most) {
            (None, None) => Predicate::ALWAYS,
            (None, Some(value)) => Predicate { test: Test::AtMost(value), negated: false },
            (Some(value), None) => Predicate { test: Test::AtMost(value), negated: true },
            (Some(above), Some(at_most)) => {
                Predicate { test: Test::Within { above, at_most }, negated: false }
            }
        }
    }
}
