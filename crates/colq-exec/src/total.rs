//! Aggregates without groups: each zone gives one state, and states are merged in the order of their zones.
//!
//! Where the filter takes a whole zone, its summary may know the answer and nothing is read.

use crate::Error;
use crate::blocks::Shape;
use crate::calls::Call;
use crate::finish::finish;
use crate::pipeline::{Foresight, Pipeline, Run, Selection};
use crate::zone::Scratches;
use crate::zone_total::{Found, KnownSum, Task};
use colq_column::{Bitmap, Bounds, Column, Sum, ZoneSummary};
use colq_context::Counter;
use colq_kernels::{Accumulator, AccumulatorKind, Extremes, Sums, float_word, signed_word};
use colq_plan::AggregateCall;
use colq_types::DataType;

/// Calls made ready, what they have in common, and how zones are gone through for them.
struct Calls {
    calls: Vec<Call>,
    tasks: Vec<Task>,
    by_blocks: bool,
}

impl Calls {
    fn new(pipeline: &Pipeline, aggregates: &[&AggregateCall], run: Run<'_>) -> Result<Calls, Error> {
        let calls = aggregates.iter().map(|call| Call::of_all(call, pipeline, run));
        let calls = calls.collect::<Result<Vec<_>, _>>()?;
        let tasks = Task::all(&calls, &*pipeline.source)?;
        let (mut shape, schema) = (Shape::default(), pipeline.source.schema());
        if let Some(filter) = pipeline.filter() {
            shape.see_predicate(filter, schema);
        }
        for task in &tasks {
            if let Task::Truths(_, condition) = task {
                shape.see_predicate(condition.predicate(), schema);
            }
        }
        let computes = |task: &&Task| !task.goes_by_tiles(&calls) && !matches!(task, Task::Truths(..));
        for index in tasks.iter().filter(computes).flat_map(Task::calls) {
            let arguments = calls.get(*index).into_iter().flat_map(Call::arguments);
            arguments.for_each(|argument| shape.see(&argument.value, schema));
        }
        if tasks.iter().any(Task::needs_zones) {
            shape.need_zones();
        }
        Ok(Calls { calls, tasks, by_blocks: shape.goes_by_blocks() })
    }
}

/// The answers of aggregates over all rows of the pipeline, one row each.
pub(crate) fn aggregate_all(
    pipeline: &Pipeline,
    aggregates: &[&AggregateCall],
    run: Run<'_>,
) -> Result<Vec<Column>, Error> {
    let ready = Calls::new(pipeline, aggregates, run)?;
    let zones = if ready.calls.is_empty() { 0..0 } else { pipeline.sought_zones(run) };
    let states = run.pool.in_order(run.context, zones.len(), Scratches::default, |scratches, number| {
        zone_states(pipeline, &ready, zones.start + number, scratches, run)
    })?;
    let mut columns = Vec::new();
    for (index, (call, ready)) in aggregates.iter().zip(&ready.calls).enumerate() {
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
    Calls { calls, tasks, by_blocks }: &Calls,
    number: usize,
    scratches: &mut Scratches,
    run: Run<'_>,
) -> Result<Vec<Accumulator>, Error> {
    let foresight = pipeline.foresee(number, run)?;
    if foresight == Foresight::Pruned {
        return Ok(Vec::new());
    }
    let mut states: Vec<Option<Accumulator>> = vec![None; calls.len()];
    if foresight == Foresight::Whole {
        let row_count = pipeline.source.zone_rows(number as u64).row_count();
        for (state, call) in states.iter_mut().zip(calls) {
            *state = foreseen(pipeline, call, number as u64, row_count)?;
        }
        for task in tasks {
            let (calls_of, Task::Truths(_, condition)) = (task.calls(), task) else { continue };
            for index in calls_of {
                if let (Some(state @ None), Some(call)) = (states.get_mut(*index), calls.get(*index)) {
                    *state = condition.foreseen(call.kind, &*pipeline.source, (number as u64, row_count))?;
                }
            }
        }
        if states.iter().all(Option::is_some) {
            run.context.count(Counter::ZonesAnswered, 1);
            run.context.count(Counter::RowsSelected, row_count);
            return Ok(states.into_iter().flatten().collect());
        }
    }
    // What is not known yet.
    let is_open =
        |task: &&Task| task.calls().iter().any(|call| states.get(*call).is_some_and(Option::is_none));
    let mut open = Vec::new();
    for task in tasks.iter().filter(is_open) {
        let mut found = Found::start(task, calls)?;
        if foresight == Foresight::Whole && found.wants_sum(task) {
            let call = task.calls().first().and_then(|call| calls.get(*call));
            found.tell(call.map_or(Ok(None), |call| known_sum(pipeline, call, number as u64))?);
        }
        open.push((task, found));
    }
    let mut zone = pipeline.zone(number, scratches, run);
    let blocks = if *by_blocks { zone.divide() } else { 1 };
    let mut selected = 0;
    for block in 0..blocks {
        if *by_blocks {
            zone.go_to(block);
        }
        let selection = pipeline.select_uncounted(foresight, &mut zone)?;
        let row_count = zone.row_count();
        let every;
        let active = match &selection {
            Selection::None => continue,
            Selection::Some(bits) => bits,
            Selection::All => {
                every = Bitmap::ones(row_count);
                &every
            }
        };
        selected += selection.count(row_count) as u64;
        for (task, found) in &mut open {
            found.add(task, calls, &mut zone, (&selection, active))?;
        }
    }
    run.context.count(Counter::ZonesRead, 1);
    run.context.count(Counter::RowsSelected, selected);
    if selected == 0 {
        return Ok(Vec::new());
    }
    for (task, found) in open {
        for index in task.calls() {
            if let (Some(state @ None), Some(call)) = (states.get_mut(*index), calls.get(*index)) {
                *state = Some(found.state(task, call)?);
            }
        }
    }
    Ok(states.into_iter().flatten().collect())
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

/// The float sum of all values of a zone, where its summary tells it with the bits that adding them would give.
fn known_sum(pipeline: &Pipeline, call: &Call, zone: u64) -> Result<Option<KnownSum>, Error> {
    /// Up to here each whole number is a float, so that adding them up in any order is exact.
    const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;
    let Some(argument) = &call.argument else { return Ok(None) };
    let Some(column) = argument.value.as_column() else { return Ok(None) };
    let Some(summary) = pipeline.source.zone_summary(column, zone)? else { return Ok(None) };
    let farthest = match summary.bounds {
        Some(Bounds::Signed { min, max }) => min.unsigned_abs().max(max.unsigned_abs()),
        Some(Bounds::Unsigned { max, .. }) => max,
        _ => u64::MAX,
    };
    let is_exact = u128::from(farthest) * u128::from(summary.row_count) <= EXACT;
    let sum = match summary.sum {
        Sum::Float(sum) if argument.data_type.is_float() => Some(sum),
        Sum::Integer(sum) if argument.data_type.is_integer() && is_exact => Some(sum as f64),
        _ => None,
    };
    Ok(sum.map(|sum| KnownSum { sum, row_count: summary.row_count }))
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

/// The state of a smallest or largest value.
pub(crate) fn extreme(word: Option<u64>, largest: bool) -> Accumulator {
    Accumulator::Extreme(Extremes { words: vec![word.unwrap_or(0)], seen: vec![word.is_some()], largest })
}
