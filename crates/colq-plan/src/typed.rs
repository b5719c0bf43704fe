//! Expressions that were checked: columns by number, every part with its type.

use crate::{Arithmetic, Comparison, Span};
use colq_types::{DataType, Function, Scalar};
use std::fmt;

/// A checked expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// What it is.
    pub kind: TypedKind,
    /// The type of its values.
    pub data_type: DataType,
    /// Where it stands in the SQL text, for errors that only the rows can show.
    pub span: Option<Span>,
}

/// The kinds of checked expressions. What [`bind`](crate::bind) guarantees stands with each.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the operands, in the order of reading")]
pub enum TypedKind {
    /// A column of the input by number, with its name.
    Column { index: usize, name: String },
    /// A value, of this type or NULL.
    Literal(Scalar),
    /// Bool. Two operands of one type; or a number and a literal number, two decimals, or two durations, compared by
    /// value whatever their types.
    Compare { op: Comparison, left: Box<Typed>, right: Box<Typed> },
    /// Bool, never NULL: true when the operands differ, NULL being equal to itself. Types as for `Compare`.
    Distinct { left: Box<Typed>, right: Box<Typed> },
    /// The result is i64, u64, f32, f64 or a duration, and so are both operands; or a decimal, and the operands are
    /// decimals of any digits; or a timestamp or a duration of some unit from a timestamp or a duration of that unit on
    /// each side; or a duration from a duration and an i64 (`*`).
    Arithmetic { op: Arithmetic, left: Box<Typed>, right: Box<Typed> },
    /// Both operands are bool; the right one is looked at only where the left one is not false.
    And(Box<Typed>, Box<Typed>),
    /// Both operands are bool; the right one is looked at only where the left one is not true.
    Or(Box<Typed>, Box<Typed>),
    /// The operand is bool.
    Not(Box<Typed>),
    /// The operand has the type of the result: i64, f32, f64, a duration or a decimal.
    Negate(Box<Typed>),
    /// Bool, never NULL.
    IsNull(Box<Typed>),
    /// Bool. `values` are not NULL and comparable with the operand; with `has_null` a row that matches none is
    /// NULL instead of false.
    InList { expr: Box<Typed>, values: Vec<Scalar>, has_null: bool },
    /// A conversion that the kernels have.
    Cast(Box<Typed>),
    /// A function; [`Function`] says which types each takes. Arguments are looked at from left to right.
    Call { function: Function, args: Vec<Typed> },
    /// The value beside the first condition (bool) that is true, else the last one. All values have the type of the
    /// result. A condition is looked at only for rows that no earlier one took, a value only for rows that take it.
    Case { branches: Vec<(Typed, Typed)>, otherwise: Box<Typed> },
    /// The first value that is not NULL; each is looked at only for rows where all before it are NULL. All have the
    /// type of the result.
    Coalesce(Vec<Typed>),
    /// Months of the calendar, as an operand of another expression while that is bound; never part of a plan.
    Months(i32),
}

impl Typed {
    /// The direct parts.
    pub fn children(&self) -> Vec<&Typed> {
        match &self.kind {
            TypedKind::Column { .. } | TypedKind::Literal(_) | TypedKind::Months(_) => Vec::new(),
            TypedKind::Compare { left, right, .. }
            | TypedKind::Distinct { left, right }
            | TypedKind::Arithmetic { left, right, .. }
            | TypedKind::And(left, right)
            | TypedKind::Or(left, right) => vec![left, right],
            TypedKind::Not(e) | TypedKind::Negate(e) | TypedKind::IsNull(e) | TypedKind::Cast(e) => vec![e],
            TypedKind::InList { expr, .. } => vec![expr],
            TypedKind::Call { args, .. } | TypedKind::Coalesce(args) => args.iter().collect(),
            TypedKind::Case { branches, otherwise } => {
                branches.iter().flat_map(|(when, then)| [when, then]).chain([&**otherwise]).collect()
            }
        }
    }

    /// Adds the numbers of all columns it reads to `columns`, each once.
    pub fn collect_columns(&self, columns: &mut Vec<usize>) {
        if let TypedKind::Column { index, .. } = self.kind
            && !columns.contains(&index)
        {
            columns.push(index);
        }
        self.children().into_iter().for_each(|child| child.collect_columns(columns));
    }

    /// True when both give the same value for every row: equal but for their places.
    pub(crate) fn same_as(&self, other: &Typed) -> bool {
        use TypedKind as K;
        let (a, b) = (self.children(), other.children());
        self.data_type == other.data_type
            && a.len() == b.len()
            && match (&self.kind, &other.kind) {
                (K::Column { index: a, .. }, K::Column { index: b, .. }) => a == b,
                (K::Literal(a), K::Literal(b)) => a == b,
                (K::Compare { op: a, .. }, K::Compare { op: b, .. }) => a == b,
                (K::Arithmetic { op: a, .. }, K::Arithmetic { op: b, .. }) => a == b,
                (K::InList { values: a, has_null: x, .. }, K::InList { values: b, has_null: y, .. }) => {
                    a == b && x == y
                }
                (K::Call { function: a, .. }, K::Call { function: b, .. }) => a == b,
                (K::Months(a), K::Months(b)) => a == b,
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            }
            && a.iter().zip(&b).all(|(a, b)| a.same_as(b))
    }

    /// Its levels.
    pub(crate) fn depth(&self) -> usize {
        1 + self.children().into_iter().map(Typed::depth).max().unwrap_or(0)
    }

    /// The column it is, when it is nothing but one.
    pub fn as_column(&self) -> Option<usize> {
        match self.kind {
            TypedKind::Column { index, .. } => Some(index),
            _ => None,
        }
    }
}

/// The expression as SQL, with the conversions that the types asked for.
impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TypedKind::Column { name, .. } => f.write_str(name),
            TypedKind::Literal(value) => Written(value).fmt(f),
            TypedKind::Compare { op, left, right } => write!(f, "({left} {} {right})", op.sign()),
            TypedKind::Distinct { left, right } => write!(f, "({left} IS DISTINCT FROM {right})"),
            TypedKind::Arithmetic { op, left, right } => write!(f, "({left} {} {right})", op.sign()),
            TypedKind::And(left, right) => write!(f, "({} AND {})", InAnd(left), InAnd(right)),
            TypedKind::Or(left, right) => write!(f, "({} OR {})", InOr(left), InOr(right)),
            TypedKind::Not(expr) => write!(f, "(NOT {expr})"),
            TypedKind::Negate(expr) => write!(f, "(-{expr})"),
            TypedKind::IsNull(expr) => write!(f, "({expr} IS NULL)"),
            TypedKind::InList { expr, values, has_null } => {
                let mut list: Vec<String> = values.iter().map(|v| Written(v).to_string()).collect();
                if *has_null {
                    list.push("NULL".into());
                }
                write!(f, "({expr} IN ({}))", list.join(", "))
            }
            TypedKind::Cast(expr) => write!(f, "CAST({expr} AS {})", self.data_type),
            TypedKind::Call { function, args } => write_call(f, *function, args),
            TypedKind::Coalesce(args) => write!(f, "coalesce({})", List(args)),
            TypedKind::Case { branches, otherwise } => {
                f.write_str("CASE")?;
                for (when, then) in branches {
                    write!(f, " WHEN {when} THEN {then}")?;
                }
                write!(f, " ELSE {otherwise} END")
            }
            TypedKind::Months(months) => write!(f, "INTERVAL '{months} months'"),
        }
    }
}

/// A call as it is written: patterns and `||` stand between their operands.
fn write_call(f: &mut fmt::Formatter<'_>, function: Function, args: &[Typed]) -> fmt::Result {
    let sign = match function {
        Function::Join => "||",
        Function::Like => "LIKE",
        Function::Ilike => "ILIKE",
        Function::Matches => "~",
        Function::MatchesIgnoringCase => "~*",
        _ => return write!(f, "{}({})", function_name(function), List(args)),
    };
    match args {
        [left, right] => write!(f, "({left} {sign} {right})"),
        [left, right, escape] => write!(f, "({left} {sign} {right} ESCAPE {escape})"),
        _ => write!(f, "{sign}({})", List(args)),
    }
}

/// The name of a function in SQL: that of its variant, in lower case with underscores.
fn function_name(function: Function) -> String {
    let mut name = String::new();
    for letter in format!("{function:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    match name.as_str() {
        "is_nan" => "isnan".into(),
        "date_bin_months" => "date_bin".into(),
        _ => name,
    }
}

/// Expressions with commas between them.
struct List<'a>(&'a [Typed]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, expr) in self.0.iter().enumerate() {
            write!(f, "{}{expr}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// A value as SQL writes it.
pub(crate) struct Written<'a>(pub(crate) &'a Scalar);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Scalar::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            value @ (Scalar::Date(_) | Scalar::Timestamp(..) | Scalar::Duration(..)) => {
                write!(f, "'{value}'")
            }
            value => write!(f, "{value}"),
        }
    }
}

/// An operand of AND, which needs no parentheses when it is an AND.
struct InAnd<'a>(&'a Typed);

impl fmt::Display for InAnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            TypedKind::And(left, right) => write!(f, "{} AND {}", InAnd(left), InAnd(right)),
            _ => self.0.fmt(f),
        }
    }
}

/// An operand of OR, which needs no parentheses when it is an OR.
struct InOr<'a>(&'a Typed);

impl fmt::Display for InOr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            TypedKind::Or(left, right) => write!(f, "{} OR {}", InOr(left), InOr(right)),
            _ => self.0.fmt(f),
        }
    }
}
