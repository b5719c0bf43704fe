//! Groups of which only a few are wanted: the first ones, or the first by an order. The others need not be put together,
//! and of the first ones alone nothing but their own rows is added up.

use crate::Error;
use crate::aggregate::aggregate;
use crate::execute::{Read, Sources, all_columns, filtered_used, pipeline_of};
use crate::pipeline::{Pipeline, Run};
use crate::used;
use colq_plan::{Plan, PlanNode, PlanSortKey, Typed};

/// More than so many are not few.
const MOST: usize = 1 << 12;

/// Which groups are wanted. Others may be given too, as long as those that are stand in the order of their first rows.
#[derive(Debug, Clone, Default)]
pub(crate) enum Few {
    #[default]
    All,
    /// So many from the first on.
    First(usize),
    /// The first so many by these of the columns of keys and answers; those that tie by their first rows.
    Top(Vec<PlanSortKey>, usize),
}

/// The pipeline of a step of whose rows only the first `wanted` by an order, or without one the first, are asked for,
/// and the expressions over it that are the step's columns.
pub(crate) fn pipeline_of_few(
    plan: &Plan,
    order: Option<&[PlanSortKey]>,
    wanted: usize,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<(Pipeline, Vec<Typed>), Error> {
    match few_groups(plan, order, wanted, sources, run, read)? {
        Some(found) => Ok(found),
        None => pipeline_of(plan, sources, run, read),
    }
}

/// The same, where the step is groups or a projection of them.
fn few_groups(
    plan: &Plan,
    order: Option<&[PlanSortKey]>,
    wanted: usize,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Option<(Pipeline, Vec<Typed>)>, Error> {
    let (groups, exprs) = match &plan.node {
        PlanNode::Project { input, exprs } => (&**input, exprs.clone()),
        _ => (plan, all_columns(plan.schema())),
    };
    let PlanNode::Aggregate { input, keys, aggregates } = &groups.node else { return Ok(None) };
    if keys.is_empty() || wanted > MOST {
        return Ok(None);
    }
    let few = match order {
        None => Few::First(wanted),
        Some(order) => match order_of_groups(order, &exprs) {
            Some(order) => Few::Top(order, wanted),
            None => return Ok(None),
        },
    };
    if let Some(recorder) = run.recorder {
        recorder.enter(run.context);
    }
    let looked_at = used::by_aggregate(input, keys, aggregates);
    let pipeline = filtered_used(input, looked_at, sources, run, read)?;
    let rows = aggregate(&pipeline, keys, aggregates, groups.schema(), &None, few, run)?;
    if let Some(recorder) = run.recorder {
        recorder.leave(groups, run.context, rows.row_count());
    }
    let pipeline = Pipeline::new(rows.into_source(), None)?;
    Ok(Some((pipeline, exprs)))
}

/// An order by columns of a projection as one by the columns below it; `None` where one of the expressions is more than
/// a column: for groups that are not wanted it may be an error.
fn order_of_groups(order: &[PlanSortKey], exprs: &[Typed]) -> Option<Vec<PlanSortKey>> {
    let columns = exprs.iter().map(Typed::as_column).collect::<Option<Vec<usize>>>()?;
    order.iter().map(|key| Some(PlanSortKey { column: *columns.get(key.column)?, ..*key })).collect()
}
