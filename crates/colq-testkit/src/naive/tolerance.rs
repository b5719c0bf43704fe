//! How far an answer may be from the expected one: approximate aggregates give a range, the ends of which are computed
//! as two answers. It knows plans, not rows.

use super::Bound;
use colq_plan::{AggregateFunction, Plan, PlanNode, Typed};
use colq_types::Scalar;

/// How far skewness and kurtosis may be from what the reference engine computes, relative to their size and to 1; 0
/// asks for every bit.
pub(super) const SHAPE: f64 = 0.0;

/// What answers are right.
#[derive(Debug, Clone, PartialEq)]
pub enum Tolerance {
    /// Only the rows that are expected, to the bit.
    Exact,
    /// Every value from the one that is expected to the one in the same place of these rows, both included.
    UpTo(Vec<Vec<Scalar>>),
    /// The answer depends on an approximate value in ways that are not followed: which rows there are, and where.
    Unknown,
}

/// `value`, or as far below or above it as the part of its size and of 1 allows.
pub(super) fn widened(value: f64, part: f64, bound: Bound) -> f64 {
    let distance = if value.is_finite() { (value.abs() + 1.0) * part } else { 0.0 };
    match bound {
        Bound::Low => value - distance,
        Bound::High => value + distance,
    }
}

fn is_approximate_function(function: AggregateFunction) -> bool {
    let shape = matches!(function, AggregateFunction::Skewness | AggregateFunction::Kurtosis);
    shape && SHAPE > 0.0
        || matches!(function, AggregateFunction::ApproxDistinct | AggregateFunction::ApproxQuantile)
}

/// Whether the plan has an aggregate whose answer is a range.
pub(super) fn is_approximate(plan: &Plan) -> bool {
    let here = match &plan.node {
        PlanNode::Aggregate { aggregates, .. } => {
            aggregates.iter().any(|call| is_approximate_function(call.function))
        }
        _ => false,
    };
    here || plan.inputs().into_iter().any(is_approximate)
}

/// Whether approximate values only pass through to the answer, so that nothing else depends on them.
pub(super) fn passes_through(plan: &Plan) -> bool {
    approximate_columns(plan).is_some()
}

/// For each column whether its values are approximate; `None` where something was computed from one.
fn approximate_columns(plan: &Plan) -> Option<Vec<bool>> {
    let mut inputs = plan.inputs().into_iter().map(approximate_columns).collect::<Option<Vec<_>>>()?;
    let below = inputs.pop().unwrap_or_default();
    let reads = |expr: &Typed| {
        let mut columns = Vec::new();
        expr.collect_columns(&mut columns);
        columns.into_iter().any(|column| below.get(column).copied().unwrap_or(false))
    };
    match &plan.node {
        PlanNode::Scan { .. } | PlanNode::Row => Some(vec![false; plan.schema().len()]),
        PlanNode::Union { .. } => Some(
            inputs
                .into_iter()
                .fold(below.clone(), |all, input| all.into_iter().zip(input).map(|(a, b)| a || b).collect()),
        ),
        PlanNode::Filter { predicate, .. } => (!reads(predicate)).then(|| below.clone()),
        PlanNode::Project { exprs, .. } => exprs
            .iter()
            .map(|expr| (!reads(expr) || expr.as_column().is_some()).then(|| reads(expr)))
            .collect(),
        PlanNode::Aggregate { keys, aggregates, .. } => {
            let arguments = aggregates.iter().flat_map(|call| call.argument.iter().chain(&call.second));
            if keys.iter().chain(arguments).any(reads) {
                return None;
            }
            let ranges = aggregates.iter().map(|call| is_approximate_function(call.function));
            Some(keys.iter().map(|_| false).chain(ranges).collect())
        }
        PlanNode::Window { partition, order, functions, .. } => {
            let mut keys = partition.iter().copied().chain(order.iter().map(|key| key.column));
            let decides = keys.any(|key| below.get(key).copied().unwrap_or(false));
            (!decides).then(|| below.iter().copied().chain(functions.iter().map(|_| false)).collect())
        }
        PlanNode::Sort { keys, .. } => {
            let decides = keys.iter().any(|key| below.get(key.column).copied().unwrap_or(false));
            (!decides).then(|| below.clone())
        }
        PlanNode::Limit { .. } => Some(below),
    }
}
