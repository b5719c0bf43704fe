//! Dates and instants moved by the calendar, and dates made of numbers.
//!
//! Laws. `add_months(x, n)`: the same day and time of day n months on; a day that the month does not have is its last.
//! `add_days(x, n)`: the same time of day n days on. `make_date(y, m, d)`: that day.

use super::civil::{self, Civil};
use super::rows::Rows;
use super::steps::Steps;
use super::trunc::{DAY, Days, lane_days, per_second};
use crate::Error;
use crate::aggregate::min_max_integers;
use colq_column::{Buffer, Column, Values};
use colq_types::calendar::{date_from_days, days_from_date, days_in_month, days_since_epoch};
use colq_types::{DataType, Function};

pub(super) fn add_months(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    moved(rows, data_type, Function::AddMonths, months_on)
}

pub(super) fn add_days(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    moved(rows, data_type, Function::AddDays, i64::checked_add)
}

/// The day n months after another; `None` beyond the calendar.
pub(super) fn months_on(day: i64, months: i64) -> Option<i64> {
    let (year, month, of_month) = date_from_days(day);
    let month = year.checked_mul(12)?.checked_add(i64::from(month) - 1)?.checked_add(months)?;
    let (year, month) = (month.div_euclid(12), u32::try_from(month.rem_euclid(12) + 1).ok()?);
    days_since_epoch(year, month, of_month.min(days_in_month(year, month)))
}

fn moved(
    rows: &Rows<'_>,
    data_type: DataType,
    function: Function,
    day_on: impl Fn(i64, i64) -> Option<i64>,
) -> Result<Column, Error> {
    let (x, n) = (rows.input(0)?, rows.input(1)?);
    let (days, by) = (Days::new(x)?, n.numbers::<i64>()?);
    let failed = |row: usize| {
        let name = if function == Function::AddDays { "add_days" } else { "add_months" };
        let call = format!("{name}({}, {})", x.shown(row), n.shown(row));
        Error::ResultOutOfRange { row, call, to: data_type }
    };
    let per_day = DAY * per_second(data_type);
    if rows.is_dense()
        && n.is_constant()
        && !x.is_constant()
        && let Some(values) = in_lanes(rows, function, by.get(0), x.view().values, per_day)
    {
        return Ok(Column::new(data_type, values));
    }
    let one = |row: usize| -> Option<i64> {
        let (day, rest) = days.get(row);
        instant(day_on(day, by.get(row))?, rest, per_day)
    };
    let values = match data_type {
        DataType::Date => {
            let date = |row: usize| i32::try_from(day_on(days.get(row).0, by.get(row))?).ok();
            Buffer::I32(rows.try_each(|row| date(row).ok_or_else(|| failed(row)))?)
        }
        _ => Buffer::I64(rows.try_each(|row| one(row).ok_or_else(|| failed(row)))?),
    };
    Ok(Column::new(data_type, values))
}

/// All rows at once, where no value can be an error.
fn in_lanes(
    rows: &Rows<'_>,
    function: Function,
    by: i64,
    values: Values<'_>,
    per_day: i64,
) -> Option<Buffer> {
    // So that what is reached has a place in the lanes too: about 2,000 years.
    const FARTHEST: i64 = 24_000;
    let months = i32::try_from(by).ok().filter(|by| i64::from(*by).abs() <= FARTHEST)?;
    let by_days = function == Function::AddDays;
    match values {
        Values::I32(days) => {
            let (low, high) = min_max_integers(days, None)?;
            lane_days(reached(low.into(), -FARTHEST)?, reached(high.into(), FARTHEST)?)?;
            Some(Buffer::I32(match by_days {
                true => rows.all(days, |day: i32| day + months),
                false => rows.all(days, |day: i32| lane_months_on(day, months)),
            }))
        }
        Values::I64(instants) => {
            let steps = Steps::new(instants, 0, per_day)?;
            let (low, high) = steps.ends();
            let (low, high) = (reached(low, -FARTHEST)?, reached(high, FARTHEST)?);
            lane_days(low, high)?;
            low.checked_mul(per_day)?;
            high.checked_add(1)?.checked_mul(per_day)?;
            let shift = i64::from(months).checked_mul(per_day).filter(|_| by_days);
            Some(Buffer::I64(match shift {
                Some(shift) => rows.all(instants, |value: i64| value.wrapping_add(shift)),
                None if by_days => return None,
                None => rows.all(instants, |value: i64| {
                    let (day, rest) = steps.split(value);
                    i64::from(lane_months_on(day as i32, months)).wrapping_mul(per_day).wrapping_add(rest)
                }),
            }))
        }
        _ => None,
    }
}

/// A day so many months further on, at least.
fn reached(day: i64, months: i64) -> Option<i64> {
    day.checked_add(months.checked_mul(31)?)
}

/// As [`months_on`], of days that have a place in the lanes.
#[inline(always)]
fn lane_months_on(day: i32, months: i32) -> i32 {
    let civil = Civil::of(day);
    let month = civil.year * 12 + civil.month as i32 - 1 + months;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
    civil::first_of(year, month) + civil.day.min(civil::days_in_month(year, month)) as i32 - 1
}

/// The units since the epoch of a day and a time of day. Below the epoch the product alone may not fit.
pub(super) fn instant(day: i64, rest: i64, per_day: i64) -> Option<i64> {
    i64::try_from(i128::from(day) * i128::from(per_day) + i128::from(rest)).ok()
}

pub(super) fn make_date(rows: &Rows<'_>) -> Result<Column, Error> {
    let parts = [rows.input(0)?, rows.input(1)?, rows.input(2)?];
    let [year, month, day] =
        [parts[0].numbers::<i64>()?, parts[1].numbers::<i64>()?, parts[2].numbers::<i64>()?];
    let values = rows.try_each(|row| {
        let (month, day) = (u32::try_from(month.get(row)).ok(), u32::try_from(day.get(row)).ok());
        let date = month.zip(day).and_then(|(month, day)| days_from_date(year.get(row), month, day));
        date.ok_or_else(|| {
            let found = parts.iter().map(|part| part.shown(row)).collect::<Vec<_>>().join(", ");
            Error::Refused { row, function: "make_date", takes: "a day of the calendar", found }
        })
    })?;
    Ok(Column::new(DataType::Date, values))
}
