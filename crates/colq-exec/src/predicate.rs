//! Checked expressions in the shape in which they are evaluated: literals on the right, ranges as one step, and
//! conditions on text columns as a table with an answer for each code of the dictionary.

use crate::Error;
use colq_column::{ColumnSource, Dictionary};
use colq_kernels::Comparison;
use colq_plan::{Arithmetic, Function, Span, Typed, TypedKind};
use colq_types::{DataType, Scalar};

/// What gives true, false or NULL for a row.
#[derive(Debug, Clone)]
pub(crate) enum Predicate {
    Constant(Option<bool>),
    CompareLiteral {
        op: Comparison,
        operand: Value,
        literal: Scalar,
        span: Option<Span>,
    },
    /// Both ends included.
    Between {
        operand: Value,
        low: Scalar,
        high: Scalar,
        span: Option<Span>,
    },
    Compare {
        op: Comparison,
        left: Value,
        right: Value,
        span: Option<Span>,
    },
    /// True where the operands differ, NULL being equal to itself. Never NULL.
    Distinct {
        left: Value,
        right: Value,
        span: Option<Span>,
    },
    InList {
        operand: Value,
        values: Vec<Scalar>,
        has_null: bool,
        span: Option<Span>,
    },
    /// A text column by the codes of its dictionary.
    Codes {
        column: usize,
        table: Vec<bool>,
        else_null: bool,
    },
    And(Box<Predicate>, Box<Predicate>),
    Or(Box<Predicate>, Box<Predicate>),
    Not(Box<Predicate>),
    IsNull(Value),
    /// A bool column or conversion.
    Bool(Value),
}

/// What gives a value for a row.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Column(usize),
    Literal(Scalar, DataType),
    Arithmetic {
        op: Arithmetic,
        left: Box<Value>,
        right: Box<Value>,
        data_type: DataType,
        span: Option<Span>,
    },
    Negate {
        operand: Box<Value>,
        data_type: DataType,
        span: Option<Span>,
    },
    Cast {
        operand: Box<Value>,
        to: DataType,
        span: Option<Span>,
    },
    Predicate(Box<Predicate>),
    Call {
        function: Function,
        args: Vec<Value>,
        data_type: DataType,
        span: Option<Span>,
    },
    /// The value of the first condition that is true.
    Case {
        branches: Vec<(Predicate, Value)>,
        otherwise: Box<Value>,
        data_type: DataType,
    },
    /// The first value that is not NULL.
    Coalesce {
        args: Vec<Value>,
        data_type: DataType,
    },
}

impl Value {
    /// The column it is, when it is nothing but one.
    pub(crate) fn as_column(&self) -> Option<usize> {
        match self {
            Value::Column(column) => Some(*column),
            _ => None,
        }
    }

    /// True when computing it can be an error for some row.
    pub(crate) fn may_fail(&self) -> bool {
        match self {
            Value::Column(_) | Value::Literal(..) => false,
            Value::Arithmetic { left, right, data_type, .. } => {
                !data_type.is_float() || left.may_fail() || right.may_fail()
            }
            Value::Negate { operand, data_type, .. } => !data_type.is_float() || operand.may_fail(),
            // Most functions fail on some argument or other.
            Value::Cast { .. } | Value::Call { .. } => true,
            Value::Case { branches, otherwise, .. } => {
                branches.iter().any(|(when, then)| when.may_fail() || then.may_fail()) || otherwise.may_fail()
            }
            Value::Coalesce { args, .. } => args.iter().any(Value::may_fail),
            Value::Predicate(predicate) => predicate.may_fail(),
        }
    }

    /// Shapes an expression for a source, whose dictionaries answer conditions on text.
    pub(crate) fn new(expr: &Typed, source: &dyn ColumnSource) -> Result<Value, Error> {
        let span = expr.span;
        let inner = |e: &Typed| Value::new(e, source).map(Box::new);
        Ok(match &expr.kind {
            TypedKind::Column { index, .. } => Value::Column(*index),
            TypedKind::Literal(value) => Value::Literal(value.clone(), expr.data_type),
            TypedKind::Arithmetic { op, left, right } => Value::Arithmetic {
                op: *op,
                left: inner(left)?,
                right: inner(right)?,
                data_type: expr.data_type,
                span,
            },
            TypedKind::Negate(operand) => {
                Value::Negate { operand: inner(operand)?, data_type: expr.data_type, span }
            }
            TypedKind::Cast(operand) => Value::Cast { operand: inner(operand)?, to: expr.data_type, span },
            TypedKind::Call { function, args } => Value::Call {
                function: *function,
                args: args.iter().map(|e| Value::new(e, source)).collect::<Result<_, _>>()?,
                data_type: expr.data_type,
                span,
            },
            TypedKind::Case { branches, otherwise } => {
                let branch = |(when, then): &(Typed, Typed)| {
                    Ok::<_, Error>((Predicate::new(when, source)?, Value::new(then, source)?))
                };
                Value::Case {
                    branches: branches.iter().map(branch).collect::<Result<_, _>>()?,
                    otherwise: inner(otherwise)?,
                    data_type: expr.data_type,
                }
            }
            TypedKind::Coalesce(args) => Value::Coalesce {
                args: args.iter().map(|e| Value::new(e, source)).collect::<Result<_, _>>()?,
                data_type: expr.data_type,
            },
            _ => Value::Predicate(Box::new(Predicate::new(expr, source)?)),
        })
    }
}

impl Predicate {
    /// True when judging it can be an error for some row.
    pub(crate) fn may_fail(&self) -> bool {
        match self {
            Predicate::Constant(_) | Predicate::Codes { .. } => false,
            Predicate::CompareLiteral { operand, .. }
            | Predicate::Between { operand, .. }
            | Predicate::InList { operand, .. }
            | Predicate::IsNull(operand)
            | Predicate::Bool(operand) => operand.may_fail(),
            Predicate::Compare { left, right, .. } | Predicate::Distinct { left, right, .. } => {
                left.may_fail() || right.may_fail()
            }
            Predicate::And(left, right) | Predicate::Or(left, right) => left.may_fail() || right.may_fail(),
            Predicate::Not(operand) => operand.may_fail(),
        }
    }

    /// Shapes a bool expression for a source.
    pub(crate) fn new(expr: &Typed, source: &dyn ColumnSource) -> Result<Predicate, Error> {
        let span = expr.span;
        let inner = |e: &Typed| Predicate::new(e, source).map(Box::new);
        Ok(match &expr.kind {
            TypedKind::Literal(Scalar::Bool(value)) => Predicate::Constant(Some(*value)),
            TypedKind::Literal(_) => Predicate::Constant(None),
            TypedKind::And(left, right) => {
                match (Predicate::new(left, source)?, Predicate::new(right, source)?) {
                    (
                        Predicate::CompareLiteral {
                            op: Comparison::GreaterOrEqual,
                            operand,
                            literal: low,
                            ..
                        },
                        Predicate::CompareLiteral {
                            op: Comparison::LessOrEqual,
                            operand: same,
                            literal: high,
                            ..
                        },
                    ) if operand.as_column().is_some() && operand.as_column() == same.as_column() => {
                        Predicate::Between { operand, low, high, span }
                    }
                    (left, right) => Predicate::And(Box::new(left), Box::new(right)),
                }
            }
            TypedKind::Or(left, right) => Predicate::Or(inner(left)?, inner(right)?),
            TypedKind::Not(operand) => Predicate::Not(inner(operand)?),
            TypedKind::IsNull(operand) => Predicate::IsNull(Value::new(operand, source)?),
            TypedKind::Compare { op, left, right } => compare(*op, left, right, span, source)?,
            TypedKind::Distinct { left, right } => {
                let (left, right) = (Value::new(left, source)?, Value::new(right, source)?);
                Predicate::Distinct { left, right, span }
            }
            TypedKind::InList { expr, values, has_null } => in_list(expr, values, *has_null, span, source)?,
            TypedKind::Column { .. }
            | TypedKind::Cast(_)
            | TypedKind::Call { .. }
            | TypedKind::Case { .. }
            | TypedKind::Coalesce(_) => Predicate::Bool(Value::new(expr, source)?),
            TypedKind::Arithmetic { .. } | TypedKind::Negate(_) | TypedKind::Months(_) => {
                return Err(Error::Internal(format!("{expr} is no condition")));
            }
        })
    }
}

fn compare(
    op: Comparison,
    left: &Typed,
    right: &Typed,
    span: Option<Span>,
    source: &dyn ColumnSource,
) -> Result<Predicate, Error> {
    let (op, left, right) = match (&left.kind, &right.kind) {
        (TypedKind::Literal(_), TypedKind::Literal(_)) => (op, left, right),
        (TypedKind::Literal(_), _) => (op.swap(), right, left),
        _ => (op, left, right),
    };
    match &right.kind {
        TypedKind::Literal(Scalar::Null) => {
            let operand = Value::new(left, source)?;
            // The answer is NULL, but what fails on the way to it still counts.
            if operand.may_fail() {
                return general(op, left, right, span, source);
            }
            Ok(Predicate::Constant(None))
        }
        TypedKind::Literal(Scalar::Text(text)) => match text_column(left, source)? {
            Some((column, dictionary)) => {
                let table = dictionary.iter().map(|value| op.holds(value.cmp(text.as_bytes()))).collect();
                Ok(Predicate::Codes { column, table, else_null: false })
            }
            None if !matches!(left.kind, TypedKind::Literal(_)) => Ok(Predicate::CompareLiteral {
                op,
                operand: Value::new(left, source)?,
                literal: Scalar::Text(text.clone()),
                span,
            }),
            None => general(op, left, right, span, source),
        },
        TypedKind::Literal(literal) if !matches!(left.kind, TypedKind::Literal(_)) => {
            Ok(Predicate::CompareLiteral {
                op,
                operand: Value::new(left, source)?,
                literal: literal.clone(),
                span,
            })
        }
        _ => general(op, left, right, span, source),
    }
}

fn general(
    op: Comparison,
    left: &Typed,
    right: &Typed,
    span: Option<Span>,
    source: &dyn ColumnSource,
) -> Result<Predicate, Error> {
    Ok(Predicate::Compare { op, left: Value::new(left, source)?, right: Value::new(right, source)?, span })
}

fn in_list(
    expr: &Typed,
    values: &[Scalar],
    has_null: bool,
    span: Option<Span>,
    source: &dyn ColumnSource,
) -> Result<Predicate, Error> {
    if let Some((column, dictionary)) = text_column(expr, source)? {
        let wanted: std::collections::HashSet<&[u8]> = values
            .iter()
            .filter_map(|v| match v {
                Scalar::Text(text) => Some(text.as_bytes()),
                _ => None,
            })
            .collect();
        let table = dictionary.iter().map(|value| wanted.contains(value)).collect();
        return Ok(Predicate::Codes { column, table, else_null: has_null });
    }
    Ok(Predicate::InList { operand: Value::new(expr, source)?, values: values.to_vec(), has_null, span })
}

fn text_column(
    expr: &Typed,
    source: &dyn ColumnSource,
) -> Result<Option<(usize, std::sync::Arc<Dictionary>)>, Error> {
    match expr.as_column() {
        Some(column) if expr.data_type == DataType::Text => {
            Ok(source.dictionary(column)?.map(|dictionary| (column, dictionary)))
        }
        _ => Ok(None),
    }
}
