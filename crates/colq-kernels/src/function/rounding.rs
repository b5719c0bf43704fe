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
use colq_types::{DataType, Function};
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
        // Whole numbers have loops of their own, in which nothing is asked.
        (Values::F32(values), _) if !x.is_constant() && n.is_constant() && digits.get(0) == 0 => {
            let to_f32 = |value: f64| quiet(value) as f32;
            Column::new(
                data_type,
                match away {
                    true => rows.all(values, |x| to_f32(away_from_zero(f64::from(x)))),
                    false => rows.all(values, |x| to_f32(f64::from(x).trunc())),
                },
            )
        }
        (Values::F64(values), _) if !x.is_constant() && n.is_constant() && digits.get(0) == 0 => Column::new(
            data_type,
            match away {
                true => rows.all(values, |x| quiet(away_from_zero(x))),
                false => rows.all(values, |x| quiet(x.trunc())),
            },
        ),
        (Values::F32(values), _) if !x.is_constant() && n.is_constant() => {
            let (n, power) = (digits.get(0), power(digits.get(0).unsigned_abs()));
            Column::new(data_type, rows.all(values, |x| float(f64::from(x), n, power, away) as f32))
        }
        (Values::F64(values), _) if !x.is_constant() && n.is_constant() => {
            let (n, power) = (digits.get(0), power(digits.get(0).unsigned_abs()));
            Column::new(data_type, rows.all(values, |x| float(x, n, power, away)))
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

#[inline(always)]
fn float(x: f64, n: i64, power: f64, away: bool) -> f64 {
    let whole = |v: f64| if away { away_from_zero(v) } else { v.trunc() };
    if n == 0 {
        return quiet(whole(x));
    }
    if n > 0 {
        let scaled = x * power;
        return quiet(if scaled.is_finite() { whole(scaled) / power } else { x });
    }
    if power.is_infinite() && x.is_finite() {
        return 0f64.copysign(x);
    }
    let result = whole(x / power) * power;
    quiet(if result.is_finite() { result } else { x })
}

/// `f64::round`, of which no processor has an instruction: half a unit is away from zero. What is cut off is exact.
#[inline(always)]
fn away_from_zero(x: f64) -> f64 {
    let whole = x.trunc();
    if (x - whole).abs() >= 0.5 { whole + 1f64.copysign(x) } else { whole }
}
