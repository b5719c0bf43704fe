//! Values by their place in the order of all, and counts of distinct ones, exact and approximate.

use super::{Argument, Bound};
use crate::NaiveErrorKind;
use crate::naive::Cell;
use crate::naive::order::{KeyPart, compare, shown_key};
use colq_plan::AggregateCall;
use colq_types::Scalar;
use std::cmp::Ordering;
use std::collections::HashSet;

const MALFORMED: NaiveErrorKind = NaiveErrorKind::MalformedPlan;

/// Up to so many distinct values an approximate count is exact.
const EXACT_COUNT: i64 = 256;

/// How far from the exact values an approximate quantile may lie: one part in so many.
const PART: i128 = 100;

fn sorted(arguments: &[Argument]) -> Vec<Scalar> {
    let mut values: Vec<Scalar> =
        arguments.iter().map(|argument| shown_key(argument.value.clone())).collect();
    // Values of one column always compare.
    values.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
    values
}

/// The values around the position of the fraction, and how far the position is from the first of both.
fn around(call: &AggregateCall, values: &[Scalar]) -> Result<(Scalar, Scalar, f64), NaiveErrorKind> {
    let position = call.fraction.ok_or(MALFORMED)? * (values.len() - 1) as f64;
    let low = position.floor();
    let at = |place: f64| values.get(place as usize).cloned().ok_or(MALFORMED);
    Ok((at(low)?, at(position.ceil())?, position - low))
}

/// `quantile_cont`: between the two values around the position.
pub(super) fn between(call: &AggregateCall, arguments: &[Argument]) -> Cell {
    let (low, high, part) = around(call, &sorted(arguments))?;
    if part == 0.0 {
        return Ok(low);
    }
    // Toward zero, in whole units.
    let moved = |low: i128, high: i128| low + ((high - low) as f64 * part) as i128;
    Ok(match (low, high) {
        (Scalar::F64(low), Scalar::F64(high)) => Scalar::F64(low + (high - low) * part),
        (Scalar::Date(low), Scalar::Date(high)) => {
            Scalar::Date(i32::try_from(moved(low.into(), high.into())).map_err(|_| NaiveErrorKind::Overflow)?)
        }
        (Scalar::Timestamp(low, unit), Scalar::Timestamp(high, _)) => Scalar::Timestamp(
            i64::try_from(moved(low.into(), high.into())).map_err(|_| NaiveErrorKind::Overflow)?,
            unit,
        ),
        (Scalar::Duration(low, unit), Scalar::Duration(high, _)) => Scalar::Duration(
            i64::try_from(moved(low.into(), high.into())).map_err(|_| NaiveErrorKind::Overflow)?,
            unit,
        ),
        _ => return Err(MALFORMED),
    })
}

/// `quantile_disc`: the first value with at least that part of all at or below it.
pub(super) fn of_values(call: &AggregateCall, arguments: &[Argument]) -> Cell {
    let values = sorted(arguments);
    let count = (call.fraction.ok_or(MALFORMED)? * values.len() as f64).ceil().max(1.0);
    values.get(count as usize - 1).cloned().ok_or(MALFORMED)
}

/// An end of the range of `approx_quantile`: the values around the position, a little widened, but never beyond the
/// smallest and the largest.
pub(super) fn approximate(call: &AggregateCall, arguments: &[Argument], bound: Bound) -> Cell {
    let values = sorted(arguments);
    let (low, high, _) = around(call, &values)?;
    let value = match bound {
        Bound::Low => low,
        Bound::High => high,
    };
    let first_and_last = [values.first(), values.last()];
    if first_and_last.contains(&Some(&value)) && matches!(call.fraction, Some(0.0 | 1.0)) {
        return Ok(value);
    }
    let units = |v: i64| match bound {
        Bound::Low => i128::from(v) - i128::from(v).abs() / PART - 1,
        Bound::High => i128::from(v) + i128::from(v).abs() / PART + 1,
    };
    let in_64_bits = |v: i128| v.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let wide = match value {
        Scalar::F64(v) if !v.is_finite() => Scalar::F64(v),
        Scalar::F64(v) if bound == Bound::Low => Scalar::F64(v - v.abs() / PART as f64),
        Scalar::F64(v) => Scalar::F64(v + v.abs() / PART as f64),
        Scalar::Date(v) => {
            Scalar::Date(in_64_bits(units(v.into())).clamp(i32::MIN.into(), i32::MAX.into()) as i32)
        }
        Scalar::Timestamp(v, unit) => Scalar::Timestamp(in_64_bits(units(v)), unit),
        Scalar::Duration(v, unit) => Scalar::Duration(in_64_bits(units(v)), unit),
        _ => return Err(MALFORMED),
    };
    let [first, last] = first_and_last.map(|end| end.cloned().unwrap_or(Scalar::Null));
    let beyond = |end: &Scalar, order| compare(&wide, end) == Some(order);
    Ok(match bound {
        Bound::Low if beyond(&first, Ordering::Less) => first,
        Bound::High if beyond(&last, Ordering::Greater) => last,
        _ => wide,
    })
}

/// An end of the range of `approx_distinct`: a tenth below or above the exact count, where that is not small.
pub(super) fn approximate_count(arguments: &[Argument], bound: Bound) -> i64 {
    let distinct: HashSet<KeyPart> = arguments.iter().map(|argument| KeyPart::of(&argument.value)).collect();
    let exact = distinct.len() as i64;
    match bound {
        _ if exact <= EXACT_COUNT => exact,
        Bound::Low => exact - exact / 10,
        Bound::High => exact + exact / 10,
    }
}
