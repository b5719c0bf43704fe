//! Floats as decimals: what their shortest text says, which is written only where a product does not say it as surely.

use super::convert;
use super::decimals::out_of_range;
use crate::Error;
use crate::processor::vectorised;
use colq_column::{Bitmap, Buffer, View};
use colq_types::{DataType, Native, decimal};

/// Up to this power of ten a float is exact.
const EXACT_SCALE: u8 = 22;

/// 1.5 * 2^52: a float below 2^51 added to it stands in its lowest bits, rounded to a whole number.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// Stands for a row whose digits are not known yet. No decimal of 64 bits is this.
const UNSURE: i64 = i64::MIN;

/// How well a product says what the shortest text of a float does.
#[derive(Debug, Clone, Copy)]
struct Product {
    /// Ten to the digits after the point.
    power: f64,
    /// The digits of a decimal are below this, and so small that the distance from a half is exact.
    limit: f64,
    /// The product and the text, so many times the product apart at most.
    apart: f64,
}

/// A float type, and how far from it the number that its shortest text says may lie.
pub(super) trait Written: Native {
    /// Half a unit in the last place, relative, twice; and the rounding of the product.
    const APART: f64;
    /// Decimals of so few digits are each the shortest text of the float nearest to them.
    const DIGITS: f64;
}

impl Written for f64 {
    const APART: f64 = 4.0 * f64::EPSILON;
    const DIGITS: f64 = 1e15;
}

impl Written for f32 {
    const APART: f64 = 4.0 * f32::EPSILON as f64;
    const DIGITS: f64 = 1e6;
}

/// Law: row `i` of the answer = the digits of `values[i]`'s shortest text with the scale's digits after the point, rounded half
/// away from zero, as `by_text(i)` gives them. Zero in rows that are NULL or not active and not known.
///
/// # Errors
/// [`Error::OutOfRange`] for the first active row, not NULL, of which `by_text` gives nothing.
pub(super) fn rounded<T: Written>(
    view: &View<'_>,
    values: &[T],
    active: &Bitmap,
    to: (u8, u8),
    by_text: impl Fn(usize) -> Option<i128>,
) -> Result<Buffer, Error> {
    let (precision, scale) = to;
    let mut out = vec![UNSURE; values.len()];
    let power = decimal::power_of_ten(scale) as f64;
    // A distance from a half is known to a quarter at the limit.
    let limit = (decimal::power_of_ten(precision) as f64).min(0.25 / T::APART);
    let product = Product { power, limit, apart: T::APART };
    let sure = scale <= EXACT_SCALE && surely_rounded(values, product, &mut out);
    let one = |row: usize| {
        let value = values.get(row)?.to_f64();
        half::<T>(value, product).map(i128::from).or_else(|| by_text(row))
    };
    if precision > DataType::MAX_STORED_PRECISION {
        let mut out = convert(&out, i128::from);
        if !sure {
            settle(view, active, to, &mut out, one)?;
        }
        return Ok(Buffer::I128(out));
    }
    if !sure {
        settle(view, active, to, &mut out, |row| one(row).map(|digits| digits as i64))?;
    }
    Ok(Buffer::I64(out))
}

vectorised! {
    /// Law: `out[i]` = the product rounded half away from zero where it is below the limit and further from a half than it may be
    /// apart from the text, else [`UNSURE`]. True where all are sure.
    fn surely_rounded<T: Native>(values: &[T], product: Product, out: &mut [i64]) -> bool {
        let Product { power, limit, apart } = product;
        let mut all = true;
        for (out, value) in out.iter_mut().zip(values) {
            let y = value.to_f64() * power;
            let whole = y.trunc();
            let from_half = (y - whole).abs() - 0.5;
            let rounded = if from_half > 0.0 { whole + 1f64.copysign(y) } else { whole };
            // False for NaN.
            let sure = (from_half.abs() > y.abs() * apart) & (rounded.abs() < limit);
            let digits = (rounded + WHOLE).to_bits().wrapping_sub(WHOLE.to_bits()) as i64;
            *out = if sure { digits } else { UNSURE };
            all &= sure;
        }
        all
    }
}

/// The digits of a float that is nearest to a decimal of few digits which ends in a half, and so says it: away from zero.
fn half<T: Written>(value: f64, product: Product) -> Option<i64> {
    let doubled = (value * product.power * 2.0).round();
    let ends_in_half = doubled % 2.0 != 0.0 && doubled.abs() * 5.0 < T::DIGITS;
    let rounded = (doubled + 1f64.copysign(doubled)) / 2.0;
    let is_nearest = doubled / (2.0 * product.power) == value;
    (ends_in_half && is_nearest && rounded.abs() < product.limit).then_some(rounded as i64)
}

/// Finds the digits of the rows that are not sure.
fn settle<V: Copy + Default + PartialEq + From<i64>>(
    view: &View<'_>,
    active: &Bitmap,
    to: (u8, u8),
    out: &mut [V],
    one: impl Fn(usize) -> Option<V>,
) -> Result<(), Error> {
    let unsure = V::from(UNSURE);
    for (row, digits) in out.iter_mut().enumerate().filter(|(_, digits)| **digits == unsure) {
        let counts = row < active.len() && active.get(row) && view.is_valid(row);
        *digits = match counts {
            true => one(row)
                .ok_or_else(|| out_of_range(view, row, DataType::Decimal { precision: to.0, scale: to.1 }))?,
            false => V::default(),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Error, cast};
    use colq_column::{Bitmap, Column};
    use colq_types::{DataType, Scalar, decimal};
    use proptest::prelude::*;

    /// What the shortest text says.
    fn twin(text: &str, precision: u8, scale: u8) -> Option<i128> {
        decimal::parse(text.as_bytes(), scale).filter(|digits| decimal::fits(*digits, precision))
    }

    fn check(data_type: DataType, scalars: &[Scalar], texts: &[String], precision: u8, scale: u8) {
        let column = Column::from_scalars(data_type, scalars);
        let to = DataType::Decimal { precision, scale };
        let digits: Vec<Option<i128>> = texts.iter().map(|text| twin(text, precision, scale)).collect();
        let every = Bitmap::ones(column.len());
        match (cast(&column.view(), to, &every), digits.iter().position(Option::is_none)) {
            (Err(Error::OutOfRange { row, .. }), Some(first)) => assert_eq!(row, first),
            (found, first) => assert_eq!(found.is_err(), first.is_some(), "{found:?} of {texts:?}"),
        }
        let active: Bitmap = digits.iter().map(Option::is_some).collect();
        let found = cast(&column.view(), to, &active).expect("the rows that fit");
        for (row, digits) in digits.iter().enumerate() {
            let Some(digits) = digits else { continue };
            let expected = Scalar::Decimal(*digits, scale);
            assert_eq!(found.scalar(row), expected, "{} as {to}", texts[row]);
        }
    }

    /// Floats at and beside decimals of few and many digits, and any others.
    fn float() -> impl Strategy<Value = f64> {
        let beside = |(digits, scale, steps): (i64, i32, i64)| {
            let near: f64 = format!("{digits}e-{scale}").parse().unwrap_or(0.0);
            f64::from_bits((near.to_bits() as i64).wrapping_add(steps) as u64)
        };
        prop_oneof![
            6 => (-200_000i64..200_000, 0i32..6, -2i64..3).prop_map(beside),
            3 => (any::<i64>(), 0i32..22, -1i64..2).prop_map(beside),
            1 => any::<u64>().prop_map(f64::from_bits),
            1 => Just(-0.0),
        ]
    }

    proptest! {
        #[test]
        fn a_float_is_the_decimal_that_its_text_says(
            values in prop::collection::vec(float(), 1..100),
            precision in 1u8..=38,
            scale in 0u8..=38,
        ) {
            let scale = scale.min(precision) % 27;
            let scalars: Vec<Scalar> = values.iter().copied().map(Scalar::F64).collect();
            let texts: Vec<String> = values.iter().map(|value| format!("{value:e}")).collect();
            check(DataType::F64, &scalars, &texts, precision, scale);
            let scalars: Vec<Scalar> = values.iter().map(|value| Scalar::F32(*value as f32)).collect();
            let texts: Vec<String> = values.iter().map(|value| format!("{:e}", *value as f32)).collect();
            check(DataType::F32, &scalars, &texts, precision, scale);
        }
    }

    #[test]
    fn halves_go_away_from_zero_as_their_text_does() {
        let values = [0.285, -0.285, 1.005, 2.675, 0.125, -0.005, 0.004_999_999_999_999_999];
        let scalars: Vec<Scalar> = values.into_iter().map(Scalar::F64).collect();
        let texts: Vec<String> = values.iter().map(|value| format!("{value:e}")).collect();
        check(DataType::F64, &scalars, &texts, 9, 2);
        assert_eq!(twin("0.285", 9, 2), Some(29));
    }
}
