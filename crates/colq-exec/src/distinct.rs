//! Aggregates over distinct values: first the distinct pairs of key and value are found, as groups, then each
//! value counts once, at the row where it first stood.
//!
//! For minima, maxima and what does not mind repeats DISTINCT changes nothing, and they go the plain way.

use crate::Error;
use crate::calls::Call;
use crate::finish::finish;
use crate::group::{distinct_count, distinct_counts, distinct_keys, validity_of, view_of};
use crate::pipeline::{Pipeline, Run};
use colq_column::{Column, Lanes};
use colq_kernels::{
    Accumulator, AccumulatorKind, GroupTable, KeyLayout, KeySpace, Moments, Rows, StripedAccumulator, Sums,
};
use colq_plan::{AggregateCall, AggregateFunction, Typed};
use colq_types::{DataType, STRIPE_ROWS, ZONE_ROWS};

/// The answer of one call for each of these groups, which are in the order of their first rows.
pub(crate) fn aggregate_distinct(
    pipeline: &Pipeline,
    keys: &[Typed],
    groups: &[Column],
    call: &AggregateCall,
    run: Run<'_>,
) -> Result<Column, Error> {
    let Some(argument) = &call.argument else {
        return Err(Error::Internal("count(DISTINCT *) has no argument".into()));
    };
    if keys.is_empty() && call.function == AggregateFunction::Count {
        let count = distinct_count(pipeline, argument, run)?;
        return Ok(Column::new(DataType::I64, vec![count as i64]));
    }
    if call.function == AggregateFunction::Count
        && let Some(counts) = distinct_counts(pipeline, keys, groups, argument, run)?
    {
        return Ok(Column::new(DataType::I64, counts));
    }
    run.note(|| "distinct values: grouped in a run of their own".to_owned());
    let mut pair: Vec<Typed> = keys.to_vec();
    pair.push(argument.clone());
    let (mut columns, first_rows) = distinct_keys(pipeline, &pair, run)?;
    let Some(values) = columns.pop() else { return Err(Error::Internal("no distinct values".into())) };
    let ready = Call::over(call, &values)?;
    let (groups, group_count) = number_groups(&columns, first_rows.len())?;
    let mut total = match (keys, ready.kind) {
        ([], AccumulatorKind::SumFloat | AccumulatorKind::Moments) => {
            by_zone(ready.kind, &values, &first_rows)
        }
        // Without groups a part is a zone.
        ([], _) => by_part(&ready, &values, &first_rows, &groups, group_count, ZONE_ROWS)?,
        _ => by_part(&ready, &values, &first_rows, &groups, group_count, STRIPE_ROWS)?,
    };
    finish(call, &ready, &mut total)
}

/// The group of each distinct pair, and how many groups there are: pairs come in the order of their first rows, so
/// groups do too. Without keys there is one group, also without pairs.
pub(crate) fn number_groups(keys: &[Column], pair_count: usize) -> Result<(Vec<u32>, usize), Error> {
    if keys.is_empty() {
        return Ok((vec![0; pair_count], 1));
    }
    let space = |c: &Column| KeySpace {
        data_type: c.data_type,
        nullable: true,
        range: c.dictionary.as_ref().map(|d| (0, (d.len() as i128 - 1).max(0))),
        step: 1,
        parts: 1,
        intervals: None,
    };
    let layout = KeyLayout::new(&keys.iter().map(space).collect::<Vec<_>>());
    let views: Vec<_> = keys.iter().map(Column::view).collect();
    let mut words = Vec::new();
    layout.encode(&views, None, pair_count, &mut words).map_err(|e| Error::Internal(e.to_string()))?;
    let mut groups = Vec::new();
    let mut table = GroupTable::new(layout.word_count(), layout.packed_keys());
    table.assign(&words, &mut groups);
    Ok((groups, table.len()))
}

/// Values in row order within a part of this many rows, parts in order.
fn by_part(
    ready: &Call,
    values: &Column,
    first_rows: &[u64],
    groups: &[u32],
    group_count: usize,
    part_rows: u64,
) -> Result<Accumulator, Error> {
    let mut total = StripedAccumulator::new(ready.kind);
    total.resize(group_count);
    let mut start = 0;
    while start < first_rows.len() {
        let part = first_rows[start] / part_rows;
        let len = first_rows[start..].partition_point(|row| row / part_rows == part);
        let range = start..start + len;
        let validity = validity_of(values, &range);
        let view = view_of(values, &range, validity.as_ref());
        let rows = Rows { groups: &groups[range], positions: None };
        let number = u32::try_from(part).map_err(|_| Error::TooManyRows)?;
        total
            .update(rows, ready.inputs(Some(&view), None), number)
            .map_err(|e| Error::Internal(e.to_string()))?;
        start += len;
    }
    Ok(total.finish())
}

/// The ungrouped definition: each value in the lane of its row, zones in order.
fn by_zone(kind: AccumulatorKind, values: &Column, first_rows: &[u64]) -> Accumulator {
    let mut total = Accumulator::new(kind);
    total.resize(1);
    let rows: Vec<(u64, f64)> = first_rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| values.scalar(at).as_f64().map(|value| (*row, value)))
        .collect();
    for zone in rows.chunk_by(|a, b| a.0 / ZONE_ROWS == b.0 / ZONE_ROWS) {
        let count = zone.len() as u64;
        let lane_sum = |of: &dyn Fn(f64) -> f64| {
            let mut lanes = Lanes::default();
            zone.iter().for_each(|(row, value)| lanes.add_row((row % ZONE_ROWS) as usize, of(*value)));
            lanes.finish()
        };
        let sum = lane_sum(&|value| value);
        let part = if kind == AccumulatorKind::SumFloat {
            Accumulator::SumFloat(Sums { sums: vec![sum], counts: vec![count] })
        } else {
            let mean = sum / count as f64;
            let m2 = lane_sum(&|value| (value - mean) * (value - mean));
            Accumulator::Moments(vec![Moments { count, mean, m2 }])
        };
        total.merge(&part, std::iter::once((0, 0)));
    }
    total
}
