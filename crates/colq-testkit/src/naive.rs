//! The reference engine: a plan interpreted over rows of scalars, as simply as can be, because it is the
//! judge. It knows no columns beyond reading a batch row by row, no zones but in the definition of float sums,
//! no threads, and shares no computing code with the engines that it judges.
//!
//! Errors are lazy: a cell that fails stays in its row as the error it is, and fails the query only when an
//! operator or the answer needs it. So a row behind a LIMIT, or a column that nobody reads, fails nothing. An
//! engine that does look at those may fail with the same error; [`NaiveTable::tolerated`] says so.

mod aggregate;
mod cast;
mod decimal;
mod expression;
mod float_sum;
mod function;
mod half;
mod order;
mod tolerance;
mod window;

use crate::{NaiveError, NaiveErrorKind};
use aggregate::{Bound, Group};
use colq_column::Batch;
use colq_plan::{AggregateCall, AggregateFunction, Plan, PlanNode, PlanSortKey, Typed};
use colq_types::{Scalar, Schema, ZONE_ROWS, zone_count};
use expression::evaluate;
use order::KeyPart;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(crate) use order::compare as order_of;
pub use tolerance::Tolerance;

/// The answer to a query, as rows.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveTable {
    /// Names and types of the columns.
    pub schema: Arc<Schema>,
    /// The rows in order, each with a scalar for each column. Integers are widened to 64 bits.
    pub rows: Vec<Vec<Scalar>>,
    /// Errors of rows and columns that the answer did not need, which an engine may all the same have met.
    pub tolerated: BTreeSet<NaiveErrorKind>,
    /// What else would be right.
    pub tolerance: Tolerance,
}

impl NaiveTable {
    /// The rows of an engine's answer, to be compared with what was expected.
    pub fn from_batches(schema: Arc<Schema>, batches: &[Batch]) -> NaiveTable {
        let rows = batches.iter().flat_map(|b| (0..b.row_count()).map(|row| b.row(row))).collect();
        NaiveTable { schema, rows, tolerated: BTreeSet::new(), tolerance: Tolerance::Exact }
    }
}

/// Runs a plan over tables by name.
///
/// # Errors
/// A [`NaiveError`] with the kinds that `colq_plan` leaves to run time: division by zero, overflow, casts.
pub fn run(plan: &Plan, tables: &HashMap<String, Batch>) -> Result<NaiveTable, NaiveError> {
    let lowest = run_to(plan, tables, Bound::Low);
    if !tolerance::is_approximate(plan) {
        return lowest;
    }
    let (mut lowest, highest) = (lowest?, run_to(plan, tables, Bound::High));
    lowest.tolerance = match highest {
        Ok(highest) if crate::compare::same_rows(&lowest.rows, &highest.rows) => Tolerance::Exact,
        Ok(highest) if tolerance::passes_through(plan) => Tolerance::UpTo(highest.rows),
        _ => Tolerance::Unknown,
    };
    Ok(lowest)
}

fn run_to(plan: &Plan, tables: &HashMap<String, Batch>, bound: Bound) -> Result<NaiveTable, NaiveError> {
    let mut interpreter = Interpreter { tables, seen: BTreeSet::new(), first_place: None, bound };
    let answer = interpreter.rows(plan).and_then(|rows| rows.into_iter().map(Row::finish).collect());
    let Interpreter { mut seen, first_place, .. } = interpreter;
    match answer {
        Ok(rows) => {
            let tolerance = Tolerance::Exact;
            Ok(NaiveTable { schema: plan.schema().clone(), rows, tolerated: seen, tolerance })
        }
        Err(kind) => {
            seen.insert(kind);
            Err(NaiveError { kind, all: seen, place: first_place.unwrap_or_default() })
        }
    }
}

/// A value, or why there is none.
type Cell = Result<Scalar, NaiveErrorKind>;

/// One row on its way through the operators.
struct Row {
    /// Its number in the operator that made it: the scan, or the last aggregate, sort or limit below.
    number: u64,
    cells: Vec<Cell>,
    /// Set when it is not known whether a filter lets the row pass, because its predicate failed.
    failed: Option<NaiveErrorKind>,
}

impl Row {
    fn new(number: u64, cells: Vec<Cell>) -> Row {
        Row { number, cells, failed: None }
    }

    fn finish(self) -> Result<Vec<Scalar>, NaiveErrorKind> {
        match self.failed {
            Some(kind) => Err(kind),
            None => self.cells.into_iter().collect(),
        }
    }

    fn evaluate(&self, expr: &Typed) -> Cell {
        match self.failed {
            Some(kind) => Err(kind),
            None => evaluate(expr, &self.cells),
        }
    }
}

struct Interpreter<'a> {
    tables: &'a HashMap<String, Batch>,
    seen: BTreeSet<NaiveErrorKind>,
    first_place: Option<String>,
    /// Which end of the range of an approximate answer is given.
    bound: Bound,
}

impl Interpreter<'_> {
    /// The rows of an operator; an error where it needs a cell that failed.
    fn rows(&mut self, plan: &Plan) -> Result<Vec<Row>, NaiveErrorKind> {
        match &plan.node {
            PlanNode::Scan { table } => {
                let batch = self.tables.get(table).ok_or(NaiveErrorKind::UnknownTable)?;
                let row = |number| Row::new(number as u64, batch.row(number).into_iter().map(Ok).collect());
                Ok((0..batch.row_count()).map(row).collect())
            }
            PlanNode::Row => Ok(vec![Row::new(0, Vec::new())]),
            PlanNode::Union { inputs } => {
                // Each input begins with a zone of its own.
                let mut all = Vec::new();
                let mut first = 0;
                for input in inputs {
                    let rows = numbered(self.rows(input)?);
                    let next = first + zone_count(rows.len() as u64) * ZONE_ROWS;
                    all.extend(rows.into_iter().map(|row| Row { number: first + row.number, ..row }));
                    first = next;
                }
                Ok(all)
            }
            PlanNode::Filter { input, predicate } => {
                let rows = self.rows(input)?;
                Ok(self.filter(rows, predicate))
            }
            PlanNode::Project { input, exprs } => {
                let rows = self.rows(input)?;
                Ok(rows.into_iter().map(|row| self.project(row, exprs)).collect())
            }
            PlanNode::Aggregate { input, keys, aggregates } => {
                let rows = self.rows(input)?;
                self.aggregate(&rows, keys, aggregates)
            }
            PlanNode::Sort { input, keys } => sorted(self.rows(input)?, keys).map(numbered),
            PlanNode::Window { input, partition, order, functions, first } => {
                window::numbered(self.rows(input)?, partition, order, functions, *first)
            }
            PlanNode::Limit { input, offset, limit } => {
                Ok(numbered(limited(self.rows(input)?, *offset, *limit)))
            }
        }
    }

    /// Notes an error that happened, whether or not it will count.
    fn note(&mut self, cell: &Cell, expr: &Typed, row: &Row) {
        if let Err(kind) = cell {
            self.seen.insert(*kind);
            self.first_place.get_or_insert_with(|| format!("row {}: {expr}", row.number));
        }
    }

    fn filter(&mut self, rows: Vec<Row>, predicate: &Typed) -> Vec<Row> {
        let mut kept = Vec::new();
        for mut row in rows {
            let truth = row.evaluate(predicate);
            self.note(&truth, predicate, &row);
            match truth {
                Ok(Scalar::Bool(true)) => kept.push(row),
                Ok(_) => {}
                Err(kind) => {
                    row.failed = Some(kind);
                    kept.push(row);
                }
            }
        }
        kept
    }

    fn project(&mut self, row: Row, exprs: &[Typed]) -> Row {
        let mut cells = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let cell = row.evaluate(expr);
            self.note(&cell, expr, &row);
            cells.push(cell);
        }
        Row { cells, ..row }
    }

    /// The groups in the order of their first rows. Without keys there is one, also without rows.
    fn aggregate(
        &mut self,
        rows: &[Row],
        keys: &[Typed],
        calls: &[AggregateCall],
    ) -> Result<Vec<Row>, NaiveErrorKind> {
        let grouped = !keys.is_empty();
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<Vec<KeyPart>, usize> = HashMap::new();
        if !grouped {
            groups.push(Group::new(Vec::new(), calls.len()));
            known.insert(Vec::new(), 0);
        }
        // All rows are looked at even when one has failed, so that every kind of error is seen.
        let mut failure = None;
        for row in rows {
            let mut fail = |cell: Cell, interpreter: &mut Self, expr: &Typed| {
                interpreter.note(&cell, expr, row);
                cell.map_err(|kind| *failure.get_or_insert(kind)).ok()
            };
            if let Some(kind) = row.failed {
                failure.get_or_insert(kind);
                continue;
            }
            let values: Option<Vec<Scalar>> =
                keys.iter().map(|key| fail(row.evaluate(key), self, key)).collect();
            let Some(values) = values else { continue };
            let parts = values.iter().map(KeyPart::of).collect();
            let index = *known.entry(parts).or_insert_with(|| {
                groups.push(Group::new(values.into_iter().map(order::shown_key).collect(), calls.len()));
                groups.len() - 1
            });
            let arguments = calls.iter().map(|call| {
                let mut cell = |expr: &Typed| fail(row.evaluate(expr), self, expr);
                let filters = matches!(call.function, AggregateFunction::First | AggregateFunction::Last);
                if filters && let Some(filter) = &call.second {
                    // The value is looked at only for rows that pass.
                    let passes = cell(filter);
                    let value = (passes == Some(Scalar::Bool(true))).then_some(call.argument.as_ref());
                    return [value.flatten().and_then(cell), passes];
                }
                [&call.argument, &call.second].map(|argument| argument.as_ref().and_then(&mut cell))
            });
            let arguments = arguments.collect();
            groups[index].add(row.number, calls, arguments);
        }
        if let Some(kind) = failure {
            return Err(kind);
        }
        let mut answer = Vec::new();
        for (number, group) in groups.into_iter().enumerate() {
            let cells = group.finish(calls, grouped, self.bound);
            if let Some(kind) = cells.iter().find_map(|cell| cell.as_ref().err()) {
                self.seen.insert(*kind);
                self.first_place.get_or_insert_with(|| format!("an aggregate of group {number}"));
                failure.get_or_insert(*kind);
            }
            answer.push(Row::new(number as u64, cells));
        }
        failure.map_or(Ok(answer), Err)
    }
}

/// The rows in the order of the keys; rows that tie stay as they were.
fn sorted(rows: Vec<Row>, keys: &[PlanSortKey]) -> Result<Vec<Row>, NaiveErrorKind> {
    let mut keyed: Vec<(Vec<Scalar>, Row)> = Vec::new();
    for row in rows {
        if let Some(kind) = row.failed {
            return Err(kind);
        }
        let cell = |key: &PlanSortKey| {
            row.cells.get(key.column).cloned().unwrap_or(Err(NaiveErrorKind::MalformedPlan))
        };
        let values = keys.iter().map(cell).collect::<Result<_, _>>()?;
        keyed.push((values, row));
    }
    keyed.sort_by(|(a, _), (b, _)| {
        let each = keys.iter().zip(a.iter().zip(b));
        each.map(|(key, (a, b))| sort_order(key, a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

fn sort_order(key: &PlanSortKey, a: &Scalar, b: &Scalar) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) if key.nulls_first => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if key.nulls_first => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            // Values of one column always compare.
            let order = order::compare(a, b).unwrap_or(Ordering::Equal);
            if key.descending { order.reverse() } else { order }
        }
    }
}

/// A row that failed stays where it is as long as the limit is not reached: whether it counts is not known.
fn limited(rows: Vec<Row>, offset: u64, limit: Option<u64>) -> Vec<Row> {
    let end = limit.map_or(u64::MAX, |limit| offset.saturating_add(limit));
    let mut passed = 0;
    let mut kept = Vec::new();
    for row in rows {
        if limit == Some(0) || passed >= end {
            break;
        }
        if row.failed.is_some() {
            kept.push(row);
            continue;
        }
        if passed >= offset {
            kept.push(row);
        }
        passed += 1;
    }
    kept
}

fn numbered(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().zip(0..).map(|(row, number)| Row { number, ..row }).collect()
}

#[cfg(test)]
mod tests;
