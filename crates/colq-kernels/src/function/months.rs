//! Dates and instants moved by the calendar, and dates made of numbers.
//!
//! Laws. `add_months(x, n)`: the same day and time of day n months on; a day that the month does not have is its last.
//! `add_days(x, n)`: the same time of day n days on. `make_date(y, m, d)`: that day.

use super::rows::Rows;
use super::trunc::{DAY, Days, per_second};
use crate::Error;
use colq_column::{Buffer, Column};
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
