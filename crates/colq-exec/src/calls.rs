//! Aggregate calls: what is kept for each while rows go by, and the column that comes of it.

use crate::Error;
use crate::pipeline::Pipeline;
use crate::predicate::Value;
use crate::text::Argument;
use colq_column::{Bitmap, Buffer, Column};
use colq_kernels::{Accumulator, AccumulatorKind, Moments, ranks};
use colq_plan::{AggregateCall, AggregateFunction};
use colq_types::{DataType, Physical, decimal};

/// An aggregate call made ready for a source.
pub(crate) struct Call {
    pub(crate) kind: AccumulatorKind,
    /// `None` counts rows.
    pub(crate) argument: Option<Argument>,
    /// The rank of each code of a text argument, where the order matters.
    pub(crate) ranks: Vec<u32>,
}

impl Call {
    pub(crate) fn new(call: &AggregateCall, pipeline: &Pipeline) -> Result<Call, Error> {
        let argument = match &call.argument {
            None => None,
            Some(typed) => {
                let value = Value::new(typed, &*pipeline.source)?;
                Some(Argument::of_call(value, typed.data_type, pipeline)?)
            }
        };
        if !AggregateFunction::ALL[..9].iter().any(|(_, function)| *function == call.function) {
            return Err(Error::Internal(format!("{} is not built", call.function.name())));
        }
        let kind = kind_of(call);
        let is_text = argument.as_ref().is_some_and(|a| a.data_type == DataType::Text);
        let dictionary = argument.as_ref().and_then(|a| a.dictionary.as_ref());
        let (kind, ranks) = match (kind, dictionary) {
            (AccumulatorKind::Min | AccumulatorKind::Max, Some(dictionary)) => (kind, ranks(dictionary)),
            (AccumulatorKind::Min, None) if is_text => (AccumulatorKind::MinText, Vec::new()),
            (AccumulatorKind::Max, None) if is_text => (AccumulatorKind::MaxText, Vec::new()),
            _ => (kind, Vec::new()),
        };
        Ok(Call { kind, argument, ranks })
    }
}

/// Integers, and what is kept as a whole number of 64 bits at most.
fn is_whole(data_type: DataType) -> bool {
    let counted = matches!(data_type, DataType::Duration(_) | DataType::Decimal { .. });
    data_type.is_integer() || counted && !is_wide(data_type)
}

fn is_wide(data_type: DataType) -> bool {
    data_type.physical() == Some(Physical::I128)
}

/// What is kept for a call.
pub(crate) fn kind_of(call: &AggregateCall) -> AccumulatorKind {
    let whole = call.argument.as_ref().is_some_and(|a| is_whole(a.data_type));
    let wide = call.argument.as_ref().is_some_and(|a| is_wide(a.data_type));
    match (call.function, &call.argument) {
        (AggregateFunction::Count, None) => AccumulatorKind::Rows,
        (AggregateFunction::Count, Some(_)) => AccumulatorKind::Count,
        (AggregateFunction::Sum | AggregateFunction::Avg, _) if whole => AccumulatorKind::SumInteger,
        (AggregateFunction::Sum | AggregateFunction::Avg, _) if wide => AccumulatorKind::SumWide,
        (AggregateFunction::Min, _) if wide => AccumulatorKind::MinWide,
        (AggregateFunction::Max, _) if wide => AccumulatorKind::MaxWide,
        (AggregateFunction::Sum | AggregateFunction::Avg, _) => AccumulatorKind::SumFloat,
        (AggregateFunction::Min, _) => AccumulatorKind::Min,
        (AggregateFunction::Max, _) => AccumulatorKind::Max,
        (
            AggregateFunction::StddevSamp
            | AggregateFunction::StddevPop
            | AggregateFunction::VarSamp
            | AggregateFunction::VarPop,
            _,
        ) => AccumulatorKind::Moments,
        // Call::new has refused the others.
        _ => AccumulatorKind::Rows,
    }
}

/// The column of answers, one a group.
pub(crate) fn finish(call: &AggregateCall, ready: &Call, state: &Accumulator) -> Result<Column, Error> {
    match (call.function, state) {
        (AggregateFunction::Count, state) => {
            Ok(Column::new(DataType::I64, state.counts().into_iter().map(|c| c as i64).collect::<Vec<_>>()))
        }
        (AggregateFunction::Sum | AggregateFunction::Avg, state) if call.data_type.is_decimal() => {
            decimal_totals(call, state)
        }
        (AggregateFunction::Avg, state) if matches!(call.data_type, DataType::Duration(_)) => {
            mean_durations(call, state)
        }
        (AggregateFunction::Sum, Accumulator::SumInteger { sums, counts }) => {
            integer_sums(call, sums, counts)
        }
        (AggregateFunction::Sum, Accumulator::SumFloat { sums, counts }) => {
            Ok(optional(sums.iter().zip(counts).map(|(s, c)| (*c > 0).then_some(*s))))
        }
        (AggregateFunction::Avg, state) => Ok(optional(state.means().into_iter())),
        (AggregateFunction::Min | AggregateFunction::Max, state) => {
            let dictionary = ready.argument.as_ref().and_then(|a| a.dictionary.as_ref());
            let column = state.extremes(call.data_type, dictionary);
            column.ok_or_else(|| Error::Internal("no minimum was kept".into()))
        }
        (function, Accumulator::Moments(moments)) => {
            let of = |m: &Moments| match function {
                AggregateFunction::StddevSamp => m.variance_samp().map(f64::sqrt),
                AggregateFunction::StddevPop => m.variance_pop().map(f64::sqrt),
                AggregateFunction::VarSamp => m.variance_samp(),
                _ => m.variance_pop(),
            };
            Ok(optional(moments.iter().map(of)))
        }
        (function, _) => Err(Error::Internal(format!("{} kept the wrong state", function.name()))),
    }
}

fn integer_sums(call: &AggregateCall, sums: &[i128], counts: &[u64]) -> Result<Column, Error> {
    let overflow = |sum: i128| Error::SumOverflow { sum, data_type: call.data_type, span: call.span };
    let values = if call.data_type == DataType::U64 {
        Buffer::U64(
            sums.iter().map(|s| u64::try_from(*s).map_err(|_| overflow(*s))).collect::<Result<_, _>>()?,
        )
    } else {
        Buffer::I64(
            sums.iter().map(|s| i64::try_from(*s).map_err(|_| overflow(*s))).collect::<Result<_, _>>()?,
        )
    };
    let validity: Bitmap = counts.iter().map(|c| *c > 0).collect();
    Ok(Column::new(call.data_type, values).with_validity(Some(validity)))
}

/// Sums of decimals, or their means with the digits of the answer.
fn decimal_totals(call: &AggregateCall, state: &Accumulator) -> Result<Column, Error> {
    let scale_of = |data_type: DataType| match data_type {
        DataType::Decimal { scale, .. } => scale,
        _ => 0,
    };
    let argument_scale = call.argument.as_ref().map_or(0, |a| scale_of(a.data_type));
    let more_digits = scale_of(call.data_type).saturating_sub(argument_scale);
    let mut validity = Bitmap::default();
    let mut values: Vec<i128> = Vec::new();
    for (sum, count) in state.exact_sums() {
        let total = match call.function {
            _ if count == 0 => Some(0),
            AggregateFunction::Avg => sum.mean(count, more_digits),
            _ => sum.to_i128().filter(|sum| decimal::fits(*sum, DataType::MAX_PRECISION)),
        };
        let (function, data_type, span) = (call.function.name(), call.data_type, call.span);
        values.push(total.ok_or(Error::DecimalTotalOverflow { function, data_type, span })?);
        validity.push(count > 0);
    }
    Ok(Column::new(call.data_type, values).with_validity(Some(validity)))
}

/// Means of durations in their unit, truncated toward zero: no further from zero than the furthest of them.
fn mean_durations(call: &AggregateCall, state: &Accumulator) -> Result<Column, Error> {
    let mut validity = Bitmap::default();
    let mut values: Vec<i64> = Vec::new();
    for (sum, count) in state.exact_sums() {
        let mean = sum.to_i128().map(|sum| sum.checked_div(i128::from(count)).unwrap_or(0));
        let mean = mean.and_then(|mean| i64::try_from(mean).ok());
        values.push(mean.ok_or_else(|| Error::Internal("a mean is beyond its values".into()))?);
        validity.push(count > 0);
    }
    Ok(Column::new(call.data_type, values).with_validity(Some(validity)))
}

/// A float column with NULL for none. NaN comes out as the one canonical NaN.
fn optional(values: impl Iterator<Item = Option<f64>>) -> Column {
    let mut validity = Bitmap::default();
    let numbers: Vec<f64> = values
        .map(|v| {
            validity.push(v.is_some());
            v.map_or(0.0, colq_column::canonical_nan)
        })
        .collect();
    Column::new(DataType::F64, numbers).with_validity(Some(validity))
}
