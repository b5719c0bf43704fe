//! Quantiles of groups whose keys index an array, which a sample helps to find, against those of hashed groups, which hold
//! all values: the same bits for any number of threads.

use super::groups::{answer, batch};
use super::*;
use colq_plan::{count, count_of, median, quantile_cont, quantile_disc, sum};

fn grouped(keys: Vec<Expr>, aggregates: Vec<Expr>, filter: Option<Expr>) -> Query {
    let select = keys.iter().cloned().chain(aggregates).map(SelectItem::Expr).collect();
    Query { select, group_by: keys, filter, ..Query::from(Relation::table("t")) }
}

fn check(queries: &[Query]) {
    let batch = batch();
    // Nothing is known of the ranges of these keys, so they are hashed.
    let unknown: Arc<dyn ColumnSource> = Arc::new(batch.clone());
    let known: Arc<dyn ColumnSource> = Arc::new(Known(batch));
    for query in queries {
        let expected = answer(unknown.clone(), query, 2);
        assert!(!expected.is_empty());
        for threads in [1, 3] {
            assert_eq!(answer(known.clone(), query, threads), expected, "{threads} threads");
        }
    }
}

#[test]
fn quantiles_of_few_groups_are_those_of_all_values() {
    let every = vec![
        median(col("x")),
        quantile_cont(col("x"), 0.01),
        quantile_disc(col("x"), 0.999),
        quantile_cont(col("f"), 0.25),
        quantile_disc(col("f"), 0.75),
        median(col("maybe")),
        quantile_disc(col("maybe"), 0.0),
        quantile_disc(col("price"), 0.9),
        median(col("large")),
        median(col("x") - col("f")),
        count_of(col("maybe")),
        sum(col("x")),
    ];
    let some = call("abs", [col("x")]).gt(lit(1e6));
    check(&[
        grouped(vec![col("k")], every.clone(), None),
        grouped(vec![col("maybe")], every.clone(), Some(some)),
        grouped(vec![col("runs")], every, Some(col("k").lt(lit(40)))),
    ]);
}

#[test]
fn quantiles_of_values_that_rise_with_the_rows_are_found() {
    let times =
        || vec![quantile_disc(col("ts"), 0.5), median(col("ts")), quantile_disc(col("ts"), 1.0), count()];
    check(&[
        grouped(vec![col("runs")], times(), None),
        grouped(vec![col("k")], times(), Some(col("maybe").eq(lit(3)))),
        // Most groups have a few rows, and none of them in the sample.
        grouped(vec![col("k"), col("part")], vec![median(col("x")), median(col("ts"))], None),
        // No row at all.
        grouped(vec![col("k")], vec![median(col("x")), count()], Some(col("maybe").eq(lit(5)))),
    ]);
}
