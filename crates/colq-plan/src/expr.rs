//! Expressions as they are written, with names and without types.

use crate::typed::Written;
use crate::{AggregateFunction, SortKey, Span};
use colq_types::{Arithmetic, Comparison, DataType, Function, Ranking, Scalar, TimeUnit};
use std::fmt;

/// An expression as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands in the SQL text, if it came from there.
    pub span: Option<Span>,
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the operands, in the order of reading")]
pub enum ExprKind {
    /// A column by name.
    Column(String),
    /// A value.
    Literal(Scalar),
    /// `left = right` and its like.
    Compare { op: Comparison, left: Box<Expr>, right: Box<Expr> },
    /// `left IS [NOT] DISTINCT FROM right`.
    Distinct { left: Box<Expr>, right: Box<Expr>, negated: bool },
    /// `left + right` and its like.
    Arithmetic { op: Arithmetic, left: Box<Expr>, right: Box<Expr> },
    /// `left AND right`.
    And(Box<Expr>, Box<Expr>),
    /// `left OR right`.
    Or(Box<Expr>, Box<Expr>),
    /// `NOT expr`.
    Not(Box<Expr>),
    /// `-expr`.
    Negate(Box<Expr>),
    /// `expr IS [NOT] NULL`.
    IsNull { expr: Box<Expr>, negated: bool },
    /// `expr [NOT] BETWEEN low AND high`, both ends included.
    Between { expr: Box<Expr>, low: Box<Expr>, high: Box<Expr>, negated: bool },
    /// `expr [NOT] IN (list)`.
    InList { expr: Box<Expr>, list: Vec<Expr>, negated: bool },
    /// `CAST(expr AS to)`.
    Cast { expr: Box<Expr>, to: DataType },
    /// A function of single rows, by any of its names.
    Call { name: String, args: Vec<Expr> },
    /// `expr LIKE pattern` and its like: `function` is `Like`, `Ilike`, `Matches` or `MatchesIgnoringCase`, and `escape`
    /// the character that takes the meaning from the next one (a LIKE alone has one).
    Pattern { function: Function, expr: Box<Expr>, pattern: Box<Expr>, escape: Option<String>, negated: bool },
    /// `left || right`.
    Join(Box<Expr>, Box<Expr>),
    /// `CASE WHEN .. THEN .. ELSE .. END`; with an operand the branches are compared with it.
    Case { operand: Option<Box<Expr>>, branches: Vec<(Expr, Expr)>, otherwise: Option<Box<Expr>> },
    /// A length of time: months of the calendar, days, and the rest in units.
    Interval { months: i32, days: i64, rest: (i64, TimeUnit) },
    /// An aggregate; without arguments it counts rows. With a filter it is taken over the rows that pass.
    Aggregate { function: AggregateFunction, args: Vec<Expr>, distinct: bool, filter: Option<Box<Expr>> },
    /// `row_number() OVER (PARTITION BY .. ORDER BY ..)` and its like.
    Window { function: Ranking, partition_by: Vec<Expr>, order_by: Vec<SortKey> },
    /// `expr AS name`.
    Alias { expr: Box<Expr>, name: String },
}

impl From<ExprKind> for Expr {
    fn from(kind: ExprKind) -> Expr {
        Expr { kind, span: None }
    }
}

/// A column by name.
pub fn col(name: impl Into<String>) -> Expr {
    ExprKind::Column(name.into()).into()
}

/// A literal value.
pub fn lit(value: impl Into<Scalar>) -> Expr {
    ExprKind::Literal(value.into()).into()
}

fn aggregate(function: AggregateFunction, argument: Option<Expr>, distinct: bool) -> Expr {
    ExprKind::Aggregate { function, args: argument.into_iter().collect(), distinct, filter: None }.into()
}

/// `count(*)`.
pub fn count() -> Expr {
    aggregate(AggregateFunction::Count, None, false)
}

/// `count(expr)`: the rows where it is not NULL.
pub fn count_of(expr: Expr) -> Expr {
    aggregate(AggregateFunction::Count, Some(expr), false)
}

/// `count(DISTINCT expr)`.
pub fn count_distinct(expr: Expr) -> Expr {
    aggregate(AggregateFunction::Count, Some(expr), true)
}

/// `sum(expr)`.
pub fn sum(expr: Expr) -> Expr {
    aggregate(AggregateFunction::Sum, Some(expr), false)
}

/// `avg(expr)`; the same as [`mean`].
pub fn avg(expr: Expr) -> Expr {
    aggregate(AggregateFunction::Avg, Some(expr), false)
}

/// `avg(expr)`; the same as [`avg`].
pub fn mean(expr: Expr) -> Expr {
    avg(expr)
}

/// `min(expr)`.
pub fn min(expr: Expr) -> Expr {
    aggregate(AggregateFunction::Min, Some(expr), false)
}

/// `max(expr)`.
pub fn max(expr: Expr) -> Expr {
    aggregate(AggregateFunction::Max, Some(expr), false)
}

/// `stddev(expr)`, of a sample.
pub fn stddev(expr: Expr) -> Expr {
    aggregate(AggregateFunction::StddevSamp, Some(expr), false)
}

/// All of the conditions, joined by AND from left to right; `TRUE` when there is none. The tree is balanced, so
/// that thousands of conditions stay a few levels deep.
pub fn all_of(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    balanced(conditions, ExprKind::And).unwrap_or_else(|| lit(true))
}

/// Any of the conditions, joined by OR from left to right; `FALSE` when there is none. Balanced as [`all_of`].
pub fn any_of(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    balanced(conditions, ExprKind::Or).unwrap_or_else(|| lit(false))
}

/// Joins neighbours until one is left. AND and OR are associative, also in which operands they look at.
fn balanced(
    terms: impl IntoIterator<Item = Expr>,
    join: fn(Box<Expr>, Box<Expr>) -> ExprKind,
) -> Option<Expr> {
    let mut terms: Vec<Expr> = terms.into_iter().collect();
    while terms.len() > 1 {
        let mut rest = terms.into_iter();
        terms = Vec::with_capacity(rest.len().div_ceil(2));
        while let Some(left) = rest.next() {
            terms.push(match rest.next() {
                None => left,
                Some(right) => {
                    let span = left.span.zip(right.span);
                    let span = span.map(|(a, b)| Span { start: a.start, end: b.end });
                    Expr { kind: join(Box::new(left), Box::new(right)), span }
                }
            });
        }
    }
    terms.pop()
}

#[allow(
    clippy::should_implement_trait,
    reason = "`not`, `add` and the like read as the operators they build"
)]
impl Expr {
    /// The levels that an expression may have. The stack of any thread holds what walks that many.
    pub const DEPTH_LIMIT: usize = 150;

    fn compare(self, op: Comparison, right: Expr) -> Expr {
        ExprKind::Compare { op, left: Box::new(self), right: Box::new(right) }.into()
    }

    fn arithmetic(self, op: Arithmetic, right: Expr) -> Expr {
        ExprKind::Arithmetic { op, left: Box::new(self), right: Box::new(right) }.into()
    }

    /// `self = right`.
    pub fn eq(self, right: Expr) -> Expr {
        self.compare(Comparison::Equal, right)
    }
    /// `self <> right`.
    pub fn not_eq(self, right: Expr) -> Expr {
        self.compare(Comparison::NotEqual, right)
    }
    /// `self < right`.
    pub fn lt(self, right: Expr) -> Expr {
        self.compare(Comparison::Less, right)
    }
    /// `self <= right`.
    pub fn lt_eq(self, right: Expr) -> Expr {
        self.compare(Comparison::LessOrEqual, right)
    }
    /// `self > right`.
    pub fn gt(self, right: Expr) -> Expr {
        self.compare(Comparison::Greater, right)
    }
    /// `self >= right`.
    pub fn gt_eq(self, right: Expr) -> Expr {
        self.compare(Comparison::GreaterOrEqual, right)
    }
    /// `self AND right`.
    pub fn and(self, right: Expr) -> Expr {
        ExprKind::And(Box::new(self), Box::new(right)).into()
    }
    /// `self OR right`.
    pub fn or(self, right: Expr) -> Expr {
        ExprKind::Or(Box::new(self), Box::new(right)).into()
    }
    /// `NOT self`.
    pub fn not(self) -> Expr {
        ExprKind::Not(Box::new(self)).into()
    }
    /// `self IS NULL`.
    pub fn is_null(self) -> Expr {
        ExprKind::IsNull { expr: Box::new(self), negated: false }.into()
    }
    /// `self IS NOT NULL`.
    pub fn is_not_null(self) -> Expr {
        ExprKind::IsNull { expr: Box::new(self), negated: true }.into()
    }
    /// `self BETWEEN low AND high`.
    pub fn between(self, low: Expr, high: Expr) -> Expr {
        ExprKind::Between { expr: Box::new(self), low: Box::new(low), high: Box::new(high), negated: false }
            .into()
    }
    /// `self IN (values)`.
    pub fn is_in<T: Into<Scalar>>(self, values: impl IntoIterator<Item = T>) -> Expr {
        let list = values.into_iter().map(lit).collect();
        ExprKind::InList { expr: Box::new(self), list, negated: false }.into()
    }
    /// `CAST(self AS to)`.
    pub fn cast(self, to: DataType) -> Expr {
        ExprKind::Cast { expr: Box::new(self), to }.into()
    }
    /// `self AS name`.
    pub fn alias(self, name: impl Into<String>) -> Expr {
        ExprKind::Alias { expr: Box::new(self), name: name.into() }.into()
    }

    /// The same expression at a place in the SQL text.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Expr {
        self.span = span;
        self
    }

    /// The direct parts of this expression.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::Interval { .. } => Vec::new(),
            ExprKind::Compare { left, right, .. }
            | ExprKind::Distinct { left, right, .. }
            | ExprKind::Arithmetic { left, right, .. }
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Join(left, right) => vec![left, right],
            ExprKind::Pattern { expr, pattern, .. } => vec![expr, pattern],
            ExprKind::Call { args, .. } => args.iter().collect(),
            ExprKind::Case { operand, branches, otherwise } => operand
                .iter()
                .map(|e| &**e)
                .chain(branches.iter().flat_map(|(when, then)| [when, then]))
                .chain(otherwise.iter().map(|e| &**e))
                .collect(),
            ExprKind::Not(e) | ExprKind::Negate(e) => vec![e],
            ExprKind::IsNull { expr, .. } | ExprKind::Cast { expr, .. } | ExprKind::Alias { expr, .. } => {
                vec![expr]
            }
            ExprKind::Between { expr, low, high, .. } => vec![expr, low, high],
            ExprKind::InList { expr, list, .. } => std::iter::once(&**expr).chain(list).collect(),
            ExprKind::Aggregate { args, filter, .. } => {
                args.iter().chain(filter.iter().map(|f| &**f)).collect()
            }
            ExprKind::Window { partition_by, order_by, .. } => {
                partition_by.iter().chain(order_by.iter().map(|key| &key.expr)).collect()
            }
        }
    }

    /// True when an aggregate stands anywhere in it.
    pub(crate) fn has_aggregate(&self) -> bool {
        matches!(self.kind, ExprKind::Aggregate { .. })
            || self.children().into_iter().any(Expr::has_aggregate)
    }

    /// True when a window function stands anywhere in it.
    pub(crate) fn has_window(&self) -> bool {
        matches!(self.kind, ExprKind::Window { .. }) || self.children().into_iter().any(Expr::has_window)
    }

    /// True when it has more levels than [`Expr::DEPTH_LIMIT`]. Looks without recursion, so that it can say so.
    pub(crate) fn is_too_deep(&self) -> bool {
        let mut open = vec![(self, 1)];
        while let Some((expr, depth)) = open.pop() {
            if depth > Expr::DEPTH_LIMIT {
                return true;
            }
            open.extend(expr.children().into_iter().map(|child| (child, depth + 1)));
        }
        false
    }
}

impl std::ops::Add for Expr {
    type Output = Expr;
    fn add(self, right: Expr) -> Expr {
        self.arithmetic(Arithmetic::Add, right)
    }
}
impl std::ops::Sub for Expr {
    type Output = Expr;
    fn sub(self, right: Expr) -> Expr {
        self.arithmetic(Arithmetic::Subtract, right)
    }
}
impl std::ops::Mul for Expr {
    type Output = Expr;
    fn mul(self, right: Expr) -> Expr {
        self.arithmetic(Arithmetic::Multiply, right)
    }
}
impl std::ops::Div for Expr {
    type Output = Expr;
    fn div(self, right: Expr) -> Expr {
        self.arithmetic(Arithmetic::Divide, right)
    }
}
impl std::ops::Rem for Expr {
    type Output = Expr;
    fn rem(self, right: Expr) -> Expr {
        self.arithmetic(Arithmetic::Remainder, right)
    }
}
impl std::ops::Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        ExprKind::Negate(Box::new(self)).into()
    }
}

/// The expression as SQL, which is also the name of an unnamed column.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "NOT " } else { "" };
        match &self.kind {
            ExprKind::Column(name) => f.write_str(name),
            ExprKind::Literal(value) => Written(value).fmt(f),
            ExprKind::Compare { op, left, right } => {
                write!(f, "{} {} {}", Part(left), op.sign(), Part(right))
            }
            ExprKind::Distinct { left, right, negated } => {
                write!(f, "{} IS {}DISTINCT FROM {}", Part(left), not(negated), Part(right))
            }
            ExprKind::Arithmetic { op, left, right } => {
                write!(f, "{} {} {}", Part(left), op.sign(), Part(right))
            }
            ExprKind::And(..) | ExprKind::Or(..) => write_chain(f, self),
            ExprKind::Not(expr) => write!(f, "NOT {}", Part(expr)),
            ExprKind::Negate(expr) => write!(f, "-{}", Part(expr)),
            ExprKind::IsNull { expr, negated } => write!(f, "{} IS {}NULL", Part(expr), not(negated)),
            ExprKind::Between { expr, low, high, negated } => {
                write!(f, "{} {}BETWEEN {} AND {}", Part(expr), not(negated), Part(low), Part(high))
            }
            ExprKind::InList { expr, list, negated } => {
                let list: Vec<String> = list.iter().map(ToString::to_string).collect();
                write!(f, "{} {}IN ({})", Part(expr), not(negated), list.join(", "))
            }
            ExprKind::Cast { expr, to } => write!(f, "CAST({expr} AS {to})"),
            ExprKind::Call { name, args } => write!(f, "{}({})", name.to_lowercase(), listed(args)),
            ExprKind::Join(left, right) => write!(f, "{} || {}", Part(left), Part(right)),
            ExprKind::Pattern { function, expr, pattern, escape, negated } => {
                let (plain, not) = match function {
                    Function::Like => ("LIKE", "NOT LIKE"),
                    Function::Ilike => ("ILIKE", "NOT ILIKE"),
                    Function::MatchesIgnoringCase => ("~*", "!~*"),
                    _ => ("~", "!~"),
                };
                write!(f, "{} {} {}", Part(expr), if *negated { not } else { plain }, Part(pattern))?;
                match escape {
                    Some(escape) => write!(f, " ESCAPE {}", Written(&Scalar::Text(escape.clone()))),
                    None => Ok(()),
                }
            }
            ExprKind::Case { operand, branches, otherwise } => {
                f.write_str("CASE")?;
                if let Some(operand) = operand {
                    write!(f, " {operand}")?;
                }
                for (when, then) in branches {
                    write!(f, " WHEN {when} THEN {then}")?;
                }
                if let Some(otherwise) = otherwise {
                    write!(f, " ELSE {otherwise}")?;
                }
                f.write_str(" END")
            }
            ExprKind::Interval { months, days, rest } => write_interval(f, *months, *days, *rest),
            ExprKind::Aggregate { function, args, distinct, filter } => {
                let distinct = if *distinct { "DISTINCT " } else { "" };
                match args.as_slice() {
                    [] => write!(f, "{}(*)", function.name())?,
                    args => write!(f, "{}({distinct}{})", function.name(), listed(args))?,
                }
                match filter {
                    Some(filter) => write!(f, " FILTER (WHERE {filter})"),
                    None => Ok(()),
                }
            }
            ExprKind::Window { function, partition_by, order_by } => {
                write!(f, "{}() OVER ({})", function.name(), window(partition_by, order_by))
            }
            ExprKind::Alias { name, .. } => f.write_str(name),
        }
    }
}

/// What stands in the parentheses of OVER.
fn window(partition_by: &[Expr], order_by: &[SortKey]) -> String {
    let mut parts = Vec::new();
    if !partition_by.is_empty() {
        parts.push(format!("PARTITION BY {}", listed(partition_by)));
    }
    if !order_by.is_empty() {
        let keys: Vec<String> = order_by.iter().map(ToString::to_string).collect();
        parts.push(format!("ORDER BY {}", keys.join(", ")));
    }
    parts.join(" ")
}

fn listed(exprs: &[Expr]) -> String {
    exprs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn write_interval(f: &mut fmt::Formatter<'_>, months: i32, days: i64, rest: (i64, TimeUnit)) -> fmt::Result {
    let mut parts = Vec::new();
    if months != 0 {
        parts.push(format!("{months} months"));
    }
    if days != 0 {
        parts.push(format!("{days} days"));
    }
    if rest.0 != 0 || parts.is_empty() {
        let unit = match rest.1 {
            TimeUnit::Second => "seconds",
            TimeUnit::Millisecond => "milliseconds",
            TimeUnit::Microsecond => "microseconds",
            TimeUnit::Nanosecond => "nanoseconds",
        };
        parts.push(format!("{} {unit}", rest.0));
    }
    write!(f, "INTERVAL '{}'", parts.join(" "))
}

/// `a AND b AND c`, however the tree leans.
fn write_chain(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    let (word, sides) = match &expr.kind {
        ExprKind::And(left, right) => ("AND", [left, right]),
        ExprKind::Or(left, right) => ("OR", [left, right]),
        _ => return write!(f, "{expr}"),
    };
    for (side, before) in sides.into_iter().zip(["", word]) {
        if !before.is_empty() {
            write!(f, " {before} ")?;
        }
        if std::mem::discriminant(&side.kind) == std::mem::discriminant(&expr.kind) {
            write_chain(f, side)?;
        } else {
            write!(f, "{}", Part(side))?;
        }
    }
    Ok(())
}

/// An operand, in parentheses where it is more than one word.
struct Part<'a>(&'a Expr);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            ExprKind::Column(_)
            | ExprKind::Literal(_)
            | ExprKind::Aggregate { filter: None, .. }
            | ExprKind::Window { .. }
            | ExprKind::Call { .. }
            | ExprKind::Interval { .. }
            | ExprKind::Cast { .. }
            | ExprKind::Alias { .. } => self.0.fmt(f),
            _ => write!(f, "({})", self.0),
        }
    }
}
