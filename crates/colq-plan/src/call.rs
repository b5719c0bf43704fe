//! The checking of calls: functions, patterns, CASE, intervals, and aggregates with their filters.

use crate::coerce::{adapt_literal, cast, is_null_literal, vector_operation};
use crate::function::{add_calendar, bind_call, convert_all, pattern};
use crate::operation::arithmetic;
use crate::scope::{RowScope, Scope, bind_expr, compare, condition};
use crate::{
    AggregateCall, AggregateFunction, Arithmetic, Comparison, Expr, ExprKind, Function, PlanError,
    PlanErrorKind, Span, Typed, TypedKind,
};
use colq_types::{DataType, Scalar, Schema, TimeUnit};

/// A call by name. Where an interval may be one of months, it stays one.
pub(crate) fn bind_function(
    name: &str,
    args: &[Expr],
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    if name != "+" && crate::find_function(name).is_none() {
        return bind_call(name, Vec::new(), span);
    }
    let takes_months = crate::find_function(name).is_some_and(|entry| entry.name == "date_bin");
    let bind = |arg: &Expr| match arg.kind {
        ExprKind::Interval { months, days: 0, rest: (0, _) } if takes_months && months != 0 => {
            let data_type = DataType::Duration(TimeUnit::Second);
            Ok(Typed { kind: TypedKind::Months(months), data_type, span: arg.span })
        }
        _ => bind_expr(arg, scope),
    };
    let args = args.iter().map(bind).collect::<Result<Vec<_>, _>>()?;
    match (name, args.as_slice()) {
        // The sign before an operand: it changes nothing.
        ("+", [operand]) if is_signed(operand) => Ok(operand.clone()),
        ("+", [operand]) => Err(type_mismatch("+", operand, "a number or a duration")),
        _ => bind_call(name, args, span),
    }
}

fn is_signed(operand: &Typed) -> bool {
    operand.data_type.is_number() || matches!(operand.data_type, DataType::Duration(_))
}

fn type_mismatch(operation: &str, found: &Typed, expected: &str) -> PlanError {
    let (operation, expected) = (operation.to_owned(), expected.to_owned());
    PlanError::new(
        PlanErrorKind::TypeMismatch { operation, found: vec![found.data_type], expected },
        found.span,
    )
}

/// `LIKE` and its like.
pub(crate) fn bind_pattern(
    function: Function,
    [expr, written]: [&Expr; 2],
    escape: Option<&str>,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    let mut args = vec![bind_expr(expr, scope)?, bind_expr(written, scope)?];
    if let Some(escape) = escape {
        let kind = TypedKind::Literal(Scalar::Text(escape.to_owned()));
        args.push(Typed { kind, data_type: DataType::Text, span });
    }
    let sign = match function {
        Function::Like => "LIKE",
        Function::Ilike => "ILIKE",
        Function::MatchesIgnoringCase => "~*",
        _ => "~",
    };
    pattern(function, sign, args, span)
}

/// `CASE`: the values in one type; with an operand each branch is a comparison with it.
pub(crate) fn bind_case(
    operand: Option<&Expr>,
    branches: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Typed, PlanError> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (when, then) in branches {
        conditions.push(match operand {
            None => condition(when, scope, "WHEN")?,
            Some(operand) => {
                let (operand, when) = (bind_expr(operand, scope)?, bind_expr(when, scope)?);
                let place = when.span;
                compare(Comparison::Equal, operand, when, place)?
            }
        });
        values.push(bind_expr(then, scope)?);
    }
    values.push(match otherwise {
        Some(otherwise) => bind_expr(otherwise, scope)?,
        None => null_of(DataType::I64),
    });
    let mut values = convert_all(values, "CASE")?;
    let Some(otherwise) = values.pop() else { return Ok(null_of(DataType::I64)) };
    let data_type = otherwise.data_type;
    let branches = conditions.into_iter().zip(values).collect();
    Ok(Typed { kind: TypedKind::Case { branches, otherwise: Box::new(otherwise) }, data_type, span })
}

fn null_of(data_type: DataType) -> Typed {
    Typed { kind: TypedKind::Literal(Scalar::Null), data_type, span: None }
}

/// Seconds in a day.
const DAY: i128 = 86_400;

/// An interval as a duration, which months have none.
pub(crate) fn interval_duration(
    months: i32,
    days: i64,
    (units, unit): (i64, TimeUnit),
    span: Option<Span>,
) -> Result<Typed, PlanError> {
    if months != 0 {
        let clause = "An interval with months here, whose length depends on the date it is added to,".into();
        return Err(PlanError::new(PlanErrorKind::Unsupported { clause }, span));
    }
    let total = i128::from(days) * DAY * i128::from(unit.per_second()) + i128::from(units);
    let Ok(total) = i64::try_from(total) else {
        let text = format!("{days} days");
        return Err(PlanError::new(PlanErrorKind::NumberTooLarge { text }, span));
    };
    let kind = TypedKind::Literal(Scalar::Duration(total, unit));
    Ok(Typed { kind, data_type: DataType::Duration(unit), span })
}

/// A date or timestamp moved by an interval of the calendar: months, or of a date whole days, which give a date. `None`
/// where it is plain arithmetic.
pub(crate) fn bind_moved(
    op: Arithmetic,
    left: &Expr,
    right: &Expr,
    span: Option<Span>,
    scope: &mut dyn Scope,
) -> Result<Option<Typed>, PlanError> {
    let (moved, (months, days, rest), interval) = match (op, &left.kind, &right.kind) {
        (Arithmetic::Add | Arithmetic::Subtract, _, ExprKind::Interval { months, days, rest }) => {
            (left, (*months, *days, *rest), right)
        }
        (Arithmetic::Add, ExprKind::Interval { months, days, rest }, _) => {
            (right, (*months, *days, *rest), left)
        }
        _ => return Ok(None),
    };
    let moved = bind_expr(moved, scope)?;
    let stays_date = moved.data_type == DataType::Date && rest.0 == 0;
    if months == 0 && !stays_date {
        return Ok(None);
    }
    let sign = if op == Arithmetic::Subtract { -1 } else { 1 };
    let mut typed = moved;
    if months != 0 {
        typed = add_calendar(Function::AddMonths, typed, sign * i64::from(months), span)?;
    }
    if days == 0 && rest.0 == 0 {
        return Ok(Some(typed));
    }
    if stays_date {
        return add_calendar(Function::AddDays, typed, sign * days, span).map(Some);
    }
    let duration = interval_duration(0, days, rest, interval.span)?;
    let (left, right, data_type) = arithmetic(op, typed, duration)?;
    let kind = TypedKind::Arithmetic { op, left: Box::new(left), right: Box::new(right) };
    Ok(Some(Typed { kind, data_type, span }))
}

/// A date and a whole number of days, which is a date; `None` for anything else.
pub(crate) fn add_days(
    op: Arithmetic,
    left: &Typed,
    right: &Typed,
    span: Option<Span>,
) -> Result<Option<Typed>, PlanError> {
    let is_date = |t: &Typed| t.data_type == DataType::Date;
    let (date, days) = match op {
        Arithmetic::Add | Arithmetic::Subtract if is_date(left) && right.data_type.is_integer() => {
            (left, right)
        }
        Arithmetic::Add if is_date(right) && left.data_type.is_integer() => (right, left),
        _ => return Ok(None),
    };
    // A NULL beside a time is a duration.
    if is_null_literal(days) {
        return Ok(None);
    }
    let mut days = cast(days.clone(), DataType::I64);
    if op == Arithmetic::Subtract {
        let place = days.span;
        let kind = TypedKind::Negate(Box::new(days));
        days = crate::fold::fold(Typed { kind, data_type: DataType::I64, span: place });
    }
    let kind = TypedKind::Call { function: Function::AddDays, args: vec![date.clone(), days] };
    Ok(Some(Typed { kind, data_type: DataType::Date, span }))
}

/// An aggregate over rows of this schema.
pub(crate) fn aggregate_call(
    function: AggregateFunction,
    args: &[Expr],
    distinct: bool,
    filter: Option<&Expr>,
    span: Option<Span>,
    schema: &Schema,
) -> Result<AggregateCall, PlanError> {
    let mut rows = RowScope { schema, clause: "another aggregate" };
    let filter = filter.map(|f| condition(f, &mut rows, "FILTER")).transpose()?;
    let args = args.iter().map(|arg| bind_expr(arg, &mut rows)).collect::<Result<Vec<_>, _>>()?;
    let found = args.len();
    let mut args = args.into_iter();
    let (argument, mut second, fraction) = match (function.arguments(), args.next(), args.next(), args.next())
    {
        ("* or x", None, None, None) => (None, None, None),
        ("* or x" | "x", Some(x), None, None) => (Some(x), None, None),
        ("x, q", Some(x), Some(q), None) => (Some(x), None, Some(fraction_of(function, &q)?)),
        ("x, y" | "y, x", Some(x), Some(y), None) => (Some(x), Some(y), None),
        (takes, ..) => {
            let kind = PlanErrorKind::WrongArguments {
                function: function.name().into(),
                takes: takes.into(),
                found,
            };
            return Err(PlanError::new(kind, span));
        }
    };
    if distinct && !function.takes_distinct() {
        let clause = format!("{}(DISTINCT ..)", function.name());
        return Err(PlanError::new(PlanErrorKind::Unsupported { clause }, span));
    }
    let is_vector = |t: &Option<Typed>| t.as_ref().is_some_and(|t| t.data_type.is_vector());
    if (distinct && is_vector(&argument)) || is_vector(&second) {
        return Err(vector_operation(if distinct { "DISTINCT" } else { function.name() }, span));
    }
    let argument = argument.map(|a| match (function, is_null_literal(&a)) {
        (AggregateFunction::BoolAnd | AggregateFunction::BoolOr, true) => adapt_literal(a, DataType::Bool),
        _ => Ok(a),
    });
    let argument = argument.transpose()?;
    let data_type = function.result_type(argument.as_ref().map(|a| a.data_type), span)?;
    let mut argument = argument.map(|a| {
        let to = function.argument_type(a.data_type);
        cast(a, to)
    });
    if function.arguments() == "y, x" {
        second = second.map(|s| number_argument(function, s)).transpose()?;
    }
    if let Some(filter) = filter {
        // A column cannot fail: what else is computed, is so for the rows of the filter alone.
        let computed = |value: &Typed| !matches!(value.kind, TypedKind::Column { .. });
        let guarded = |value: Typed| match computed(&value) {
            true => only_where(filter.clone(), Some(value)),
            false => value,
        };
        match function {
            AggregateFunction::First | AggregateFunction::Last => {
                argument = argument.map(guarded);
                second = Some(filter);
            }
            _ => {
                second = second.map(guarded);
                argument = Some(only_where(filter, argument));
            }
        }
    }
    let fraction = fraction.or((function == AggregateFunction::Median).then_some(0.5));
    let distinct = distinct && !function.ignores_repeats();
    Ok(AggregateCall { function, argument, second, fraction, distinct, data_type, span })
}

/// The value where the filter is true, else NULL, which aggregates leave out; without a value TRUE, which counts.
fn only_where(filter: Typed, value: Option<Typed>) -> Typed {
    let value = value.unwrap_or(Typed {
        kind: TypedKind::Literal(Scalar::Bool(true)),
        data_type: DataType::Bool,
        span: None,
    });
    let (data_type, span) = (value.data_type, value.span);
    let kind = TypedKind::Case { branches: vec![(filter, value)], otherwise: Box::new(null_of(data_type)) };
    Typed { kind, data_type, span }
}

fn number_argument(function: AggregateFunction, arg: Typed) -> Result<Typed, PlanError> {
    let arg = adapt_literal(arg, DataType::F64)?;
    if arg.data_type.is_number() {
        return Ok(cast(arg, DataType::F64));
    }
    let kind = PlanErrorKind::TypeMismatch {
        operation: function.name().into(),
        found: vec![arg.data_type],
        expected: "two numbers".into(),
    };
    Err(PlanError::new(kind, arg.span))
}

/// The part of the values that a quantile stands above: a literal from 0 to 1.
fn fraction_of(function: AggregateFunction, q: &Typed) -> Result<f64, PlanError> {
    let value = match &q.kind {
        TypedKind::Literal(value) => value.as_f64(),
        _ => None,
    };
    value.filter(|q| (0.0..=1.0).contains(q)).ok_or_else(|| {
        let kind = PlanErrorKind::InvalidArgument {
            function: function.name().into(),
            problem: "takes a literal from 0 to 1 as its second argument".into(),
            choices: Vec::new(),
            name: String::new(),
        };
        PlanError::new(kind, q.span)
    })
}
