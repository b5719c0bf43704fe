//! Orders through whole plans against a stable sort of scalars: in memory, by scratch files, with and without a limit, for
//! several numbers of threads.

use crate::tests::{Known, TWO, TWO_ZONES, select};
use crate::{Error, Pool, execute, execute_batches};
use colq_column::ColumnSource;
use colq_context::{Context, Counter};
use colq_plan::{Plan, PlanNode, Query, SortKey, bind, col};
use colq_types::Scalar;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// Less than the rows of the table take, so that they are spilled.
const TINY_LIMIT: u64 = 1 << 20;

/// A key: its column, whether it descends, whether NULLs come first.
type Key = (&'static str, bool, bool);

const ORDERS: [&[Key]; 6] = [
    &[("x", true, false)],
    &[("s", false, true), ("x", false, false)],
    &[("free", true, true), ("ts", true, false)],
    &[("s", false, false)],
    &[("id", false, false)],
    &[("x", false, true), ("free", false, false), ("id", true, false)],
];

fn planned(keys: &[Key], limit: Option<u64>, offset: u64) -> (Plan, HashMap<String, Arc<dyn ColumnSource>>) {
    let order_by = keys.iter().map(|(name, descending, nulls_first)| SortKey {
        expr: col(*name),
        descending: *descending,
        nulls_first: Some(*nulls_first),
    });
    let order_by = order_by.collect();
    let query = Query { order_by, limit, offset, ..select([col("id"), col("free"), col("x"), col("s")]) };
    let table: Arc<Known> = TWO.clone();
    let catalog = HashMap::from([("t".to_string(), table.schema().clone())]);
    let source: Arc<dyn ColumnSource> = table;
    (bind(&query, &catalog).unwrap(), HashMap::from([("t".to_string(), source)]))
}

fn compare(a: &Scalar, b: &Scalar, descending: bool, nulls_first: bool) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return if nulls_first { Ordering::Less } else { Ordering::Greater },
        (false, true) => return if nulls_first { Ordering::Greater } else { Ordering::Less },
        (false, false) => {}
    }
    let order = match (a, b) {
        (Scalar::Text(a), Scalar::Text(b)) => a.cmp(b),
        (Scalar::F64(a), Scalar::F64(b)) => a.total_cmp(b),
        (Scalar::Timestamp(a, _), Scalar::Timestamp(b, _)) => a.cmp(b),
        (a, b) => a.as_i128().cmp(&b.as_i128()),
    };
    if descending { order.reverse() } else { order }
}

/// The numbers of the rows in the order of the keys.
fn expected(keys: &[Key]) -> Vec<i64> {
    let batch = &TWO.0;
    let column = |key: &Key| {
        let index = batch.schema().fields().iter().position(|field| field.name == key.0).unwrap();
        (0..TWO_ZONES).map(|row| batch.columns()[index].scalar(row)).collect::<Vec<Scalar>>()
    };
    let columns: Vec<(Vec<Scalar>, &Key)> = keys.iter().map(|key| (column(key), key)).collect();
    let mut rows: Vec<i64> = (0..TWO_ZONES as i64).collect();
    rows.sort_by(|a, b| {
        columns.iter().fold(Ordering::Equal, |so_far, (values, (_, descending, nulls_first))| {
            so_far
                .then_with(|| compare(&values[*a as usize], &values[*b as usize], *descending, *nulls_first))
        })
    });
    rows
}

/// The numbers of the rows that come out as batches, each of which is held against its row in the table.
fn streamed(keys: &[Key], limit: Option<u64>, offset: u64, threads: usize, memory: u64) -> Vec<i64> {
    let (plan, sources) = planned(keys, limit, offset);
    let context = Context::new().with_memory_limit(memory);
    let mut ids = Vec::new();
    for batch in execute_batches(&plan, &sources, &Pool::new(threads), &context).unwrap() {
        let batch = batch.unwrap();
        assert!(batch.row_count() > 0 && batch.row_count() <= 65_536);
        for row in 0..batch.row_count() {
            let found = batch.row(row);
            let Scalar::I64(id) = found[0] else { panic!("an id is {:?}", found[0]) };
            if row % 97 == 0 {
                let whole = TWO.0.row(id as usize);
                assert_eq!(found[1..], [whole[2].clone(), whole[3].clone(), whole[1].clone()], "row {id}");
            }
            ids.push(id);
        }
    }
    ids
}

#[test]
fn all_rows_sort_alike_in_memory_and_by_scratch_files_for_any_number_of_threads() {
    for keys in ORDERS {
        let expected = expected(keys);
        for threads in [1, 2, 3] {
            for memory in [0, TINY_LIMIT] {
                let found = streamed(keys, None, 0, threads, memory);
                assert!(found == expected, "{keys:?}, {threads} threads, {memory} bytes");
            }
        }
        let (plan, sources) = planned(keys, None, 0);
        let batch = execute(&plan, &sources, &Pool::new(2), &Context::new()).unwrap();
        let ids = (0..batch.row_count()).map(|row| batch.columns()[0].scalar(row).as_i128());
        assert!(ids.eq(expected.iter().map(|id| Some(i128::from(*id)))), "{keys:?}, collected");
    }
}

#[test]
fn a_tiny_budget_is_met_by_parts_in_a_scratch_file() {
    let (plan, sources) = planned(ORDERS[0], None, 0);
    let context = Context::new().with_memory_limit(TINY_LIMIT);
    let pool = Pool::new(2);
    let run = crate::pipeline::Run { pool: &pool, context: &context, recorder: None };
    let mut step = &plan;
    while let PlanNode::Project { input, .. } = &step.node {
        step = input;
    }
    let PlanNode::Sort { input, keys } = &step.node else { panic!("not a sort") };
    let (pipeline, exprs) = execute::pipeline_of(input, &sources, run, &mut Vec::new()).unwrap();
    match super::by_parts(&pipeline, &exprs, input.schema(), keys, usize::MAX, run).unwrap() {
        super::Ordered::All(sorted) => assert!(sorted.is_spilled() && sorted.part_count() > 10),
        super::Ordered::First(_) => panic!("not all rows"),
    }
}

#[test]
fn the_first_rows_are_those_of_the_whole_order() {
    for keys in ORDERS {
        let expected = expected(keys);
        for (limit, offset) in [(0, 0), (1, 0), (7, 3), (1000, 5), (9000, 0), (20_000, 40_000), (5, 1 << 40)]
        {
            let start = expected.len().min(offset);
            let end = expected.len().min(start + limit);
            for threads in [1, 3] {
                let found = streamed(keys, Some(limit as u64), offset as u64, threads, 0);
                assert!(found == expected[start..end], "{keys:?}, {limit} rows from {offset} on");
            }
        }
    }
}

#[test]
fn zones_that_cannot_hold_a_first_row_are_not_read() {
    let (plan, sources) = planned(&[("id", false, false)], Some(3), 0);
    let context = Context::new();
    execute(&plan, &sources, &Pool::new(1), &context).unwrap();
    assert_eq!(context.counted(Counter::ZonesPruned), 1);
}

#[test]
fn an_order_can_be_cancelled() {
    let (plan, sources) = planned(ORDERS[0], None, 0);
    let context = Context::new();
    context.cancel();
    let result = execute(&plan, &sources, &Pool::new(2), &context);
    assert!(matches!(result, Err(Error::Cancelled(_))));
}
