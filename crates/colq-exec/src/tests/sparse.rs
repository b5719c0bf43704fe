//! Few groups of many possible keys: an array that numbers them gives what a hash table does, stripe after stripe.

use super::{Known, select};
use crate::{Pool, execute};
use colq_column::{Batch, Column, ColumnSource};
use colq_context::Context;
use colq_plan::{Query, bind, col, count, sum};
use colq_types::{DataType, Field, STRIPE_ZONES, Schema, ZONE_ROWS};
use std::collections::HashMap;
use std::sync::Arc;

/// Three stripes and a bit.
const ROWS: usize = 3 * (STRIPE_ZONES * ZONE_ROWS) as usize + 777;

/// Beyond what is an index by itself, and a fourth of the rows at most.
const APART: usize = 3_001;

/// The key of a row: each stripe brings some that no other has.
fn key(row: usize) -> usize {
    (row * 7_919 % 97 + row / 1_000_000 * 10) * APART
}

#[test]
fn groups_far_apart_are_numbered_stripe_by_stripe() {
    let columns = vec![
        Column::new(DataType::I32, (0..ROWS).map(|row| key(row) as i32).collect::<Vec<_>>()),
        Column::new(DataType::I64, (0..ROWS as i64).collect::<Vec<_>>()),
    ];
    let fields = [("key", DataType::I32), ("x", DataType::I64)];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    let source: Arc<dyn ColumnSource> = Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()));
    let mut numbers = HashMap::new();
    let mut groups: Vec<(usize, u64, u64)> = Vec::new();
    for row in 0..ROWS {
        let number = *numbers.entry(key(row)).or_insert(groups.len());
        if number == groups.len() {
            groups.push((key(row), 0, 0));
        }
        groups[number].1 += 1;
        groups[number].2 += row as u64;
    }
    let expected: Vec<String> = groups.iter().map(|(key, n, sum)| format!("{key}|{n}|{sum}")).collect();
    let query = Query { group_by: vec![col("key")], ..select([col("key"), count(), sum(col("x"))]) };
    let catalog = HashMap::from([("t".to_string(), source.schema().clone())]);
    let plan = bind(&query, &catalog).unwrap();
    let sources = HashMap::from([("t".to_string(), source)]);
    // Without a limit there is room for an array, with this one there is none.
    for (threads, limit) in [(1, None), (2, None), (2, Some(8 << 20))] {
        let context = limit.map_or_else(Context::new, |limit| Context::new().with_memory_limit(limit));
        let batch = execute(&plan, &sources, &Pool::new(threads), &context).unwrap();
        let text = |row: usize| batch.row(row).iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
        assert_eq!((0..batch.row_count()).map(text).collect::<Vec<_>>(), expected, "{threads} {limit:?}");
    }
}
