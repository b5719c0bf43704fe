//! From a query in names to a plan in numbers: the order of the clauses, and what may stand in each.
//!
//! The steps of a plan, from the bottom: scan, WHERE, grouping, HAVING, the select list (with the columns that
//! only ORDER BY needs behind it), DISTINCT, ORDER BY, LIMIT, and the select list alone.

use crate::coerce::{adapt_literal, cast, is_literal, vector_operation};
use crate::function::common_type;
use crate::rewrite::{merge_steps, substitute};
use crate::scope::{GroupScope, RowScope, Scope, bind_expr, column_at, condition, misplaced_window};
use crate::window::WindowScope;
use crate::{
    AggregateCall, AggregateFunction, Catalog, Expr, ExprKind, Plan, PlanError, PlanErrorKind, PlanNode,
    PlanSortKey, Query, Relation, SelectItem, Span, Typed,
};
use colq_types::{DataType, Field, Lookup, Scalar, Schema};
use std::sync::Arc;

/// Checks a query against the tables of a catalog.
///
/// # Errors
/// A [`PlanError`] with the first thing that makes no sense, and its place.
pub fn bind(query: &Query, catalog: &dyn Catalog) -> Result<Plan, PlanError> {
    Ok(merge_steps(bind_query(query, catalog)?))
}

fn bind_query(query: &Query, catalog: &dyn Catalog) -> Result<Plan, PlanError> {
    refuse_deep(query)?;
    let input = bind_relation(query.from.as_ref(), catalog)?;
    let input_schema = input.schema().clone();
    let input = match &query.filter {
        None => input,
        Some(filter) => {
            let mut scope = RowScope { schema: &input_schema, clause: "WHERE" };
            filtered(input, condition(filter, &mut scope, "WHERE")?)
        }
    };
    let select = select_list(query, &input_schema)?;
    let clauses = Clauses { query, select: &select, schema: &input_schema };
    if clauses.is_grouped() { clauses.bind_groups(input) } else { clauses.bind_rows(input) }
}

/// The steps below walk expressions by recursion, so the levels are counted first.
fn refuse_deep(query: &Query) -> Result<(), PlanError> {
    let select = query.select.iter().filter_map(|item| match item {
        SelectItem::Expr(expr) => Some(expr),
        SelectItem::Wildcard => None,
    });
    let order_by = query.order_by.iter().map(|key| &key.expr);
    let all = select
        .chain(&query.filter)
        .chain(&query.group_by)
        .chain(&query.having)
        .chain(&query.qualify)
        .chain(order_by);
    match all.into_iter().find(|expr| expr.is_too_deep()) {
        None => Ok(()),
        Some(expr) => Err(PlanError::new(PlanErrorKind::TooDeep { limit: Expr::DEPTH_LIMIT }, expr.span)),
    }
}

fn bind_relation(from: Option<&Relation>, catalog: &dyn Catalog) -> Result<Plan, PlanError> {
    match from {
        None => Ok(Plan::new(PlanNode::Row, Schema::default())),
        Some(Relation::Query(query)) => bind_query(query, catalog),
        Some(Relation::UnionAll(queries)) => {
            let inputs = queries.iter().map(|query| bind_query(query, catalog)).collect::<Result<_, _>>()?;
            union(inputs, queries)
        }
        Some(Relation::Table { name, span }) => {
            let schema = catalog.schema(name).map_err(|reason| {
                PlanError::new(PlanErrorKind::UnknownTable { name: name.clone(), reason }, *span)
            })?;
            Ok(Plan::new(PlanNode::Scan { table: name.clone() }, schema))
        }
    }
}

/// The inputs one after the other, each column in the type that all of them have in common; the names are those of the
/// first input.
fn union(inputs: Vec<Plan>, queries: &[Query]) -> Result<Plan, PlanError> {
    let refused = |reason: String, span| PlanError::new(PlanErrorKind::UnionMismatch { reason }, span);
    let Some(first) = inputs.first() else {
        return Err(refused("UNION ALL has no queries".into(), None));
    };
    let names: Vec<String> = first.schema().fields().iter().map(|f| f.name.clone()).collect();
    if let Some(other) = inputs.iter().position(|input| input.schema().len() != names.len()) {
        let (a, b) = (names.len(), inputs[other].schema().len());
        let reason =
            format!("UNION ALL needs the same columns in all its queries, and there are {a} and {b}");
        return Err(refused(reason, queries.get(other).and_then(|query| selected_span(query, 0))));
    }
    let mut types = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let mut columns: Vec<Typed> = Vec::new();
        for (number, input) in inputs.iter().enumerate() {
            columns.extend(output_column(input, index));
            if common_type(&columns).is_none() {
                let found = [&columns[0], &columns[columns.len() - 1]].map(|c| c.data_type.to_string());
                let reason =
                    format!("UNION ALL needs one type in each column, and {name} is {}", found.join(" and "));
                return Err(refused(reason, queries.get(number).and_then(|q| selected_span(q, index))));
            }
        }
        types.extend(common_type(&columns));
    }
    let schema =
        Arc::new(names.into_iter().zip(&types).map(|(name, t)| Field::new(name, *t)).collect::<Schema>());
    let inputs =
        inputs.into_iter().map(|input| in_types(input, &types, &schema)).collect::<Result<_, _>>()?;
    Ok(Plan::new(PlanNode::Union { inputs }, schema.clone()))
}

/// A column of a query as others see it; a literal stays one, so that a NULL or a text takes the type of the others.
fn output_column(input: &Plan, index: usize) -> Option<Typed> {
    match &input.node {
        PlanNode::Project { exprs, .. } if exprs.get(index).is_some_and(is_literal) => {
            exprs.get(index).cloned()
        }
        _ => columns_of(input.schema(), index + 1).pop(),
    }
}

/// The columns of a query in these types.
fn in_types(input: Plan, types: &[DataType], schema: &Arc<Schema>) -> Result<Plan, PlanError> {
    if input.schema().fields().iter().zip(types).all(|(f, t)| f.data_type == *t) {
        return Ok(input);
    }
    let convert = |column: Typed, to: &DataType| Ok(cast(adapt_literal(column, *to)?, *to));
    if let PlanNode::Project { input, exprs } = input.node {
        let exprs = exprs.into_iter().zip(types).map(|(e, t)| convert(e, t)).collect::<Result<_, _>>()?;
        return Ok(project(*input, exprs, schema.clone()));
    }
    let columns = columns_of(input.schema(), types.len()).into_iter().zip(types);
    let columns = columns.map(|(c, t)| convert(c, t)).collect::<Result<_, _>>()?;
    Ok(project(input, columns, schema.clone()))
}

/// Where column number `index` of a query stands, if that can be told.
fn selected_span(query: &Query, index: usize) -> Option<Span> {
    match query.select.get(index) {
        _ if query.select.contains(&SelectItem::Wildcard) => None,
        Some(SelectItem::Expr(expr)) => expr.span,
        _ => None,
    }
}

fn filtered(input: Plan, predicate: Typed) -> Plan {
    let schema = input.schema().clone();
    Plan::new(PlanNode::Filter { input: Box::new(input), predicate }, schema)
}

/// One column of the answer: what it is and its name.
struct Selected {
    source: Source,
    name: String,
}

enum Source {
    Expr(Expr),
    /// A column of the input by number, from `*`: its name may not be the only one of its kind.
    Column(usize),
}

impl Selected {
    fn expr(&self) -> Option<&Expr> {
        match &self.source {
            Source::Expr(expr) => Some(expr),
            Source::Column(_) => None,
        }
    }

    /// The expression to put in place of its name.
    fn as_expr(&self) -> Expr {
        match &self.source {
            Source::Expr(expr) => expr.clone(),
            Source::Column(_) => ExprKind::Column(self.name.clone()).into(),
        }
    }
}

fn select_list(query: &Query, schema: &Schema) -> Result<Vec<Selected>, PlanError> {
    let mut list = Vec::new();
    for item in &query.select {
        match item {
            SelectItem::Wildcard => {
                list.extend(schema.fields().iter().enumerate().map(|(index, field)| Selected {
                    source: Source::Column(index),
                    name: field.name.clone(),
                }))
            }
            SelectItem::Expr(Expr { kind: ExprKind::Alias { expr, name }, .. }) => {
                list.push(Selected { source: Source::Expr((**expr).clone()), name: name.clone() });
            }
            SelectItem::Expr(expr) => {
                list.push(Selected { source: Source::Expr(expr.clone()), name: expr.to_string() });
            }
        }
    }
    if list.is_empty() {
        return Err(PlanError::new(PlanErrorKind::NothingSelected, None));
    }
    Ok(list)
}

/// The clauses of one SELECT over an input of known columns.
struct Clauses<'a> {
    query: &'a Query,
    select: &'a [Selected],
    schema: &'a Arc<Schema>,
}

impl Clauses<'_> {
    fn is_grouped(&self) -> bool {
        !self.query.group_by.is_empty()
            || self.query.having.is_some()
            || self.select.iter().filter_map(Selected::expr).any(Expr::has_aggregate)
            || self.query.order_by.iter().any(|key| key.expr.has_aggregate())
    }

    fn has_window(&self) -> bool {
        self.query.qualify.is_some()
            || self.select.iter().filter_map(Selected::expr).any(Expr::has_window)
            || self.query.order_by.iter().any(|key| key.expr.has_window())
    }

    fn bind_rows(&self, input: Plan) -> Result<Plan, PlanError> {
        if self.has_window() {
            return self.bind_numbered_rows(input);
        }
        let mut scope = RowScope { schema: self.schema, clause: "this query without groups" };
        let (exprs, sort) = self.bind_output(&mut scope)?;
        self.finish(input, exprs, sort)
    }

    /// Rows that window functions number: their steps, QUALIFY, and the select list.
    fn bind_numbered_rows(&self, input: Plan) -> Result<Plan, PlanError> {
        let mut scope = WindowScope::new(self.schema);
        let qualify = match &self.query.qualify {
            None => None,
            Some(qualify) => Some(condition(&self.with_output_names(qualify), &mut scope, "QUALIFY")?),
        };
        let (exprs, keys) = self.bind_output(&mut scope)?;
        if scope.is_empty() {
            let span = self.query.qualify.as_ref().and_then(|qualify| qualify.span);
            let clause = "QUALIFY without a window function".into();
            return Err(PlanError::new(PlanErrorKind::Unsupported { clause }, span));
        }
        let (mut plan, places) = scope.steps(input);
        if let Some(qualify) = qualify {
            plan = filtered(plan, substitute(qualify, &places));
        }
        self.finish(plan, exprs.into_iter().map(|expr| substitute(expr, &places)).collect(), keys)
    }

    fn bind_groups(&self, input: Plan) -> Result<Plan, PlanError> {
        if let Some(qualify) = &self.query.qualify {
            return Err(misplaced_window("a query with groups", qualify.span));
        }
        let mut keys = Vec::new();
        for expr in &self.query.group_by {
            let expr = self.output_name_last(expr)?;
            let mut scope = RowScope { schema: self.schema, clause: "GROUP BY" };
            let key = bind_expr(&expr, &mut scope)?;
            if key.data_type.is_vector() {
                return Err(vector_operation("GROUP BY", expr.span));
            }
            keys.push((expr, key));
        }
        let mut scope = GroupScope { schema: self.schema, keys, calls: Vec::new() };
        let having = match &self.query.having {
            None => None,
            Some(having) => Some(condition(&self.with_output_names(having), &mut scope, "HAVING")?),
        };
        let (exprs, sort) = self.bind_output(&mut scope)?;
        let GroupScope { keys, mut calls, .. } = scope;
        if keys.is_empty() && calls.is_empty() {
            // All rows are one group, of which nothing is asked: without a column there would be no row.
            calls.push(AggregateCall {
                function: AggregateFunction::Count,
                argument: None,
                second: None,
                fraction: None,
                distinct: false,
                data_type: DataType::I64,
                span: None,
            });
        }
        let fields = keys.iter().map(|(expr, key)| Field::new(expr.to_string(), key.data_type));
        let calls_fields = calls.iter().map(|c| Field::new(c.to_string(), c.data_type));
        let schema: Schema = fields.chain(calls_fields).collect();
        let keys = keys.into_iter().map(|(_, key)| key).collect();
        let mut plan =
            Plan::new(PlanNode::Aggregate { input: Box::new(input), keys, aggregates: calls }, schema);
        if let Some(having) = having {
            plan = filtered(plan, having);
        }
        self.finish(plan, exprs, sort)
    }

    /// The select list and, behind it, what only ORDER BY needs; and the keys that order them.
    fn bind_output(&self, scope: &mut dyn Scope) -> Result<(Vec<Typed>, Vec<PlanSortKey>), PlanError> {
        let mut exprs = Vec::new();
        for selected in self.select {
            exprs.push(match &selected.source {
                Source::Expr(expr) => bind_expr(expr, scope)?,
                // `*` has no place of its own; what it lacks, GROUP BY lacks.
                Source::Column(index) => scope.column_number(*index).map_err(|error| {
                    let place = self.query.group_by.first().and_then(|key| key.span);
                    PlanError::new(error.kind().clone(), error.span().or(place))
                })?,
            });
        }
        let mut keys = Vec::new();
        for key in &self.query.order_by {
            let column = match self.output_position(&key.expr)? {
                Some(column) => column,
                None => {
                    let expr = bind_expr(&self.with_output_names(&key.expr), scope)?;
                    match exprs.iter().position(|e| e.same_as(&expr)) {
                        Some(column) => column,
                        None if self.query.distinct => {
                            let clause = "ORDER BY of what SELECT DISTINCT does not select".into();
                            return Err(PlanError::new(PlanErrorKind::Unsupported { clause }, key.expr.span));
                        }
                        None => {
                            exprs.push(expr);
                            exprs.len() - 1
                        }
                    }
                }
            };
            if exprs[column].data_type.is_vector() {
                return Err(vector_operation("ORDER BY", key.expr.span));
            }
            let nulls_first = key.nulls_first.unwrap_or(key.descending);
            keys.push(PlanSortKey { column, descending: key.descending, nulls_first });
        }
        Ok((exprs, keys))
    }

    fn finish(&self, input: Plan, exprs: Vec<Typed>, keys: Vec<PlanSortKey>) -> Result<Plan, PlanError> {
        let names = self.select.iter().map(|s| s.name.clone());
        let hidden = (self.select.len()..exprs.len()).map(|i| exprs[i].to_string());
        let fields = names.chain(hidden).zip(&exprs).map(|(name, e)| Field::new(name, e.data_type));
        let schema = Arc::new(fields.collect::<Schema>());
        let vector = exprs.iter().find(|e| e.data_type.is_vector()).map(|e| e.span);
        let mut plan = project(input, exprs, schema.clone());
        if self.query.distinct {
            if let Some(span) = vector {
                return Err(vector_operation("DISTINCT", span));
            }
            let keys = columns_of(&schema, schema.len());
            let node = PlanNode::Aggregate { input: Box::new(plan), keys, aggregates: Vec::new() };
            plan = Plan::new(node, schema.clone());
        }
        if !keys.is_empty() {
            plan = Plan::new(PlanNode::Sort { input: Box::new(plan), keys }, schema.clone());
        }
        if self.query.limit.is_some() || self.query.offset > 0 {
            let (offset, limit) = (self.query.offset, self.query.limit);
            plan = Plan::new(PlanNode::Limit { input: Box::new(plan), offset, limit }, schema.clone());
        }
        if schema.len() > self.select.len() {
            let shown: Schema = schema.fields()[..self.select.len()].iter().cloned().collect();
            plan = project(plan, columns_of(&schema, self.select.len()), Arc::new(shown));
        }
        Ok(plan)
    }

    /// The column of the answer that an ORDER BY entry names by number or by name.
    fn output_position(&self, expr: &Expr) -> Result<Option<usize>, PlanError> {
        match &expr.kind {
            ExprKind::Literal(Scalar::I64(ordinal)) => self.ordinal(*ordinal, expr).map(Some),
            ExprKind::Column(name) => self.named_once(name, expr),
            _ => Ok(None),
        }
    }

    fn ordinal(&self, ordinal: i64, expr: &Expr) -> Result<usize, PlanError> {
        usize::try_from(ordinal)
            .ok()
            .and_then(|n| n.checked_sub(1))
            .filter(|n| *n < self.select.len())
            .ok_or_else(|| {
                let kind = PlanErrorKind::OrdinalOutOfRange { ordinal, columns: self.select.len() };
                PlanError::new(kind, expr.span)
            })
    }

    /// The first column of the answer of this name: exactly, else without regard to case.
    fn named(&self, name: &str) -> Option<usize> {
        let exactly = self.select.iter().position(|s| s.name == name);
        exactly.or_else(|| self.select.iter().position(|s| s.name.eq_ignore_ascii_case(name)))
    }

    /// The same, where two columns of the name that are not the same are an error.
    fn named_once(&self, name: &str, expr: &Expr) -> Result<Option<usize>, PlanError> {
        let Some(first) = self.named(name) else { return Ok(None) };
        let found = &self.select[first];
        let differs = |other: &Selected| match (&found.source, &other.source) {
            (Source::Column(a), Source::Column(b)) => a != b,
            (Source::Expr(a), Source::Expr(b)) => a.to_string() != b.to_string(),
            (Source::Expr(e), Source::Column(_)) | (Source::Column(_), Source::Expr(e)) => {
                e.to_string() != name
            }
        };
        let twins: Vec<&Selected> = self.select.iter().filter(|s| s.name == found.name).collect();
        if twins.iter().any(|twin| differs(twin)) {
            let choices = twins.iter().map(|s| s.name.clone()).collect();
            let kind = PlanErrorKind::AmbiguousColumn { name: name.into(), choices };
            return Err(PlanError::new(kind, expr.span));
        }
        Ok(Some(first))
    }

    /// In GROUP BY a name is a column of the input first, then one of the answer; a number is one of the answer.
    fn output_name_last(&self, expr: &Expr) -> Result<Expr, PlanError> {
        match &expr.kind {
            ExprKind::Literal(Scalar::I64(ordinal)) => {
                let index = self.ordinal(*ordinal, expr)?;
                Ok(self.select[index].as_expr())
            }
            _ => Ok(self.with_output_names(expr)),
        }
    }

    /// The expression with names that the input does not have replaced by what the select list calls so.
    fn with_output_names(&self, expr: &Expr) -> Expr {
        let inner = |e: &Expr| Box::new(self.with_output_names(e));
        let kind = match &expr.kind {
            ExprKind::Column(name) if self.schema.find(name) == Lookup::Missing => match self.named(name) {
                // A select entry of the same name as the column it reads would be found again for ever.
                Some(index) if self.select[index].expr().is_some_and(|e| e.kind != expr.kind) => {
                    return self.select[index].as_expr();
                }
                _ => expr.kind.clone(),
            },
            ExprKind::Compare { op, left, right } => {
                ExprKind::Compare { op: *op, left: inner(left), right: inner(right) }
            }
            ExprKind::Distinct { left, right, negated } => {
                ExprKind::Distinct { left: inner(left), right: inner(right), negated: *negated }
            }
            ExprKind::Arithmetic { op, left, right } => {
                ExprKind::Arithmetic { op: *op, left: inner(left), right: inner(right) }
            }
            ExprKind::And(left, right) => ExprKind::And(inner(left), inner(right)),
            ExprKind::Or(left, right) => ExprKind::Or(inner(left), inner(right)),
            ExprKind::Not(e) => ExprKind::Not(inner(e)),
            ExprKind::Negate(e) => ExprKind::Negate(inner(e)),
            ExprKind::IsNull { expr, negated } => ExprKind::IsNull { expr: inner(expr), negated: *negated },
            ExprKind::Between { expr, low, high, negated } => {
                ExprKind::Between { expr: inner(expr), low: inner(low), high: inner(high), negated: *negated }
            }
            ExprKind::InList { expr, list, negated } => ExprKind::InList {
                expr: inner(expr),
                list: list.iter().map(|e| self.with_output_names(e)).collect(),
                negated: *negated,
            },
            ExprKind::Cast { expr, to } => ExprKind::Cast { expr: inner(expr), to: *to },
            ExprKind::Join(left, right) => ExprKind::Join(inner(left), inner(right)),
            ExprKind::Pattern { function, expr, pattern, escape, negated } => ExprKind::Pattern {
                function: *function,
                expr: inner(expr),
                pattern: inner(pattern),
                escape: escape.clone(),
                negated: *negated,
            },
            ExprKind::Call { name, args } => ExprKind::Call {
                name: name.clone(),
                args: args.iter().map(|e| self.with_output_names(e)).collect(),
            },
            ExprKind::Case { operand, branches, otherwise } => ExprKind::Case {
                operand: operand.as_ref().map(|e| inner(e)),
                branches: branches
                    .iter()
                    .map(|(when, then)| (self.with_output_names(when), self.with_output_names(then)))
                    .collect(),
                otherwise: otherwise.as_ref().map(|e| inner(e)),
            },
            other => other.clone(),
        };
        Expr { kind, span: expr.span }
    }
}

pub(crate) fn project(input: Plan, exprs: Vec<Typed>, schema: Arc<Schema>) -> Plan {
    Plan::new(PlanNode::Project { input: Box::new(input), exprs }, schema)
}

/// The first `count` columns of a schema, as they are.
pub(crate) fn columns_of(schema: &Schema, count: usize) -> Vec<Typed> {
    let fields = schema.fields().iter().take(count).enumerate();
    fields.map(|(index, field)| column_at(index, field.name.clone(), field.data_type, None)).collect()
}
