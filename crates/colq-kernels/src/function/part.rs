//! `date_part(unit, x)`: one number of a date or an instant.
//!
//! Laws, as PostgreSQL has them, in UTC: weeks are ISO's (the first holds the year's first Thursday) and `isoyear` is the
//! year they count in; `dow` counts from Sunday 0, `isodow` from Monday 1 to Sunday 7; `doy` from 1; centuries and
//! millennia from 1, and from -1 backwards; decades are years divided by 10. `second` is the whole second of the minute,
//! and `millisecond`, `microsecond` and `nanosecond` are the time since the minute began, cut off to whole ones. `epoch`
//! is the seconds since 1970 as f64, of a duration its seconds. A year before 1 is as it is written: 0, -1 and so on.

use super::civil::{self, Civil};
use super::rows::Rows;
use super::steps::Steps;
use super::trunc::{DAY, Days, lane_days, per_second};
use crate::Error;
use crate::aggregate::min_max_integers;
use colq_column::{Column, Values};
use colq_types::DataType;
use colq_types::calendar::{date_from_days, days_since_epoch};

/// Seconds in a day.
const DAY_SECONDS: f64 = 86_400.0;

pub(super) fn part(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let (name, x) = (rows.input(0)?, rows.input(1)?);
    let per = per_second(x.data_type());
    if data_type == DataType::F64 {
        return Ok(Column::new(
            DataType::F64,
            match x.view().values {
                Values::I32(v) => rows.all(v, |days| f64::from(days) * DAY_SECONDS),
                _ => rows.all(x.slice::<i64>()?, |value| value as f64 / per as f64),
            },
        ));
    }
    let days = Days::new(x)?;
    let name = name.text(0);
    if rows.is_dense()
        && !x.is_constant()
        && let Some(values) = in_lanes(rows, &name, x.view().values, per)
    {
        return Ok(Column::new(data_type, values));
    }
    let of_time: Option<(i64, i64)> = match &*name {
        "hour" => Some((3_600 * per, 24)),
        "minute" => Some((60 * per, 60)),
        "second" => Some((per, 60)),
        _ => None,
    };
    if let Some((ticks, count)) = of_time {
        return Ok(Column::new(data_type, rows.each(|row| days.get(row).1 / ticks % count)));
    }
    let parts_a_second: Option<i64> = match &*name {
        "millisecond" => Some(1_000),
        "microsecond" => Some(1_000_000),
        "nanosecond" => Some(1_000_000_000),
        _ => None,
    };
    if let Some(parts) = parts_a_second {
        // Below a minute, so that even nanoseconds of nanoseconds are far from 64 bits.
        let scale = |ticks: i64| if parts >= per { ticks * (parts / per) } else { ticks / (per / parts) };
        return Ok(Column::new(data_type, rows.each(|row| scale(days.get(row).1 % (60 * per)))));
    }
    let Some(of_day) = of_day(&name) else {
        return Err(Error::WrongLayout { expected: "a part of a date", found: "another text" });
    };
    // Most rows fall on the day of the row before.
    let mut last: Option<(i64, i64)> = None;
    let values = rows.try_each(|row| {
        let day = days.get(row).0;
        Ok(match last {
            Some((known, value)) if known == day => value,
            _ => last.insert((day, of_day(day))).1,
        })
    })?;
    Ok(Column::new(data_type, values))
}

/// All rows at once, where the values lie near enough.
fn in_lanes(rows: &Rows<'_>, name: &str, values: Values<'_>, per: i64) -> Option<Vec<i64>> {
    /// The loop over what `day` says of each value.
    macro_rules! by_day {
        ($values:expr, $day:expr) => {{
            let (values, day) = ($values, $day);
            match name {
                "year" => rows.all(values, |v| i64::from(Civil::of(day(v)).year)),
                "quarter" => rows.all(values, |v| i64::from(Civil::of(day(v)).month.div_ceil(3))),
                "month" => rows.all(values, |v| i64::from(Civil::of(day(v)).month)),
                "day" => rows.all(values, |v| i64::from(Civil::of(day(v)).day)),
                "week" => rows.all(values, |v| i64::from(Civil::of(lane_thursday(day(v))).of_year() / 7 + 1)),
                "isoyear" => rows.all(values, |v| i64::from(Civil::of(lane_thursday(day(v))).year)),
                "isodow" => rows.all(values, |v| i64::from(civil::since_monday(day(v)) + 1)),
                "dow" => rows.all(values, |v| i64::from(civil::since_monday(day(v) + 1))),
                "doy" => rows.all(values, |v| i64::from(Civil::of(day(v)).of_year() + 1)),
                _ => return None,
            }
        }};
    }
    match values {
        Values::I32(days) => {
            let (low, high) = min_max_integers(days, None)?;
            lane_days(low.into(), high.into())?;
            Some(by_day!(days, |day: i32| day))
        }
        Values::I64(instants) => {
            let by = match name {
                "hour" => 3_600 * per,
                "minute" | "second" => 60 * per,
                _ => DAY * per,
            };
            let steps = Steps::new(instants, 0, by)?;
            let (low, high) = steps.ends();
            lane_days(low / (DAY * per / by), high / (DAY * per / by))?;
            if let ("hour" | "minute", Some((_, number))) = (name, steps.only()) {
                let count = if name == "hour" { 24 } else { 60 };
                return Some(rows.all(instants, |_: i64| number.rem_euclid(count)));
            }
            // Numbers from the first one on, in 32 bits with room for a day's hours or an hour's minutes.
            let (first, last) = steps.ends();
            if last - first > i64::from(u32::MAX) - 60 {
                return None;
            }
            let (hour, minute) = (first.rem_euclid(24) as u32, first.rem_euclid(60) as u32);
            Some(match name {
                "hour" => {
                    rows.all(instants, |value: i64| i64::from((steps.behind(value) as u32 + hour) % 24))
                }
                "minute" => {
                    rows.all(instants, |value: i64| i64::from((steps.behind(value) as u32 + minute) % 60))
                }
                "second" => {
                    // What is left of a minute is no more than 36 bits, and its seconds no more than 60.
                    let seconds = Steps::new(&[0, 60 * per - 1], 0, per)?;
                    rows.all(instants, |value: i64| seconds.number(steps.split(value).1))
                }
                _ => match steps.only() {
                    Some((_, day)) => {
                        let value = of_day(name)?(day);
                        rows.all(instants, |_: i64| value)
                    }
                    None => by_day!(instants, |value: i64| steps.number(value) as i32),
                },
            })
        }
        _ => None,
    }
}

/// The Thursday of the week that holds a day.
#[inline(always)]
fn lane_thursday(day: i32) -> i32 {
    day + 3 - civil::since_monday(day)
}

/// The function of a day that a part is.
fn of_day(name: &str) -> Option<fn(i64) -> i64> {
    Some(match name {
        "year" => year,
        "quarter" => |day| (i64::from(date_from_days(day).1) - 1) / 3 + 1,
        "month" => |day| i64::from(date_from_days(day).1),
        "day" => |day| i64::from(date_from_days(day).2),
        "week" => |day| (thursday(day) - first_day(year(thursday(day)))) / 7 + 1,
        "isoyear" => |day| year(thursday(day)),
        "isodow" => |day| since_monday(day) + 1,
        "dow" => |day| (since_monday(day) + 1) % 7,
        "doy" => |day| day - first_day(year(day)) + 1,
        "decade" => |day| year(day).div_euclid(10),
        "century" => |day| counted(year(day), 100),
        "millennium" => |day| counted(year(day), 1_000),
        _ => return None,
    })
}

fn year(day: i64) -> i64 {
    date_from_days(day).0
}

/// Days since Monday: the epoch was a Thursday.
fn since_monday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The Thursday of the week that holds a day: its year is that of the week.
fn thursday(day: i64) -> i64 {
    day - since_monday(day) + 3
}

/// The day of a year's first of January. Every day that a timestamp has lies in a year that has one.
fn first_day(year: i64) -> i64 {
    days_since_epoch(year, 1, 1).unwrap_or(0)
}

/// Centuries or millennia: the years 1 to `len` are the first, and those up to 0 the one before, which is -1.
fn counted(year: i64, len: i64) -> i64 {
    let number = (year - 1).div_euclid(len) + 1;
    if number <= 0 { number - 1 } else { number }
}
