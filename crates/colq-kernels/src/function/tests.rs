//! Every function by examples whose answers are known from PostgreSQL or by hand, and against naive twins that go row by
//! row over scalars.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod examples;
mod laws;
mod whole_zones;

use super::{Input, call};
use crate::Error;
use colq_column::{Bitmap, Column};
use colq_types::{DataType, Function, Scalar};

/// The type of an argument that is this value.
fn type_of(value: &Scalar) -> DataType {
    value.data_type().unwrap_or(DataType::Text)
}

/// A call over one row, each argument a column; and again, each but the first a constant: both must agree.
fn one(function: Function, args: &[Scalar], data_type: DataType) -> Result<Scalar, Error> {
    let columns: Vec<Column> = args.iter().map(|arg| Column::from_scalars(type_of(arg), [arg])).collect();
    let by_rows: Vec<Input<'_>> = columns.iter().map(|column| Input::rows(column.view())).collect();
    let active = Bitmap::ones(1);
    let first = call(function, &by_rows, data_type, 1, &active).map(|column| column.scalar(0));
    // The same in the last of three rows, where only that one counts.
    let repeated: Vec<Column> = args
        .iter()
        .map(|arg| Column::from_scalars(type_of(arg), [&Scalar::Null, &Scalar::Null, arg]))
        .collect();
    let mixed: Vec<Input<'_>> = columns
        .iter()
        .zip(&repeated)
        .enumerate()
        .map(|(number, (one, three))| match number {
            0 if !matches!(function, Function::DateTrunc | Function::DatePart) => Input::rows(three.view()),
            _ => Input::constant(one.view()),
        })
        .collect();
    let active: Bitmap = [false, false, true].into_iter().collect();
    let again = call(function, &mixed, data_type, 3, &active).map(|column| {
        assert_eq!(column.len(), 3);
        column.scalar(2)
    });
    match (&first, &again) {
        (Ok(a), Ok(b)) => assert_eq!(a.to_string(), b.to_string(), "{function:?} {args:?}"),
        (Err(_), Err(error)) => assert_eq!(error.row(), Some(2), "{function:?} {args:?}"),
        _ => panic!("{function:?} of {args:?}: {first:?} and {again:?}"),
    }
    first
}
