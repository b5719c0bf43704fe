//! Checked expressions in the shape in which they are evaluated: literals on the right, ranges as one step, and
//! conditions on text columns as a table with an answer for each code of the dictionary.

use crate::Error;
use crate::between::and;
use crate::constant::folded;
use crate::dictionary::{Answers, Late, OfTable, PairHashes, Table, long, table};
use colq_column::{ColumnSource, Dictionary, Values};
use colq_kernels::{CodeTable, Comparison, codes_of};
use colq_plan::{Arithmetic, Function, Span, Typed, TypedKind};
use colq_types::{DataType, Scalar};
use std::sync::Arc;

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
        /// Of two text columns that are held against each other for equality.
        hashes: Option<Arc<PairHashes>>,
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
    Codes(Codes),
    /// The same where the dictionary is long: only when many rows have asked, and by rows until then.
    LateCodes(Arc<Late<Codes>>, Box<Predicate>),
    And(Box<Predicate>, Box<Predicate>),
    Or(Box<Predicate>, Box<Predicate>),
    Not(Box<Predicate>),
    IsNull(Value),
    /// A bool column or conversion.
    Bool(Value),
}

/// A condition by the codes of a text column.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    pub(crate) column: usize,
    /// For which it is true.
    pub(crate) trues: CodeTable,
    /// For which it is NULL, where there are such.
    pub(crate) nulls: Option<CodeTable>,
    /// The answer for a row that is NULL.
    pub(crate) if_null: Option<bool>,
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
        from: DataType,
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
    /// An answer for each code of a text column.
    Lookup(Table),
    /// The same where the dictionary is long: only when many rows have asked, and by rows until then.
    LateLookup(Arc<Late<Answers>>, Box<Value>),
}

impl Value {
    /// The column it is, when it is nothing but one.
    pub(crate) fn as_column(&self) -> Option<usize> {
        match self {
            Value::Column(column) => Some(*column),
            _ => None,
        }
    }

    /// Shapes an expression for a source, whose dictionaries answer what is asked of text.
    pub(crate) fn new(expr: &Typed, source: &dyn ColumnSource) -> Result<Value, Error> {
        Value::shape(&folded(expr), source)
    }

    /// The same for an expression whose constant parts are literals.
    pub(crate) fn shape(expr: &Typed, source: &dyn ColumnSource) -> Result<Value, Error> {
        match table(expr, source)? {
            Some(table) if expr.data_type == DataType::Bool => {
                return Ok(Value::Predicate(Box::new(Predicate::Codes(codes(&table)?))));
            }
            Some(table) => return Ok(Value::Lookup(table)),
            None => {}
        }
        if expr.data_type == DataType::Bool {
            if let Some(late) = late_codes(expr, source)? {
                return Ok(Value::Predicate(Box::new(late)));
            }
        } else if let Some(long) = long(expr, source)? {
            let by_rows = Value::shape(expr, &long.hidden(source))?;
            return Ok(Value::LateLookup(Arc::new(Late::new(long)), Box::new(by_rows)));
        }
        let span = expr.span;
        let inner = |e: &Typed| Value::shape(e, source).map(Box::new);
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
            TypedKind::Cast(operand) => {
                Value::Cast { operand: inner(operand)?, from: operand.data_type, to: expr.data_type, span }
            }
            TypedKind::Call { function, args } => Value::Call {
                function: *function,
                args: args.iter().map(|e| Value::shape(e, source)).collect::<Result<_, _>>()?,
                data_type: expr.data_type,
                span,
            },
            TypedKind::Case { branches, otherwise } => {
                let branch = |(when, then): &(Typed, Typed)| {
                    Ok::<_, Error>((Predicate::shape(when, source)?, Value::shape(then, source)?))
                };
                Value::Case {
                    branches: branches.iter().map(branch).collect::<Result<_, _>>()?,
                    otherwise: inner(otherwise)?,
                    data_type: expr.data_type,
                }
            }
            TypedKind::Coalesce(args) => Value::Coalesce {
                args: args.iter().map(|e| Value::shape(e, source)).collect::<Result<_, _>>()?,
                data_type: expr.data_type,
            },
            _ => Value::Predicate(Box::new(Predicate::shape(expr, source)?)),
        })
    }
}

impl Predicate {
    /// Shapes a bool expression for a source.
    pub(crate) fn new(expr: &Typed, source: &dyn ColumnSource) -> Result<Predicate, Error> {
        Predicate::shape(&folded(expr), source)
    }

    /// The same for an expression whose constant parts are literals.
    fn shape(expr: &Typed, source: &dyn ColumnSource) -> Result<Predicate, Error> {
        if let Some(table) = table(expr, source)? {
            return codes(&table).map(Predicate::Codes);
        }
        if let Some(late) = late_codes(expr, source)? {
            return Ok(late);
        }
        let span = expr.span;
        let inner = |e: &Typed| Predicate::shape(e, source).map(Box::new);
        Ok(match &expr.kind {
            TypedKind::Literal(Scalar::Bool(value)) => Predicate::Constant(Some(*value)),
            TypedKind::Literal(_) => Predicate::Constant(None),
            TypedKind::And(left, right) => {
                let (left, right) = (Predicate::shape(left, source)?, Predicate::shape(right, source)?);
                and(left, right, source)
            }
            TypedKind::Or(left, right) => Predicate::Or(inner(left)?, inner(right)?),
            TypedKind::Not(operand) => Predicate::Not(inner(operand)?),
            TypedKind::IsNull(operand) => Predicate::IsNull(Value::shape(operand, source)?),
            TypedKind::Compare { op, left, right } => compare(*op, left, right, span, source)?,
            TypedKind::Distinct { left, right } => {
                let (left, right) = (Value::shape(left, source)?, Value::shape(right, source)?);
                Predicate::Distinct { left, right, span }
            }
            TypedKind::InList { expr, values, has_null } => in_list(expr, values, *has_null, span, source)?,
            TypedKind::Column { .. }
            | TypedKind::Cast(_)
            | TypedKind::Call { .. }
            | TypedKind::Case { .. }
            | TypedKind::Coalesce(_) => Predicate::Bool(Value::shape(expr, source)?),
            TypedKind::Arithmetic { .. } | TypedKind::Negate(_) | TypedKind::Months(_) => {
                return Err(Error::Internal(format!("{expr} is no condition")));
            }
        })
    }
}

/// A condition on a text column with a long dictionary; `None` for every other.
fn late_codes(expr: &Typed, source: &dyn ColumnSource) -> Result<Option<Predicate>, Error> {
    let Some(long) = Some(expr)
        .filter(|expr| !is_seen_at_once(expr))
        .map(|expr| long(expr, source))
        .transpose()?
        .flatten()
    else {
        return Ok(None);
    };
    let by_rows = Predicate::shape(expr, &long.hidden(source))?;
    Ok(Some(Predicate::LateCodes(Arc::new(Late::new(long)), Box::new(by_rows))))
}

impl OfTable for Codes {
    fn of_table(table: Table) -> Result<Codes, Error> {
        codes(&table)
    }
}

/// True where no text need be looked at to judge the condition, or only its parts have anything to look at.
fn is_seen_at_once(expr: &Typed) -> bool {
    let is_column = |expr: &Typed| expr.as_column().is_some();
    let is_literal = |expr: &Typed| matches!(expr.kind, TypedKind::Literal(_));
    match &expr.kind {
        TypedKind::And(..) | TypedKind::Or(..) | TypedKind::Not(_) => true,
        TypedKind::IsNull(operand) => is_column(operand),
        TypedKind::InList { expr, .. } => is_column(expr),
        TypedKind::Compare { op: Comparison::Equal | Comparison::NotEqual, left, right } => {
            is_column(left) && is_literal(right) || is_literal(left) && is_column(right)
        }
        _ => false,
    }
}

/// A condition by the codes of a column.
fn codes(table: &Table) -> Result<Codes, Error> {
    let answers = table.answers.view();
    let Values::Bool(bytes) = answers.values else {
        return Err(Error::Internal(format!("a condition gave {}", answers.data_type)));
    };
    let last = table.null_row();
    let holds = |row: usize| answers.is_valid(row) && bytes.get(row).is_some_and(|byte| *byte != 0);
    // Mostly no value but NULL has no answer.
    let has_nulls = answers.null_count() > usize::from(!answers.is_valid(last));
    let (trues, nulls) = match has_nulls {
        true => ((0..last).map(holds).collect(), Some((0..last).map(|row| !answers.is_valid(row)).collect())),
        false => (bytes.iter().take(last).map(|byte| *byte != 0).collect(), None),
    };
    Ok(Codes { column: table.column, trues, nulls, if_null: answers.is_valid(last).then(|| holds(last)) })
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
            let operand = Value::shape(left, source)?;
            // The answer is NULL, but what fails on the way to it still counts.
            if operand.may_fail() {
                return general(op, left, right, span, source);
            }
            Ok(Predicate::Constant(None))
        }
        TypedKind::Literal(Scalar::Text(text)) => match text_column(left, source)? {
            Some((column, dictionary)) => {
                let trues = match op {
                    Comparison::Equal => table_of(&dictionary, &[text.as_bytes()])?,
                    Comparison::NotEqual => table_of(&dictionary, &[text.as_bytes()])?.negated(),
                    _ => dictionary.iter().map(|value| op.holds(value.cmp(text.as_bytes()))).collect(),
                };
                Ok(Predicate::Codes(Codes { column, trues, nulls: None, if_null: None }))
            }
            None if !matches!(left.kind, TypedKind::Literal(_)) => Ok(Predicate::CompareLiteral {
                op,
                operand: Value::shape(left, source)?,
                literal: Scalar::Text(text.clone()),
                span,
            }),
            None => general(op, left, right, span, source),
        },
        TypedKind::Literal(literal) if !matches!(left.kind, TypedKind::Literal(_)) => {
            Ok(Predicate::CompareLiteral {
                op,
                operand: Value::shape(left, source)?,
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
    Ok(Predicate::Compare {
        op,
        left: Value::shape(left, source)?,
        right: Value::shape(right, source)?,
        span,
        hashes: pair_hashes(op, left, right, source)?.map(Arc::new),
    })
}

fn pair_hashes(
    op: Comparison,
    left: &Typed,
    right: &Typed,
    source: &dyn ColumnSource,
) -> Result<Option<PairHashes>, Error> {
    if !matches!(op, Comparison::Equal | Comparison::NotEqual) {
        return Ok(None);
    }
    let texts = |side: &Typed| -> Result<Option<Arc<Dictionary>>, Error> {
        Ok(text_column(side, source)?.map(|(_, dictionary)| dictionary))
    };
    let is_column = |side: &Typed| side.as_column().is_some() && side.data_type == DataType::Text;
    match is_column(left) && is_column(right) {
        true => Ok(PairHashes::new([texts(left)?, texts(right)?])),
        false => Ok(None),
    }
}

fn in_list(
    expr: &Typed,
    values: &[Scalar],
    has_null: bool,
    span: Option<Span>,
    source: &dyn ColumnSource,
) -> Result<Predicate, Error> {
    if let Some((column, dictionary)) = text_column(expr, source)? {
        let texts = values.iter().filter_map(|v| match v {
            Scalar::Text(text) => Some(text.as_bytes()),
            _ => None,
        });
        let trues = table_of(&dictionary, &texts.collect::<Vec<_>>())?;
        let nulls = has_null.then(|| trues.clone().negated());
        return Ok(Predicate::Codes(Codes { column, trues, nulls, if_null: None }));
    }
    Ok(Predicate::InList { operand: Value::shape(expr, source)?, values: values.to_vec(), has_null, span })
}

/// The codes of these texts.
fn table_of(dictionary: &Arc<Dictionary>, texts: &[&[u8]]) -> Result<CodeTable, Error> {
    let codes = codes_of(dictionary, texts).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(CodeTable::of_codes(codes, dictionary.len()))
}

fn text_column(expr: &Typed, source: &dyn ColumnSource) -> Result<Option<(usize, Arc<Dictionary>)>, Error> {
    match expr.as_column() {
        Some(column) if expr.data_type == DataType::Text => {
            Ok(source.dictionary(column)?.map(|dictionary| (column, dictionary)))
        }
        _ => Ok(None),
    }
}
