//! Rows found by searching a column that rises are those that a scan finds, with the same bits.

use super::{Known, case, select};
use crate::{Pool, execute, execute_batches};
use colq_column::{Batch, Column, ColumnSource, Dictionary, Order, Scratch, SourceError, View, ZoneSummary};
use colq_context::{Context, Counter};
use colq_plan::{Expr, Query, SortKey, avg, bind, col, count_of, lit, max, min, sum};
use colq_types::{DataType, Field, RowRange, Scalar, Schema, ZONE_ROWS};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// A source that says how its rows lie, or does not.
pub(super) struct Ordered(pub(super) Arc<Known>, pub(super) Option<Order>);

impl ColumnSource for Ordered {
    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn row_count(&self) -> u64 {
        self.0.row_count()
    }

    fn read<'a>(
        &'a self,
        column: usize,
        rows: RowRange,
        scratch: &'a mut Scratch,
    ) -> Result<View<'a>, SourceError> {
        self.0.read(column, rows, scratch)
    }

    fn zone_summary(&self, column: usize, zone: u64) -> Result<Option<ZoneSummary>, SourceError> {
        self.0.zone_summary(column, zone)
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Dictionary>>, SourceError> {
        self.0.dictionary(column)
    }

    fn may_have_nulls(&self, column: usize) -> bool {
        self.0.may_have_nulls(column)
    }

    /// The last column is in no order.
    fn order(&self, column: usize) -> Result<Option<Order>, SourceError> {
        Ok(self.1.filter(|_| column < 2))
    }
}

const ROWS: usize = 2 * ZONE_ROWS as usize + 1_000;

/// Where the values of `key` repeat longer than a zone: all of one value lie in more than one zone.
const REPEATED: Range = 60_000..120_000;

type Range = std::ops::Range<usize>;

/// `key` rises with repeats, `t` rises as a float, `x` is in no order and its sums round.
static TABLE: LazyLock<Arc<Known>> = LazyLock::new(|| {
    let key = |row: usize| if REPEATED.contains(&row) { 20_000 } else { row as i64 / 3 };
    let columns = vec![
        Column::new(DataType::I64, (0..ROWS).map(key).collect::<Vec<_>>()),
        Column::new(DataType::F64, (0..ROWS).map(|row| row as f64 / 2.0 - 100.0).collect::<Vec<_>>()),
        Column::new(
            DataType::F64,
            (0..ROWS).map(|row| (row * 7_919 % 1_013) as f64 / 7.0).collect::<Vec<_>>(),
        ),
    ];
    let fields = [("key", DataType::I64), ("t", DataType::F64), ("x", DataType::F64)];
    let schema: Schema = fields.into_iter().map(|(name, data_type)| Field::new(name, data_type)).collect();
    Arc::new(Known(Batch::new(Arc::new(schema), columns).unwrap()))
});

/// The answer with its bits, and how many zones were read.
fn answer(query: &Query, order: Option<Order>, threads: usize) -> (Result<Vec<String>, String>, u64) {
    let catalog = HashMap::from([("t".to_string(), TABLE.schema().clone())]);
    let plan = bind(query, &catalog).unwrap();
    let source: Arc<dyn ColumnSource> = Arc::new(Ordered(TABLE.clone(), order));
    let context = Context::new();
    let sources = HashMap::from([("t".to_string(), source)]);
    let batch = execute(&plan, &sources, &Pool::new(threads), &context);
    let bits = |value: &Scalar| match value {
        Scalar::F64(v) => format!("{:016x}", v.to_bits()),
        other => format!("{other:?}"),
    };
    let rows = batch.map(|batch| {
        (0..batch.row_count())
            .map(|row| batch.row(row).iter().map(bits).collect::<Vec<_>>().join("|"))
            .collect()
    });
    (rows.map_err(|error| error.to_string()), context.counted(Counter::ZonesRead))
}

fn queries(filter: &Expr) -> Vec<Query> {
    let sums = [sum(col("x")), max(col("x")), min(col("key")), avg(col("t")), count_of(col("x"))];
    let total = select(sums.clone());
    let grouped = Query { group_by: vec![col("key") % lit(5)], ..select([sum(col("x")), min(col("t"))]) };
    let rows = Query { limit: Some(300), ..select([col("t"), (col("key") + lit(1))]) };
    let all = select([col("x")]);
    [total, grouped, rows, all].into_iter().map(|q| Query { filter: Some(filter.clone()), ..q }).collect()
}

fn check(filter: &Expr) {
    for query in queries(filter) {
        let (expected, read) = answer(&query, None, 2);
        for (order, threads) in [(Order::Zones, 1), (Order::Rows, 1), (Order::Rows, 3)] {
            let (found, read_now) = answer(&query, Some(order), threads);
            assert_eq!(found, expected, "{order:?}");
            // How many zones are read before an error or a limit is met depends on how many threads look.
            assert!(found.is_err() || threads > 1 || read_now <= read);
        }
    }
}

#[test]
fn rows_at_the_edges_of_zones_and_of_repeats_are_found() {
    let zone = ZONE_ROWS as i64 / 3;
    for key in [-1, 0, 1, zone - 1, zone, 19_999, 20_000, 20_001, 46_665, 46_667, ROWS as i64 / 3, 1 << 40] {
        check(&col("key").eq(lit(key)));
        check(&col("key").gt(lit(key)).and(col("key").lt_eq(lit(key + 40))));
        check(&col("t").lt(lit(0.25)).and(col("key").gt_eq(lit(key))));
    }
    // The condition is false for every row, whatever the zones say.
    check(&col("key").gt(lit(30)).and(col("key").lt(lit(10))));
}

#[test]
fn rows_that_stand_in_an_order_come_out_as_sorted_ones_do() {
    let by = |name: &str, descending| SortKey { expr: col(name), descending, nulls_first: None };
    let orders = [
        vec![by("key", false)],
        vec![by("key", true)],
        vec![by("t", false)],
        vec![by("t", true)],
        vec![by("key", false), by("x", true)],
    ];
    let catalog = HashMap::from([("t".to_string(), TABLE.schema().clone())]);
    for order_by in orders {
        for (limit, offset, filter) in
            [(None, 0, None), (Some(100_000), 7_000, None), (None, 0, Some(col("x").gt(lit(70.0))))]
        {
            let query =
                Query { order_by: order_by.clone(), limit, offset, filter, ..select([col("x"), col("key")]) };
            let expected = answer(&query, None, 2).0;
            assert_eq!(answer(&query, Some(Order::Rows), 2).0, expected, "{order_by:?}");
            let plan = bind(&query, &catalog).unwrap();
            let source: Arc<dyn ColumnSource> = Arc::new(Ordered(TABLE.clone(), Some(Order::Rows)));
            let sources = HashMap::from([("t".to_string(), source)]);
            let batches = execute_batches(&plan, &sources, &Pool::new(2), &Context::new()).unwrap();
            let rows = batches.flat_map(|batch| {
                let batch = batch.unwrap();
                (0..batch.row_count()).map(|row| batch.row(row)).collect::<Vec<_>>()
            });
            let whole = execute(&plan, &sources, &Pool::new(2), &Context::new()).unwrap();
            assert!(rows.eq((0..whole.row_count()).map(|row| whole.row(row))), "{order_by:?}, streamed");
        }
    }
}

#[test]
fn an_expression_that_rises_is_searched_unless_it_fails_somewhere() {
    check(&(col("key") + lit(7)).gt(lit(40_000)));
    // Fails in the last rows, which the search must not leave out.
    let overflow = (col("key") + lit(i64::MAX - 40_000)).lt(lit(i64::MAX - 30_000));
    assert!(answer(&queries(&overflow)[0], Some(Order::Rows), 1).0.is_err());
    check(&overflow);
    // So does this one, but for rows that the left side leaves out.
    check(&col("key").lt(lit(30_000)).and((col("key") + lit(i64::MAX - 40_000)).gt(lit(5))));
}

#[test]
fn what_fails_to_the_left_of_a_search_still_fails() {
    let fails = (lit(1) / (col("key") - lit(3))).gt(lit(0));
    let filter = fails.clone().and(col("key").gt(lit(40_000)));
    assert!(answer(&queries(&filter)[0], Some(Order::Rows), 1).0.is_err());
    check(&filter);
    check(&col("key").gt(lit(40_000)).and(fails));
    check(&case([(col("key").gt(lit(5)), lit(true))], None).and(col("key").lt(lit(9))));
}

#[test]
fn a_lookup_reads_one_zone_and_a_range_its_edges() {
    let lookup = Query { filter: Some(col("key").eq(lit(5))), ..select([col("x")]) };
    assert_eq!(answer(&lookup, Some(Order::Rows), 1).1, 1);
    let range = col("key").gt_eq(lit(100)).and(col("key").lt_eq(lit(46_000)));
    let total = Query { filter: Some(range), ..select([sum(col("x"))]) };
    assert_eq!(answer(&total, Some(Order::Rows), 1).1, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_range_gives_what_a_scan_gives(
        low in -10i64..50_000, width in -5i64..50_000, t in -200.0f64..70_000.0, open in any::<bool>(),
    ) {
        let (key, high) = (col("key"), lit(low + width));
        let ranges = [key.clone().gt(lit(low)).and(key.clone().lt(high.clone())), key.between(lit(low), high)];
        for range in ranges {
            check(&if open { range.and(col("t").gt_eq(lit(t))) } else { col("t").lt(lit(t)).and(range) });
        }
    }
}
