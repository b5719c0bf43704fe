//! `round(x, n)` and `trunc(x, n)`: to n digits after the point, half away from zero or toward zero.
//!
//! Laws. Integers: x where n >= 0, else the multiple of 10^-n, an error where it does not fit. Decimals: exact. Floats:
//! `whole(x * 10^n) / 10^n` for n >= 0, else `whole(x / 10^-n) * 10^-n`, each step rounded by IEEE 754 and 10^n the
//! nearest f64; x itself where the product is not finite, and 0 where 10^-n is beyond all floats. f32 is computed in f64
//! and rounded once.

use super::number::{DECIMAL_LIMIT, quiet};
use super::rows::{Input, Rows};
use crate::Error;
use colq_column::{Column, Values};
use colq_types::decimal::power_of_ten;
use colq_types::{DataType, Function, Native};
use std::cmp::Ordering;
use std::sync::LazyLock;

pub(super) fn to_digits(function: Function, rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let (x, n) = (rows.input(0)?, rows.input(1)?);
    let digits = n.numbers::<i64>()?;
    let away = function == Function::Round;
    let failed = |row: usize| {
        let name = if away { "round" } else { "trunc" };
        let call = format!("{name}({}, {})", x.shown(row), n.shown(row));
        Error::ResultOutOfRange { row, call, to: data_type }
    };
    Ok(match (x.view().values, data_type) {
        (_, DataType::Decimal { scale: to, .. }) => {
            let (values, scale) = x.decimals()?;
            let one =
                |row| decimal(values.get(row), scale, digits.get(row), to, away).ok_or_else(|| failed(row));
            Column::new(data_type, rows.try_each(one)?)
        }
        (Values::F32(values), _) if !x.is_constant() && n.is_constant() => {
            Column::new(data_type, alike(rows, values, digits.get(0), away, f64::from, |v| v as f32))
        }
        (Values::F64(values), _) if !x.is_constant() && n.is_constant() => {
            Column::new(data_type, alike(rows, values, digits.get(0), away, |v| v, |v| v))
        }
        (Values::F32(_), _) => {
            let values = x.numbers::<f32>()?;
            Column::new(data_type, floats(rows, n, |row| f64::from(values.get(row)), away, |v| v as f32)?)
        }
        (Values::F64(_), _) => {
            let values = x.numbers::<f64>()?;
            Column::new(data_type, floats(rows, n, |row| values.get(row), away, |v| v)?)
        }
        (Values::U64(_), _) => {
            let values = x.numbers::<u64>()?;
            let one = |row| {
                let value = integer(i128::from(values.get(row)), digits.get(row), away);
                u64::try_from(value).map_err(|_| failed(row))
            };
            Column::new(data_type, rows.try_each(one)?)
        }
        _ => {
            let values = x.numbers::<i64>()?;
            let one = |row| {
                let value = integer(i128::from(values.get(row)), digits.get(row), away);
                i64::try_from(value).map_err(|_| failed(row))
            };
            Column::new(data_type, rows.try_each(one)?)
        }
    })
}

/// The multiple of 10^-n that is meant.
fn integer(value: i128, n: i64, away: bool) -> i128 {
    if n >= 0 {
        return value;
    }
    // 64-bit integers have at most 20 digits, so from the 21st on nothing is left, rounded or not.
    match u8::try_from(n.unsigned_abs()) {
        Ok(dropped) if dropped <= 20 => divide(value, power_of_ten(dropped), away) * power_of_ten(dropped),
        _ => 0,
    }
}

/// The quotient, rounded half away from zero or toward zero. `by` is above zero.
fn divide(value: i128, by: i128, away: bool) -> i128 {
    let (quotient, rest) = (value / by, (value % by).abs());
    if away && rest >= by - rest { quotient + value.signum() } else { quotient }
}

/// The digits, of which `scale` stand after the point, with n of them kept and `to` written; `None` where they are too
/// many.
fn decimal(value: i128, scale: u8, n: i64, to: u8, away: bool) -> Option<i128> {
    let kept = n.min(i64::from(scale));
    let dropped = i64::from(scale).saturating_sub(kept);
    let Some(dropped) = u8::try_from(dropped).ok().filter(|d| *d <= DataType::MAX_PRECISION) else {
        // Even the first of 38 digits is less than half of what is rounded to.
        return Some(0);
    };
    let quotient = divide(value, power_of_ten(dropped), away);
    let written = u8::try_from(i64::from(to) - kept).ok().filter(|w| *w <= DataType::MAX_PRECISION);
    let result = match written {
        Some(written) => quotient.checked_mul(power_of_ten(written))?,
        None => (quotient == 0).then_some(0)?,
    };
    (-DECIMAL_LIMIT < result && result < DECIMAL_LIMIT).then_some(result)
}

/// 10^0 to 10^308, each the nearest f64, as the parser has it.
static POWERS: LazyLock<Vec<f64>> =
    LazyLock::new(|| (0..=308).map(|n| format!("1e{n}").parse().unwrap_or(f64::INFINITY)).collect());

fn power(n: u64) -> f64 {
    usize::try_from(n).ok().and_then(|n| POWERS.get(n).copied()).unwrap_or(f64::INFINITY)
}

fn floats<T: Default + Clone>(
    rows: &Rows<'_>,
    n: &Input<'_>,
    value: impl Fn(usize) -> f64,
    away: bool,
    narrow: impl Fn(f64) -> T,
) -> Result<Vec<T>, Error> {
    let digits = n.numbers::<i64>()?;
    Ok(rows.each(|row| {
        let n = digits.get(row);
        narrow(float(value(row), n, power(n.unsigned_abs()), away))
    }))
}

/// All to the same number of digits: a loop for each case, in which only what differs from row to row is asked.
fn alike<T: Native, U: Default + Copy>(
    rows: &Rows<'_>,
    values: &[T],
    n: i64,
    away: bool,
    wide: impl Fn(T) -> f64,
    narrow: impl Fn(f64) -> U,
) -> Vec<U> {
    let by = power(n.unsigned_abs());
    match (n.cmp(&0), away) {
        (Ordering::Equal, true) => rows.all(values, |x| narrow(quiet(away_from_zero(wide(x))))),
        (Ordering::Equal, false) => rows.all(values, |x| narrow(quiet(wide(x).trunc()))),
        (Ordering::Greater, true) => rows.all(values, |x| narrow(parts(wide(x), by, away_from_zero))),
        (Ordering::Greater, false) => rows.all(values, |x| narrow(parts(wide(x), by, f64::trunc))),
        (Ordering::Less, true) => rows.all(values, |x| narrow(multiples(wide(x), by, away_from_zero))),
        (Ordering::Less, false) => rows.all(values, |x| narrow(multiples(wide(x), by, f64::trunc))),
    }
}

#[inline(always)]
fn float(x: f64, n: i64, power: f64, away: bool) -> f64 {
    let whole = |v: f64| if away { away_from_zero(v) } else { v.trunc() };
    match n.cmp(&0) {
        Ordering::Equal => quiet(whole(x)),
        Ordering::Greater => parts(x, power, whole),
        Ordering::Less => multiples(x, power, whole),
    }
}

/// A whole number of parts, of which so many make one.
#[inline(always)]
fn parts(x: f64, count: f64, whole: impl Fn(f64) -> f64) -> f64 {
    let scaled = x * count;
    quiet(if scaled.is_finite() { whole(scaled) / count } else { x })
}

/// A whole number of units of this size.
#[inline(always)]
fn multiples(x: f64, unit: f64, whole: impl Fn(f64) -> f64) -> f64 {
    if unit.is_infinite() && x.is_finite() {
        return 0f64.copysign(x);
    }
    let result = whole(x / unit) * unit;
    quiet(if result.is_finite() { result } else { x })
}

/// `f64::round`, of which no processor has an instruction: half a unit is away from zero. What is cut off is exact.
#[inline(always)]
fn away_from_zero(x: f64) -> f64 {
    let whole = x.trunc();
    if (x - whole).abs() >= 0.5 { whole + 1f64.copysign(x) } else { whole }
}
