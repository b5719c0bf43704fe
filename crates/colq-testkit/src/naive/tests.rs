//! What each rule of the reference engine comes to, computed by hand: these cases are the specification.
//!
//! Values are put into columns, so that nothing is folded when the query is bound.

mod aggregates;
mod casts;
mod clauses;
mod expressions;
mod sums;

use crate::{NaiveError, NaiveErrorKind, NaiveTable, run};
use colq_column::{Batch, Column};
use colq_plan::{Expr, Query, Relation, SelectItem, bind};
use colq_types::{DataType, Field, Scalar, Schema};
use std::collections::HashMap;
use std::sync::Arc;

const NULL: Scalar = Scalar::Null;

fn i(value: i64) -> Scalar {
    Scalar::I64(value)
}

fn u(value: u64) -> Scalar {
    Scalar::U64(value)
}

fn f(value: f64) -> Scalar {
    Scalar::F64(value)
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.into())
}

fn yes() -> Scalar {
    Scalar::Bool(true)
}

fn no() -> Scalar {
    Scalar::Bool(false)
}

/// A table of columns: name, type, values.
fn table(columns: &[(&str, DataType, Vec<Scalar>)]) -> Batch {
    let fields = columns.iter().map(|(name, data_type, _)| Field::new(*name, *data_type)).collect();
    let columns = columns.iter().map(|(_, data_type, values)| {
        let column = Column::from_scalars(*data_type, values);
        let nulls = values.iter().filter(|v| v.is_null()).count();
        assert_eq!(column.view().null_count(), nulls, "a value of the test does not fit its type");
        column
    });
    Batch::new(Arc::new(Schema::new(fields)), columns.collect()).unwrap()
}

fn from_t() -> Query {
    Query::from(Relation::table("t"))
}

fn select(exprs: impl IntoIterator<Item = Expr>) -> Query {
    Query { select: exprs.into_iter().map(SelectItem::from).collect(), ..from_t() }
}

fn ask(query: &Query, batch: &Batch) -> Result<NaiveTable, NaiveError> {
    let catalog = HashMap::from([("t".to_string(), (**batch.schema()).clone())]);
    let plan = bind(query, &catalog).unwrap_or_else(|e| panic!("{e}"));
    run(&plan, &HashMap::from([("t".to_string(), batch.clone())]))
}

fn rows(query: &Query, batch: &Batch) -> Vec<Vec<Scalar>> {
    ask(query, batch).unwrap().rows
}

/// The values of one expression, a row each.
fn values(expr: Expr, batch: &Batch) -> Vec<Scalar> {
    rows(&select([expr]), batch).into_iter().map(|mut row| row.remove(0)).collect()
}

/// The kind of error of one expression.
fn failure(expr: Expr, batch: &Batch) -> NaiveErrorKind {
    ask(&select([expr]), batch).unwrap_err().kind
}

/// Equality by bits, because `==` takes -0.0 for 0.0 and NaN for nothing.
#[track_caller]
fn assert_bits(actual: &[Scalar], expected: &[f64]) {
    let bits = |value: &Scalar| value.as_f64().map(f64::to_bits);
    let actual_bits: Vec<_> = actual.iter().map(bits).collect();
    let expected_bits: Vec<_> = expected.iter().map(|v| Some(v.to_bits())).collect();
    assert_eq!(actual_bits, expected_bits, "{actual:?} where {expected:?} is expected");
}
