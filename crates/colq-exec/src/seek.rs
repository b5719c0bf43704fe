//! Where in a source the rows of a condition can lie, found by binary search where a column rises: the zones by their
//! summaries, and in the first and the last of them the rows by looking at single values.
//!
//! Only conditions are used that every selected row fulfils and behind nothing that can fail: what is left out here is
//! a row for which the filter is false, and whose errors do not count.

use crate::Error;
use crate::bounds::{known, rising_column};
use crate::outcome::order_of_ends;
use crate::predicate::{Predicate, Value};
use colq_column::{ColumnSource, Order, Scratch, summarise};
use colq_kernels::Comparison;
use colq_types::{RowRange, Scalar};
use std::cmp::Ordering;
use std::ops::Range;

/// Rows by which a zone is narrowed begin at a multiple of this many: a word of a bitmap, and a whole number of the
/// lanes of a sum, so that every row stays in its lane.
const ALIGNED_TO: u64 = 64;

/// The zones in which rows can be selected, and what narrows the outer ones.
#[derive(Debug, Clone)]
pub(crate) struct Sought {
    /// Zones outside are pruned.
    pub(crate) zones: Range<usize>,
    /// Limits of columns that rise from row to row.
    limits: Vec<(usize, Limits)>,
}

/// What values must be at least and at most.
#[derive(Debug, Clone, Default)]
struct Limits {
    /// The end, and whether values may be equal to it.
    low: Option<(Scalar, bool)>,
    high: Option<(Scalar, bool)>,
}

impl Limits {
    /// What a condition asks of its operand; `None` where that is no range.
    fn of(predicate: &Predicate) -> Option<(&Value, Limits)> {
        let limits = |low: Option<(&Scalar, bool)>, high: Option<(&Scalar, bool)>| Limits {
            low: low.map(|(value, equal)| (value.clone(), equal)),
            high: high.map(|(value, equal)| (value.clone(), equal)),
        };
        Some(match predicate {
            Predicate::CompareLiteral { op, operand, literal, .. } => {
                let (low, high) = match op {
                    Comparison::Equal => (Some((literal, true)), Some((literal, true))),
                    Comparison::Less => (None, Some((literal, false))),
                    Comparison::LessOrEqual => (None, Some((literal, true))),
                    Comparison::Greater => (Some((literal, false)), None),
                    Comparison::GreaterOrEqual => (Some((literal, true)), None),
                    Comparison::NotEqual => return None,
                };
                (operand, limits(low, high))
            }
            Predicate::Between { operand, low, high, .. } => {
                (operand, limits(Some((low, true)), Some((high, true))))
            }
            _ => return None,
        })
    }
}

/// True for a value that lies in this order to the lower limit and is below it.
fn is_below(order: Ordering, or_equal: bool) -> bool {
    order.is_lt() || order.is_eq() && !or_equal
}

/// True for a value that lies in this order to the upper limit and is above it.
fn is_above(order: Ordering, or_equal: bool) -> bool {
    is_below(order.reverse(), or_equal)
}

impl Sought {
    /// All zones of a source.
    fn everywhere(source: &dyn ColumnSource) -> Sought {
        Sought { zones: 0..source.zone_count() as usize, limits: Vec::new() }
    }

    /// Where rows that pass a filter can lie.
    pub(crate) fn new(filter: Option<&Predicate>, source: &dyn ColumnSource) -> Result<Sought, Error> {
        let mut sought = Sought::everywhere(source);
        let mut open: Vec<&Predicate> = filter.into_iter().collect();
        while let Some(predicate) = open.pop() {
            if let Predicate::And(left, right) = predicate {
                open.push(right);
                open.push(left);
                continue;
            }
            if let Some((operand, limits)) = Limits::of(predicate) {
                sought.narrow(operand, limits, source)?;
            }
            // What stands behind it is judged for fewer rows, but what it says itself must be said of every row.
            if predicate.may_fail() {
                break;
            }
        }
        Ok(sought)
    }

    /// Leaves out the zones that lie outside of the limits.
    fn narrow(&mut self, operand: &Value, limits: Limits, source: &dyn ColumnSource) -> Result<(), Error> {
        let Some(column) = rising_column(operand) else { return Ok(()) };
        let Some(order) = source.order(column)? else { return Ok(()) };
        let last = source.zone_count().saturating_sub(1);
        // What rises and fails neither at the first value nor at the last fails nowhere.
        if operand.as_column().is_none()
            && (known(operand, source, 0)?.is_none() || known(operand, source, last)?.is_none())
        {
            return Ok(());
        }
        let ends = |zone: usize, largest: bool, literal: &Scalar| -> Result<Option<Ordering>, Error> {
            let Some(known) = known(operand, source, zone as u64)? else { return Ok(None) };
            let Some(bounds) = known.summary.bounds else { return Ok(None) };
            let ends = order_of_ends(bounds, known.data_type, literal);
            Ok(ends.map(|(min, max)| if largest { max } else { min }))
        };
        let zones = self.zones.clone();
        let first = match &limits.low {
            Some((low, or_equal)) => partition_point(zones.clone(), |zone| {
                Ok(ends(zone, true, low)?.map(|order| is_below(order, *or_equal)))
            })?,
            None => Some(zones.start),
        };
        let end = match &limits.high {
            Some((high, or_equal)) => partition_point(zones, |zone| {
                Ok(ends(zone, false, high)?.map(|order| !is_above(order, *or_equal)))
            })?,
            None => Some(zones.end),
        };
        let (Some(first), Some(end)) = (first, end) else { return Ok(()) };
        self.zones = first..end.max(first);
        if let (Some(column), Order::Rows) = (operand.as_column(), order) {
            self.limits.push((column, limits));
        }
        Ok(())
    }

    /// The rows of a zone that can be selected: whole words of a bitmap from the first one on. Where rows cannot be read
    /// all stay, and whoever reads them will say why.
    pub(crate) fn rows(&self, source: &dyn ColumnSource, zone: usize, scratch: &mut Scratch) -> RowRange {
        let rows = source.zone_rows(zone as u64);
        // Between the outer zones every row is within the limits.
        if self.limits.is_empty() || zone != self.zones.start && zone + 1 != self.zones.end {
            return rows;
        }
        let (mut start, mut end) = (rows.start, rows.end);
        for (column, limits) in &self.limits {
            let Some(field) = source.schema().fields().get(*column) else { return rows };
            let mut order = |row: usize, limit: &Scalar| {
                let row = row as u64;
                let view = source.read(*column, RowRange::new(row, row + 1), scratch).ok()?;
                Some(order_of_ends(summarise(&view).bounds?, field.data_type, limit)?.0)
            };
            let all = rows.start as usize..rows.end as usize;
            if let Some((low, or_equal)) = &limits.low {
                let first = partition_point(all.clone(), |row| {
                    Ok(order(row, low).map(|order| is_below(order, *or_equal)))
                });
                let Ok(Some(first)) = first else { return rows };
                start = start.max(first as u64);
            }
            if let Some((high, or_equal)) = &limits.high {
                let past =
                    partition_point(all, |row| Ok(order(row, high).map(|order| !is_above(order, *or_equal))));
                let Ok(Some(past)) = past else { return rows };
                end = end.min(past as u64);
            }
        }
        // A row stays where there is none to be found, so that no zone is empty.
        let start = start.min(rows.end.saturating_sub(1)) / ALIGNED_TO * ALIGNED_TO;
        RowRange::new(start, end.max(start + 1).min(rows.end))
    }
}

/// The first number of a range for which a test that is true up to some number is false; `None` where the test does
/// not know.
fn partition_point(
    range: Range<usize>,
    mut is_before: impl FnMut(usize) -> Result<Option<bool>, Error>,
) -> Result<Option<usize>, Error> {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match is_before(middle)? {
            None => return Ok(None),
            Some(true) => low = middle + 1,
            Some(false) => high = middle,
        }
    }
    Ok(Some(low))
}
