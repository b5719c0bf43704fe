//! Keys that follow from others: the groups of all keys, whichever of them rows go by.

use super::groups::{answer, sources};
use super::*;
use crate::group::forced::{Forced, with};
use colq_plan::{SortKey, avg, count, count_distinct, max, sum};

/// The rows of `sources` have no summaries in the first, so that nothing computed of 64 bits is known to have no error,
/// and all keys tell groups apart.
fn check(query: &Query) {
    let (unknown, known) = sources();
    let expected = answer(unknown, query, 2);
    assert!(expected.len() > 1, "too few groups to tell");
    assert_eq!(answer(known.clone(), query, 3), expected, "{:?}", query.group_by);
    for spilled in [false, true] {
        let forced = Forced { partition_bits: 3, hashed: true, spilled };
        assert_eq!(with(forced, || answer(known.clone(), query, 2)), expected, "{:?}", query.group_by);
    }
}

fn grouped(keys: Vec<Expr>, filter: Option<Expr>) -> Query {
    let calls = [count(), avg(col("x")), sum(col("price"))];
    Query { group_by: keys.clone(), filter, ..select(keys.into_iter().chain(calls)) }
}

/// Keys with what follows from them before and behind them.
fn keys() -> Vec<Vec<Expr>> {
    let (runs, maybe) = (|| col("runs"), || col("maybe"));
    let text = ExprKind::Cast { expr: Box::new(col("maybe")), to: DataType::Text }.into();
    vec![
        vec![lit(1), runs()],
        vec![runs() - lit(3), runs(), lit("one"), runs() * lit(2)],
        vec![col("x") * lit(0), runs(), runs()],
        vec![maybe(), text, maybe().is_null(), call("date_part", [lit("year"), col("ts")]), col("ts")],
        vec![col("x"), col("x"), lit(2)],
        vec![runs() * maybe(), maybe(), runs()],
    ]
}

#[test]
fn groups_are_those_of_all_keys() {
    for (keys, number) in keys().into_iter().zip(0i64..) {
        let filter = (number % 2 == 1).then(|| col("price").lt(lit(100_000 * number)));
        check(&grouped(keys, filter));
    }
}

#[test]
fn what_is_looked_at_and_the_order_change_no_group() {
    let keys = vec![col("runs") + lit(7), col("maybe"), lit("four"), col("runs")];
    let all = grouped(keys.clone(), None);
    for order in [0, 1, 2, 3, 4, 5] {
        let key = SortKey { descending: true, ..SortKey::from(lit(order + 1)) };
        check(&Query { order_by: vec![key], limit: Some(5), offset: 1, ..all.clone() });
    }
    check(&Query { limit: Some(6), ..all.clone() });
    // Keys that nobody reads, and those that only what follows from them does.
    for read in [0, 1, 2, 3] {
        let inner = Query {
            select: keys
                .iter()
                .enumerate()
                .map(|(at, key)| SelectItem::Expr(key.clone().alias(format!("c{at}"))))
                .collect(),
            group_by: keys.clone(),
            ..all.clone()
        };
        let read = [max(col(format!("c{read}"))), count()].map(SelectItem::Expr).to_vec();
        let query = Query { select: read, ..Query::from(Relation::Query(Box::new(inner))) };
        let (unknown, known) = sources();
        assert_eq!(answer(known, &query, 2), answer(unknown, &query, 2), "of {keys:?}");
    }
    let distinct = Query { distinct: true, ..select(keys.clone()) };
    check(&distinct);
    check(&Query { group_by: keys.clone(), ..select([col("runs"), count_distinct(col("price"))]) });
}

#[test]
fn zeros_of_both_signs_are_one_key_and_have_two_inverses() {
    let zeros: Vec<f64> = (0..100).map(|row| if row % 3 == 0 { -0.0 } else { 0.0 }).collect();
    let schema: Schema = [Field::new("z", DataType::F64)].into_iter().collect();
    let batch = Batch::new(Arc::new(schema), vec![Column::new(DataType::F64, zeros)]).unwrap();
    let inverse = || lit(1.0) / col("z");
    let query = Query { group_by: vec![col("z"), inverse()], ..select([col("z"), inverse(), count()]) };
    assert_eq!(answer(Arc::new(Known(batch)), &query, 2).len(), 2);
}

#[test]
fn a_key_that_is_an_error_for_a_row_is_one_still() {
    let (unknown, known) = sources();
    // The first group has none.
    let key = (col("large") - lit(1)) * lit(2_000_000);
    let query = Query { limit: Some(1), ..grouped(vec![col("large"), key], None) };
    let catalog = HashMap::from([("t".to_string(), known.schema().clone())]);
    let plan = bind(&query, &catalog).unwrap();
    let failed = |source: Arc<dyn ColumnSource>| {
        let sources = HashMap::from([("t".to_string(), source)]);
        execute(&plan, &sources, &Pool::new(2), &Context::new()).unwrap_err().to_string()
    };
    assert_eq!(failed(known), failed(unknown));
}
