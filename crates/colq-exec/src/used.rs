//! Which columns of an answer the step above looks at: keys of groups that nobody reads are never written out, of which
//! texts above all are dear.
//!
//! Only what cannot fail is left out: keys, and columns that a projection passes on. The groups themselves, and with
//! them every error and every answer, stay what they are.

use colq_plan::{AggregateCall, Plan, PlanNode, Typed};

/// True for each column that is looked at, or nothing where all are.
pub(crate) type Used = Option<Vec<bool>>;

/// The columns of a step's input that its keys and aggregates look at.
pub(crate) fn by_aggregate(input: &Plan, keys: &[Typed], aggregates: &[AggregateCall]) -> Used {
    let mut columns = Vec::new();
    keys.iter().for_each(|key| key.collect_columns(&mut columns));
    for call in aggregates {
        call.argument.iter().chain(&call.second).for_each(|of| of.collect_columns(&mut columns));
    }
    Some(marked(input, &columns))
}

/// The columns of the input of a filter, of whose answer these are looked at.
pub(crate) fn by_filter(input: &Plan, predicate: &Typed, used: Used) -> Used {
    let mut columns = Vec::new();
    predicate.collect_columns(&mut columns);
    used.map(|mut used| {
        marked(input, &columns).into_iter().zip(&mut used).for_each(|(by_filter, used)| *used |= by_filter);
        used
    })
}

/// Which columns of a step's answer are to be written out: those that are looked at, those that could fail, and at least
/// one. Nothing where all are.
pub(crate) fn kept(plan: &Plan, used: &Used) -> Used {
    let mut kept = used.clone()?;
    match &plan.node {
        PlanNode::Aggregate { keys, .. } => {
            kept.resize(plan.schema().len(), true);
            kept.iter_mut().skip(keys.len()).for_each(|kept| *kept = true);
        }
        PlanNode::Project { exprs, .. } => {
            kept.iter_mut().zip(exprs).for_each(|(kept, expr)| *kept |= expr.as_column().is_none());
        }
        PlanNode::Window { input, .. } => {
            if let PlanNode::Project { exprs, .. } = &input.node {
                kept.iter_mut().zip(exprs).for_each(|(kept, expr)| *kept |= expr.as_column().is_none());
            }
        }
        _ => return None,
    }
    if !kept.contains(&true)
        && let Some(first) = kept.first_mut()
    {
        *first = true;
    }
    kept.contains(&false).then_some(kept)
}

/// The columns that kept expressions of a projection look at.
pub(crate) fn by_projection(input: &Plan, exprs: &[Typed]) -> Used {
    let mut columns = Vec::new();
    exprs.iter().for_each(|expr| expr.collect_columns(&mut columns));
    Some(marked(input, &columns))
}

fn marked(input: &Plan, columns: &[usize]) -> Vec<bool> {
    let mut used = vec![false; input.schema().len()];
    for column in columns {
        if let Some(used) = used.get_mut(*column) {
            *used = true;
        }
    }
    used
}

/// The items that are kept.
pub(crate) fn only<T: Clone>(items: &[T], kept: &Used) -> Vec<T> {
    match kept {
        None => items.to_vec(),
        Some(kept) => {
            items.iter().zip(kept).filter(|(_, kept)| **kept).map(|(item, _)| item.clone()).collect()
        }
    }
}

/// Where each column stands among those that are kept; nobody looks at the others, which stand at 0.
pub(crate) fn places(kept: &[bool]) -> Vec<usize> {
    let mut next = 0;
    let place = |kept: &bool| {
        let place = if *kept { next } else { 0 };
        next += usize::from(*kept);
        place
    };
    kept.iter().map(place).collect()
}
