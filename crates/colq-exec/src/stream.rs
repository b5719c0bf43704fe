//! The rows of a plan as a stream of batches: what is in memory at any time is a few zones, however many rows there
//! are. Steps that have to see every row first hold their answer (groups), or lay all rows down by parts of their order
//! and sort a part when its rows are asked for (orders).

use crate::Error;
use crate::collect::{Wanted, concatenate, zone_columns};
use crate::execute::{Read, Sources, answer};
use crate::few::pipeline_of_few;
use crate::pipeline::{Pipeline, Run};
use crate::pool::Pool;
use crate::predicate::Value;
use crate::sort::{Ordered, Sorted, by_parts, is_in_order};
use crate::union::columns_of;
use crate::zone::Scratches;
use colq_column::{Batch, Column, ColumnSource};
use colq_context::Context;
use colq_plan::{Plan, PlanNode, PlanSortKey};
use colq_types::{Schema, ZONE_ROWS};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Zones a thread in each round. Two keep a thread busy while another finishes its last one.
const ZONES_A_THREAD: usize = 2;

/// Rows of a batch at most: those of a zone.
const BATCH_ROWS: usize = ZONE_ROWS as usize;

/// The rows of a plan, batch after batch in order, never an empty one. After an error there is no more.
///
/// A batch has up to 65,536 rows. Its columns may share the bytes of the table.
pub struct Batches {
    schema: Arc<Schema>,
    pool: Pool,
    context: Context,
    rows: Origin,
    /// Rows that are still to be left out.
    skip: u64,
    /// Rows that are still to be given.
    left: u64,
    /// What was read, to be looked at once more at the end.
    read: Read,
    is_done: bool,
}

/// Where rows come from.
enum Origin {
    /// Pipelines one after the other.
    Zones(VecDeque<Zones>),
    /// An answer that is there already, and its zone that comes next.
    Answer(Arc<dyn ColumnSource>, u64),
    /// An order whose parts are sorted as they are asked for.
    Sorted(Box<Parts>),
}

/// The parts of an order.
struct Parts {
    sorted: Sorted,
    /// Which of its columns are given.
    columns: Vec<usize>,
    next_part: usize,
    /// What is sorted already, in pieces of all columns.
    ready: VecDeque<Vec<Column>>,
}

/// A pipeline that is run round by round.
struct Zones {
    pipeline: Pipeline,
    values: Vec<Value>,
    zones: Range<usize>,
    ready: VecDeque<Batch>,
}

/// Starts a plan whose rows come out as a stream. Groups and orders are worked out here.
///
/// # Errors
/// As [`execute`](crate::execute).
pub fn execute_batches(
    plan: &Plan,
    sources: &dyn Sources,
    pool: &Pool,
    context: &Context,
) -> Result<Batches, Error> {
    let run = Run { pool, context, recorder: None };
    let mut read = Vec::new();
    let (skip, left, rows) = match &plan.node {
        PlanNode::Limit { input, offset, limit } if is_row_by_row(input) => {
            let limit = limit.unwrap_or(u64::MAX);
            let wanted = usize::try_from(offset.saturating_add(limit)).unwrap_or(usize::MAX);
            (*offset, limit, zones_of(input, wanted, sources, run, &mut read)?)
        }
        _ if is_row_by_row(plan) => (0, u64::MAX, zones_of(plan, usize::MAX, sources, run, &mut read)?),
        _ => match order(plan) {
            Some(order) => {
                (order.skip, order.left, sorted_of(&order, plan.schema(), sources, run, &mut read)?)
            }
            None => (0, u64::MAX, Origin::Answer(answer(plan, sources, run, &mut read)?.into_source(), 0)),
        },
    };
    let (schema, pool, context) = (plan.schema().clone(), pool.clone(), context.clone());
    Ok(Batches { schema, pool, context, rows, skip, left, read, is_done: false })
}

/// True for steps that need no more than one zone at a time, of a table or of groups that were worked out before.
fn is_row_by_row(plan: &Plan) -> bool {
    let below = |plan: &Plan| {
        matches!(
            plan.node,
            PlanNode::Scan { .. }
                | PlanNode::Filter { .. }
                | PlanNode::Union { .. }
                | PlanNode::Aggregate { .. }
                | PlanNode::Window { .. }
        )
    };
    match &plan.node {
        PlanNode::Union { inputs } => inputs.iter().all(is_row_by_row),
        PlanNode::Project { input, .. } => below(input),
        _ => below(plan),
    }
}

/// A plan that is an order, or some rows or columns of one.
struct Order<'a> {
    input: &'a Plan,
    keys: &'a [PlanSortKey],
    /// Which columns of the order are given; all where it is `None`.
    columns: Option<Vec<usize>>,
    skip: u64,
    left: u64,
}

fn order(plan: &Plan) -> Option<Order<'_>> {
    match &plan.node {
        PlanNode::Sort { input, keys } => Some(Order { input, keys, columns: None, skip: 0, left: u64::MAX }),
        PlanNode::Limit { input, offset, limit } => match &input.node {
            PlanNode::Sort { input, keys } => {
                let left = limit.unwrap_or(u64::MAX);
                Some(Order { input, keys, columns: None, skip: *offset, left })
            }
            _ => None,
        },
        PlanNode::Project { input, exprs } => {
            let columns = exprs.iter().map(|e| e.as_column()).collect::<Option<Vec<usize>>>()?;
            order(input)
                .filter(|order| order.columns.is_none())
                .map(|o| Order { columns: Some(columns), ..o })
        }
        _ => None,
    }
}

fn sorted_of(
    order: &Order<'_>,
    given: &Arc<Schema>,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Origin, Error> {
    let limit = usize::try_from(order.skip.saturating_add(order.left)).unwrap_or(usize::MAX);
    let (pipeline, exprs) = pipeline_of_few(order.input, Some(order.keys), limit, sources, run, read)?;
    let schema = order.input.schema().clone();
    let columns = order.columns.clone().unwrap_or_else(|| (0..schema.len()).collect());
    if is_in_order(&pipeline, &exprs, order.keys)? {
        let of = |column: &usize| exprs.get(*column).map(|expr| Value::new(expr, &*pipeline.source));
        let values = columns.iter().filter_map(of).collect::<Result<_, _>>()?;
        let zones = pipeline.sought_zones(run);
        return Ok(Origin::Zones([Zones { pipeline, values, zones, ready: VecDeque::new() }].into()));
    }
    Ok(match by_parts(&pipeline, &exprs, &schema, order.keys, limit, run)? {
        Ordered::First(batch) => Origin::Answer(columns_of(Arc::new(batch), columns, (**given).clone()), 0),
        Ordered::All(sorted) => {
            Origin::Sorted(Box::new(Parts { sorted: *sorted, columns, next_part: 0, ready: VecDeque::new() }))
        }
    })
}

impl Parts {
    fn next_batch(&mut self, given: &Arc<Schema>, run: Run<'_>) -> Result<Option<Batch>, Error> {
        loop {
            if let Some(columns) = self.ready.pop_front() {
                let given_column = |column: &usize| {
                    let missing = || Error::Internal(format!("there is no column number {column}"));
                    columns.get(*column).cloned().ok_or_else(missing)
                };
                return batch(given, self.columns.iter().map(given_column).collect::<Result<_, _>>()?)
                    .map(Some);
            }
            let end = self.sorted.part_count().min(self.next_part + run.pool.thread_count());
            if self.next_part == end {
                return Ok(None);
            }
            let pieces = self.sorted.sorted(self.next_part..end, run)?;
            self.ready =
                pieces.into_iter().filter(|piece| piece.first().is_some_and(|c| !c.is_empty())).collect();
            self.next_part = end;
        }
    }
}

fn batch(schema: &Arc<Schema>, columns: Vec<Column>) -> Result<Batch, Error> {
    Batch::new(schema.clone(), columns)
        .ok_or_else(|| Error::Internal("the columns of an answer do not fit their schema".into()))
}

/// The pipelines of a plan of steps that need no more than one zone at a time, of which the first `wanted` rows are
/// asked for.
fn zones_of(
    plan: &Plan,
    wanted: usize,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Origin, Error> {
    let mut all = VecDeque::new();
    let mut open = vec![plan];
    while let Some(plan) = open.pop() {
        match &plan.node {
            PlanNode::Union { inputs } => open.extend(inputs.iter().rev()),
            _ => all.push_back(zones(plan, wanted, sources, run, read)?),
        }
    }
    Ok(Origin::Zones(all))
}

fn zones(
    plan: &Plan,
    wanted: usize,
    sources: &dyn Sources,
    run: Run<'_>,
    read: &mut Read,
) -> Result<Zones, Error> {
    let (pipeline, exprs) = pipeline_of_few(plan, None, wanted, sources, run, read)?;
    let values = exprs.iter().map(|e| Value::new(e, &*pipeline.source)).collect::<Result<_, _>>()?;
    let zones = pipeline.sought_zones(run);
    Ok(Zones { pipeline, values, zones, ready: VecDeque::new() })
}

impl Batches {
    /// Names and types of every batch.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        while self.left > 0 {
            let batch = match &mut self.rows {
                Origin::Answer(all, zone) if *zone < all.zone_count() => {
                    let rows = all.zone_rows(*zone);
                    *zone += 1;
                    let columns = (0..self.schema.len()).map(|column| all.column(column, rows));
                    Some(batch(&self.schema, columns.collect::<Result<_, _>>()?)?)
                }
                Origin::Answer(..) => None,
                Origin::Sorted(parts) => {
                    let run = Run { pool: &self.pool, context: &self.context, recorder: None };
                    parts.next_batch(&self.schema, run)?
                }
                Origin::Zones(zones) => {
                    let run = Run { pool: &self.pool, context: &self.context, recorder: None };
                    let limit = self.skip.saturating_add(self.left);
                    let mut next = None;
                    while let (None, Some(first)) = (&next, zones.front_mut()) {
                        next = first.next_batch(&self.schema, limit, run)?;
                        if next.is_none() {
                            zones.pop_front();
                        }
                    }
                    next
                }
            };
            let Some(batch) = batch else { break };
            let row_count = batch.row_count() as u64;
            let from = self.skip.min(row_count);
            let to = from + self.left.min(row_count - from);
            self.skip -= from;
            self.left -= to - from;
            if to - from == row_count {
                return Ok(Some(batch));
            }
            if to > from {
                return Ok(Some(batch.gather(&(from as u32..to as u32).collect::<Vec<_>>())));
            }
        }
        // What was read may have been cut off meanwhile.
        for source in &self.read {
            source.health()?;
        }
        Ok(None)
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Result<Batch, Error>> {
        if self.is_done {
            return None;
        }
        let next = self.next_batch();
        self.is_done = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl Zones {
    fn next_batch(&mut self, schema: &Arc<Schema>, limit: u64, run: Run<'_>) -> Result<Option<Batch>, Error> {
        while self.ready.is_empty() && !self.zones.is_empty() {
            let count = run.pool.thread_count() * ZONES_A_THREAD;
            let numbers = self.pipeline.next_zones(&mut self.zones, count, run)?;
            let wanted = usize::try_from(limit).map_or(Wanted::All, Wanted::First);
            let done =
                run.pool.in_order(run.context, numbers.len(), Scratches::default, |scratches, i| {
                    zone_columns(&self.pipeline, &self.values, numbers[i], scratches, wanted, run)
                })?;
            let pieces: Vec<Vec<Column>> = done.into_iter().flatten().collect();
            // The claim is short: what is handed out is its taker's.
            run.context.claim(pieces.iter().flatten().map(Column::byte_len).sum())?;
            self.ready = joined(schema, pieces)?;
        }
        Ok(self.ready.pop_front())
    }
}

/// Pieces one after the other, small ones joined so that a filter that few rows pass does not make many batches.
fn joined(schema: &Arc<Schema>, pieces: Vec<Vec<Column>>) -> Result<VecDeque<Batch>, Error> {
    let len = |piece: &[Column]| piece.first().map_or(0, Column::len);
    let mut batches = VecDeque::new();
    let mut open: Vec<Vec<Column>> = Vec::new();
    let mut open_rows = 0;
    for piece in pieces {
        let more = len(&piece);
        if open_rows + more > BATCH_ROWS {
            batches.push_back(join(schema, std::mem::take(&mut open))?);
            open_rows = 0;
        }
        open_rows += more;
        open.push(piece);
    }
    if open_rows > 0 {
        batches.push_back(join(schema, open)?);
    }
    Ok(batches)
}

fn join(schema: &Arc<Schema>, mut pieces: Vec<Vec<Column>>) -> Result<Batch, Error> {
    let columns = if pieces.len() == 1 {
        pieces.pop().unwrap_or_default()
    } else {
        let mut by_column: Vec<Vec<Column>> = schema.fields().iter().map(|_| Vec::new()).collect();
        for piece in pieces {
            by_column.iter_mut().zip(piece).for_each(|(columns, column)| columns.push(column));
        }
        let fields = schema.fields().iter();
        fields
            .zip(by_column)
            .map(|(f, columns)| concatenate(f.data_type, columns))
            .collect::<Result<_, _>>()?
    };
    Batch::new(schema.clone(), columns)
        .ok_or_else(|| Error::Internal("the columns of a batch do not fit their schema".into()))
}
