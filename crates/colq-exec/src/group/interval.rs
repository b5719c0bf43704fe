//! Keys that are the start of the interval of time a value is in: what `date_trunc`, `date_bin` and the date of an instant
//! give. The interval's number is found from the value itself, without computing the key of every row: by a division where all intervals are of one length, else
//! by a table of the days.

use crate::Error;
use crate::bounds::range;
use crate::predicate::Value;
use colq_column::ColumnSource;
use colq_kernels::{Intervals, KeySpace};
use colq_plan::Function;
use colq_types::calendar::{date_from_days, days_since_epoch};
use colq_types::{DataType, Scalar};

/// Seconds in a day; UTC has no other.
const DAY: i64 = 86_400;

/// Days that a table is made of; more of them would take longer than it saves.
const MOST_DAYS: i64 = 1 << 17;

/// What the interval is found from, and the keys there can be; `None` for keys of another kind, and where the ends of
/// the values are not known.
pub(super) fn interval(
    key: &Value,
    data_type: DataType,
    source: &dyn ColumnSource,
) -> Result<Option<(Value, KeySpace)>, Error> {
    if let Value::Cast { operand, from: from @ DataType::Timestamp(_), to: DataType::Date, .. } = key {
        return date_of_instant(operand, *from, source);
    }
    let Value::Call { function, args, .. } = key else { return Ok(None) };
    let (unit, stride, operand) = match (function, args.as_slice()) {
        (Function::DateTrunc, [Value::Literal(Scalar::Text(unit), _), operand]) => {
            (unit.to_ascii_lowercase(), None, operand)
        }
        // The bins count from the first of the keys, wherever that one comes from.
        (
            Function::DateBin,
            [
                Value::Literal(Scalar::Duration(stride, unit), _),
                operand,
                Value::Literal(Scalar::Timestamp(..), _),
            ],
        ) => match u64::try_from(*stride) {
            Ok(stride) if stride > 0 && data_type == DataType::Timestamp(*unit) => {
                (String::new(), Some(stride), operand)
            }
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let (Some(per_day), Some(column)) = (per_day(data_type), operand.as_column()) else { return Ok(None) };
    // The ends of the keys say that no row fails, and where the first interval begins.
    let (Some(values), Some(keys)) = (range(operand, source)?, range(key, source)?) else { return Ok(None) };
    if values.data_type != data_type || keys.data_type != data_type || keys.low > values.low {
        return Ok(None);
    }
    let (low, high) = (keys.low, values.high.max(keys.high));
    let (step, intervals) = match (stride.or_else(|| step(&unit, per_day)), months(&unit)) {
        (Some(step), _) => (step, None),
        (None, Some(months)) => match month_starts((low, high), months, per_day) {
            Some(intervals) => (per_day as u64, Some(intervals)),
            None => return Ok(None),
        },
        (None, None) => return Ok(None),
    };
    let nullable = source.may_have_nulls(column);
    let range = Some((low, high));
    Ok(Some((operand.clone(), KeySpace { data_type, nullable, range, step, parts: 1, intervals })))
}

/// The same for the dates of instants, which are days of one length and of another type.
fn date_of_instant(
    operand: &Value,
    from: DataType,
    source: &dyn ColumnSource,
) -> Result<Option<(Value, KeySpace)>, Error> {
    let (Some(per_day), Some(column)) = (per_day(from), operand.as_column()) else { return Ok(None) };
    let Some(values) = range(operand, source)?.filter(|values| values.data_type == from) else {
        return Ok(None);
    };
    let days = |value: i128| i64::try_from(value.div_euclid(i128::from(per_day)));
    let (Ok(first), Ok(last)) = (days(values.low), days(values.high)) else { return Ok(None) };
    // No row fails where no end does.
    if last - first > MOST_DAYS || i32::try_from(first).is_err() || i32::try_from(last).is_err() {
        return Ok(None);
    }
    let starts: Option<Vec<i64>> = (first..=last).map(|day| day.checked_mul(per_day)).collect();
    let (Some(starts), Ok(high)) = (starts, i64::try_from(values.high)) else { return Ok(None) };
    let Some(intervals) = Intervals::new(&starts, high, per_day as u64) else { return Ok(None) };
    let range = Some((i128::from(first) * i128::from(per_day), values.high));
    let intervals = Some(intervals.with_keys(|start| start.div_euclid(per_day)));
    let nullable = source.may_have_nulls(column);
    let space =
        KeySpace { data_type: DataType::Date, nullable, range, step: per_day as u64, parts: 1, intervals };
    Ok(Some((operand.clone(), space)))
}

/// Units of the type in a day.
fn per_day(data_type: DataType) -> Option<i64> {
    match data_type {
        DataType::Timestamp(unit) => Some(DAY * unit.per_second()),
        DataType::Date => Some(1),
        _ => None,
    }
}

/// Units of the type in a unit of the calendar, where all of those are of one length.
fn step(unit: &str, per_day: i64) -> Option<u64> {
    let parts = match unit {
        "second" => DAY,
        "minute" => 1_440,
        "hour" => 24,
        "day" => 1,
        "week" => return u64::try_from(7 * per_day).ok(),
        _ => return None,
    };
    // A date has no parts of a day.
    (per_day % parts == 0).then(|| u64::try_from(per_day / parts).ok()).flatten()
}

/// The months of a unit.
fn months(unit: &str) -> Option<i64> {
    match unit {
        "month" => Some(1),
        "quarter" => Some(3),
        "year" => Some(12),
        _ => None,
    }
}

/// The starts of so many months each, from the first value, which is one of them, up to the last.
fn month_starts((low, high): (i128, i128), months: i64, per_day: i64) -> Option<Intervals> {
    let (low, high) = (i64::try_from(low).ok()?, i64::try_from(high).ok()?);
    let (first, last) = (low.div_euclid(per_day), high.div_euclid(per_day));
    if last - first > MOST_DAYS {
        return None;
    }
    let (year, month, _) = date_from_days(first);
    let mut starts = Vec::new();
    for number in year * 12 + i64::from(month) - 1.. {
        let (year, month) = (number.div_euclid(12), u32::try_from(number.rem_euclid(12) + 1).ok()?);
        let day = days_since_epoch(year, month, 1)?;
        if day > last {
            break;
        }
        if (number - year * 12) % months == 0 {
            starts.push(day.checked_mul(per_day)?);
        }
    }
    // The first key is the start of the first interval.
    Intervals::new(&starts, high, u64::try_from(per_day).ok()?).filter(|_| starts.first() == Some(&low))
}
