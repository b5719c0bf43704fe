//! All aggregates of a step: those over every row together in one run, each over distinct values in a run of its
//! own. Every run gives the groups in the order of their first rows, so the columns fit side by side.

use crate::Error;
use crate::distinct::{aggregate_distinct, is_needed};
use crate::group::aggregate_groups;
use crate::pipeline::{Pipeline, Run};
use crate::total::aggregate_all;
use colq_column::Column;
use colq_plan::{AggregateCall, Typed};

/// The key columns and the columns of answers, in the order of `aggregates`.
pub(crate) fn aggregate(
    pipeline: &Pipeline,
    keys: &[Typed],
    aggregates: &[AggregateCall],
    run: Run<'_>,
) -> Result<Vec<Column>, Error> {
    let plain: Vec<&AggregateCall> = aggregates.iter().filter(|call| !is_needed(call)).collect();
    let (mut columns, answers) = match keys {
        [] => (Vec::new(), aggregate_all(pipeline, &plain, run)?),
        keys => aggregate_groups(pipeline, keys, &plain, run)?,
    };
    let mut answers = answers.into_iter();
    for call in aggregates {
        let answer = match is_needed(call) {
            true => Some(aggregate_distinct(pipeline, keys, call, run)?),
            false => answers.next(),
        };
        columns.push(answer.ok_or_else(|| Error::Internal("an aggregate has no answer".into()))?);
    }
    Ok(columns)
}
