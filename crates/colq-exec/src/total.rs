//! Aggregates without groups: each zone gives one state, and states are merged in the order of their zones.
//!
//! Where the filter takes a whole zone, its summary may know the answer and nothing is read.

use crate::Error;
use crate::calls::{Call, Evaluations};
use crate::finish::finish;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::zone::{Scratches, Zone};
use colq_column::{Bitmap, Bounds, Column, Sum, Values, View, ZoneSummary, dispatch};
use colq_context::Counter;
use colq_kernels::{
    Accumulator, AccumulatorKind, Extremes, Moments, Rows, Sums, float_word, min_max_floats,
    min_max_integers, moments, signed_word, sum_floats, sum_integers, to_f32, to_f64,
};
use colq_plan::AggregateCall;
use colq_types::{DataType, Integer, Native};

/// The answers of aggregates over all rows of the pipeline, one row each.
pub(crate) fn aggregate_all(
    pipeline: &Pipeline,
    aggregates: &[&AggregateCall],
    run: Run<'_>,
) -> Result<Vec<Column>, Error> {
    let calls =
        aggregates.iter().map(|call| Call::new(call, pipeline, run)).collect::<Result<Vec<_>, _>>()?;
    let zones = if calls.is_empty() { 0..0 } else { pipeline.sought_zones(run) };
    let states = run.pool.in_order(run.context, zones.len(), Scratches::default, |scratches, number| {
        zone_states(pipeline, &calls, zones.start + number, scratches, run)
    })?;
    let mut columns = Vec::new();
    for (index, (call, ready)) in aggregates.iter().zip(&calls).enumerate() {
        let mut total = Accumulator::new(ready.kind);
        total.resize(1);
        for state in states.iter().filter_map(|zone| zone.get(index)) {
            total.merge(state, std::iter::once((0, 0)));
        }
        columns.push(finish(call, ready, &mut total)?);
    }
    Ok(columns)
}

/// The states of all calls for one zone; empty when no row is selected.
fn zone_states(
    pipeline: &Pipeline,
    calls: &[Call],
    number: usize,
    scratches: &mut Scratches,
    run: Run<'_>,
) -> Result<Vec<Accumulator>, Error> {
    let foresight = pipeline.foresee(number, run)?;
    if foresight == Foresight::Pruned {
        return Ok(Vec::new());
    }
    let mut known: Vec<Option<Accumulator>> = vec![None; calls.len()];
    if foresight == Foresight::Whole {
        let row_count = pipeline.source.zone_rows(number as u64).row_count();
        for (known, call) in known.iter_mut().zip(calls) {
            *known = foreseen(pipeline, call, number as u64, row_count)?;
        }
        if known.iter().all(Option::is_some) {
            run.context.count(Counter::ZonesAnswered, 1);
            run.context.count(Counter::RowsSelected, row_count);
            return Ok(known.into_iter().flatten().collect());
        }
    }
    let mut zone = pipeline.zone(number, scratches, run);
    let selection = pipeline.select(foresight, &mut zone, run)?;
    if matches!(selection, Selection::None) {
        return Ok(Vec::new());
    }
    calls
        .iter()
        .zip(known)
        .map(|(call, known)| match known {
            Some(state) => Ok(state),
            None => state_of(call, &mut zone, &selection),
        })
        .collect()
}

/// The state that a zone's summary gives for all its rows, where it knows enough.
fn foreseen(
    pipeline: &Pipeline,
    call: &Call,
    zone: u64,
    row_count: u64,
) -> Result<Option<Accumulator>, Error> {
    let Some(argument) = &call.argument else {
        return Ok(Some(Accumulator::Count(vec![row_count])));
    };
    let Some(column) = argument.value.as_column() else { return Ok(None) };
    let Some(summary) = pipeline.source.zone_summary(column, zone)? else { return Ok(None) };
    let count = summary.row_count - summary.null_count;
    Ok(match (call.kind, summary.sum) {
        (AccumulatorKind::Count, _) => Some(Accumulator::Count(vec![count])),
        (AccumulatorKind::SumInteger, Sum::Integer(sum)) => {
            Some(Accumulator::SumInteger(Sums { sums: vec![sum], counts: vec![count] }))
        }
        (AccumulatorKind::SumFloat, Sum::Float(sum)) => {
            Some(Accumulator::SumFloat(Sums { sums: vec![sum], counts: vec![count] }))
        }
        (AccumulatorKind::Min | AccumulatorKind::Max, _)
            if argument.data_type != DataType::Text
                && !matches!(summary.bounds, Some(Bounds::Unknown | Bounds::Prefix { .. })) =>
        {
            let largest = call.kind == AccumulatorKind::Max;
            Some(extreme(end_of(&summary, largest), largest))
        }
        _ => None,
    })
}

/// The word of the smallest or largest value of a zone, NaN above all; `None` when all rows are NULL.
pub(crate) fn end_of(summary: &ZoneSummary, largest: bool) -> Option<u64> {
    let nan = (summary.nan_count > 0).then(|| float_word(f64::NAN));
    let bound = summary.bounds.map(|bounds| match bounds {
        Bounds::Signed { min, max } => signed_word(if largest { max } else { min }),
        Bounds::Unsigned { min, max } => {
            if largest {
                max
            } else {
                min
            }
        }
        Bounds::Float { min, max } => float_word(if largest { max } else { min }),
        // Not asked for: such a summary does not know its ends.
        Bounds::Prefix { .. } | Bounds::Unknown => 0,
    });
    if largest { nan.or(bound) } else { bound.or(nan) }
}

fn extreme(word: Option<u64>, largest: bool) -> Accumulator {
    Accumulator::Extreme(Extremes { words: vec![word.unwrap_or(0)], seen: vec![word.is_some()], largest })
}

/// The state of one call over the selected rows of a zone.
fn state_of(call: &Call, zone: &mut Zone<'_>, selection: &Selection) -> Result<Accumulator, Error> {
    let row_count = zone.row_count();
    if call.argument.is_none() {
        return Ok(Accumulator::Count(vec![selection.count(row_count) as u64]));
    }
    let active = match selection {
        Selection::Some(bits) => bits.clone(),
        other => other.to_bitmap(row_count),
    };
    let first_row = zone.first_row();
    let evaluations = call.evaluate(zone, &active)?;
    if call.is_row_by_row() {
        return row_by_row(call, &evaluations, row_count, selection, first_row);
    }
    let Some(evaluated) = &evaluations.argument else {
        return Err(Error::Internal("an argument has no values".into()));
    };
    let view = evaluated.as_view()?;
    // The rows that are selected and hold a value; `None` for all rows.
    let rows: Option<Bitmap> = match (selection, view.validity) {
        (Selection::Some(bits), None) => Some(bits.clone()),
        (Selection::Some(bits), Some(validity)) => {
            let mut both = bits.clone();
            both.and_assign(validity);
            Some(both)
        }
        (_, validity) => validity.cloned(),
    };
    let rows = rows.as_ref();
    let count = rows.map_or(row_count, Bitmap::count_ones) as u64;
    let internal = |e: colq_kernels::Error| Error::Internal(e.to_string());
    Ok(match call.kind {
        AccumulatorKind::Rows | AccumulatorKind::Count => Accumulator::Count(vec![count]),
        AccumulatorKind::SumInteger => {
            Accumulator::SumInteger(Sums { sums: vec![integer_sum(&view, rows)?], counts: vec![count] })
        }
        AccumulatorKind::SumFloat => {
            let sum = match view.values {
                Values::F32(v) => sum_floats(v, rows),
                Values::F16(_) | Values::Bf16(_) => sum_floats(&to_f32(&view).map_err(internal)?, rows),
                _ => sum_floats(&to_f64(&view).map_err(internal)?, rows),
            };
            Accumulator::SumFloat(Sums { sums: vec![sum], counts: vec![count] })
        }
        AccumulatorKind::Moments => {
            let moments: Moments = dispatch!(view.values,
                bool _b => Moments::default(),
                native v => moments(v, rows),
                vector _v => Moments::default());
            Accumulator::Moments(vec![moments])
        }
        AccumulatorKind::Min | AccumulatorKind::Max => {
            let largest = call.kind == AccumulatorKind::Max;
            match end_of_rows(&view, rows, largest) {
                Some(word) => extreme(word, largest),
                // Text and bools go by words, row by row.
                None => row_by_row(call, &evaluations, row_count, selection, first_row)?,
            }
        }
        // They go row by row.
        _ => return Err(Error::Internal("an aggregate has no way".into())),
    })
}

/// The state of one group that all selected rows belong to.
fn row_by_row(
    call: &Call,
    evaluations: &Evaluations<'_>,
    row_count: usize,
    selection: &Selection,
    first_row: u64,
) -> Result<Accumulator, Error> {
    let positions = selection.positions();
    let groups = vec![0; selection.count(row_count)];
    let mut state = Accumulator::new(call.kind);
    state.resize(1);
    let rows = Rows { groups: &groups, positions: positions.as_deref() };
    evaluations.update(call, &mut state, rows, first_row)?;
    Ok(state)
}

fn integer_sum(view: &View<'_>, rows: Option<&Bitmap>) -> Result<i128, Error> {
    Ok(match view.values {
        Values::I8(v) => sum_integers(v, rows),
        Values::I16(v) => sum_integers(v, rows),
        Values::I32(v) => sum_integers(v, rows),
        Values::I64(v) => sum_integers(v, rows),
        Values::U8(v) => sum_integers(v, rows),
        Values::U16(v) => sum_integers(v, rows),
        Values::U32(v) => sum_integers(v, rows),
        Values::U64(v) => sum_integers(v, rows),
        _ => return Err(Error::Internal(format!("{} is summed as an integer", view.data_type))),
    })
}

/// The word of the smallest or largest selected value (the inner `None`: no row), for number layouts only.
#[allow(clippy::option_option, reason = "no kernel for the layout, and no row, are two answers")]
fn end_of_rows(view: &View<'_>, rows: Option<&Bitmap>, largest: bool) -> Option<Option<u64>> {
    fn signed<T: Integer>(v: &[T], rows: Option<&Bitmap>, largest: bool) -> Option<u64> {
        min_max_integers(v, rows)
            .map(|(min, max)| signed_word((if largest { max } else { min }).to_i128() as i64))
    }
    fn unsigned<T: Integer>(v: &[T], rows: Option<&Bitmap>, largest: bool) -> Option<u64> {
        min_max_integers(v, rows).map(|(min, max)| (if largest { max } else { min }).to_i128() as u64)
    }
    if view.data_type == DataType::Text {
        return None;
    }
    Some(match view.values {
        Values::Bool(_) | Values::I128(_) | Values::Vector(_) => return None,
        Values::F16(_) | Values::Bf16(_) => {
            let floats = to_f32(view).ok()?;
            min_max_floats(&floats, rows)
                .map(|(min, max)| float_word((if largest { max } else { min }).to_f64()))
        }
        Values::I8(v) => signed(v, rows, largest),
        Values::I16(v) => signed(v, rows, largest),
        Values::I32(v) => signed(v, rows, largest),
        Values::I64(v) => signed(v, rows, largest),
        Values::U8(v) => unsigned(v, rows, largest),
        Values::U16(v) => unsigned(v, rows, largest),
        Values::U32(v) => unsigned(v, rows, largest),
        Values::U64(v) => unsigned(v, rows, largest),
        Values::F32(v) => {
            min_max_floats(v, rows).map(|(min, max)| float_word((if largest { max } else { min }).to_f64()))
        }
        Values::F64(v) => {
            min_max_floats(v, rows).map(|(min, max)| float_word(if largest { max } else { min }))
        }
    })
}
