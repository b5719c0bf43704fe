//! What the generated cases have tried, so that a gap in the generators shows as a zero in a table. It knows
//! queries and answers, not how either came about.

mod calls;

use crate::{NaiveError, NaiveTable};
use colq_column::Batch;
use colq_plan::{
    Arithmetic, Comparison, Expr, ExprKind, Function, Plan, Query, Relation, SelectItem, find_function,
};
use colq_types::{DataType, STRIPE_ROWS, Scalar, ZONE_ROWS};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many cases used each type, null pattern, table size, clause, operator and aggregate, and how they
/// ended. What no case has used is listed with 0.
#[derive(Debug, Clone)]
pub struct Coverage {
    case_count: usize,
    counts: BTreeMap<Label, usize>,
}

/// A group of the table and a line in it.
type Label = (&'static str, String);

const TYPE: &str = "type of a column used";
const NULLS: &str = "nulls in the table";
const SIZE: &str = "rows in the table";
const TEXTS: &str = "text in the table";
const CLAUSE: &str = "clause";
const OPERATOR: &str = "operator";
const AGGREGATE: &str = "aggregate";
const FUNCTION: &str = "function";
const WINDOW: &str = "window";
const OUTCOME: &str = "outcome";

const SIZES: [&str; 5] = ["none", "one", "up to a zone", "more than a zone", "more than a stripe"];
const NULL_PATTERNS: [&str; 3] = ["none", "some", "a column of nothing else"];
const CLAUSES: [&str; 18] = [
    "SELECT *",
    "SELECT DISTINCT",
    "no FROM",
    "subquery in FROM",
    "subquery in a subquery",
    "UNION ALL",
    "WHERE",
    "GROUP BY 1 key",
    "GROUP BY 2 keys",
    "GROUP BY 3 keys",
    "GROUP BY 4 keys",
    "HAVING",
    "QUALIFY",
    "ORDER BY",
    "NULLS FIRST",
    "NULLS LAST",
    "LIMIT",
    "OFFSET",
];
const OPERATORS: [&str; 33] = [
    "AND",
    "OR",
    "NOT",
    "- (negation)",
    "IS NULL",
    "IS NOT NULL",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
    "BETWEEN",
    "NOT BETWEEN",
    "IN",
    "NOT IN",
    "IN with NULL",
    "column against literal",
    "literal against column",
    "column against column",
    "literal NULL",
    "||",
    "LIKE",
    "NOT LIKE",
    "ILIKE",
    "NOT ILIKE",
    "~",
    "!~",
    "~*",
    "!~*",
    "ESCAPE",
    "CASE WHEN",
    "CASE x WHEN",
    "CASE without ELSE",
    "INTERVAL of months",
    "INTERVAL of days",
    "INTERVAL of less",
];
const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];
const ARITHMETIC: [Arithmetic; 5] =
    [Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply, Arithmetic::Divide, Arithmetic::Remainder];
const WINDOWS: [&str; 7] =
    ["row_number()", "rank()", "dense_rank()", "PARTITION BY", "no PARTITION BY", "ORDER BY", "no ORDER BY"];
const OUTCOMES: [&str; 4] = ["no row", "one row", "several rows", "an error"];

/// Kinds of types whose arithmetic is counted by itself.
const COMPUTED: [&str; 6] = ["f16", "bf16", "decimal", "date", "timestamp", "duration"];

impl Default for Coverage {
    fn default() -> Coverage {
        Coverage::new()
    }
}

impl Coverage {
    /// A count of nothing yet.
    pub fn new() -> Coverage {
        let mut labels: Vec<Label> = Vec::new();
        let mut list = |group, lines: &[&str]| labels.extend(lines.iter().map(|l| (group, l.to_string())));
        list(SIZE, &SIZES);
        list(NULLS, &NULL_PATTERNS);
        list(CLAUSE, &CLAUSES);
        list(OPERATOR, &OPERATORS);
        list(OUTCOME, &OUTCOMES);
        list(WINDOW, &WINDOWS);
        list(OPERATOR, &COMPARISONS.map(Comparison::sign));
        list(OPERATOR, &ARITHMETIC.map(Arithmetic::sign));
        for data_type in DataType::ALL {
            labels.push((TYPE, family(data_type)));
            // Nothing converts to a vector.
            if !data_type.is_vector() {
                labels.push((OPERATOR, format!("CAST to {}", family(data_type))));
            }
        }
        for family in COMPUTED {
            labels.push((OPERATOR, format!("arithmetic on a {family} column")));
        }
        labels.push((TEXTS, "with a dictionary".into()));
        labels.push((TEXTS, "without a dictionary".into()));
        labels.push((AGGREGATE, "count(*)".into()));
        labels.extend(calls::lines());
        Coverage { case_count: 0, counts: labels.into_iter().map(|label| (label, 0)).collect() }
    }

    /// Counts a case: its table, its query, the plan of it, and what the query came to.
    pub fn record(
        &mut self,
        table: &Batch,
        query: &Query,
        plan: &Plan,
        outcome: &Result<NaiveTable, NaiveError>,
    ) {
        let mut case = Case { table, used: BTreeSet::new() };
        case.table();
        case.query(query);
        let mut used = Vec::new();
        calls::used(plan, &mut used);
        case.used.extend(used);
        let ending = match outcome {
            Err(_) => OUTCOMES[3],
            Ok(answer) => OUTCOMES[answer.rows.len().min(2)],
        };
        case.mark(OUTCOME, ending);
        self.case_count += 1;
        for label in case.used {
            *self.counts.entry(label).or_insert(0) += 1;
        }
    }

    /// Cases counted.
    pub fn case_count(&self) -> usize {
        self.case_count
    }

    /// How many cases used this, by a line of the table such as `sum DISTINCT`; the largest where several
    /// groups of the table have the line.
    pub fn count(&self, line: &str) -> usize {
        self.counts.iter().filter(|((_, l), _)| l == line).map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// What no case has used.
    pub fn missing(&self) -> Vec<String> {
        let unused = self.counts.iter().filter(|(_, count)| **count == 0);
        unused.map(|((group, line), _)| format!("{group}: {line}")).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} cases", self.case_count)?;
        let mut group = "";
        for ((of, line), count) in &self.counts {
            if *of != group {
                group = of;
                writeln!(f, "{group}")?;
            }
            let percent = *count as f64 * 100.0 / self.case_count.max(1) as f64;
            writeln!(f, "  {line:<32} {count:>7}  {percent:>5.1}%")?;
        }
        Ok(())
    }
}

/// The name of a type, without digits and lengths.
fn family(data_type: DataType) -> String {
    match data_type {
        DataType::Decimal { .. } => "decimal".into(),
        DataType::Vector { .. } => "vector".into(),
        other => other.to_string(),
    }
}

/// What one case uses, each thing once.
struct Case<'a> {
    table: &'a Batch,
    used: BTreeSet<Label>,
}

impl Case<'_> {
    fn mark(&mut self, group: &'static str, line: impl Into<String>) {
        self.used.insert((group, line.into()));
    }

    fn table(&mut self) {
        let rows = self.table.row_count() as u64;
        self.mark(
            SIZE,
            match rows {
                0 | 1 => SIZES[rows as usize],
                _ if rows > STRIPE_ROWS => SIZES[4],
                _ if rows > ZONE_ROWS => SIZES[3],
                _ => SIZES[2],
            },
        );
        for dictionary in self.table.columns().iter().filter_map(|c| c.dictionary.as_ref()) {
            let kind = if dictionary.is_distinct() { "with a dictionary" } else { "without a dictionary" };
            self.used.insert((TEXTS, kind.to_string()));
        }
        let null_counts: Vec<usize> = self.table.columns().iter().map(|c| c.view().null_count()).collect();
        for nulls in null_counts {
            let pattern = match nulls as u64 {
                0 => NULL_PATTERNS[0],
                n if n == rows => NULL_PATTERNS[2],
                _ => NULL_PATTERNS[1],
            };
            self.mark(NULLS, pattern);
        }
    }

    fn query(&mut self, query: &Query) {
        match &query.from {
            Some(Relation::UnionAll(queries)) => {
                self.mark(CLAUSE, "UNION ALL");
                queries.iter().for_each(|query| self.query(query));
            }
            None => self.mark(CLAUSE, "no FROM"),
            Some(Relation::Query(inner)) => {
                self.mark(CLAUSE, "subquery in FROM");
                if matches!(inner.from, Some(Relation::Query(_))) {
                    self.mark(CLAUSE, "subquery in a subquery");
                }
                self.query(inner);
            }
            Some(Relation::Table { .. }) => {}
        }
        for item in &query.select {
            match item {
                SelectItem::Wildcard => self.mark(CLAUSE, "SELECT *"),
                SelectItem::Expr(expr) => self.expr(expr),
            }
        }
        let keys = query.group_by.len();
        let plural = if keys == 1 { "key" } else { "keys" };
        let clauses = [
            (query.distinct, "SELECT DISTINCT".to_string()),
            (query.filter.is_some(), "WHERE".to_string()),
            (keys > 0, format!("GROUP BY {keys} {plural}")),
            (query.having.is_some(), "HAVING".to_string()),
            (query.qualify.is_some(), "QUALIFY".to_string()),
            (!query.order_by.is_empty(), "ORDER BY".to_string()),
            (query.order_by.iter().any(|k| k.nulls_first == Some(true)), "NULLS FIRST".to_string()),
            (query.order_by.iter().any(|k| k.nulls_first == Some(false)), "NULLS LAST".to_string()),
            (query.limit.is_some(), "LIMIT".to_string()),
            (query.offset > 0, "OFFSET".to_string()),
        ];
        for (is_used, clause) in clauses {
            if is_used {
                self.mark(CLAUSE, clause);
            }
        }
        query.filter.iter().for_each(|e| self.expr(e));
        query.group_by.iter().for_each(|e| self.expr(e));
        query.having.iter().chain(&query.qualify).for_each(|e| self.expr(e));
        query.order_by.iter().for_each(|key| self.expr(&key.expr));
    }

    fn expr(&mut self, expr: &Expr) {
        let negated = |is_negated: bool, plain: &'static str, not: &'static str| {
            if is_negated { not } else { plain }
        };
        match &expr.kind {
            ExprKind::Column(name) => {
                if let Some(data_type) = self.type_of(name) {
                    self.mark(TYPE, family(data_type));
                }
            }
            ExprKind::Literal(Scalar::Null) => self.mark(OPERATOR, "literal NULL"),
            ExprKind::Literal(_) => {}
            ExprKind::Compare { op, left, right } => {
                self.mark(OPERATOR, op.sign());
                let is_literal = |e: &Expr| matches!(e.kind, ExprKind::Literal(_));
                let is_column = |e: &Expr| matches!(e.kind, ExprKind::Column(_));
                for (is_so, line) in [
                    (is_column(left) && is_literal(right), "column against literal"),
                    (is_literal(left) && is_column(right), "literal against column"),
                    (is_column(left) && is_column(right), "column against column"),
                ] {
                    if is_so {
                        self.mark(OPERATOR, line);
                    }
                }
                self.all([&**left, right]);
            }
            ExprKind::Distinct { left, right, negated: is } => {
                self.mark(OPERATOR, negated(*is, "IS DISTINCT FROM", "IS NOT DISTINCT FROM"));
                self.all([&**left, right]);
            }
            ExprKind::Arithmetic { op, left, right } => {
                self.mark(OPERATOR, op.sign());
                for side in [left, right] {
                    if let Some(family) = self.column_family(side, &COMPUTED) {
                        self.mark(OPERATOR, format!("arithmetic on a {family} column"));
                    }
                }
                self.all([&**left, right]);
            }
            ExprKind::And(left, right) => {
                self.mark(OPERATOR, "AND");
                self.all([&**left, right]);
            }
            ExprKind::Or(left, right) => {
                self.mark(OPERATOR, "OR");
                self.all([&**left, right]);
            }
            ExprKind::Not(operand) => {
                self.mark(OPERATOR, "NOT");
                self.expr(operand);
            }
            ExprKind::Negate(operand) => {
                self.mark(OPERATOR, "- (negation)");
                self.expr(operand);
            }
            ExprKind::IsNull { expr, negated: is } => {
                self.mark(OPERATOR, negated(*is, "IS NULL", "IS NOT NULL"));
                self.expr(expr);
            }
            ExprKind::Between { expr, low, high, negated: is } => {
                self.mark(OPERATOR, negated(*is, "BETWEEN", "NOT BETWEEN"));
                self.all([&**expr, low, high]);
            }
            ExprKind::InList { expr, list, negated: is } => {
                self.mark(OPERATOR, negated(*is, "IN", "NOT IN"));
                if list.iter().any(|e| matches!(e.kind, ExprKind::Literal(Scalar::Null))) {
                    self.mark(OPERATOR, "IN with NULL");
                }
                self.expr(expr);
                self.all(list);
            }
            ExprKind::Cast { expr, to } => {
                self.mark(OPERATOR, format!("CAST to {}", family(*to)));
                self.expr(expr);
            }
            ExprKind::Aggregate { function, args, distinct, filter } => {
                self.mark(
                    AGGREGATE,
                    match (args.first(), distinct) {
                        (None, _) => "count(*)".to_string(),
                        (Some(_), true) => format!("{} DISTINCT", function.name()),
                        (Some(_), false) => function.name().to_string(),
                    },
                );
                if filter.is_some() {
                    self.mark(AGGREGATE, format!("{} FILTER", function.name()));
                }
                args.iter().chain(filter.iter().map(|f| &**f)).for_each(|a| self.expr(a));
            }
            ExprKind::Window { function, partition_by, order_by } => {
                self.mark(WINDOW, format!("{}()", function.name()));
                self.mark(WINDOW, if partition_by.is_empty() { "no PARTITION BY" } else { "PARTITION BY" });
                self.mark(WINDOW, if order_by.is_empty() { "no ORDER BY" } else { "ORDER BY" });
                self.all(partition_by);
                self.all(order_by.iter().map(|key| &key.expr));
            }
            ExprKind::Alias { expr, .. } => self.expr(expr),
            ExprKind::Call { name, args } => {
                if let Some(entry) = find_function(name) {
                    self.mark(FUNCTION, format!("{}()", entry.name));
                }
                self.all(args);
            }
            ExprKind::Join(left, right) => {
                self.mark(OPERATOR, "||");
                self.all([&**left, right]);
            }
            ExprKind::Pattern { function, expr, pattern, escape, negated: is } => {
                let (plain, not) = match function {
                    Function::Like => ("LIKE", "NOT LIKE"),
                    Function::Ilike => ("ILIKE", "NOT ILIKE"),
                    Function::Matches => ("~", "!~"),
                    _ => ("~*", "!~*"),
                };
                self.mark(OPERATOR, negated(*is, plain, not));
                if escape.is_some() {
                    self.mark(OPERATOR, "ESCAPE");
                }
                self.all([&**expr, pattern]);
            }
            ExprKind::Case { operand, branches, otherwise } => {
                let with_operand = operand.is_some();
                self.mark(OPERATOR, if with_operand { "CASE x WHEN" } else { "CASE WHEN" });
                if otherwise.is_none() {
                    self.mark(OPERATOR, "CASE without ELSE");
                }
                self.all(operand.iter().chain(otherwise).map(|e| &**e));
                self.all(branches.iter().flat_map(|(when, then)| [when, then]));
            }
            ExprKind::Interval { months, days, rest } => {
                for (is_used, part) in [
                    (*months != 0, "INTERVAL of months"),
                    (*days != 0, "INTERVAL of days"),
                    (rest.0 != 0, "INTERVAL of less"),
                ] {
                    if is_used {
                        self.mark(OPERATOR, part);
                    }
                }
            }
        }
    }

    fn type_of(&self, name: &str) -> Option<DataType> {
        let fields = self.table.schema().fields();
        fields.iter().find(|f| f.name == name).map(|field| field.data_type)
    }

    /// The kind of type of an expression that is a column, units and digits left out, if it is one of these.
    fn column_family(&self, expr: &Expr, wanted: &[&str]) -> Option<String> {
        let ExprKind::Column(name) = &expr.kind else { return None };
        let name = family(self.type_of(name)?);
        let name = name.split('(').next().unwrap_or(&name);
        wanted.contains(&name).then(|| name.to_string())
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|e| self.expr(e));
    }
}
