//! What names mean at one place of a query, and the checking of expressions there.

use crate::call::{
    add_days, aggregate_call, bind_case, bind_function, bind_moved, bind_pattern, interval_duration,
};
use crate::coerce::{
    adapt_literal, can_cast, cast, comparable, decimal_of, is_literal, is_null_literal, vector_operation,
};
use crate::fold::fold;
use crate::function::concatenation;
use crate::operation::arithmetic;
use crate::{
    AggregateCall, Arithmetic, Comparison, Expr, ExprKind, PlanError, PlanErrorKind, Span, Typed, TypedKind,
};
use colq_types::{DataType, Lookup, Scalar, Schema, decimal};

/// The rows that an expression is taken over.
pub(crate) trait Scope {
    /// Gives an expression a meaning by itself, without looking at its parts: a column, a group key, an
    /// aggregate. `None` means that its parts decide.
    fn resolve(&mut self, expr: &Expr) -> Result<Option<Typed>, PlanError>;

    /// A column of the input by number.
    fn column_number(&mut self, index: usize) -> Result<Typed, PlanError>;
}

pub(crate) fn field_at(schema: &Schema, index: usize) -> Typed {
    let field = &schema.fields()[index];
    column_at(index, field.name.clone(), field.data_type, None)
}

/// Single rows: names are columns, and aggregates have no place.
pub(crate) struct RowScope<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) clause: &'static str,
}

impl Scope for RowScope<'_> {
    fn resolve(&mut self, expr: &Expr) -> Result<Option<Typed>, PlanError> {
        match &expr.kind {
            ExprKind::Column(name) => column(self.schema, name, expr.span).map(Some),
            ExprKind::Aggregate { function, .. } => Err(PlanError::new(
                PlanErrorKind::MisplacedAggregate { function: function.name().into(), clause: self.clause },
                expr.span,
            )),
            ExprKind::Window { .. } => Err(misplaced_window(self.clause, expr.span)),
            _ => Ok(None),
        }
    }

    fn column_number(&mut self, index: usize) -> Result<Typed, PlanError> {
        Ok(field_at(self.schema, index))
    }
}

/// Groups: names are group keys, and aggregates are collected.
pub(crate) struct GroupScope<'a> {
    pub(crate) schema: &'a Schema,
    /// The keys as written and as checked; they are the first columns of the groups.
    pub(crate) keys: Vec<(Expr, Typed)>,
    /// The aggregates met so far; they are the columns after the keys.
    pub(crate) calls: Vec<AggregateCall>,
}

impl GroupScope<'_> {
    /// The key that an expression is: what means the same over single rows, in whatever spelling.
    fn key_of(&self, expr: &Expr) -> Option<usize> {
        // A literal is itself, also where it happens to be a key.
        if self.keys.is_empty() || matches!(expr.kind, ExprKind::Literal(_)) || expr.has_aggregate() {
            return None;
        }
        let mut rows = RowScope { schema: self.schema, clause: "GROUP BY" };
        let typed = bind_expr(expr, &mut rows).ok()?;
        self.keys.iter().position(|(_, key)| key.same_as(&typed))
    }
}

impl Scope for GroupScope<'_> {
    fn resolve(&mut self, expr: &Expr) -> Result<Option<Typed>, PlanError> {
        if let Some(index) = self.key_of(expr) {
            let data_type = self.keys[index].1.data_type;
            return Ok(Some(column_at(index, expr.to_string(), data_type, expr.span)));
        }
        match &expr.kind {
            ExprKind::Column(name) => {
                column(self.schema, name, expr.span)?;
                Err(PlanError::new(PlanErrorKind::NotGrouped { name: name.clone() }, expr.span))
            }
            ExprKind::Aggregate { function, args, distinct, filter } => {
                let call =
                    aggregate_call(*function, args, *distinct, filter.as_deref(), expr.span, self.schema)?;
                let same_part = |a: &Option<Typed>, b: &Option<Typed>| match (a, b) {
                    (Some(a), Some(b)) => a.same_as(b),
                    (a, b) => a.is_none() && b.is_none(),
                };
                let same = |known: &AggregateCall| {
                    (known.function, known.distinct, known.fraction)
                        == (call.function, call.distinct, call.fraction)
                        && same_part(&known.argument, &call.argument)
                        && same_part(&known.second, &call.second)
                };
                let data_type = call.data_type;
                let index = self.calls.iter().position(same).unwrap_or_else(|| {
                    self.calls.push(call);
                    self.calls.len() - 1
                });
                Ok(Some(column_at(self.keys.len() + index, expr.to_string(), data_type, expr.span)))
            }
            ExprKind::Window { .. } => Err(misplaced_window("a query with groups", expr.span)),
            _ => Ok(None),
        }
    }

    fn column_number(&mut self, index: usize) -> Result<Typed, PlanError> {
        let column = field_at(self.schema, index);
        match self.keys.iter().position(|(_, key)| key.same_as(&column)) {
            Some(key) => Ok(column_at(key, column.to_string(), column.data_type, None)),
            None => Err(PlanError::new(PlanErrorKind::NotGrouped { name: column.to_string() }, None)),
        }
    }
}

pub(crate) fn column_at(index: usize, name: String, data_type: DataType, span: Option<Span>) -> Typed {
    Typed { kind: TypedKind::Column { index, name }, data_type, span }
}

pub(crate) fn column(schema: &Schema, name: &str, span: Option<Span>) -> Result<Typed, PlanError> {
    let alike = |same: &dyn Fn(&str) -> bool| -> Vec<String> {
        schema.fields().iter().filter(|f| same(&f.name)).map(|f| f.name.clone()).collect()
    };
    // The select list of a subquery may give one name twice.
    let twins = alike(&|other| other == name);
    let kind = match schema.find(name) {
        Lookup::Found(_) if twins.len() > 1 => {
            PlanErrorKind::AmbiguousColumn { name: name.into(), choices: twins }
        }
        Lookup::Found(index) => {
            let field = &schema.fields()[index];
            return Ok(column_at(index, field.name.clone(), field.data_type, span));
        }
        Lookup::Ambiguous => {
            let choices = alike(&|other| other.eq_ignore_ascii_case(name));
            PlanErrorKind::AmbiguousColumn { name: name.into(), choices }
        }
        Lookup::Missing => PlanErrorKind::UnknownColumn {
            name: name.into(),
            choices: schema.fields().iter().map(|f| f.name.clone()).collect(),
        },
    };
    Err(PlanError::new(kind, span))
}

/// Checks an expression. Every kind has a function of its own, which keeps the stack that one level needs small.
pub(crate) fn bind_expr(expr: &Expr, scope: &mut dyn Scope) -> Result<Typed, PlanError> {
    if let Some(resolved) = scope.resolve(expr)? {
        return Ok(resolved);
    }
    let span = expr.span;
    match &expr.kind {
        ExprKind::Alias { expr, .. } => bind_expr(expr, scope),
        ExprKind::Literal(value) => literal(value, span),
        ExprKind::Compare { op, left, right } => bind_compare(*op, left, right, span, scope),
        ExprKind::Distinct { left, right, negated } => bind_distinct(left, right, *negated, span, scope),
        ExprKind::Arithmetic { op, left, right } => bind_arithmetic(*op, left, right, span, scope),
        ExprKind::And(left, right) => bind_pair(left, right, "AND", TypedKind::And, span, scope),
        ExprKind::Or(left, right) => bind_pair(left, right, "OR", TypedKind::Or, span, scope),
        ExprKind::Not(operand) => {
            let operand = Box::new(condition(operand, scope, "NOT")?);
            Ok(truth(TypedKind::Not(operand), span))
        }
        ExprKind::Negate(operand) => negate(bind_expr(operand, scope)?, span),
        ExprKind::IsNull { expr, negated } => {
            let operand = Box::new(bind_expr(expr, scope)?);
            Ok(negate_if(*negated, truth(TypedKind::IsNull(operand), span)))
        }
        ExprKind::Between { expr, low, high, negated } => {
            bind_between(expr, [low, high], *negated, span, scope)
        }
        ExprKind::InList { expr, list, negated } => {
            let operand = bind_expr(expr, scope)?;
            let list = list.iter().map(|item| bind_expr(item, scope)).collect::<Result<Vec<_>, _>>()?;
            Ok(negate_if(*negated, in_list(operand, list, span)?))
        }
        ExprKind::Cast { expr, to } => bind_cast(bind_expr(expr, scope)?, *to, span),
        ExprKind::Call { name, args } => bind_function(name, args, span, scope),
        ExprKind::Join(left, right) => concatenation(bind_expr(left, scope)?, bind_expr(right, scope)?, span),
        ExprKind::Pattern { function, expr, pattern, escape, negated } => {
            let typed = bind_pattern(*function, [expr, pattern], escape.as_deref(), span, scope)?;
            Ok(negate_if(*negated, typed))
        }
        ExprKind::Case { operand, branches, otherwise } => {
            bind_case(operand.as_deref(), branches, otherwise.as_deref(), span, scope)
        }
        ExprKind::Interval { months, days, rest } => interval_duration(*months, *days, *rest, span),
        // The scopes resolve these.
        ExprKind::Column(name) => {
            let kind = PlanErrorKind::UnknownColumn { name: name.clone(), choices: Vec::new() };
            Err(PlanError::new(kind, span))
        }
        ExprKind::Aggregate { function, .. } => {
            let function = function.name().into();
            Err(PlanError::new(PlanErrorKind::MisplacedAggregate { function, clause: "this place" }, span))
        }
        ExprKind::Window { .. } => Err(misplaced_window("this place", span)),
    }
}

/// A window function where rows are not numbered yet, or not single any more.
pub(crate) fn misplaced_window(clause: &str, span: Option<Span>) -> PlanError {
    PlanError::new(PlanErrorKind::Unsupported { clause: format!("A window function in {clause}") }, span)
}

pub(crate) fn truth(kind: TypedKind, span: Option<Span>) -> Typed {
    Typed { kind, data_type: DataType::Bool, span }
}

fn literal(value: &Scalar, span: Option<Span>) -> Result<Typed, PlanError> {
    // The builder takes any digits.
    if let Scalar::Decimal(digits, scale) = *value
        && (scale > DataType::MAX_PRECISION || !decimal::fits(digits, DataType::MAX_PRECISION))
    {
        let text = format!("{digits}e-{scale}");
        return Err(PlanError::new(PlanErrorKind::NumberTooLarge { text }, span));
    }
    let data_type = value.data_type().unwrap_or(DataType::I64);
    Ok(Typed { kind: TypedKind::Literal(value.clone()), data_type, span })
}

fn bind_compare(
    op: Comparison,
    left: &Expr,
    right: &Expr,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    let left = bind_expr(left, scope)?;
    let right = bind_expr(right, scope)?;
    compare(op, left, right, span)
}

fn bind_distinct(
    left: &Expr,
    written_right: &Expr,
    negated: bool,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    let left = bind_expr(left, scope)?;
    let right = bind_expr(written_right, scope)?;
    // What IS TRUE and its like are rewritten to.
    let is_truth = |e: &Expr| matches!(&e.kind, ExprKind::Cast { to: DataType::Bool, .. });
    if is_truth(written_right)
        && right.data_type == DataType::Bool
        && left.data_type != DataType::Bool
        && !is_literal(&left)
    {
        let kind = PlanErrorKind::TypeMismatch {
            operation: "IS TRUE, IS FALSE or IS UNKNOWN".into(),
            found: vec![left.data_type],
            expected: "a condition".into(),
        };
        return Err(PlanError::new(kind, left.span.or(span)));
    }
    let (left, right) = comparable(left, right, "IS DISTINCT FROM")?;
    let kind = TypedKind::Distinct { left: Box::new(left), right: Box::new(right) };
    Ok(negate_if(negated, truth(kind, span)))
}

fn bind_arithmetic(
    op: Arithmetic,
    left: &Expr,
    right: &Expr,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    if let Some(moved) = bind_moved(op, left, right, span, scope)? {
        return Ok(moved);
    }
    let left = bind_expr(left, scope)?;
    let right = bind_expr(right, scope)?;
    if let Some(days) = add_days(op, &left, &right, span)? {
        return Ok(days);
    }
    let (left, right, data_type) =
        arithmetic(op, left, right).map_err(|e| PlanError::new(e.kind().clone(), e.span().or(span)))?;
    let kind = TypedKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) };
    Ok(fold(Typed { kind, data_type, span }))
}

fn bind_pair(
    left: &Expr,
    right: &Expr,
    operation: &str,
    join: fn(Box<Typed>, Box<Typed>) -> TypedKind,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    let left = Box::new(condition(left, scope, operation)?);
    let right = Box::new(condition(right, scope, operation)?);
    Ok(truth(join(left, right), span))
}

fn bind_between(
    operand: &Expr,
    ends: [&Expr; 2],
    negated: bool,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    let operand = bind_expr(operand, scope)?;
    let [low, high] = ends;
    let above = compare(Comparison::GreaterOrEqual, operand.clone(), bind_expr(low, scope)?, span)?;
    let below = compare(Comparison::LessOrEqual, operand, bind_expr(high, scope)?, span)?;
    Ok(negate_if(negated, truth(TypedKind::And(Box::new(above), Box::new(below)), span)))
}

fn bind_cast(operand: Typed, to: DataType, span: Option<Span>) -> Result<Typed, PlanError> {
    if to.is_vector() {
        return Err(PlanError::new(PlanErrorKind::Unsupported { clause: format!("CAST to {to}") }, span));
    }
    if operand.data_type.is_vector() && to != DataType::Text {
        return Err(vector_operation(&format!("CAST to {to}"), span));
    }
    if is_null_literal(&operand) {
        return Ok(Typed { data_type: to, ..operand });
    }
    if !can_cast(operand.data_type, to) {
        let kind = PlanErrorKind::TypeMismatch {
            operation: format!("CAST to {to}"),
            found: vec![operand.data_type],
            expected: "a type that converts to it".into(),
        };
        return Err(PlanError::new(kind, span));
    }
    Ok(cast(operand, to))
}

/// Checks an expression that must be true or false.
pub(crate) fn condition(expr: &Expr, scope: &mut dyn Scope, operation: &str) -> Result<Typed, PlanError> {
    let typed = bind_expr(expr, scope)?;
    // A NULL, and a text in quotes as in PostgreSQL; whatever else is no condition stays as it is.
    let typed = if is_literal(&typed) { adapt_literal(typed, DataType::Bool)? } else { typed };
    if typed.data_type == DataType::Bool {
        return Ok(typed);
    }
    let kind = PlanErrorKind::TypeMismatch {
        operation: operation.to_string(),
        found: vec![typed.data_type],
        expected: "a condition".into(),
    };
    Err(PlanError::new(kind, expr.span))
}

pub(crate) fn compare(
    op: Comparison,
    left: Typed,
    right: Typed,
    span: Option<Span>,
) -> Result<Typed, PlanError> {
    let (left, right) = comparable(left, right, op.sign())?;
    let kind = TypedKind::Compare { op, left: Box::new(left), right: Box::new(right) };
    Ok(Typed { kind, data_type: DataType::Bool, span })
}

fn negate_if(negated: bool, expr: Typed) -> Typed {
    if !negated {
        return expr;
    }
    let span = expr.span;
    Typed { kind: TypedKind::Not(Box::new(expr)), data_type: DataType::Bool, span }
}

fn negate(operand: Typed, span: Option<Span>) -> Result<Typed, PlanError> {
    let operand = match operand.data_type {
        DataType::F32 | DataType::F64 | DataType::I64 | DataType::Duration(_) => operand,
        t if t.is_integer() => cast(operand, DataType::I64),
        DataType::F16 | DataType::Bf16 => cast(operand, DataType::F32),
        DataType::Decimal { scale, .. } => cast(operand, decimal_of(scale)),
        DataType::Vector { .. } => return Err(vector_operation("-", span)),
        found => {
            let kind = PlanErrorKind::TypeMismatch {
                operation: "-".into(),
                found: vec![found],
                expected: "a number or a duration".into(),
            };
            return Err(PlanError::new(kind, span));
        }
    };
    let data_type = operand.data_type;
    Ok(fold(Typed { kind: TypedKind::Negate(Box::new(operand)), data_type, span }))
}

/// `IN`: literals stay a list, anything else becomes comparisons joined by OR.
fn in_list(operand: Typed, list: Vec<Typed>, span: Option<Span>) -> Result<Typed, PlanError> {
    if operand.data_type.is_vector() {
        return Err(vector_operation("IN", operand.span.or(span)));
    }
    // A NULL takes the type of what it is looked for in.
    let operand = match list.iter().find(|item| !is_null_literal(item)) {
        Some(item) if is_null_literal(&operand) => adapt_literal(operand, item.data_type)?,
        _ => operand,
    };
    let mut values = Vec::new();
    let mut has_null = false;
    let mut tests = Vec::new();
    for item in list {
        if is_null_literal(&item) {
            has_null = true;
            continue;
        }
        let (left, item) = comparable(operand.clone(), item, "IN")?;
        match item.kind {
            TypedKind::Literal(value) if left.kind == operand.kind => values.push(value),
            _ => tests.push(compare(Comparison::Equal, left, item, span)?),
        }
    }
    if !values.is_empty() || has_null || tests.is_empty() {
        let kind = TypedKind::InList { expr: Box::new(operand), values, has_null };
        tests.insert(0, Typed { kind, data_type: DataType::Bool, span });
    }
    Ok(any_of_tests(tests, span))
}

/// The tests joined by OR, as a balanced tree: a list may be long.
fn any_of_tests(mut tests: Vec<Typed>, span: Option<Span>) -> Typed {
    let bool_of = |kind| Typed { kind, data_type: DataType::Bool, span };
    while tests.len() > 1 {
        let mut rest = tests.into_iter();
        tests = Vec::with_capacity(rest.len().div_ceil(2));
        while let Some(left) = rest.next() {
            tests.push(match rest.next() {
                Some(right) => bool_of(TypedKind::Or(Box::new(left), Box::new(right))),
                None => left,
            });
        }
    }
    tests.pop().unwrap_or_else(|| bool_of(TypedKind::Literal(Scalar::Bool(false))))
}
