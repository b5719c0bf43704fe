//! Window functions while a query is bound: the windows it has, and the steps that number rows by them.
//!
//! Each window is a step of its own, in the order in which they are written; the functions of one window share it. The
//! columns of the input pass through all of them, and behind them stand keys that are computed, and then the numbers.

use crate::bind::{columns_of, project};
use crate::coerce::vector_operation;
use crate::scope::{RowScope, Scope, bind_expr, column, column_at, field_at};
use crate::{Expr, ExprKind, Plan, PlanError, PlanErrorKind, PlanNode, PlanSortKey, SortKey, Typed};
use colq_types::{DataType, Field, Ranking, Schema};
use std::sync::Arc;

/// One OVER.
struct Window {
    partition: Vec<Typed>,
    order: Vec<(Typed, bool, bool)>,
    functions: Vec<Ranking>,
}

impl Window {
    fn is_over(&self, partition: &[Typed], order: &[(Typed, bool, bool)]) -> bool {
        let same_keys = self.partition.iter().zip(partition).all(|(a, b)| a.same_as(b));
        let same_order =
            self.order.iter().zip(order).all(|(a, b)| a.0.same_as(&b.0) && (a.1, a.2) == (b.1, b.2));
        (self.partition.len(), self.order.len()) == (partition.len(), order.len()) && same_keys && same_order
    }
}

/// Single rows that window functions number: names are columns, and the functions are collected.
pub(crate) struct WindowScope<'a> {
    schema: &'a Schema,
    windows: Vec<Window>,
    /// The functions in the order in which they were met: the window, and the place there.
    calls: Vec<(usize, usize)>,
}

impl<'a> WindowScope<'a> {
    pub(crate) fn new(schema: &'a Schema) -> WindowScope<'a> {
        WindowScope { schema, windows: Vec::new(), calls: Vec::new() }
    }

    /// True when no window function was met.
    pub(crate) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// The number of a function among those met.
    fn call(
        &mut self,
        function: Ranking,
        partition_by: &[Expr],
        order_by: &[SortKey],
    ) -> Result<usize, PlanError> {
        let key = |expr: &Expr, clause: &str| {
            let mut rows = RowScope { schema: self.schema, clause: "a window" };
            let key = bind_expr(expr, &mut rows)?;
            if key.data_type.is_vector() { Err(vector_operation(clause, expr.span)) } else { Ok(key) }
        };
        let partition = partition_by.iter().map(|expr| key(expr, "PARTITION BY"));
        let partition = partition.collect::<Result<Vec<_>, _>>()?;
        let order = order_by.iter().map(|by| {
            let nulls_first = by.nulls_first.unwrap_or(by.descending);
            Ok((key(&by.expr, "ORDER BY")?, by.descending, nulls_first))
        });
        let order = order.collect::<Result<Vec<_>, PlanError>>()?;
        let known = self.windows.iter().position(|window| window.is_over(&partition, &order));
        let window = known.unwrap_or_else(|| {
            self.windows.push(Window { partition, order, functions: Vec::new() });
            self.windows.len() - 1
        });
        let functions = &mut self.windows[window].functions;
        let place = functions.iter().position(|known| *known == function).unwrap_or_else(|| {
            functions.push(function);
            functions.len() - 1
        });
        Ok(self.calls.iter().position(|call| *call == (window, place)).unwrap_or_else(|| {
            self.calls.push((window, place));
            self.calls.len() - 1
        }))
    }

    /// The steps over the input, and where its columns and, behind them, the functions stand then.
    pub(crate) fn steps(self, input: Plan) -> (Plan, Vec<Typed>) {
        let mut columns = columns_of(self.schema, self.schema.len());
        let mut fields = self.schema.fields().to_vec();
        let input_columns = columns.clone();
        let mut place_of = |key: Typed| {
            if let Some(known) = columns.iter().position(|column| column.same_as(&key)) {
                return known;
            }
            fields.push(Field::new(key.to_string(), key.data_type));
            columns.push(key);
            columns.len() - 1
        };
        let mut nodes = Vec::new();
        for window in self.windows {
            let partition: Vec<usize> = window.partition.into_iter().map(&mut place_of).collect();
            let order = window.order.into_iter().map(|(key, descending, nulls_first)| PlanSortKey {
                column: place_of(key),
                descending,
                nulls_first,
            });
            nodes.push((partition, order.collect::<Vec<_>>(), window.functions));
        }
        let mut plan = input;
        if columns.len() > input_columns.len() {
            plan = project(plan, columns, Arc::new(Schema::new(fields.clone())));
        }
        let mut starts = Vec::new();
        for (partition, order, functions) in nodes {
            starts.push(fields.len());
            fields.extend(functions.iter().map(|function| Field::new(function.name(), DataType::I64)));
            let node = PlanNode::Window { input: Box::new(plan), partition, order, functions, first: None };
            plan = Plan::new(node, Schema::new(fields.clone()));
        }
        let numbers = self.calls.iter().filter_map(|(window, place)| {
            let column = starts.get(*window)? + place;
            Some(column_at(column, fields.get(column)?.name.clone(), DataType::I64, None))
        });
        (plan, input_columns.into_iter().chain(numbers).collect())
    }
}

impl Scope for WindowScope<'_> {
    fn resolve(&mut self, expr: &Expr) -> Result<Option<Typed>, PlanError> {
        match &expr.kind {
            ExprKind::Column(name) => column(self.schema, name, expr.span).map(Some),
            ExprKind::Aggregate { function, .. } => {
                let (function, clause) = (function.name().into(), "a query without groups");
                Err(PlanError::new(PlanErrorKind::MisplacedAggregate { function, clause }, expr.span))
            }
            ExprKind::Window { function, partition_by, order_by } => {
                let call = self.call(*function, partition_by, order_by)?;
                let index = self.schema.len() + call;
                Ok(Some(column_at(index, expr.to_string(), DataType::I64, expr.span)))
            }
            _ => Ok(None),
        }
    }

    fn column_number(&mut self, index: usize) -> Result<Typed, PlanError> {
        Ok(field_at(self.schema, index))
    }
}
