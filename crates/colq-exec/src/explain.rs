//! What a plan will do, and what it did: the tree of its steps with types, estimates and what the zone summaries decide;
//! after a run also with times, rows, zones, bytes, and the ways that were chosen.

mod estimate;
mod tree;

pub use tree::Step;

use crate::execute::{Sources, all_columns, answer_recorded, filtered};
use crate::pipeline::{Foresight, Pipeline, Run};
use crate::recorder::{Record, Recorder};
use crate::{Error, Pool};
use colq_column::Batch;
use colq_context::Context;
use colq_plan::{Plan, PlanNode, Typed};
pub(crate) use estimate::likely_rows;
use estimate::{groups, passing};
use tree::{counted, milliseconds};

/// The steps that a plan would take. Of the tables only what is known of their zones is looked at.
///
/// # Errors
/// A table is not there, or what is known of its zones cannot be read.
pub fn explain(plan: &Plan, sources: &dyn Sources, context: &Context) -> Result<Step, Error> {
    let pool = Pool::new(1);
    // What is counted here is not what a run counts.
    let quiet = Context::new();
    context.check()?;
    Explainer { sources, run: Run { pool: &pool, context: &quiet, recorder: None }, recorder: None }
        .step(plan, None, None)
        .map(|(s, _)| s)
}

/// Runs a plan and gives its answer and the steps that it took.
///
/// # Errors
/// As [`execute`](crate::execute).
pub fn analyze(
    plan: &Plan,
    sources: &dyn Sources,
    pool: &Pool,
    context: &Context,
) -> Result<(Batch, Step), Error> {
    let recorder = Recorder::default();
    let batch = answer_recorded(plan, sources, Run { pool, context, recorder: Some(&recorder) })?;
    let quiet = Context::new();
    let run = Run { pool, context: &quiet, recorder: None };
    let (step, _) = Explainer { sources, run, recorder: Some(&recorder) }.step(plan, None, None)?;
    Ok((batch, step))
}

struct Explainer<'a> {
    sources: &'a dyn Sources,
    run: Run<'a>,
    recorder: Option<&'a Recorder>,
}

impl Explainer<'_> {
    /// A step with all below it, and about how many rows it gives. `outer` is the record of the step that runs this one
    /// as a part of itself.
    ///
    /// `reads` are the columns of its rows that are asked for, all where it is `None`.
    fn step(
        &self,
        plan: &Plan,
        outer: Option<&Record>,
        reads: Option<Vec<usize>>,
    ) -> Result<(Step, f64), Error> {
        let own = self.recorder.and_then(|recorder| recorder.record(plan));
        let record = own.as_ref().or(outer);
        let mut step = Step { title: plan.describe(), facts: Vec::new(), inputs: Vec::new() };
        let mut below = Vec::new();
        for input in plan.inputs() {
            // A step that is a part of another one hands on that one's record.
            let (input, rows) = self.step(input, record, reads_below(plan, reads.as_deref()))?;
            step.inputs.push(input);
            below.push(rows);
        }
        let input_rows: f64 = below.iter().sum();
        let rows = match &plan.node {
            PlanNode::Scan { table } => {
                let source =
                    self.sources.source(table).ok_or_else(|| Error::UnknownTable { name: table.clone() })?;
                let zones = source.zone_count();
                step.facts.push(format!(
                    "{} in {}",
                    counted(source.row_count(), "row"),
                    counted(zones, "zone")
                ));
                source.row_count() as f64
            }
            PlanNode::Row => 1.0,
            PlanNode::Filter { input, .. } if matches!(input.node, PlanNode::Scan { .. }) => {
                let mut read = Vec::new();
                let pipeline = filtered(plan, self.sources, self.run, &mut read)?;
                let (rows, decided) = self.decided(&pipeline)?;
                step.facts.push(decided);
                rows
            }
            PlanNode::Filter { .. } => input_rows / 3.0,
            PlanNode::Aggregate { keys, .. } if keys.is_empty() => 1.0,
            PlanNode::Aggregate { input, keys, .. } => groups(keys, input, self.sources)?.min(input_rows),
            PlanNode::Limit { offset, limit, .. } => {
                (input_rows - *offset as f64).max(0.0).min(limit.map_or(f64::INFINITY, |l| l as f64))
            }
            PlanNode::Window { input, partition, first: Some((_, most)), .. } => {
                let keys = all_columns(input.schema());
                let keys: Vec<Typed> = partition.iter().filter_map(|key| keys.get(*key).cloned()).collect();
                (groups(&keys, input, self.sources)? * *most as f64).min(input_rows)
            }
            PlanNode::Project { .. }
            | PlanNode::Window { .. }
            | PlanNode::Sort { .. }
            | PlanNode::Union { .. } => input_rows,
        };
        if own.is_none() && !matches!(plan.node, PlanNode::Scan { .. } | PlanNode::Row) {
            step.facts.push(format!("about {}", counted(rows.round() as u64, "row")));
        }
        match (&plan.node, record) {
            (PlanNode::Scan { .. }, Some(record)) => step.facts.push(scanned(record)),
            (PlanNode::Filter { .. }, Some(record)) => {
                step.facts.push(format!("{} passed", counted(record.counted.selected, "row")));
            }
            _ => {}
        }
        if let Some(record) = &own {
            step.facts.push(format!("{} in {}", counted(record.row_count, "row"), milliseconds(record.took)));
            step.facts.extend(record.notes.iter().cloned());
        }
        match (&plan.node, &reads) {
            (PlanNode::Filter { .. } | PlanNode::Limit { .. } | PlanNode::Sort { .. } | PlanNode::Row, _) => {
            }
            (PlanNode::Scan { .. }, Some(columns)) => {
                let fields = plan.schema().fields();
                let read = columns.iter().filter_map(|column| fields.get(*column)).cloned().collect();
                step.facts.push(tree::types("reads", &read));
            }
            (PlanNode::Scan { .. }, None) => step.facts.push(tree::types("reads", plan.schema())),
            _ => step.facts.push(tree::types("gives", plan.schema())),
        }
        Ok((step, rows))
    }

    /// What the zone summaries decide for a filter, in words, and about how many rows pass.
    fn decided(&self, pipeline: &Pipeline) -> Result<(f64, String), Error> {
        let (mut pruned, mut whole, mut open, mut rows) = (0, 0, 0, 0.0);
        for zone in 0..pipeline.zone_count() {
            self.run.context.check()?;
            let row_count = pipeline.source.zone_rows(zone as u64).row_count() as f64;
            match pipeline.foresee(zone, self.run)? {
                Foresight::Pruned => pruned += 1,
                Foresight::Whole => {
                    whole += 1;
                    rows += row_count;
                }
                Foresight::Open => {
                    open += 1;
                    rows += row_count * passing(pipeline, zone as u64)?;
                }
            }
        }
        Ok((rows, format!("zones: {pruned} pruned, {whole} pass whole, {open} to be looked at")))
    }
}

/// The columns of its input that a step asks for, in their order; all where it is `None`.
fn reads_below(plan: &Plan, reads: Option<&[usize]>) -> Option<Vec<usize>> {
    let mut columns = Vec::new();
    match &plan.node {
        PlanNode::Project { exprs, .. } => exprs.iter().for_each(|e| e.collect_columns(&mut columns)),
        PlanNode::Aggregate { keys, aggregates, .. } => {
            let arguments = aggregates.iter().flat_map(|call| call.argument.iter().chain(&call.second));
            keys.iter().chain(arguments).for_each(|e| e.collect_columns(&mut columns));
        }
        PlanNode::Window { input, partition, order, .. } => {
            columns.extend(reads?.iter().copied().filter(|column| *column < input.schema().len()));
            columns.extend(partition.iter().copied().chain(order.iter().map(|key| key.column)));
        }
        PlanNode::Filter { predicate, .. } => {
            columns.extend_from_slice(reads?);
            predicate.collect_columns(&mut columns);
        }
        _ => return None,
    }
    columns.sort_unstable();
    columns.dedup();
    Some(columns)
}

/// What reading a table came to.
fn scanned(record: &Record) -> String {
    let c = record.counted;
    format!(
        "zones: {} answered by their summaries, {} pruned, {} read; {} of values",
        c.answered,
        c.pruned,
        c.read,
        tree::bytes(c.byte_len)
    )
}
