//! From a plan to its answer: which steps become one pipeline, and what each pipeline feeds.

use crate::Error;
use crate::aggregate::aggregate;
use crate::collect::{Wanted, collect};
use crate::few::{Few, pipeline_of_few};
use crate::group::group_count;
use crate::pipeline::{Pipeline, Run};
use crate::pool::Pool;
use crate::sort::ordered;
use crate::spill::Rows;
use crate::union::{columns_of, union_of};
use crate::used::{self, Used};
use crate::window::window_of;
use colq_column::{Batch, Column, ColumnSource};
use colq_context::Context;
use colq_plan::{AggregateCall, AggregateFunction, Plan, PlanNode, PlanSortKey, Typed, TypedKind};
use colq_types::{DataType, Schema};
use std::collections::HashMap;
use std::sync::Arc;

/// The tables that a plan names.
pub trait Sources {
    /// The table of this name, as the plan's catalog knew it.
    fn source(&self, name: &str) -> Option<Arc<dyn ColumnSource>>;
}

impl Sources for HashMap<String, Arc<dyn ColumnSource>> {
    fn source(&self, name: &str) -> Option<Arc<dyn ColumnSource>> {
        self.get(name).cloned()
    }
}

/// Runs a plan and gives all rows of its answer.
///
/// # Errors
/// The first row, in row order, whose values cannot be computed; damage of a table; a memory limit; that the work
/// was cancelled.
pub fn execute(plan: &Plan, sources: &dyn Sources, pool: &Pool, context: &Context) -> Result<Batch, Error> {
    answer_recorded(plan, sources, Run { pool, context, recorder: None })
}

/// The same, with somebody who may listen.
pub(crate) fn answer_recorded(plan: &Plan, sources: &dyn Sources, run: Run<'_>) -> Result<Batch, Error> {
    let mut read = Vec::new();
    let batch = answer(plan, sources, run, &mut read)?.into_batch(run.context)?;
    // What was read may have been cut off meanwhile.
    for source in read {
        source.health()?;
    }
    Ok(batch)
}

pub(crate) type Read = Vec<Arc<dyn ColumnSource>>;

/// Runs a step with those that are a part of it.
pub(crate) fn answer(
    plan: &Plan,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Rows, Error> {
    answer_kept(plan, &None, sources, run, read)
}

/// The same without columns that are not kept.
fn answer_kept(
    plan: &Plan,
    kept: &Used,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Rows, Error> {
    if let Some(recorder) = run.recorder {
        recorder.enter(run.context);
    }
    let rows = worked_out(plan, kept, sources, run, read)?;
    if let Some(recorder) = run.recorder {
        recorder.leave(plan, run.context, rows.row_count());
    }
    Ok(rows)
}

fn worked_out(
    plan: &Plan,
    kept: &Used,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Rows, Error> {
    match &plan.node {
        PlanNode::Aggregate { input, keys, aggregates } => {
            if keys.is_empty()
                && !aggregates.is_empty()
                && aggregates.iter().all(counts_rows)
                && let Some(count) = counted_groups(input, sources, run, read)?
            {
                let columns = aggregates.iter().map(|_| Column::new(DataType::I64, vec![count as i64]));
                return Batch::new(plan.schema().clone(), columns.collect())
                    .map(Rows::Memory)
                    .ok_or_else(|| Error::Internal("the counts do not fit their schema".into()));
            }
            let looked_at = used::by_aggregate(input, keys, aggregates);
            let pipeline = filtered_used(input, looked_at, sources, run, read)?;
            aggregate(&pipeline, keys, aggregates, &kept_schema(plan, kept), kept, Few::All, run)
        }
        PlanNode::Project { input, exprs } if kept.is_some() => {
            let exprs = used::only(exprs, kept);
            let looked_at = used::by_projection(input, &exprs);
            let pipeline = filtered_used(input, looked_at, sources, run, read)?;
            collect(&pipeline, &exprs, &kept_schema(plan, kept), Wanted::All, run).map(Rows::Memory)
        }
        PlanNode::Window { .. } => {
            let missing = || Error::Internal("a window is none".into());
            let (window, input) = window_of(plan).ok_or_else(missing)?;
            let (pipeline, exprs) = pipeline_of(input, sources, run, read)?;
            window.rows(&pipeline, &exprs, kept, run)
        }
        PlanNode::Sort { input, keys } => {
            rows(input, Some((keys, usize::MAX)), usize::MAX, sources, run, read)
        }
        PlanNode::Limit { input, offset, limit } => {
            let skip = usize::try_from(*offset).unwrap_or(usize::MAX);
            let take = limit.map_or(usize::MAX, |l| usize::try_from(l).unwrap_or(usize::MAX));
            let wanted = skip.saturating_add(take);
            let rows = match &input.node {
                PlanNode::Sort { input, keys } => {
                    rows(input, Some((keys, wanted)), wanted, sources, run, read)?
                }
                _ => rows(input, None, wanted, sources, run, read)?,
            };
            rows.part(*offset, limit.unwrap_or(u64::MAX), run.context)
        }
        PlanNode::Scan { .. }
        | PlanNode::Row
        | PlanNode::Union { .. }
        | PlanNode::Filter { .. }
        | PlanNode::Project { .. } => rows(plan, None, usize::MAX, sources, run, read),
    }
}

fn counts_rows(call: &AggregateCall) -> bool {
    call.function == AggregateFunction::Count && call.argument.is_none() && call.second.is_none()
}

/// How many rows a step has that gives nothing but the keys of groups; `None` for other steps.
fn counted_groups(
    plan: &Plan,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Option<u64>, Error> {
    let PlanNode::Aggregate { input, keys, aggregates } = &plan.node else { return Ok(None) };
    if keys.is_empty() || !aggregates.is_empty() {
        return Ok(None);
    }
    if let Some(recorder) = run.recorder {
        recorder.enter(run.context);
    }
    let looked_at = used::by_aggregate(input, keys, aggregates);
    let pipeline = filtered_used(input, looked_at, sources, run, read)?;
    let count = group_count(&pipeline, keys, run)?;
    if let Some(recorder) = run.recorder {
        recorder.leave(plan, run.context, count);
    }
    Ok(Some(count))
}

/// The columns of a step's answer that are kept.
fn kept_schema(plan: &Plan, kept: &Used) -> Arc<Schema> {
    match kept {
        None => plan.schema().clone(),
        some => Arc::new(Schema::new(used::only(plan.schema().fields(), some))),
    }
}

/// The first `limit` rows of a plan, by an order if there is one.
fn rows(
    plan: &Plan,
    order: Option<(&[PlanSortKey], usize)>,
    limit: usize,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Rows, Error> {
    let is_pipeline = matches!(
        plan.node,
        PlanNode::Project { .. } | PlanNode::Scan { .. } | PlanNode::Union { .. } | PlanNode::Filter { .. }
    );
    let is_few = limit < usize::MAX && matches!(plan.node, PlanNode::Aggregate { .. });
    if order.is_none() && !is_pipeline && !is_few {
        return answer(plan, sources, run, read);
    }
    let schema = plan.schema();
    let by = order.map(|(keys, _)| keys);
    let (pipeline, exprs) = pipeline_of_few(plan, by, limit, sources, run, read)?;
    match order {
        Some((keys, limit)) => ordered(&pipeline, &exprs, schema, keys, limit, run),
        None => {
            let wanted = if limit < usize::MAX { Wanted::First(limit) } else { Wanted::All };
            collect(&pipeline, &exprs, schema, wanted, run).map(Rows::Memory)
        }
    }
}

/// The pipeline of a step, and the expressions over it that are its columns; the answer of the step, where it is none.
pub(crate) fn pipeline_of(
    plan: &Plan,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<(Pipeline, Vec<Typed>), Error> {
    Ok(match &plan.node {
        PlanNode::Project { input, exprs } => {
            let looked_at = used::by_projection(input, exprs);
            (filtered_used(input, looked_at, sources, run, read)?, exprs.clone())
        }
        PlanNode::Scan { .. } | PlanNode::Union { .. } | PlanNode::Filter { .. } => {
            (filtered(plan, sources, run, read)?, all_columns(plan.schema()))
        }
        _ => {
            let source = answer(plan, sources, run, read)?.into_source();
            (Pipeline::new(source, None)?, all_columns(plan.schema()))
        }
    })
}

/// The pipeline of a filter over a source, or of a source alone.
pub(crate) fn filtered(
    plan: &Plan,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Pipeline, Error> {
    filtered_used(plan, None, sources, run, read)
}

/// The same for somebody who looks at some columns only.
pub(crate) fn filtered_used(
    plan: &Plan,
    looked_at: Used,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Pipeline, Error> {
    match &plan.node {
        PlanNode::Filter { input, predicate } => {
            let looked_at = used::by_filter(input, predicate, looked_at);
            Pipeline::new(source(input, &looked_at, sources, run, read)?, Some(predicate))
        }
        _ => Pipeline::new(source(plan, &looked_at, sources, run, read)?, None),
    }
}

/// The rows of a plan as a source: a table, or the answer of the steps below.
fn source(
    plan: &Plan,
    looked_at: &Used,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Arc<dyn ColumnSource>, Error> {
    match &plan.node {
        PlanNode::Scan { table } => {
            let found = sources.source(table).ok_or_else(|| Error::UnknownTable { name: table.clone() })?;
            read.push(found.clone());
            Ok(found)
        }
        PlanNode::Row => Ok(Arc::new(Batch::of_rows(1))),
        PlanNode::Union { inputs } => union_of(
            inputs.iter().map(|input| source(input, &None, sources, run, read)).collect::<Result<_, _>>()?,
        ),
        // Columns by another name or in another order are read where they lie.
        PlanNode::Project { input, exprs }
            if is_lasting(input) && exprs.iter().all(|e| e.as_column().is_some()) =>
        {
            let columns = exprs.iter().filter_map(Typed::as_column).collect();
            Ok(columns_of(source(input, &None, sources, run, read)?, columns, (**plan.schema()).clone()))
        }
        _ => {
            let kept = used::kept(plan, looked_at);
            let rows = answer_kept(plan, &kept, sources, run, read)?.into_source();
            Ok(match kept {
                Some(kept) => columns_of(rows, used::places(&kept), (**plan.schema()).clone()),
                None => rows,
            })
        }
    }
}

/// True for steps whose rows are there without being computed.
fn is_lasting(plan: &Plan) -> bool {
    matches!(plan.node, PlanNode::Scan { .. } | PlanNode::Union { .. })
}

pub(crate) fn all_columns(schema: &Schema) -> Vec<Typed> {
    let column = |(index, field): (usize, &colq_types::Field)| Typed {
        kind: TypedKind::Column { index, name: field.name.clone() },
        data_type: field.data_type,
        span: None,
    };
    schema.fields().iter().enumerate().map(column).collect()
}
