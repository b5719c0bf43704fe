//! Whether an engine gave the answer that was expected. It knows no engine: the answer comes as rows.

use crate::naive::order_of;
use crate::{NaiveError, NaiveErrorKind, NaiveTable, Tolerance};
use colq_types::Scalar;
use std::cmp::Ordering;

/// Compares an engine's answer with the expected one: names, types, row order and every value, floats by
/// their bits (any NaN equals any NaN; -0.0 is not 0.0 here).
///
/// Where an error is expected, an error of any kind that some row of the query gives is right. Where rows are
/// expected, an error is right only if it is one of [`NaiveTable::tolerated`]. Approximate values may differ as far as
/// [`NaiveTable::tolerance`] says.
///
/// # Errors
/// The first difference, as a sentence.
pub fn compare(
    expected: &Result<NaiveTable, NaiveError>,
    actual: &Result<NaiveTable, NaiveErrorKind>,
) -> Result<(), String> {
    match (expected, actual) {
        (Ok(expected), Ok(actual)) => compare_tables(expected, actual),
        (Err(expected), Err(actual)) if expected.all.contains(actual) => Ok(()),
        (Err(expected), Err(actual)) => {
            Err(format!("Expected the error {:?}, got {actual:?}. Expected: {expected}.", expected.all))
        }
        (Err(expected), Ok(actual)) => Err(format!(
            "Expected the error {:?}, got {} rows. Expected: {expected}.",
            expected.all,
            actual.rows.len()
        )),
        (Ok(expected), Err(actual)) if expected.tolerated.contains(actual) => Ok(()),
        (Ok(expected), Err(actual)) => {
            Err(format!("Expected {} rows, got the error {actual:?}: {actual}.", expected.rows.len()))
        }
    }
}

fn compare_tables(expected: &NaiveTable, actual: &NaiveTable) -> Result<(), String> {
    if expected.schema != actual.schema {
        return Err(format!(
            "The columns differ. Expected {:?}, got {:?}.",
            expected.schema.fields(),
            actual.schema.fields()
        ));
    }
    let highest = match &expected.tolerance {
        Tolerance::Exact => &expected.rows,
        Tolerance::UpTo(highest) => highest,
        Tolerance::Unknown => return Ok(()),
    };
    for (row, (left, right)) in expected.rows.iter().zip(&actual.rows).enumerate() {
        if left.len() != right.len() {
            return Err(format!("Row {row} has {} values where {} are expected.", right.len(), left.len()));
        }
        for (column, (left, right)) in left.iter().zip(right).enumerate() {
            let high = highest.get(row).and_then(|row| row.get(column)).unwrap_or(left);
            if !is_same(left, right) && !is_between(left, right, high) {
                let name = expected.schema.fields().get(column).map_or("?", |field| field.name.as_str());
                return Err(format!(
                    "Row {row} of {}, column {column} ({name}): expected {}, got {}. {}",
                    expected.rows.len(),
                    exact(left),
                    exact(right),
                    row_counts(expected, actual)
                ));
            }
        }
    }
    if expected.rows.len() == actual.rows.len() { Ok(()) } else { Err(row_counts(expected, actual)) }
}

fn row_counts(expected: &NaiveTable, actual: &NaiveTable) -> String {
    format!("Expected {} rows, got {}.", expected.rows.len(), actual.rows.len())
}

fn is_same(a: &Scalar, b: &Scalar) -> bool {
    match (a, b) {
        (Scalar::F32(a), Scalar::F32(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Scalar::F64(a), Scalar::F64(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Scalar::Vector(a), Scalar::Vector(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (a, b) => a == b,
    }
}

/// Whether two answers agree in every bit.
pub(crate) fn same_rows(a: &[Vec<Scalar>], b: &[Vec<Scalar>]) -> bool {
    let same = |(a, b): (&Vec<Scalar>, &Vec<Scalar>)| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// Whether an approximate value is one of those allowed; nothing lies between two that are the same.
fn is_between(low: &Scalar, value: &Scalar, high: &Scalar) -> bool {
    let ordered = |a, b| order_of(a, b).is_some_and(Ordering::is_le);
    !is_same(low, high) && low.data_type() == value.data_type() && ordered(low, value) && ordered(value, high)
}

/// The value with its type, a float with its bits.
fn exact(value: &Scalar) -> String {
    match value {
        Scalar::F32(v) => format!("F32({v:?}, bits {:#010x})", v.to_bits()),
        Scalar::F64(v) => format!("F64({v:?}, bits {:#018x})", v.to_bits()),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests;
