//! Fewer, larger steps with the same answer.
//!
//! After this, a select list stands on its filter, a filter on a source (a table, or a step whose rows have to
//! exist first), and grouping on a filter or a source: expressions speak of the columns of the source, so that
//! a row is looked at once. A window takes over the conditions on its numbers that it can stop at.

use crate::window_filter::first_rows;
use crate::{Plan, PlanNode, Typed, TypedKind};
use colq_types::DataType;

/// Expressions larger than this many parts are not merged: nested subqueries can double them at every step.
const MERGED_PARTS: usize = 2_000;

/// Nor are those that would become deeper than this: what one query may write, twice.
const MERGED_DEPTH: usize = 2 * crate::Expr::DEPTH_LIMIT;

/// Merges select lists and filters downward.
pub(crate) fn merge_steps(plan: Plan) -> Plan {
    let schema = plan.schema().clone();
    match plan.node {
        PlanNode::Project { input, exprs } => {
            let input = merge_steps(*input);
            match input.node {
                PlanNode::Project { input: below, exprs: inner } if merge_is_small(&exprs, &inner) => {
                    let exprs = exprs.into_iter().map(|e| substitute(e, &inner)).collect();
                    Plan::new(PlanNode::Project { input: below, exprs }, schema)
                }
                node => {
                    let input_schema = input.schema;
                    let input = Box::new(Plan::new(node, input_schema));
                    Plan::new(PlanNode::Project { input, exprs }, schema)
                }
            }
        }
        PlanNode::Filter { input, predicate } => filter_over(merge_steps(*input), predicate),
        PlanNode::Aggregate { input, mut keys, mut aggregates } => {
            let mut input = merge_steps(*input);
            if let PlanNode::Project { input: below, exprs } = input.node {
                let arguments = aggregates.iter().flat_map(|a| a.argument.iter().chain(&a.second)).cloned();
                let all: Vec<Typed> = keys.iter().cloned().chain(arguments).collect();
                if merge_is_small(&all, &exprs) {
                    keys = keys.into_iter().map(|k| substitute(k, &exprs)).collect();
                    for call in &mut aggregates {
                        call.argument = call.argument.take().map(|a| substitute(a, &exprs));
                        call.second = call.second.take().map(|a| substitute(a, &exprs));
                    }
                    input = *below;
                } else {
                    input = Plan::new(PlanNode::Project { input: below, exprs }, input.schema);
                }
            }
            Plan::new(PlanNode::Aggregate { input: Box::new(input), keys, aggregates }, schema)
        }
        PlanNode::Sort { input, keys } => {
            Plan::new(PlanNode::Sort { input: Box::new(merge_steps(*input)), keys }, schema)
        }
        PlanNode::Window { input, partition, order, functions, first } => {
            let input = Box::new(merge_steps(*input));
            Plan::new(PlanNode::Window { input, partition, order, functions, first }, schema)
        }
        PlanNode::Limit { input, offset, limit } => {
            Plan::new(PlanNode::Limit { input: Box::new(merge_steps(*input)), offset, limit }, schema)
        }
        PlanNode::Union { inputs } => {
            Plan::new(PlanNode::Union { inputs: inputs.into_iter().map(merge_steps).collect() }, schema)
        }
        leaf @ (PlanNode::Scan { .. } | PlanNode::Row) => Plan::new(leaf, schema),
    }
}

/// A filter over a merged step: below a select list, and joined with a filter that stands there already.
fn filter_over(input: Plan, predicate: Typed) -> Plan {
    let schema = input.schema;
    match input.node {
        PlanNode::Project { input: below, exprs }
            if merge_is_small(std::slice::from_ref(&predicate), &exprs) =>
        {
            let filtered = filter_over(*below, substitute(predicate, &exprs));
            Plan::new(PlanNode::Project { input: Box::new(filtered), exprs }, schema)
        }
        PlanNode::Filter { input: below, predicate: first } => {
            let span = predicate.span.or(first.span);
            let kind = TypedKind::And(Box::new(first), Box::new(predicate));
            let predicate = Typed { kind, data_type: DataType::Bool, span };
            Plan::new(PlanNode::Filter { input: below, predicate }, schema)
        }
        PlanNode::Window { input, partition, order, functions, first: None } => {
            let (first, rest) = first_rows(predicate, input.schema().len(), functions.len());
            let window = PlanNode::Window { input, partition, order, functions, first };
            filter_of(Plan::new(window, schema), rest)
        }
        node => filter_of(Plan::new(node, schema), Some(predicate)),
    }
}

/// The rows for which the predicate is true, all where there is none.
fn filter_of(input: Plan, predicate: Option<Typed>) -> Plan {
    let Some(predicate) = predicate else { return input };
    let schema = input.schema().clone();
    Plan::new(PlanNode::Filter { input: Box::new(input), predicate }, schema)
}

fn merge_is_small(outer: &[Typed], inner: &[Typed]) -> bool {
    // What walks the merged expression does so by recursion.
    let depth = |all: &[Typed]| all.iter().map(Typed::depth).max().unwrap_or(0);
    if depth(outer) + depth(inner) > MERGED_DEPTH {
        return false;
    }
    let sizes: Vec<usize> = inner.iter().map(parts).collect();
    fn grown(expr: &Typed, sizes: &[usize]) -> usize {
        match expr.kind {
            TypedKind::Column { index, .. } => sizes.get(index).copied().unwrap_or(1),
            _ => 1 + expr.children().into_iter().map(|c| grown(c, sizes)).sum::<usize>(),
        }
    }
    outer.iter().map(|e| grown(e, &sizes)).sum::<usize>() <= MERGED_PARTS + outer.len()
}

fn parts(expr: &Typed) -> usize {
    1 + expr.children().into_iter().map(parts).sum::<usize>()
}

/// The expression with each column replaced by the expression that computes it.
pub(crate) fn substitute(expr: Typed, columns: &[Typed]) -> Typed {
    let each = |e: Box<Typed>| Box::new(substitute(*e, columns));
    let kind = match expr.kind {
        TypedKind::Column { index, name } => match columns.get(index) {
            // The place stays the one where the user wrote the name.
            Some(column) => return Typed { span: column.span.or(expr.span), ..column.clone() },
            None => TypedKind::Column { index, name },
        },
        TypedKind::Literal(value) => TypedKind::Literal(value),
        TypedKind::Compare { op, left, right } => {
            TypedKind::Compare { op, left: each(left), right: each(right) }
        }
        TypedKind::Distinct { left, right } => TypedKind::Distinct { left: each(left), right: each(right) },
        TypedKind::Arithmetic { op, left, right } => {
            TypedKind::Arithmetic { op, left: each(left), right: each(right) }
        }
        TypedKind::And(left, right) => TypedKind::And(each(left), each(right)),
        TypedKind::Or(left, right) => TypedKind::Or(each(left), each(right)),
        TypedKind::Not(e) => TypedKind::Not(each(e)),
        TypedKind::Negate(e) => TypedKind::Negate(each(e)),
        TypedKind::IsNull(e) => TypedKind::IsNull(each(e)),
        TypedKind::Cast(e) => TypedKind::Cast(each(e)),
        TypedKind::InList { expr, values, has_null } => {
            TypedKind::InList { expr: each(expr), values, has_null }
        }
        TypedKind::Call { function, args } => {
            TypedKind::Call { function, args: args.into_iter().map(|a| substitute(a, columns)).collect() }
        }
        TypedKind::Coalesce(args) => {
            TypedKind::Coalesce(args.into_iter().map(|a| substitute(a, columns)).collect())
        }
        TypedKind::Case { branches, otherwise } => {
            let branches = branches.into_iter();
            let branches =
                branches.map(|(when, then)| (substitute(when, columns), substitute(then, columns)));
            TypedKind::Case { branches: branches.collect(), otherwise: each(otherwise) }
        }
        TypedKind::Months(months) => TypedKind::Months(months),
    };
    Typed { kind, data_type: expr.data_type, span: expr.span }
}
