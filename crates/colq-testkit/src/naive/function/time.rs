//! Functions of dates, timestamps and durations, by counting days on a calendar. Everything is computed in 128 bits, and
//! an answer that does not fit its type is an error.

use super::calendar::{Day, month_days};
use super::{whole, word};
use crate::NaiveErrorKind;
use crate::naive::Cell;
use colq_types::{Function, Scalar, TimeUnit};

const OVERFLOW: NaiveErrorKind = NaiveErrorKind::Overflow;
const INVALID: NaiveErrorKind = NaiveErrorKind::InvalidArgument;
const MALFORMED: NaiveErrorKind = NaiveErrorKind::MalformedPlan;

const NANOS: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * NANOS;

/// The value of a function of times that are not NULL.
pub(super) fn call(function: Function, args: &[Scalar]) -> Cell {
    match (function, args) {
        (Function::DateTrunc, [_, x]) => like(x, truncated(word(args, 0)?, Instant::of(x)?)?),
        (Function::DatePart, [_, Scalar::Duration(v, unit)]) if word(args, 0)? == "epoch" => {
            Ok(Scalar::F64(*v as f64 / unit.per_second() as f64))
        }
        (Function::DatePart, [_, x]) => part(word(args, 0)?, x),
        (
            Function::DateBin,
            [Scalar::Duration(stride, _), Scalar::Timestamp(x, unit), Scalar::Timestamp(from, _)],
        ) => {
            if *stride <= 0 {
                return Err(INVALID);
            }
            let (stride, x, from) = (i128::from(*stride), i128::from(*x), i128::from(*from));
            let start = from + (x - from).div_euclid(stride) * stride;
            Ok(Scalar::Timestamp(i64::try_from(start).map_err(|_| OVERFLOW)?, *unit))
        }
        (Function::DateBinMonths, [Scalar::I64(stride), x @ Scalar::Timestamp(..), from]) => {
            if *stride <= 0 {
                return Err(INVALID);
            }
            let start = month_bin(i128::from(*stride), Instant::of(x)?, Instant::of(from)?);
            like(x, start)
        }
        (Function::AddMonths, [x, _]) => {
            let instant = Instant::of(x)?;
            like(x, instant.add_months(i128::from(whole(args, 1)?)))
        }
        (Function::AddDays, [x, _]) => {
            let instant = Instant::of(x)?;
            like(x, Instant { days: instant.days + i128::from(whole(args, 1)?), ..instant })
        }
        (Function::MakeDate, [_, _, _]) => {
            let (year, month, day) = (whole(args, 0)?, whole(args, 1)?, whole(args, 2)?);
            let (year, month, day) = (i128::from(year), i128::from(month), i128::from(day));
            if !(1..=12).contains(&month) || !(1..=month_days(year, month)).contains(&day) {
                return Err(INVALID);
            }
            i32::try_from(Day::new(year, month, day).days()).map(Scalar::Date).map_err(|_| INVALID)
        }
        _ => Err(MALFORMED),
    }
}

/// A day and the nanoseconds since its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Instant {
    days: i128,
    nanos: i128,
}

fn nanos_of(unit: TimeUnit) -> i128 {
    NANOS / i128::from(unit.per_second())
}

impl Instant {
    fn of(value: &Scalar) -> Result<Instant, NaiveErrorKind> {
        match value {
            Scalar::Date(days) => Ok(Instant { days: i128::from(*days), nanos: 0 }),
            Scalar::Timestamp(value, unit) => {
                let nanos = i128::from(*value) * nanos_of(*unit);
                Ok(Instant { days: nanos.div_euclid(DAY), nanos: nanos.rem_euclid(DAY) })
            }
            _ => Err(MALFORMED),
        }
    }

    fn add_months(self, months: i128) -> Instant {
        Instant { days: Day::of(self.days).add_months(months).days(), ..self }
    }
}

/// An instant as a value of the type of another one.
fn like(model: &Scalar, instant: Instant) -> Cell {
    match model {
        Scalar::Date(_) => i32::try_from(instant.days).map(Scalar::Date).map_err(|_| OVERFLOW),
        Scalar::Timestamp(_, unit) => {
            let value = (instant.days * DAY + instant.nanos).div_euclid(nanos_of(*unit));
            i64::try_from(value).map(|v| Scalar::Timestamp(v, *unit)).map_err(|_| OVERFLOW)
        }
        _ => Err(MALFORMED),
    }
}

fn truncated(unit: &str, x: Instant) -> Result<Instant, NaiveErrorKind> {
    let day = Day::of(x.days);
    let cut = |nanos: i128| Ok(Instant { nanos: x.nanos - x.nanos % nanos, ..x });
    let start = match unit {
        "microsecond" => return cut(1_000),
        "millisecond" => return cut(1_000_000),
        "second" => return cut(NANOS),
        "minute" => return cut(60 * NANOS),
        "hour" => return cut(3_600 * NANOS),
        "day" => day,
        "week" => return Ok(Instant { days: x.days - day.of_week() + 1, nanos: 0 }),
        "month" => Day { day: 1, ..day },
        "quarter" => Day::new(day.year, (day.month - 1) / 3 * 3 + 1, 1),
        "year" => Day::new(day.year, 1, 1),
        "decade" => Day::new(day.year.div_euclid(10) * 10, 1, 1),
        // Centuries and millennia begin with a year 1.
        "century" => Day::new((day.year - 1).div_euclid(100) * 100 + 1, 1, 1),
        "millennium" => Day::new((day.year - 1).div_euclid(1_000) * 1_000 + 1, 1, 1),
        _ => return Err(MALFORMED),
    };
    Ok(Instant { days: start.days(), nanos: 0 })
}

fn part(unit: &str, x: &Scalar) -> Cell {
    let instant = Instant::of(x)?;
    let day = Day::of(instant.days);
    let in_minute = instant.nanos % (60 * NANOS);
    let value = match unit {
        "year" => day.year,
        "quarter" => (day.month - 1) / 3 + 1,
        "month" => day.month,
        "week" => day.iso_week().1,
        "day" => day.day,
        "hour" => instant.nanos / (3_600 * NANOS),
        "minute" => instant.nanos / (60 * NANOS) % 60,
        "second" => in_minute / NANOS,
        "millisecond" => in_minute / 1_000_000,
        "microsecond" => in_minute / 1_000,
        "nanosecond" => in_minute,
        "dow" => day.of_week() % 7,
        "isodow" => day.of_week(),
        "doy" => day.of_year(),
        "isoyear" => day.iso_week().0,
        "decade" => day.year.div_euclid(10),
        "century" => counted(day.year, 100),
        "millennium" => counted(day.year, 1_000),
        "epoch" => {
            return Ok(Scalar::F64(match x {
                Scalar::Timestamp(v, unit) => *v as f64 / unit.per_second() as f64,
                _ => (instant.days * 86_400) as f64,
            }));
        }
        _ => return Err(MALFORMED),
    };
    i64::try_from(value).map(Scalar::I64).map_err(|_| OVERFLOW)
}

/// Centuries and millennia: the first begins with the year 1, and the one before it is -1.
fn counted(year: i128, years: i128) -> i128 {
    match (year - 1).div_euclid(years) + 1 {
        number if number > 0 => number,
        number => number - 1,
    }
}

/// The last start of a bin at or before `x`.
fn month_bin(stride: i128, x: Instant, from: Instant) -> Instant {
    let months = |day: Day| day.year * 12 + day.month;
    let between = months(Day::of(x.days)) - months(Day::of(from.days));
    let mut bin = between.div_euclid(stride);
    if from.add_months(bin * stride) > x {
        bin -= 1;
    }
    from.add_months(bin * stride)
}
