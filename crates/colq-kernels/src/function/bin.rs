//! `date_bin`: bins of equal length, of time or of months.
//!
//! Laws. Bins of a duration: the latest `origin + k * stride`, k a whole number, that is not after x. Bins of months: the
//! same with `add_months(origin, k * months)`. A stride that is not above zero is an error.

use super::months::{instant, months_on};
use super::rows::{Input, Rows};
use super::trunc::{DAY, Days, per_second};
use crate::Error;
use colq_column::Column;
use colq_types::DataType;
use colq_types::calendar::date_from_days;

pub(super) fn bin(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let (stride, x, origin) = (rows.input(0)?, rows.input(1)?, rows.input(2)?);
    let strides = stride.numbers::<i64>()?;
    let (instants, origins) = (x.numbers::<i64>()?, origin.numbers::<i64>()?);
    let values = rows.try_each(|row| {
        let by = i128::from(checked(stride, strides.get(row), row)?);
        let from = i128::from(origins.get(row));
        let since = i128::from(instants.get(row)) - from;
        i64::try_from(from + since - since.rem_euclid(by)).map_err(|_| failed(rows, row, data_type))
    })?;
    Ok(Column::new(data_type, values))
}

pub(super) fn bin_months(rows: &Rows<'_>, data_type: DataType) -> Result<Column, Error> {
    let (months, x, origin) = (rows.input(0)?, rows.input(1)?, rows.input(2)?);
    let counts = months.numbers::<i64>()?;
    let (days, origin_days) = (Days::new(x)?, Days::new(origin)?);
    let per_day = DAY * per_second(data_type);
    let values = rows.try_each(|row| {
        let by = checked(months, counts.get(row), row)?;
        let (day, rest) = days.get(row);
        let (from, from_rest) = origin_days.get(row);
        let start = (|| {
            // The bin by months alone; the day and the time of day may say that it has not begun.
            let steps = (month_of(day)? - month_of(from)?).div_euclid(by);
            let guess = months_on(from, steps.checked_mul(by)?)?;
            let first = match (guess, from_rest) > (day, rest) {
                true => months_on(from, (steps - 1).checked_mul(by)?)?,
                false => guess,
            };
            instant(first, from_rest, per_day)
        })();
        start.ok_or_else(|| failed(rows, row, data_type))
    })?;
    Ok(Column::new(data_type, values))
}

/// Months since the year 0.
fn month_of(day: i64) -> Option<i64> {
    let (year, month, _) = date_from_days(day);
    Some(year.checked_mul(12)? + i64::from(month) - 1)
}

fn checked(input: &Input<'_>, stride: i64, row: usize) -> Result<i64, Error> {
    if stride > 0 {
        return Ok(stride);
    }
    let (takes, found) = ("a stride above zero", input.shown(row));
    Err(Error::Refused { row, function: "date_bin", takes, found })
}

fn failed(rows: &Rows<'_>, row: usize, to: DataType) -> Error {
    let shown: Vec<String> = rows.inputs.iter().map(|input| input.shown(row)).collect();
    Error::ResultOutOfRange { row, call: format!("date_bin({})", shown.join(", ")), to }
}
