//! Deviations that begin with the sums of zone summaries have the bits of those that add the rows up themselves.

use super::{Known, TWO_ZONES, select};
use crate::{Pool, execute};
use colq_column::{Batch, Column, ColumnSource};
use colq_context::Context;
use colq_plan::{Expr, avg, bind, col, lit, stddev};
use colq_types::{DataType, Field, Scalar, Schema};
use std::collections::HashMap;
use std::sync::Arc;

/// A row of the second zone.
const NAN_ROW: usize = TWO_ZONES - 5;

/// Whole numbers whose sums floats hold, and some whose sums they do not; floats, with NULL, with NaN, and NULL alone.
fn batch() -> Batch {
    let mixed = |row: usize| row.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(21);
    let rows = || 0..TWO_ZONES;
    let float = |row: usize| mixed(row) as f64 / 1e9 - 3e9;
    let nan = |row: usize| if row == NAN_ROW { f64::NAN } else { float(row) };
    let columns = vec![
        ("id", Column::new(DataType::I64, rows().map(|row| row as i64 - 9).collect::<Vec<_>>())),
        ("wide", Column::new(DataType::I64, rows().map(|row| mixed(row) as i64).collect::<Vec<_>>())),
        // So near to each other, and so large, that the rounded sum of the rows has another mean than the exact one.
        (
            "high",
            Column::new(
                DataType::I64,
                rows().map(|row| (1 << 62) + (mixed(row) % 5_000) as i64).collect::<Vec<_>>(),
            ),
        ),
        (
            "bare",
            Column::new(DataType::U64, rows().map(|row| mixed(row) as u64 | 1 << 63).collect::<Vec<_>>()),
        ),
        ("tiny", Column::new(DataType::U8, rows().map(|row| mixed(row) as u8).collect::<Vec<_>>())),
        ("none", Column::new(DataType::U8, vec![0u8; TWO_ZONES])),
        ("f", Column::new(DataType::F64, rows().map(float).collect::<Vec<_>>())),
        ("single", Column::new(DataType::F32, rows().map(|row| float(row) as f32).collect::<Vec<_>>())),
        (
            "holes",
            Column::new(
                DataType::F64,
                rows().map(|row| if row % 3 == 0 { 0.0 } else { float(row) }).collect::<Vec<_>>(),
            )
            .with_validity(Some(rows().map(|row| row % 3 > 0).collect())),
        ),
        ("nan", Column::new(DataType::F64, rows().map(nan).collect::<Vec<_>>())),
        (
            "void",
            Column::new(DataType::F64, vec![0.0; TWO_ZONES])
                .with_validity(Some(rows().map(|_| false).collect())),
        ),
    ];
    let schema: Schema = columns.iter().map(|(name, column)| Field::new(*name, column.data_type)).collect();
    Batch::new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect()).unwrap()
}

fn answer(source: Arc<dyn ColumnSource>, items: Vec<Expr>, filter: Option<Expr>) -> Vec<String> {
    let catalog = HashMap::from([("t".to_string(), source.schema().clone())]);
    let mut query = select(items);
    query.filter = filter;
    let plan = bind(&query, &catalog).unwrap();
    let sources = HashMap::from([("t".to_string(), source)]);
    let answer = execute(&plan, &sources, &Pool::new(2), &Context::new()).unwrap();
    let bits = |value: &Scalar| match value {
        Scalar::F64(v) => format!("{:016x}", v.to_bits()),
        other => format!("{other:?}"),
    };
    answer.row(0).iter().map(bits).collect()
}

#[test]
fn deviations_have_the_same_bits_with_and_without_summaries() {
    let batch = batch();
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name.to_string()).collect();
    let deviations = || names.iter().map(|name| stddev(col(name))).collect::<Vec<_>>();
    let both = || names.iter().flat_map(|name| [avg(col(name)), stddev(col(name))]).collect::<Vec<_>>();
    // All rows, rows of which one zone has all, and some.
    for filter in
        [None, Some(col("id").gt(lit(40_000))), Some(col("id").gt(lit(-10))), Some(col("tiny").lt(lit(77)))]
    {
        for items in [deviations(), both()] {
            let told = answer(Arc::new(Known(batch.clone())), items.clone(), filter.clone());
            assert_eq!(told, answer(Arc::new(batch.clone()), items, filter.clone()));
        }
    }
}
