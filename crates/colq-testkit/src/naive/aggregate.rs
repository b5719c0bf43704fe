//! One group: its key, its rows' arguments, and the aggregates taken over them at the end.

use super::Cell;
use super::decimal::Total;
use super::float_sum::{FloatValue, Moments, float_sum};
use super::order::{KeyPart, compare};
use crate::NaiveErrorKind;
use colq_plan::{AggregateCall, AggregateFunction};
use colq_types::{DataType, Scalar};
use std::collections::HashSet;

/// A value that an aggregate is taken over, and the number of its row.
type Argument = (u64, Scalar);

/// The rows of one group.
pub(super) struct Group {
    key: Vec<Scalar>,
    row_count: i64,
    /// For each call the values that are not NULL, in row order.
    arguments: Vec<Vec<Argument>>,
}

impl Group {
    pub(super) fn new(key: Vec<Scalar>, call_count: usize) -> Group {
        Group { key, row_count: 0, arguments: vec![Vec::new(); call_count] }
    }

    /// Adds a row: for each call its argument, `None` where it has none.
    pub(super) fn add(&mut self, row: u64, arguments: Vec<Option<Scalar>>) {
        self.row_count += 1;
        for (list, argument) in self.arguments.iter_mut().zip(arguments) {
            list.extend(argument.filter(|value| !value.is_null()).map(|value| (row, value)));
        }
    }

    /// The key and the answers.
    pub(super) fn finish(self, calls: &[AggregateCall], grouped: bool) -> Vec<Cell> {
        let row_count = self.row_count;
        let answers = calls.iter().zip(self.arguments).map(|(call, arguments)| {
            if call.argument.is_none() {
                return Ok(Scalar::I64(row_count));
            }
            // The extremes of the distinct values are those of all.
            let repeats = matches!(call.function, AggregateFunction::Min | AggregateFunction::Max);
            let distinct = call.distinct && !repeats;
            let arguments = if distinct { first_occurrences(arguments) } else { arguments };
            answer(call, &arguments, grouped)
        });
        self.key.into_iter().map(Ok).chain(answers).collect()
    }
}

/// Each distinct value once, at the row where it came first.
fn first_occurrences(arguments: Vec<Argument>) -> Vec<Argument> {
    let mut seen = HashSet::new();
    let first = arguments.into_iter().filter(|(_, value)| seen.insert(KeyPart::of(value)));
    first.map(|(row, value)| (row, super::order::shown_key(value))).collect()
}

fn answer(call: &AggregateCall, arguments: &[Argument], grouped: bool) -> Cell {
    let count = arguments.len();
    if call.function == AggregateFunction::Count {
        return Ok(Scalar::I64(count as i64));
    }
    if count == 0 {
        return Ok(Scalar::Null);
    }
    match call.function {
        AggregateFunction::Count => Err(NaiveErrorKind::MalformedPlan),
        AggregateFunction::Min => extreme(arguments, std::cmp::Ordering::is_lt),
        AggregateFunction::Max => extreme(arguments, std::cmp::Ordering::is_gt),
        AggregateFunction::Sum | AggregateFunction::Avg if call.data_type.is_decimal() => {
            decimal_total(call, arguments)
        }
        AggregateFunction::Sum => match call.data_type {
            DataType::Duration(unit) => {
                let total = i64::try_from(exact_sum(arguments)?).map_err(|_| NaiveErrorKind::Overflow)?;
                Ok(Scalar::Duration(total, unit))
            }
            DataType::I64 => {
                i64::try_from(exact_sum(arguments)?).map(Scalar::I64).map_err(|_| NaiveErrorKind::Overflow)
            }
            DataType::U64 => {
                u64::try_from(exact_sum(arguments)?).map(Scalar::U64).map_err(|_| NaiveErrorKind::Overflow)
            }
            _ => Ok(Scalar::F64(float_sum(&floats(arguments)?, grouped))),
        },
        AggregateFunction::Avg if matches!(call.data_type, DataType::Duration(_)) => {
            let DataType::Duration(unit) = call.data_type else { return Err(NaiveErrorKind::MalformedPlan) };
            let mean = exact_sum(arguments)? / count as i128;
            i64::try_from(mean).map(|v| Scalar::Duration(v, unit)).map_err(|_| NaiveErrorKind::Overflow)
        }
        AggregateFunction::Avg => {
            let total = match exact_sum(arguments) {
                Ok(exact) => exact as f64,
                Err(_) => float_sum(&floats(arguments)?, grouped),
            };
            Ok(Scalar::F64(total / count as f64))
        }
        AggregateFunction::VarPop => Ok(variance(arguments, grouped, 0)?.into()),
        AggregateFunction::VarSamp => Ok(variance(arguments, grouped, 1)?.into()),
        AggregateFunction::StddevPop => Ok(variance(arguments, grouped, 0)?.map(f64::sqrt).into()),
        AggregateFunction::StddevSamp => Ok(variance(arguments, grouped, 1)?.map(f64::sqrt).into()),
        _ => Err(NaiveErrorKind::MalformedPlan),
    }
}

/// The first value that no other one beats.
fn extreme(arguments: &[Argument], beats: fn(std::cmp::Ordering) -> bool) -> Cell {
    let mut best: Option<&Scalar> = None;
    for (_, value) in arguments {
        let better = match best {
            None => true,
            Some(best) => beats(compare(value, best).ok_or(NaiveErrorKind::MalformedPlan)?),
        };
        if better {
            best = Some(value);
        }
    }
    Ok(best.cloned().map_or(Scalar::Null, super::order::shown_key))
}

/// The sum of integers. 2^63 rows of 64 bits fit.
fn exact_sum(arguments: &[Argument]) -> Result<i128, NaiveErrorKind> {
    let mut total = 0;
    for (_, value) in arguments {
        total += match value {
            Scalar::I64(v) => i128::from(*v),
            Scalar::U64(v) => i128::from(*v),
            Scalar::Duration(v, _) => i128::from(*v),
            _ => return Err(NaiveErrorKind::MalformedPlan),
        };
    }
    Ok(total)
}

/// The sum or the mean of decimals.
fn decimal_total(call: &AggregateCall, arguments: &[Argument]) -> Cell {
    let DataType::Decimal { scale, .. } = call.data_type else { return Err(NaiveErrorKind::MalformedPlan) };
    let (mut total, mut from) = (Total::default(), 0);
    for (_, value) in arguments {
        let Scalar::Decimal(v, own) = value else { return Err(NaiveErrorKind::MalformedPlan) };
        total.add(*v);
        from = *own;
    }
    let value = match call.function {
        AggregateFunction::Avg => total.mean(arguments.len(), scale - from),
        _ => total.sum(),
    };
    value.map(|v| Scalar::Decimal(v, scale)).ok_or(NaiveErrorKind::Overflow)
}

fn floats(arguments: &[Argument]) -> Result<Vec<FloatValue>, NaiveErrorKind> {
    let float = |(row, value): &Argument| Some(FloatValue { row: *row, value: value.as_f64()? });
    arguments.iter().map(float).collect::<Option<_>>().ok_or(NaiveErrorKind::MalformedPlan)
}

/// The squared deviations divided by the count less `lost` degrees of freedom; `None` for too few values.
fn variance(arguments: &[Argument], grouped: bool, lost: usize) -> Result<Option<f64>, NaiveErrorKind> {
    let moments = Moments::of(&floats(arguments)?, grouped);
    let divisor = arguments.len().saturating_sub(lost);
    Ok((divisor > 0).then(|| moments.squared_deviations / divisor as f64))
}
