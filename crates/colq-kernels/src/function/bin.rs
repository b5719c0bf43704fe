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
    if let Some(values) = constant_bins(rows, (stride, x, origin))? {
        return Ok(Column::new(data_type, values));
    }
    let values = rows.try_each(|row| {
        let by = i128::from(checked(stride, strides.get(row), row)?);
        let from = i128::from(origins.get(row));
        let since = i128::from(instants.get(row)) - from;
        i64::try_from(from + since - since.rem_euclid(by)).map_err(|_| failed(rows, row, data_type))
    })?;
    Ok(Column::new(data_type, values))
}

/// Bins of one length from one origin; `None` where they are not, and where a row may be an error.
fn constant_bins(
    rows: &Rows<'_>,
    (stride, x, origin): (&Input<'_>, &Input<'_>, &Input<'_>),
) -> Result<Option<Vec<i64>>, Error> {
    let is_one = |input: &Input<'_>| input.is_constant() && input.is_valid(0);
    if !is_one(stride) || !is_one(origin) || x.is_constant() {
        return Ok(None);
    }
    let (by, from, instants) =
        (stride.numbers::<i64>()?.get(0), origin.numbers::<i64>()?.get(0), x.slice::<i64>()?);
    // All that is computed is nearer to zero than this, so that nothing overflows.
    const NEAR: i64 = 1 << 61;
    let is_near = |n: i64| (-NEAR..NEAR).contains(&n);
    let (least, most) = ends(instants);
    if by <= 0 || !is_near(by) || !is_near(from) || !is_near(least) || !is_near(most) {
        return Ok(None);
    }
    // A remainder by itself is a division for each row, of which the processor does one at a time; a distance that a float
    // holds, from a bin below all of them, is divided as floats are.
    let first = from + (least - from).div_euclid(by) * by;
    if most - first < EXACT_DISTANCES && by < EXACT_DISTANCES {
        return Ok(Some(rows.all(instants, |value: i64| {
            let bins = ((value - first) as f64 / by as f64) as i64;
            first + bins * by
        })));
    }
    Ok(Some(rows.all(instants, |value: i64| value - (value - from).rem_euclid(by))))
}

/// Distances below this are floats, and so are their quotients by whole numbers once they are cut off: a quotient that is
/// below a whole number is further from it than it can be rounded.
const EXACT_DISTANCES: i64 = 1 << 50;

/// The least and the most; what is beyond everything of no value at all.
fn ends(values: &[i64]) -> (i64, i64) {
    values.iter().fold((i64::MAX, i64::MIN), |(least, most), value| (least.min(*value), most.max(*value)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use colq_column::Bitmap;
    use colq_types::{Scalar, TimeUnit};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bins_of_one_length_are_those_of_each_row(
            values in prop::collection::vec((prop_oneof![
                -5_000i64..5_000, 1_600_000_000_000_000i64..1_600_100_000_000_000, -(1i64 << 60)..1 << 60, any::<i64>(),
            ], any::<bool>()), 1..200),
            by in prop_oneof![1i64..50, Just(900_000_000), Just(900_000_000_000), 1i64..1 << 55],
            from in prop_oneof![Just(0i64), -1_000i64..1_000, -(1i64 << 60)..1 << 60],
            near in any::<bool>(), nullable in any::<bool>(),
        ) {
            let (first, _) = values[0];
            let instant = |n: i64| if near { first.wrapping_add(n % 100_000) } else { n };
            let scalars: Vec<Scalar> = values.iter().map(|(n, is_valid)| match *is_valid || !nullable {
                true => Scalar::Timestamp(instant(*n), TimeUnit::Microsecond),
                false => Scalar::Null,
            }).collect();
            let data_type = DataType::Timestamp(TimeUnit::Microsecond);
            let x = Column::from_scalars(data_type, &scalars);
            let stride = Column::from_scalars(DataType::Duration(TimeUnit::Microsecond), &[Scalar::Duration(by, TimeUnit::Microsecond)]);
            let origin = Column::from_scalars(data_type, &[Scalar::Timestamp(from, TimeUnit::Microsecond)]);
            let inputs = [Input::constant(stride.view()), Input::rows(x.view()), Input::constant(origin.view())];
            let rows = Rows::new(&inputs, scalars.len(), &Bitmap::ones(scalars.len()));
            let Some(found) = constant_bins(&rows, (&inputs[0], &inputs[1], &inputs[2])).unwrap() else { return Ok(()) };
            for (scalar, found) in scalars.iter().zip(found) {
                let (by, from) = (i128::from(by), i128::from(from));
                let expected = scalar.as_i128().map_or(0, |n| from + (n - from).div_euclid(by) * by);
                prop_assert_eq!(i128::from(found), expected);
            }
        }
    }
}
