//! About how many rows pass a filter and how many groups there are, from zone summaries alone. Estimates are shown to
//! people, or choose between ways that give the same answer.

use crate::outcome::outcome;
use crate::pipeline::Pipeline;
use crate::predicate::{Predicate, Value};
use crate::{Error, Sources};
use colq_column::{Bounds, ColumnSource, ZoneSummary};
use colq_kernels::Comparison;
use colq_plan::{Plan, PlanNode, Typed};
use colq_types::{DataType, Scalar};

/// The part of rows that is guessed to pass a condition of which nothing is known.
const UNKNOWN: f64 = 1.0 / 3.0;

/// Distinct values guessed for a key of which nothing is known.
const UNKNOWN_GROUPS: f64 = 1_000.0;

/// The part of the rows of a zone that is guessed to pass the filter.
pub(super) fn passing(pipeline: &Pipeline, zone: u64) -> Result<f64, Error> {
    match pipeline.filter() {
        Some(filter) => part(filter, &*pipeline.source, zone),
        None => Ok(1.0),
    }
}

/// About how many rows pass the filter.
pub(crate) fn likely_rows(pipeline: &Pipeline) -> Result<f64, Error> {
    let source = &*pipeline.source;
    let mut rows = 0.0;
    for zone in 0..source.zone_count() {
        let is_pruned = match pipeline.filter() {
            Some(filter) => outcome(filter, source, zone)?.is_never(),
            None => false,
        };
        if !is_pruned {
            rows += source.zone_rows(zone).row_count() as f64 * passing(pipeline, zone)?;
        }
    }
    Ok(rows)
}

fn part(predicate: &Predicate, source: &dyn ColumnSource, zone: u64) -> Result<f64, Error> {
    let summary = |value: &Value| match value.as_column() {
        Some(column) => source.zone_summary(column, zone).map_err(Error::from),
        None => Ok(None),
    };
    let valid = |s: &ZoneSummary| 1.0 - s.null_count as f64 / (s.row_count as f64).max(1.0);
    Ok(match predicate {
        Predicate::Constant(value) => f64::from(u8::from(*value == Some(true))),
        Predicate::And(left, right) => part(left, source, zone)? * part(right, source, zone)?,
        Predicate::Or(left, right) => {
            let (a, b) = (part(left, source, zone)?, part(right, source, zone)?);
            a + b - a * b
        }
        Predicate::Not(operand) => 1.0 - part(operand, source, zone)?,
        Predicate::IsNull(operand) => summary(operand)?.map_or(UNKNOWN, |s| 1.0 - valid(&s)),
        Predicate::CompareLiteral { op, operand, literal, .. } => match summary(operand)? {
            Some(s) => valid(&s) * below(&s, *op, literal),
            None => UNKNOWN,
        },
        Predicate::Between { operand, low, high, .. } => match summary(operand)? {
            Some(s) => {
                let above = below(&s, Comparison::GreaterOrEqual, low);
                valid(&s) * (above + below(&s, Comparison::LessOrEqual, high) - 1.0).max(0.0)
            }
            None => UNKNOWN,
        },
        Predicate::InList { operand, values, .. } => match summary(operand)? {
            Some(s) => {
                let each: f64 = values.iter().map(|v| below(&s, Comparison::Equal, v)).sum();
                valid(&s) * each.min(1.0)
            }
            None => UNKNOWN,
        },
        Predicate::Codes(codes) if !codes.trues.is_empty() => {
            codes.trues.count() as f64 / codes.trues.len() as f64
        }
        _ => UNKNOWN,
    })
}

/// The part of a zone's values for which the comparison holds, as if they were spread evenly between its ends.
fn below(summary: &ZoneSummary, op: Comparison, literal: &Scalar) -> f64 {
    let Some(value) = literal.as_f64().or_else(|| literal.as_i128().map(|v| v as f64)) else {
        return UNKNOWN;
    };
    let (low, high, step) = match summary.bounds {
        Some(Bounds::Signed { min, max }) => (min as f64, max as f64, 1.0),
        Some(Bounds::Unsigned { min, max }) => (min as f64, max as f64, 1.0),
        Some(Bounds::Float { min, max }) => (min, max, 0.0),
        _ => return UNKNOWN,
    };
    let width = high - low + step;
    if !width.is_finite() || width <= 0.0 {
        return UNKNOWN;
    }
    let equal = if value < low || value > high {
        0.0
    } else {
        (step / width).max(1.0 / summary.row_count.max(1) as f64)
    };
    let less = ((value - low) / width).clamp(0.0, 1.0);
    let part = match op {
        Comparison::Equal => equal,
        Comparison::NotEqual => 1.0 - equal,
        Comparison::Less => less,
        Comparison::LessOrEqual => less + equal,
        Comparison::Greater => 1.0 - less - equal,
        Comparison::GreaterOrEqual => 1.0 - less,
    };
    part.clamp(0.0, 1.0)
}

/// About how many groups keys make over an input.
pub(super) fn groups(keys: &[Typed], input: &Plan, sources: &dyn Sources) -> Result<f64, Error> {
    let mut scan = input;
    while let PlanNode::Filter { input, .. } = &scan.node {
        scan = input;
    }
    let source = match &scan.node {
        PlanNode::Scan { table } => sources.source(table),
        _ => None,
    };
    let mut product = 1.0;
    for key in keys {
        product *= match (&source, key.as_column()) {
            (Some(source), Some(column)) => distinct(&**source, column, key.data_type)?,
            _ if key.data_type == DataType::Bool => 2.0,
            _ => UNKNOWN_GROUPS,
        };
    }
    Ok(product)
}

/// About how many distinct values a column has.
fn distinct(source: &dyn ColumnSource, column: usize, data_type: DataType) -> Result<f64, Error> {
    if data_type == DataType::Bool {
        return Ok(2.0);
    }
    if let Some(dictionary) = source.dictionary(column)? {
        return Ok(dictionary.len().max(1) as f64);
    }
    let mut ends: Option<(f64, f64)> = None;
    for zone in 0..source.zone_count() {
        let (low, high) = match source.zone_summary(column, zone)?.and_then(|s| s.bounds) {
            Some(Bounds::Signed { min, max }) => (min as f64, max as f64),
            Some(Bounds::Unsigned { min, max }) => (min as f64, max as f64),
            _ => return Ok(UNKNOWN_GROUPS),
        };
        ends = Some(ends.map_or((low, high), |(a, b)| (a.min(low), b.max(high))));
    }
    Ok(ends.map_or(1.0, |(low, high)| high - low + 1.0))
}
