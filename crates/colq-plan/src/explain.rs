//! A plan as a tree that a person can read, the last step on top.

use crate::query::direction;
use crate::{AggregateCall, Plan, PlanNode, PlanSortKey};
use std::fmt;

impl Plan {
    /// What the step does, in a line.
    pub fn describe(&self) -> String {
        struct Line<'a>(&'a Plan);
        impl fmt::Display for Line<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_node(f, self.0)
            }
        }
        Line(self).to_string()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut open = vec![(self, 0)];
        while let Some((plan, depth)) = open.pop() {
            write!(f, "{:indent$}", "", indent = depth * 2)?;
            write_node(f, plan)?;
            writeln!(f)?;
            open.extend(plan.inputs().into_iter().rev().map(|input| (input, depth + 1)));
        }
        Ok(())
    }
}

/// The call as SQL writes it; a filter is a part of its argument.
impl fmt::Display for AggregateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.function.name();
        let Some(argument) = &self.argument else { return write!(f, "{name}(*)") };
        write!(f, "{name}({}{argument}", if self.distinct { "DISTINCT " } else { "" })?;
        if let Some(second) = &self.second {
            write!(f, ", {second}")?;
        }
        if let Some(fraction) = self.fraction {
            write!(f, ", {fraction:?}")?;
        }
        f.write_str(")")
    }
}

fn write_node(f: &mut fmt::Formatter<'_>, plan: &Plan) -> fmt::Result {
    let join = |parts: Vec<String>| parts.join(", ");
    match &plan.node {
        PlanNode::Scan { table } => write!(f, "scan {table}"),
        PlanNode::Row => write!(f, "one row"),
        PlanNode::Union { inputs } => write!(f, "union of {} inputs", inputs.len()),
        PlanNode::Filter { predicate, .. } => write!(f, "filter {predicate}"),
        PlanNode::Project { exprs, .. } => {
            let named = exprs.iter().zip(plan.schema().fields()).map(|(expr, field)| {
                let text = expr.to_string();
                if text == field.name { text } else { format!("{text} AS {}", field.name) }
            });
            write!(f, "project {}", join(named.collect()))
        }
        PlanNode::Aggregate { keys, aggregates, .. } if aggregates.is_empty() => {
            write!(f, "distinct {}", join(keys.iter().map(ToString::to_string).collect()))
        }
        PlanNode::Aggregate { keys, aggregates, .. } => {
            let calls = aggregates.iter().map(ToString::to_string);
            write!(f, "aggregate {}", join(calls.collect()))?;
            if !keys.is_empty() {
                write!(f, " by {}", join(keys.iter().map(ToString::to_string).collect()))?;
            }
            Ok(())
        }
        PlanNode::Sort { keys, .. } => {
            write!(f, "sort by {}", join(keys.iter().map(|key| ordered(plan, key)).collect()))
        }
        PlanNode::Window { partition, order, functions, first, .. } => {
            let names = functions.iter().map(|function| format!("{}()", function.name()));
            write!(f, "window {}", join(names.collect()))?;
            if !partition.is_empty() {
                let keys = partition.iter().map(|column| column_name(plan, *column).to_string());
                write!(f, " in each {}", join(keys.collect()))?;
            }
            if !order.is_empty() {
                write!(f, " by {}", join(order.iter().map(|key| ordered(plan, key)).collect()))?;
            }
            match first.and_then(|(place, most)| Some((functions.get(place)?, most))) {
                Some((function, most)) => write!(f, ", {}() up to {most}", function.name()),
                None => Ok(()),
            }
        }
        PlanNode::Limit { offset, limit, .. } => {
            match limit {
                Some(limit) => write!(f, "limit {limit}")?,
                None => write!(f, "all")?,
            }
            if *offset > 0 { write!(f, " after {offset}") } else { Ok(()) }
        }
    }
}

fn column_name(plan: &Plan, column: usize) -> &str {
    plan.schema().fields().get(column).map_or("?", |field| field.name.as_str())
}

/// A key of an order by columns of a plan.
fn ordered(plan: &Plan, key: &PlanSortKey) -> String {
    format!("{}{}", column_name(plan, key.column), direction(key.descending, key.nulls_first))
}
