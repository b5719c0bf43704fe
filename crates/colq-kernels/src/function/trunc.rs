//! `date_trunc(unit, x)`: the start of the calendar's unit that holds an instant.
//!
//! Law: the latest start of a unit that is not after x, in the proleptic Gregorian calendar and UTC. Weeks begin on
//! Monday, quarters in January, April, July and October, decades with a year that 10 divides, centuries and millennia
//! with the year after one that 100 or 1000 divides (2001, not 2000).

use super::civil::{self, Civil};
use super::rows::{Input, Numbers, Rows};
use super::steps::Steps;
use crate::Error;
use crate::aggregate::min_max_integers;
use colq_column::{Buffer, Column, Values};
use colq_types::calendar::{date_from_days, days_in_month, days_since_epoch};
use colq_types::{DataType, TimeUnit};

/// Seconds in a day; UTC has no other.
pub(super) const DAY: i64 = 86_400;

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// So many units of time, from any midnight.
    Ticks(i64),
    Days(i64),
    Months(i64),
    /// So many years, from this one on.
    Years(i64, i64),
}

impl Unit {
    /// The unit of a name; `per_second` units of the values make a second.
    fn new(name: &str, per_second: i64) -> Option<Unit> {
        // What is finer than the values leaves them as they are.
        let part = |parts: i64| Unit::Ticks((per_second / parts).max(1));
        Some(match name {
            "nanosecond" => part(1_000_000_000),
            "microsecond" => part(1_000_000),
            "millisecond" => part(1_000),
            "second" => part(1),
            "minute" => Unit::Ticks(60 * per_second),
            "hour" => Unit::Ticks(3_600 * per_second),
            "day" => Unit::Days(1),
            "week" => Unit::Days(7),
            "month" => Unit::Months(1),
            "quarter" => Unit::Months(3),
            "year" => Unit::Years(1, 0),
            "decade" => Unit::Years(10, 0),
            "century" => Unit::Years(100, 1),
            "millennium" => Unit::Years(1_000, 1),
            _ => return None,
        })
    }

    /// The first day of the unit that holds a day, and the first behind it; `None` where the calendar ends.
    fn days(self, day: i64) -> Option<(i64, i64)> {
        let of_month = |month: i64| {
            let number = u32::try_from(month.rem_euclid(12) + 1).ok()?;
            days_since_epoch(month.div_euclid(12), number, 1)
        };
        match self {
            Unit::Ticks(_) | Unit::Days(1) => Some((day, day.checked_add(1)?)),
            // The epoch was a Thursday, three days after a Monday.
            Unit::Days(count) => {
                let start = day.checked_sub(day.checked_add(3)?.rem_euclid(count))?;
                Some((start, start.checked_add(count)?))
            }
            // The most common one has a shorter way.
            Unit::Months(1) => {
                let (year, month, of_month) = date_from_days(day);
                let start = day.checked_sub(i64::from(of_month) - 1)?;
                Some((start, start.checked_add(i64::from(days_in_month(year, month)))?))
            }
            Unit::Months(count) => {
                let (year, month, _) = date_from_days(day);
                let month = year.checked_mul(12)? + i64::from(month) - 1;
                let start = month - month.rem_euclid(count);
                Some((of_month(start)?, of_month(start + count)?))
            }
            Unit::Years(count, first) => {
                let (year, ..) = date_from_days(day);
                let start = year - (year - first).rem_euclid(count);
                Some((days_since_epoch(start, 1, 1)?, days_since_epoch(start + count, 1, 1)?))
            }
        }
    }
}

pub(super) fn trunc(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let (name, x) = (rows.input(0)?, rows.input(1)?);
    let name = name.text(0);
    let failed = |row: usize| {
        let call = format!("date_trunc('{name}', {})", x.shown(row));
        Error::ResultOutOfRange { row, call, to: data_type }
    };
    let per_second = per_second(x.data_type());
    let Some(unit) = Unit::new(&name, per_second) else {
        return Err(Error::WrongLayout { expected: "a unit of the calendar", found: "another text" });
    };
    if rows.is_dense()
        && !x.is_constant()
        && let Some(values) = in_lanes(rows, unit, x.view().values, per_second)
    {
        return Ok(Column::new(data_type, values));
    }
    match x.view().values {
        Values::I32(_) => {
            let days = x.numbers::<i32>()?;
            let mut bin = (0, 0);
            let values = rows.try_each(|row| {
                let day = i64::from(days.get(row));
                if day < bin.0 || day >= bin.1 {
                    bin = unit.days(day).ok_or_else(|| failed(row))?;
                }
                i32::try_from(bin.0).map_err(|_| failed(row))
            })?;
            Ok(Column::new(data_type, values))
        }
        _ => {
            let instants = x.numbers::<i64>()?;
            // The start of the bin and how far the value is from it; what lies in the bin of the row before, as in a
            // column of times that rise, needs no division.
            let (mut start, mut len) = (0i64, 0u64);
            let values = rows.try_each(|row| {
                let value = instants.get(row);
                if value < start || value.wrapping_sub(start) as u64 >= len {
                    (start, len) = bin_of(unit, value, per_second).ok_or_else(|| failed(row))?;
                }
                Ok(start)
            })?;
            Ok(Column::new(data_type, values))
        }
    }
}

/// All rows at once, where no value can be an error.
fn in_lanes(rows: &Rows<'_>, unit: Unit, values: Values<'_>, per_second: i64) -> Option<Buffer> {
    match values {
        Values::I32(days) => {
            let (low, high) = min_max_integers(days, None)?;
            lane_days(low.into(), high.into())?;
            if matches!(unit, Unit::Ticks(_) | Unit::Days(1)) {
                return Some(Buffer::I32(rows.all(days, |day: i32| day)));
            }
            Some(Buffer::I32(match unit {
                Unit::Ticks(_) | Unit::Days(_) => rows.all(days, |day: i32| day - civil::since_monday(day)),
                Unit::Months(1) => rows.all(days, |day: i32| day + 1 - Civil::of(day).day as i32),
                Unit::Months(count) => rows.all(days, |day: i32| of_months(day, count as u32)),
                Unit::Years(count, first) => {
                    rows.all(days, |day: i32| of_years(day, count as i32, first as i32))
                }
            }))
        }
        Values::I64(instants) => {
            let per_day = DAY * per_second;
            // Weeks from a Monday on.
            let (by, origin) = match unit {
                Unit::Ticks(ticks) => (ticks, 0),
                Unit::Days(count) => (count.checked_mul(per_day)?, if count == 7 { -3 * per_day } else { 0 }),
                Unit::Months(_) | Unit::Years(..) => (per_day, 0),
            };
            if by == 1 {
                return Some(Buffer::I64(rows.all(instants, |value: i64| value)));
            }
            let steps = Steps::new(instants, origin, by)?;
            let day_of = |value: i64| steps.number(value) as i32;
            if let Unit::Months(_) | Unit::Years(..) = unit {
                let (low, high) = steps.ends();
                lane_days(low, high)?;
                // No start of a unit lies further back than this.
                low.checked_sub(LONGEST_UNIT)?.checked_mul(per_day)?;
                let (start, _) = unit.days(low)?;
                if unit.days(high)?.0 == start {
                    return Some(Buffer::I64(rows.all(instants, |_: i64| start * per_day)));
                }
            } else if let Some((start, _)) = steps.only() {
                return Some(Buffer::I64(rows.all(instants, |_: i64| start)));
            }
            Some(Buffer::I64(match unit {
                Unit::Ticks(_) | Unit::Days(_) => rows.all(instants, |value: i64| steps.start(value)),
                Unit::Months(1) => rows.all(instants, |value: i64| {
                    let day = day_of(value);
                    i64::from(day + 1 - Civil::of(day).day as i32).wrapping_mul(per_day)
                }),
                Unit::Months(count) => rows.all(instants, |value: i64| {
                    i64::from(of_months(day_of(value), count as u32)).wrapping_mul(per_day)
                }),
                Unit::Years(count, first) => rows.all(instants, |value: i64| {
                    i64::from(of_years(day_of(value), count as i32, first as i32)).wrapping_mul(per_day)
                }),
            }))
        }
        _ => None,
    }
}

/// Days of the longest unit.
const LONGEST_UNIT: i64 = 365_243;

/// `None` where a day between these has no place in the lanes, or the unit that it begins in.
pub(super) fn lane_days(low: i64, high: i64) -> Option<()> {
    (low >= civil::FIRST + LONGEST_UNIT && high <= civil::LAST).then_some(())
}

/// The first day of the months that hold a day, so many of which begin with January.
#[inline(always)]
fn of_months(day: i32, count: u32) -> i32 {
    let civil = Civil::of(day);
    civil::first_of(civil.year, civil.month - (civil.month - 1) % count)
}

/// The first day of so many years, which are counted from a year on.
#[inline(always)]
fn of_years(day: i32, count: i32, first: i32) -> i32 {
    let year = Civil::of(day).year;
    civil::first_of(year - (year - first).rem_euclid(count), 1)
}

/// The start of the bin that holds an instant, and how many units of the values it is long.
fn bin_of(unit: Unit, value: i64, per_second: i64) -> Option<(i64, u64)> {
    if let Unit::Ticks(ticks) = unit {
        return Some((value.checked_sub(value.rem_euclid(ticks))?, ticks.unsigned_abs()));
    }
    let per_day = DAY * per_second;
    let (first, behind) = unit.days(value.div_euclid(per_day))?;
    let len = u64::try_from(i128::from(behind - first) * i128::from(per_day)).unwrap_or(u64::MAX);
    Some((first.checked_mul(per_day)?, len))
}

/// Units of a timestamp or duration in a second; of a date 1.
pub(super) fn per_second(data_type: DataType) -> i64 {
    match data_type {
        DataType::Timestamp(unit) | DataType::Duration(unit) => unit.per_second(),
        _ => TimeUnit::Second.per_second(),
    }
}

/// Days and the rest of the day, by row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Days<'a> {
    Dates(Numbers<'a, i32>),
    /// With the units of a day.
    Instants(Numbers<'a, i64>, i64),
}

impl<'a> Days<'a> {
    pub(super) fn new(x: &Input<'a>) -> Result<Days<'a>, Error> {
        match x.view().values {
            Values::I32(_) => x.numbers().map(Days::Dates),
            _ => Ok(Days::Instants(x.numbers()?, DAY * per_second(x.data_type()))),
        }
    }

    /// The day since the epoch, and the units since it began.
    #[inline(always)]
    pub(super) fn get(&self, row: usize) -> (i64, i64) {
        match self {
            Days::Dates(days) => (i64::from(days.get(row)), 0),
            Days::Instants(instants, per_day) => {
                let value = instants.get(row);
                (value.div_euclid(*per_day), value.rem_euclid(*per_day))
            }
        }
    }
}
