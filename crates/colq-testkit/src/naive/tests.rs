//! What each rule of the reference engine comes to, computed by hand: these cases are the specification.
//!
//! Values are put into columns, so that nothing is folded when the query is bound.

mod aggregates;
mod casts;
mod choices;
mod clauses;
mod expressions;
mod numbers;
mod patterns;
mod quantiles;
mod shapes;
mod sums;
mod texts;
mod times;

use crate::{NaiveError, NaiveErrorKind, NaiveTable, run};
use colq_column::{Batch, Column};
use colq_plan::{Expr, ExprKind, Query, Relation, SelectItem, bind, col, lit};
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

/// A call by name over one row of these values; NULL and the units of times are literals.
fn called(name: &str, args: &[Scalar]) -> Result<Scalar, NaiveErrorKind> {
    let is_literal = |place: usize, arg: &Scalar| {
        arg.is_null() || place == 0 && matches!(name, "date_trunc" | "date_part")
    };
    let mut columns = Vec::new();
    let mut written = Vec::new();
    for (place, arg) in args.iter().enumerate() {
        if is_literal(place, arg) {
            written.push(lit(arg.clone()));
        } else {
            columns.push((format!("a{place}"), arg.data_type().unwrap(), vec![arg.clone()]));
            written.push(col(format!("a{place}")));
        }
    }
    if columns.is_empty() {
        columns.push(("row".into(), DataType::I64, vec![i(1)]));
    }
    let columns: Vec<_> = columns.iter().map(|(name, t, v)| (name.as_str(), *t, v.clone())).collect();
    let batch = table(&columns);
    let call: Expr = ExprKind::Call { name: name.into(), args: written }.into();
    ask(&select([call]), &batch).map(|mut answer| answer.rows.remove(0).remove(0)).map_err(|e| e.kind)
}

/// That a call gives this value, to the bit.
#[track_caller]
fn calls(name: &str, args: &[Scalar], expected: Scalar) {
    let actual = called(name, args);
    let same = actual
        .as_ref()
        .is_ok_and(|v| crate::compare::same_rows(&[vec![v.clone()]], &[vec![expected.clone()]]));
    assert!(same, "{name}({args:?}) gives {actual:?}, not {expected:?}");
}

/// That a call has no answer.
#[track_caller]
fn refuses(name: &str, args: &[Scalar], kind: NaiveErrorKind) {
    assert_eq!(called(name, args), Err(kind), "{name}({args:?})");
}

/// Equality by bits, because `==` takes -0.0 for 0.0 and NaN for nothing.
#[track_caller]
fn assert_bits(actual: &[Scalar], expected: &[f64]) {
    let bits = |value: &Scalar| value.as_f64().map(f64::to_bits);
    let actual_bits: Vec<_> = actual.iter().map(bits).collect();
    let expected_bits: Vec<_> = expected.iter().map(|v| Some(v.to_bits())).collect();
    assert_eq!(actual_bits, expected_bits, "{actual:?} where {expected:?} is expected");
}
