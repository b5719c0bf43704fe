//! Groups of which only some are wanted, and groups that are only counted: the same as all groups, cut off or counted
//! afterwards.

use super::groups::{answer, batch};
use super::*;
use crate::group::forced::{Forced, with};
use colq_plan::{SortKey, avg, count, count_of, max, min, sum};

static SOURCE: LazyLock<Arc<dyn ColumnSource>> = LazyLock::new(|| Arc::new(Known(batch())));

/// Many keys, few of them, and some that are NULL, of all rows or of some.
fn groups() -> [(Vec<Expr>, Option<Expr>); 4] {
    let some = || Some(col("maybe").gt(lit(3)));
    [
        (vec![col("x")], None),
        (vec![col("price"), col("maybe")], some()),
        (vec![col("tax"), col("k")], None),
        (vec![col("f")], some()),
    ]
}

fn forced(hashed: bool) -> Forced {
    Forced { partition_bits: 3, hashed, spilled: false }
}

fn grouped(keys: &[Expr], filter: &Option<Expr>) -> Query {
    let calls = [count(), count_of(col("tax")), sum(col("x")), min(col("maybe")), max(col("price"))];
    Query { group_by: keys.to_vec(), filter: filter.clone(), ..select(keys.iter().cloned().chain(calls)) }
}

#[test]
fn a_limit_gives_the_groups_that_all_groups_begin_with() {
    for (keys, filter) in groups() {
        let query = grouped(&keys, &filter);
        let all = answer(SOURCE.clone(), &query, 2);
        for (limit, offset, threads) in [(7, 3, 2), (100, 0, 3)] {
            let few = Query { limit: Some(limit as u64), offset, ..query.clone() };
            let expected = &all[offset as usize..][..limit];
            assert_eq!(answer(SOURCE.clone(), &few, threads), expected, "{keys:?}");
            let found = with(forced(true), || answer(SOURCE.clone(), &few, threads));
            assert_eq!(found, expected, "{keys:?}, by partitions");
        }
        let distinct = Query { distinct: true, filter: filter.clone(), ..select(keys.iter().cloned()) };
        let all = answer(SOURCE.clone(), &distinct, 2);
        let few = Query { limit: Some(20), ..distinct };
        assert_eq!(answer(SOURCE.clone(), &few, 2), all[..20], "{keys:?}, distinct");
    }
}

#[test]
fn the_top_groups_are_those_that_all_groups_in_order_begin_with() {
    let orders = [(3, true), (2, false)];
    for (keys, filter) in groups() {
        for (column, descending) in orders {
            // Many groups tie by most of these.
            let key = SortKey { descending, ..SortKey::from(lit(column)) };
            let query = Query { order_by: vec![key], ..grouped(&keys, &filter) };
            let all = answer(SOURCE.clone(), &query, 2);
            let few = Query { limit: Some(9), offset: 2, ..query };
            for hashed in [false, true] {
                let found = with(forced(hashed), || answer(SOURCE.clone(), &few, 2));
                assert_eq!(found, all[2..11], "{keys:?} by {column}");
            }
        }
    }
}

#[test]
fn a_number_of_groups_is_that_of_the_groups() {
    for (keys, filter) in groups() {
        let distinct = Query { distinct: true, filter: filter.clone(), ..select(keys.iter().cloned()) };
        let expected = vec![answer(SOURCE.clone(), &distinct, 2).len().to_string()];
        let inner = Relation::Query(Box::new(distinct));
        let select_count = vec![SelectItem::Expr(count())];
        let counted = Query { select: select_count, ..Query::from(inner) };
        assert_eq!(answer(SOURCE.clone(), &counted, 2), expected, "{keys:?}");
        for hashed in [false, true] {
            let found = with(forced(hashed), || answer(SOURCE.clone(), &counted, 2));
            assert_eq!(found, expected, "{keys:?}, by partitions");
        }
    }
}

#[test]
fn a_group_beyond_the_limit_still_tells_of_its_error() {
    // The products of some of the groups leave the type, wherever the limit is.
    let query = Query {
        group_by: vec![col("maybe")],
        limit: Some(1),
        ..select([col("maybe"), sum(col("large") * (col("maybe") * lit(700_000))), avg(col("x"))])
    };
    let catalog = HashMap::from([("t".to_string(), SOURCE.schema().clone())]);
    let plan = bind(&query, &catalog).unwrap();
    let sources = HashMap::from([("t".to_string(), SOURCE.clone())]);
    let failed = || execute(&plan, &sources, &Pool::new(2), &Context::new());
    assert!(with(forced(true), failed).is_err());
}
