//! All aggregates of a step, each by the way that suits it: those over every row together in one run, exact quantiles
//! without groups in passes of their own, the most frequent value and each aggregate over distinct values in a run
//! over groups. Every run gives the groups in the order of their first rows, so the columns fit side by side.

use crate::Error;
use crate::calls::{is_wide, place_of};
use crate::distinct::aggregate_distinct;
use crate::few::Few;
use crate::group::{aggregate_groups, grouped_rows};
use crate::mode::most_frequent;
use crate::pipeline::{Pipeline, Run};
use crate::quantile::quantiles;
use crate::spill::Rows;
use crate::text_order::{furthest, furthest_of};
use crate::total::aggregate_all;
use crate::used::{Used, only};
use colq_column::{Batch, Column};
use colq_plan::{AggregateCall, AggregateFunction, Typed};
use colq_types::Schema;
use std::sync::Arc;

/// How an aggregate is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// With all others of this way, in one run over the rows.
    Plain,
    /// By counting passes.
    Passes,
    /// Over values that were made distinct before.
    Distinct,
    /// By counting how often each value occurs.
    Mode,
    /// The smallest or the largest text, of those that are seen to occur.
    Furthest,
}

fn way(pipeline: &Pipeline, call: &AggregateCall, keys: &[Typed]) -> Result<Way, Error> {
    use AggregateFunction as A;
    let ignores_repeats =
        matches!(call.function, A::Min | A::Max | A::BoolAnd | A::BoolOr | A::ApproxDistinct);
    Ok(if call.function == A::Mode {
        Way::Mode
    } else if call.distinct && !ignores_repeats {
        Way::Distinct
    } else if keys.is_empty()
        && place_of(call).is_some()
        && call.argument.as_ref().is_some_and(|a| !is_wide(a.data_type))
    {
        Way::Passes
    } else if keys.is_empty() && furthest_of(pipeline, call)?.is_some() {
        Way::Furthest
    } else {
        Way::Plain
    })
}

/// The rows of the answer, those of `few` at least: keys and answers, in the order of `aggregates`; of them those that are kept, which the schema
/// has.
pub(crate) fn aggregate(
    pipeline: &Pipeline,
    keys: &[Typed],
    aggregates: &[AggregateCall],
    schema: &Arc<Schema>,
    kept: &Used,
    few: Few,
    run: Run<'_>,
) -> Result<Rows, Error> {
    let ways = aggregates.iter().map(|call| way(pipeline, call, keys)).collect::<Result<Vec<Way>, _>>()?;
    if !keys.is_empty() && ways.iter().all(|way| *way == Way::Plain) {
        return grouped_rows(
            pipeline,
            keys,
            &aggregates.iter().collect::<Vec<_>>(),
            schema,
            (kept, few),
            run,
        );
    }
    Batch::new(schema.clone(), only(&aggregate_columns(pipeline, keys, (aggregates, &ways), run)?, kept))
        .map(Rows::Memory)
        .ok_or_else(|| Error::Internal("the aggregates do not fit their schema".into()))
}

/// The key columns and the columns of answers, in the order of `aggregates`.
fn aggregate_columns(
    pipeline: &Pipeline,
    keys: &[Typed],
    (aggregates, ways): (&[AggregateCall], &[Way]),
    run: Run<'_>,
) -> Result<Vec<Column>, Error> {
    let of_way = |wanted: Way| {
        let calls = aggregates.iter().zip(ways).filter(|(_, way)| **way == wanted);
        calls.map(|(call, _)| call).collect::<Vec<_>>()
    };
    let plain = of_way(Way::Plain);
    if keys.is_empty() && !plain.is_empty() {
        run.note(|| "totals: zone by zone, each by its summary or in 16 lanes".to_owned());
    }
    let (mut columns, answers) = match keys {
        [] => (Vec::new(), aggregate_all(pipeline, &plain, run)?),
        keys => aggregate_groups(pipeline, keys, &plain, run)?,
    };
    if ways.contains(&Way::Passes) {
        run.note(|| {
            "quantiles: between two values of a sample, else by counting passes over the column".to_owned()
        });
    }
    let mut answers = answers.into_iter();
    let mut by_passes = quantiles(pipeline, &of_way(Way::Passes), run)?.into_iter();
    for (call, way) in aggregates.iter().zip(ways) {
        let answer = match way {
            Way::Plain => answers.next(),
            Way::Passes => by_passes.next(),
            Way::Distinct => Some(aggregate_distinct(pipeline, keys, &columns[..keys.len()], call, run)?),
            Way::Mode => {
                run.note(|| "distinct values: grouped in a run of their own".to_owned());
                Some(most_frequent(pipeline, keys, call, run)?)
            }
            Way::Furthest => match furthest(pipeline, call, run)? {
                Some(column) => Some(column),
                None => aggregate_all(pipeline, &[call], run)?.pop(),
            },
        };
        columns.push(answer.ok_or_else(|| Error::Internal("an aggregate has no answer".into()))?);
    }
    Ok(columns)
}
