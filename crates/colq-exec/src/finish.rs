//! From what was kept of each group to the column of answers.

use crate::Error;
use crate::calls::Call;
use colq_column::{Bitmap, Buffer, Column};
use colq_kernels::{
    Accumulator, CoMoments, Found, Moments, Place, ShapeMoments, Sums, float_word, signed_word, word_float,
    word_signed, words_to_column, words_to_text,
};
use colq_plan::{AggregateCall, AggregateFunction};
use colq_types::{DataType, decimal};

/// The column of answers, one a group.
pub(crate) fn finish(call: &AggregateCall, ready: &Call, state: &mut Accumulator) -> Result<Column, Error> {
    state.seal();
    match ready.on_line(state) {
        Some(state) => answers(call, ready, &state),
        None => answers(call, ready, state),
    }
}

fn answers(call: &AggregateCall, ready: &Call, state: &Accumulator) -> Result<Column, Error> {
    match (call.function, state) {
        (AggregateFunction::Count, Accumulator::Count(counts)) => {
            Ok(Column::new(DataType::I64, counts.iter().map(|c| *c as i64).collect::<Vec<_>>()))
        }
        (AggregateFunction::Count, state) => {
            Ok(Column::new(DataType::I64, state.counts().into_iter().map(|c| c as i64).collect::<Vec<_>>()))
        }
        (AggregateFunction::Sum | AggregateFunction::Avg, state) if call.data_type.is_decimal() => {
            decimal_totals(call, state)
        }
        (AggregateFunction::Avg, state) if matches!(call.data_type, DataType::Duration(_)) => {
            mean_durations(call, state)
        }
        (AggregateFunction::Sum, Accumulator::SumInteger(Sums { sums, counts })) => {
            integer_sums(call, sums, counts)
        }
        (AggregateFunction::Sum, Accumulator::SumFloat(Sums { sums, counts })) if !counts.contains(&0) => {
            let sums = sums.iter().copied().map(colq_column::canonical_nan);
            Ok(Column::new(DataType::F64, sums.collect::<Vec<_>>()))
        }
        (AggregateFunction::Sum, Accumulator::SumFloat(Sums { sums, counts })) => {
            Ok(optional(sums.iter().zip(counts).map(|(s, c)| (*c > 0).then_some(*s))))
        }
        (AggregateFunction::Avg, state) => Ok(optional(state.means().into_iter())),
        (function, Accumulator::Moments(moments)) => {
            let of = |m: &Moments| match function {
                AggregateFunction::StddevSamp => m.variance_samp().map(f64::sqrt),
                AggregateFunction::StddevPop => m.variance_pop().map(f64::sqrt),
                AggregateFunction::VarSamp => m.variance_samp(),
                _ => m.variance_pop(),
            };
            Ok(optional(moments.iter().map(of)))
        }
        (function, Accumulator::CoMoments(pairs)) => {
            let of = |pair: &CoMoments| match function {
                AggregateFunction::Corr => pair.correlation(),
                AggregateFunction::CovarSamp => pair.covariance_samp(),
                _ => pair.covariance_pop(),
            };
            Ok(optional(pairs.iter().map(of)))
        }
        (function, Accumulator::Shape(shapes)) => {
            let of = |shape: &ShapeMoments| match function {
                AggregateFunction::Skewness => shape.skewness(),
                _ => shape.kurtosis(),
            };
            Ok(optional(shapes.iter().map(of)))
        }
        (_, Accumulator::Quantile(quantiles)) => Ok(quantile_column(call, ready, quantiles.found())),
        (_, Accumulator::QuantileWide(quantiles)) => {
            let lows = quantiles.found().iter().map(|found| found.map_or(0, |found| found.low));
            let validity = quantiles.found().iter().map(Option::is_some).collect();
            Ok(Column::new(call.data_type, lows.collect::<Vec<i128>>()).with_validity(Some(validity)))
        }
        (_, Accumulator::Distinct(sketches)) => {
            let estimates: Vec<i64> = sketches.groups().iter().map(|s| s.estimate() as i64).collect();
            Ok(Column::new(DataType::I64, estimates))
        }
        (_, Accumulator::Histogram(histograms)) => {
            let place = Place::At(call.fraction.unwrap_or(0.5));
            Ok(optional(histograms.groups().iter().map(|histogram| histogram.clone().quantile(place))))
        }
        (function, state) => {
            let values = state.values(call.data_type, ready.dictionary.as_ref(), || ready.codes_by_rank());
            values.ok_or_else(|| Error::Internal(format!("{} kept the wrong state", function.name())))
        }
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
    let validity = counts.contains(&0).then(|| counts.iter().map(|c| *c > 0).collect::<Bitmap>());
    Ok(Column::new(call.data_type, values).with_validity(validity))
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

/// The column of quantiles from the values around each.
pub(crate) fn quantile_column(call: &AggregateCall, ready: &Call, found: &[Option<Found<u64>>]) -> Column {
    let between = |found: &Found<u64>| match (found.part > 0.0, call.data_type) {
        (true, DataType::F64) => {
            let (low, high) = (word_float(found.low), word_float(found.high));
            float_word(low + (high - low) * found.part)
        }
        (true, _) => {
            let (low, high) = (i128::from(word_signed(found.low)), i128::from(word_signed(found.high)));
            // Truncated, and no further than the higher one: the distance may round up on its way to f64.
            let between = (low + ((high - low) as f64 * found.part) as i128).min(high);
            signed_word(between as i64)
        }
        _ => found.low,
    };
    let words: Vec<u64> = found.iter().map(|found| found.as_ref().map_or(0, between)).collect();
    let validity: Bitmap = found.iter().map(Option::is_some).collect();
    match &ready.dictionary {
        Some(dictionary) => words_to_text(&words, Some(validity), dictionary, ready.codes_by_rank()),
        None => words_to_column(call.data_type, &words, Some(validity)),
    }
}
