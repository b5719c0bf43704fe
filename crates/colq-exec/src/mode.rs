//! The most frequent value of each group: the distinct pairs of key and value are counted, as groups.

use crate::Error;
use crate::distinct::number_groups;
use crate::group::counted_keys;
use crate::pipeline::{Pipeline, Run};
use colq_column::{Bitmap, Column};
use colq_plan::{AggregateCall, Typed};

/// The most frequent value of each group, groups in the order of their first rows. Of values that are equally frequent
/// the one that came first; NULL where there is none.
pub(crate) fn most_frequent(
    pipeline: &Pipeline,
    keys: &[Typed],
    call: &AggregateCall,
    run: Run<'_>,
) -> Result<Column, Error> {
    let Some(argument) = &call.argument else {
        return Err(Error::Internal("mode has no argument".into()));
    };
    let mut pair: Vec<Typed> = keys.to_vec();
    pair.push(argument.clone());
    let (mut columns, counts) = counted_keys(pipeline, &pair, run)?;
    let Some(values) = columns.pop() else { return Err(Error::Internal("no values were counted".into())) };
    let (groups, group_count) = number_groups(&columns, counts.len())?;
    // The pair of each group and how often it occurs. Pairs come in the order of their first rows.
    let mut best: Vec<Option<(u32, u64)>> = vec![None; group_count];
    for (pair, (group, count)) in groups.iter().zip(&counts).enumerate() {
        let best = &mut best[*group as usize];
        if values.view().is_valid(pair) && best.is_none_or(|(_, most)| *count > most) {
            *best = Some((pair as u32, *count));
        }
    }
    let validity: Bitmap = best.iter().map(Option::is_some).collect();
    if validity.count_ones() == 0 {
        // There may be no pair to stand in for those that are missing.
        return Ok(Column::from_scalars(call.data_type, vec![&colq_types::Scalar::Null; group_count]));
    }
    let positions: Vec<u32> = best.iter().map(|best| best.map_or(0, |(pair, _)| pair)).collect();
    let mut column = values.gather(&positions);
    let mut nulls = validity.clone();
    nulls.not_assign();
    column.values.zero(&nulls);
    column.validity = None;
    Ok(column.with_validity(Some(validity)))
}
