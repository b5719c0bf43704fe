//! A checked query as a tree of operators, the leaves at the bottom.

use crate::{AggregateFunction, Span, Typed};
use colq_types::{DataType, Ranking, Schema};
use std::sync::Arc;

/// An operator with the schema of its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it does.
    pub node: PlanNode,
    pub(crate) schema: Arc<Schema>,
}

/// The operators.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are described with their operator")]
pub enum PlanNode {
    /// All rows of a table, by the name that the catalog knows.
    Scan { table: String },
    /// One row without columns.
    Row,
    /// The rows of several inputs of the same types, one input after the other. The rows of each begin with a zone of
    /// their own.
    Union { inputs: Vec<Plan> },
    /// The rows for which `predicate` (bool) is true.
    Filter { input: Box<Plan>, predicate: Typed },
    /// A column for each expression.
    Project { input: Box<Plan>, exprs: Vec<Typed> },
    /// A row for each distinct combination of `keys`, in the order of their first rows: the keys, then the
    /// aggregates. Without keys it is exactly one row; without aggregates it is DISTINCT.
    Aggregate { input: Box<Plan>, keys: Vec<Typed>, aggregates: Vec<AggregateCall> },
    /// The rows ordered by columns of the input; rows that tie keep their order.
    Sort { input: Box<Plan>, keys: Vec<PlanSortKey> },
    /// The columns of the input and, behind them, the numbers (i64) of `functions`: within rows that agree in the
    /// `partition` columns (which come in ascending order), and by `order` there. The rows come out by both; rows that
    /// tie keep their order. With `first`, only the rows to which the function of this place gives at most so much.
    Window {
        input: Box<Plan>,
        partition: Vec<usize>,
        order: Vec<PlanSortKey>,
        functions: Vec<Ranking>,
        first: Option<(usize, u64)>,
    },
    /// At most `limit` rows after the first `offset`.
    Limit { input: Box<Plan>, offset: u64, limit: Option<u64> },
}

/// One aggregate of an [`PlanNode::Aggregate`].
#[derive(Debug, Clone, PartialEq)]
pub struct AggregateCall {
    /// Which function.
    pub function: AggregateFunction,
    /// What it is taken over; `None` counts rows.
    pub argument: Option<Typed>,
    /// What `arg_min` and `arg_max` order by (any type but vectors) and correlations compare with (f64); of `first` and
    /// `last` the condition (bool) of FILTER. Other functions have it in their argument, which is then NULL where the
    /// filter is not true.
    pub second: Option<Typed>,
    /// The part of the values below a quantile, from 0 to 1.
    pub fraction: Option<f64>,
    /// Each distinct value once.
    pub distinct: bool,
    /// The type of the answer.
    pub data_type: DataType,
    /// Where it stands in the SQL text.
    pub span: Option<Span>,
}

/// One key of a [`PlanNode::Sort`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanSortKey {
    /// The column of the input.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
    /// NULLs before all values.
    pub nulls_first: bool,
}

impl Plan {
    pub(crate) fn new(node: PlanNode, schema: impl Into<Arc<Schema>>) -> Plan {
        Plan { node, schema: schema.into() }
    }

    /// Names and types of the rows.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The operators below.
    pub fn inputs(&self) -> Vec<&Plan> {
        match &self.node {
            PlanNode::Scan { .. } | PlanNode::Row => Vec::new(),
            PlanNode::Union { inputs } => inputs.iter().collect(),
            PlanNode::Filter { input, .. }
            | PlanNode::Project { input, .. }
            | PlanNode::Aggregate { input, .. }
            | PlanNode::Sort { input, .. }
            | PlanNode::Window { input, .. }
            | PlanNode::Limit { input, .. } => vec![input],
        }
    }
}
