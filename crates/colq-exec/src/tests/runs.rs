//! Groups of a key that rises have the bits of groups that are looked up, where a group ends with a zone, with a stripe,
//! or spans several, and where whole stripes have no row.

use super::seeking::Ordered;
use super::{Known, select};
use crate::{Pool, execute};
use colq_column::{Batch, Column, ColumnSource, Order};
use colq_context::Context;
use colq_plan::{Expr, Query, avg, bind, col, count, count_distinct, count_of, lit, max, min, stddev, sum};
use colq_types::{DataType, Field, STRIPE_ZONES, Scalar, Schema, ZONE_ROWS};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

const STRIPE: usize = (STRIPE_ZONES * ZONE_ROWS) as usize;

/// Three stripes and a bit.
const ROWS: usize = 3 * STRIPE + 777;

/// Rows of one key that fill the second stripe and more.
const LONG: std::ops::Range<usize> = STRIPE - 10..2 * STRIPE + 5;

static TABLE: LazyLock<Arc<Known>> = LazyLock::new(|| {
    let key = |row: usize| if LONG.contains(&row) { LONG.start as i64 } else { (row - row % 50) as i64 };
    let value = |row: usize| (row * 7_919 % 1_013) as f64 / 7.0;
    let columns = vec![
        Column::new(DataType::I64, (0..ROWS).map(key).collect::<Vec<_>>()),
        Column::new(DataType::F64, (0..ROWS).map(value).collect::<Vec<_>>())
            .with_validity(Some((0..ROWS).map(|row| row % 11 > 0).collect())),
    ];
    let fields = [("key", DataType::I64), ("x", DataType::F64)];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()))
});

fn answer(query: &Query, order: Option<Order>, threads: usize) -> Vec<String> {
    let catalog = HashMap::from([("t".to_string(), TABLE.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let source: Arc<dyn ColumnSource> = Arc::new(Ordered(TABLE.clone(), order));
    let sources = HashMap::from([("t".to_string(), source)]);
    let batch = execute(&plan, &sources, &Pool::new(threads), &Context::new()).unwrap();
    let bits = |value: &Scalar| match value {
        Scalar::F64(v) => format!("{:016x}", v.to_bits()),
        other => format!("{other:?}"),
    };
    let rows = 0..batch.row_count();
    rows.map(|row| batch.row(row).iter().map(bits).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn neighbours_are_the_groups_that_are_looked_up() {
    let aggregates = || {
        vec![
            count(),
            count_of(col("x")),
            sum(col("x")),
            avg(col("key")),
            min(col("x")),
            max(col("x")),
            stddev(col("x")),
        ]
    };
    let grouped = |aggregates: Vec<Expr>, filter: Option<Expr>| Query {
        group_by: vec![col("key")],
        filter,
        ..select([col("key")].into_iter().chain(aggregates).collect::<Vec<_>>())
    };
    let far = col("key").lt(lit(9)).or(col("key").gt(lit(2 * STRIPE as i64 + 70_000)));
    let queries = [
        grouped(vec![sum(col("x")), count()], None),
        grouped(aggregates(), Some(col("x").gt(lit(100.0)))),
        grouped(aggregates(), Some(far)),
        grouped(aggregates(), Some(col("key").eq(lit(LONG.start as i64)))),
        grouped(aggregates(), Some(col("x").gt(lit(1e9)))),
        select([count_distinct(col("key"))]),
    ];
    for query in &queries {
        let expected = answer(query, None, 2);
        for threads in [1, 3] {
            assert!(answer(query, Some(Order::Rows), threads) == expected, "{threads} threads");
        }
    }
}
