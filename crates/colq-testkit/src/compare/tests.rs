//! `compare` must be able to fail, in each way.

use super::*;
use colq_types::{DataType, Field, Schema};
use std::collections::BTreeSet;
use std::sync::Arc;

fn answer(values: &[f64]) -> NaiveTable {
    NaiveTable {
        schema: Arc::new(Schema::new(vec![Field::new("x", DataType::F64)])),
        rows: values.iter().map(|v| vec![Scalar::F64(*v)]).collect(),
        tolerated: BTreeSet::new(),
        tolerance: Tolerance::Exact,
    }
}

fn error(kinds: &[NaiveErrorKind]) -> NaiveError {
    NaiveError { kind: kinds[0], all: kinds.iter().copied().collect(), place: "row 0".into() }
}

fn difference(expected: &[f64], actual: &[f64]) -> Option<String> {
    compare(&Ok(answer(expected)), &Ok(answer(actual))).err()
}

#[test]
fn the_same_bits_are_the_same_answer() {
    assert_eq!(difference(&[1.0, -0.0, f64::NAN], &[1.0, -0.0, -f64::NAN]), None);
    assert_eq!(difference(&[], &[]), None);
}

#[test]
fn one_bit_is_a_difference_and_the_message_says_where() {
    let message = difference(&[1.0, 0.1 + 0.2], &[1.0, 0.3]).unwrap();
    assert!(message.contains("Row 1 of 2, column 0 (x)"), "{message}");
    assert!(message.contains("0x3fd3333333333334") && message.contains("0x3fd3333333333333"), "{message}");
    assert!(difference(&[0.0], &[-0.0]).is_some());
    assert!(difference(&[f64::NAN], &[1.0]).is_some());
}

#[test]
fn rows_count_and_so_does_their_order() {
    assert_eq!(difference(&[1.0], &[1.0, 2.0]).unwrap(), "Expected 1 rows, got 2.");
    assert_eq!(difference(&[1.0, 2.0], &[1.0]).unwrap(), "Expected 2 rows, got 1.");
    assert!(difference(&[1.0, 2.0], &[2.0, 1.0]).is_some());
    let mut wide = answer(&[1.0]);
    wide.rows[0].push(Scalar::Null);
    assert!(compare(&Ok(answer(&[1.0])), &Ok(wide)).is_err());
}

#[test]
fn types_and_names_count() {
    let mut other = answer(&[]);
    other.schema = Arc::new(Schema::new(vec![Field::new("y", DataType::F64)]));
    assert!(compare(&Ok(answer(&[])), &Ok(other)).is_err());
    let mut integer = answer(&[1.0]);
    integer.rows[0][0] = Scalar::I64(1);
    assert!(compare(&Ok(answer(&[1.0])), &Ok(integer)).is_err());
    let mut null = answer(&[1.0]);
    null.rows[0][0] = Scalar::Null;
    assert!(compare(&Ok(answer(&[1.0])), &Ok(null)).is_err());
}

#[test]
fn errors_must_be_of_a_kind_that_occurs() {
    use NaiveErrorKind as K;
    let expected = Err(error(&[K::Overflow, K::InvalidCast]));
    assert_eq!(compare(&expected, &Err(K::Overflow)), Ok(()));
    assert_eq!(compare(&expected, &Err(K::InvalidCast)), Ok(()));
    assert!(compare(&expected, &Err(K::DivisionByZero)).is_err());
    assert!(compare(&expected, &Err(K::Other)).is_err());
    assert!(compare(&expected, &Ok(answer(&[1.0]))).is_err());
    let mut rows = answer(&[1.0]);
    assert!(compare(&Ok(rows.clone()), &Err(K::Overflow)).is_err());
    rows.tolerated.insert(K::Overflow);
    assert_eq!(compare(&Ok(rows.clone()), &Err(K::Overflow)), Ok(()));
    assert!(compare(&Ok(rows), &Err(K::InvalidCast)).is_err());
}
