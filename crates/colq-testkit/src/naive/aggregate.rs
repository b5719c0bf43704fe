//! One group: its key, its rows' arguments, and the aggregates taken over them at the end.

mod quantile;
mod shape;

use super::Cell;
use super::decimal::Total;
use super::float_sum::{FloatValue, Moments, float_sum};
use super::order::{KeyPart, compare};
use crate::NaiveErrorKind;
use colq_plan::{AggregateCall, AggregateFunction};
use colq_types::{DataType, Scalar};
use std::collections::{HashMap, HashSet};

/// What an aggregate takes from a row: its number, the value, and what goes with the value (NULL where nothing does).
struct Argument {
    row: u64,
    value: Scalar,
    second: Scalar,
}

/// The end of the range that an approximate answer may lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Low,
    High,
}

/// The rows of one group.
pub(super) struct Group {
    key: Vec<Scalar>,
    row_count: i64,
    /// For each call what it takes from its rows, in row order.
    arguments: Vec<Vec<Argument>>,
}

impl Group {
    pub(super) fn new(key: Vec<Scalar>, call_count: usize) -> Group {
        let arguments = (0..call_count).map(|_| Vec::new()).collect();
        Group { key, row_count: 0, arguments }
    }

    /// Adds a row: for each call its argument and the second one, `None` where it has none.
    pub(super) fn add(&mut self, row: u64, calls: &[AggregateCall], arguments: Vec<[Option<Scalar>; 2]>) {
        self.row_count += 1;
        for ((list, call), [value, second]) in self.arguments.iter_mut().zip(calls).zip(arguments) {
            let Some(value) = value else { continue };
            let takes = match call.function {
                // NULL is a value to them; the second is their filter.
                AggregateFunction::First | AggregateFunction::Last => {
                    second.as_ref().is_none_or(|passes| *passes == Scalar::Bool(true))
                }
                _ => !value.is_null() && second.as_ref().is_none_or(|second| !second.is_null()),
            };
            if takes {
                list.push(Argument { row, value, second: second.unwrap_or(Scalar::Null) });
            }
        }
    }

    /// The key and the answers.
    pub(super) fn finish(self, calls: &[AggregateCall], grouped: bool, bound: Bound) -> Vec<Cell> {
        let row_count = self.row_count;
        let answers = calls.iter().zip(self.arguments).map(|(call, arguments)| {
            if call.argument.is_none() {
                return Ok(Scalar::I64(row_count));
            }
            let arguments = if call.distinct { first_occurrences(arguments) } else { arguments };
            answer(call, &arguments, grouped, bound)
        });
        self.key.into_iter().map(Ok).chain(answers).collect()
    }
}

/// Each distinct value once, at the row where it came first.
fn first_occurrences(arguments: Vec<Argument>) -> Vec<Argument> {
    let mut seen = HashSet::new();
    let first = arguments.into_iter().filter(|argument| seen.insert(KeyPart::of(&argument.value)));
    first.map(|argument| Argument { value: super::order::shown_key(argument.value), ..argument }).collect()
}

fn answer(call: &AggregateCall, arguments: &[Argument], grouped: bool, bound: Bound) -> Cell {
    let count = arguments.len();
    if call.function == AggregateFunction::Count {
        return Ok(Scalar::I64(count as i64));
    }
    if call.function == AggregateFunction::ApproxDistinct {
        return Ok(Scalar::I64(quantile::approximate_count(arguments, bound)));
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
        AggregateFunction::Median | AggregateFunction::QuantileCont => quantile::between(call, arguments),
        AggregateFunction::QuantileDisc => quantile::of_values(call, arguments),
        AggregateFunction::ApproxQuantile => quantile::approximate(call, arguments, bound),
        AggregateFunction::ApproxDistinct => Err(NaiveErrorKind::MalformedPlan),
        AggregateFunction::First => Ok(arguments[0].value.clone()),
        AggregateFunction::Last => Ok(arguments[count - 1].value.clone()),
        AggregateFunction::ArgMin => chosen(arguments, std::cmp::Ordering::is_lt),
        AggregateFunction::ArgMax => chosen(arguments, std::cmp::Ordering::is_gt),
        AggregateFunction::Mode => mode(arguments),
        AggregateFunction::BoolAnd => {
            Ok(Scalar::Bool(arguments.iter().all(|argument| argument.value == Scalar::Bool(true))))
        }
        AggregateFunction::BoolOr => {
            Ok(Scalar::Bool(arguments.iter().any(|argument| argument.value == Scalar::Bool(true))))
        }
        AggregateFunction::Corr | AggregateFunction::CovarSamp | AggregateFunction::CovarPop => {
            Ok(shape::together(call.function, arguments, grouped)?.into())
        }
        AggregateFunction::Skewness | AggregateFunction::Kurtosis => {
            Ok(shape::of_values(call.function, &floats(arguments)?, grouped, bound).into())
        }
    }
}

/// The value beside the first second one that no other beats.
fn chosen(arguments: &[Argument], beats: fn(std::cmp::Ordering) -> bool) -> Cell {
    let mut best: Option<&Argument> = None;
    for argument in arguments {
        let better = match best {
            None => true,
            Some(best) => {
                beats(compare(&argument.second, &best.second).ok_or(NaiveErrorKind::MalformedPlan)?)
            }
        };
        if better {
            best = Some(argument);
        }
    }
    Ok(best.map_or(Scalar::Null, |argument| argument.value.clone()))
}

/// The most frequent value; of several the one that came first.
fn mode(arguments: &[Argument]) -> Cell {
    let mut counts: Vec<(&Scalar, usize)> = Vec::new();
    let mut places: HashMap<KeyPart, usize> = HashMap::new();
    for argument in arguments {
        let place = *places.entry(KeyPart::of(&argument.value)).or_insert_with(|| {
            counts.push((&argument.value, 0));
            counts.len() - 1
        });
        counts[place].1 += 1;
    }
    let mut best: Option<(&Scalar, usize)> = None;
    for (value, count) in counts {
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((value, count));
        }
    }
    Ok(best.map_or(Scalar::Null, |(value, _)| super::order::shown_key(value.clone())))
}

/// The first value that no other one beats.
fn extreme(arguments: &[Argument], beats: fn(std::cmp::Ordering) -> bool) -> Cell {
    let mut best: Option<&Scalar> = None;
    for Argument { value, .. } in arguments {
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
    for Argument { value, .. } in arguments {
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
    for Argument { value, .. } in arguments {
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
    let float = |a: &Argument| Some(FloatValue { row: a.row, value: a.value.as_f64()? });
    arguments.iter().map(float).collect::<Option<_>>().ok_or(NaiveErrorKind::MalformedPlan)
}

/// The squared deviations divided by the count less `lost` degrees of freedom; `None` for too few values.
fn variance(arguments: &[Argument], grouped: bool, lost: usize) -> Result<Option<f64>, NaiveErrorKind> {
    let moments = Moments::of(&floats(arguments)?, grouped);
    let divisor = arguments.len().saturating_sub(lost);
    Ok((divisor > 0).then(|| moments.squared_deviations / divisor as f64))
}
