//! Window functions that number rows: an order by the keys of the partitions and then those of the window, and the
//! numbers along it.

use crate::Error;
use crate::pipeline::{Pipeline, Run};
use crate::sort::{Numbering, numbered};
use crate::spill::Rows;
use crate::used::{self, Used};
use colq_plan::{Plan, PlanNode, PlanSortKey, Ranking, Typed};
use std::sync::Arc;

/// The window of a plan, which has such a node.
pub(crate) struct Window<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) partition: &'a [usize],
    pub(crate) order: &'a [PlanSortKey],
    pub(crate) functions: &'a [Ranking],
    pub(crate) first: Option<(usize, u64)>,
}

/// The window that a step is.
pub(crate) fn window_of(plan: &Plan) -> Option<(Window<'_>, &Plan)> {
    let PlanNode::Window { input, partition, order, functions, first } = &plan.node else { return None };
    Some((Window { plan, partition, order, functions, first: *first }, input))
}

impl Window<'_> {
    /// The rows of a pipeline, whose columns are `exprs`, with their numbers; columns that are not kept are left out.
    pub(crate) fn rows(
        &self,
        pipeline: &Pipeline,
        exprs: &[Typed],
        kept: &Used,
        run: Run<'_>,
    ) -> Result<Rows, Error> {
        // Which key comes first makes no difference to the numbers, and so do NULLs: partitions come out in order.
        let partition = self.partition.iter().map(|column| PlanSortKey {
            column: *column,
            descending: false,
            nulls_first: false,
        });
        let keys: Vec<PlanSortKey> = partition.chain(self.order.iter().copied()).collect();
        let first = match self.first {
            None => None,
            Some((function, most)) => {
                let missing = || Error::Internal("a window has no function of this number".into());
                let ranking = *self.functions.get(function).ok_or_else(missing)?;
                Some((ranking, i64::try_from(most).unwrap_or(i64::MAX)))
            }
        };
        let (outputs, given) = match kept {
            None => (exprs.to_vec(), self.functions.to_vec()),
            Some(kept) => {
                let (of_input, of_functions) = kept.split_at(exprs.len().min(kept.len()));
                let some = |kept: &[bool]| Some(kept.to_vec());
                (used::only(exprs, &some(of_input)), used::only(self.functions, &some(of_functions)))
            }
        };
        let schema = match kept {
            None => self.plan.schema().clone(),
            some => Arc::new(colq_types::Schema::new(used::only(self.plan.schema().fields(), some))),
        };
        let numbering = Numbering { partition_keys: self.partition.len(), given, first };
        numbered(pipeline, exprs, &outputs, &schema, &keys, &numbering, run)
    }
}
