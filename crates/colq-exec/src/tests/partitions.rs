//! Groups by partitions: the same bits as stripe by stripe (which the naive engine judges), for every aggregate, any
//! number of partitions, hashed or not, for any number of threads, and with next to no memory.

use super::*;
use crate::group::forced::{Forced, with};
use colq_plan::{
    AggregateFunction as A, aggregate, approx_distinct, approx_quantile, arg_max, arg_min, avg, corr, count,
    count_of, covar_pop, first, kurtosis, last, max, median, min, mode, quantile_disc, skewness, stddev, sum,
    var_pop,
};

/// A stripe and a bit, so that groups have parts in two.
const ROWS: usize = 17 * ZONE_ROWS as usize + 77;

static TABLE: LazyLock<Arc<Known>> = LazyLock::new(|| table(ROWS));

fn grouped(keys: Vec<Expr>, aggregates: Vec<Expr>, filter: Option<Expr>) -> Query {
    let select = keys.iter().cloned().chain(aggregates).map(SelectItem::Expr).collect();
    Query { select, group_by: keys, filter, ..Query::from(Relation::table("t")) }
}

fn aggregates() -> Vec<Expr> {
    let (id, x, s) = (|| col("id"), || col("x"), || col("s"));
    let (free, ts) = (|| col("free"), || col("ts"));
    vec![
        count(),
        count_of(x()),
        count_of(id()),
        sum(id()),
        sum(x()),
        avg(x() / lit(3)),
        min(x()),
        max(s()),
        min(free()),
        stddev(x()),
        var_pop(id()),
        corr(x(), id()),
        covar_pop(id(), x()),
        skewness(x()),
        kurtosis(x()),
        median(x()),
        quantile_disc(ts(), 0.3),
        approx_distinct(id()),
        approx_quantile(x(), 0.7),
        first(x()),
        last(free()),
        arg_min(s(), x()),
        arg_max(x(), free()),
        sum(id()).filter_where(col("s").eq(lit("UA"))),
    ]
}

fn remainder(of: i64) -> Expr {
    col("id") % lit(of)
}

#[test]
fn every_aggregate_has_the_bits_of_the_other_path() {
    let rare = |of: i64| Some(remainder(of).eq(lit(1)));
    let queries = [
        grouped(vec![col("s")], aggregates(), None),
        grouped(
            vec![remainder(1009)],
            vec![count(), sum(col("x")), stddev(col("x")), last(col("free"))],
            None,
        ),
        // All of these are kept in records, which are found by the place of the key.
        grouped(
            vec![remainder(1009)],
            vec![count(), count_of(col("x")), sum(col("id")), sum(col("x")), avg(col("x") * lit(3.5))],
            rare(2),
        ),
        grouped(vec![col("free"), remainder(3)], aggregates(), rare(5)),
        grouped(vec![col("id")], vec![sum(col("x")), min(col("free"))], rare(50)),
        grouped(vec![col("x"), col("s")], vec![count(), max(col("ts"))], rare(17)),
    ];
    for query in &queries {
        let expected = run(&TABLE, query, 2).unwrap().0;
        assert!(expected.len() > 6, "too few groups to tell");
        for (threads, partition_bits, hashed) in [(1, 0, false), (2, 3, false), (3, 7, true), (2, 1, true)] {
            let forced = Forced { partition_bits, hashed, spilled: false };
            let found = with(forced, || run(&TABLE, query, threads).unwrap().0);
            assert_eq!(found, expected, "{threads} threads, {forced:?}");
        }
    }
}

#[test]
fn distinct_values_and_modes_are_the_same_by_partitions() {
    let distinct = |function: A, of: Expr| aggregate(function, [of]).distinct();
    let query = |keys: Vec<Expr>| {
        let of = || remainder(2003);
        let values = vec![
            distinct(A::Count, of()),
            distinct(A::Sum, of()),
            distinct(A::Sum, col("x")),
            distinct(A::StddevSamp, of()),
            distinct(A::Median, of()),
            distinct(A::Count, col("s")),
            distinct(A::Count, col("free")),
            distinct(A::Count, col("id")),
            mode(of()),
            mode(col("free")),
            count(),
        ];
        grouped(keys, values, Some(remainder(3).eq(lit(0))))
    };
    for query in [query(Vec::new()), query(vec![col("s")])] {
        let expected = run(&TABLE, &query, 2).unwrap().0;
        for (threads, partition_bits, hashed) in [(1, 2, false), (3, 5, true)] {
            let forced = Forced { partition_bits, hashed, spilled: false };
            assert_eq!(with(forced, || run(&TABLE, &query, threads).unwrap().0), expected, "{forced:?}");
        }
    }
    let ids = run(&TABLE, &select([distinct(A::Count, col("id"))]), 2).unwrap().0;
    assert_eq!(ids, [ROWS.to_string()]);
}

#[test]
fn an_overflow_is_that_of_the_first_group() {
    let huge = col("id") * lit(1i64 << 43) + lit(i64::MAX / 2);
    let query = grouped(vec![remainder(7)], vec![count(), sum(huge)], None);
    let expected = run(&TABLE, &query, 2).unwrap_err().to_string();
    let forced = Forced { partition_bits: 3, hashed: true, spilled: false };
    assert_eq!(with(forced, || run(&TABLE, &query, 2).unwrap_err().to_string()), expected);
}

#[test]
fn groups_that_are_spilled_are_the_same() {
    let queries = [
        grouped(vec![col("s")], aggregates(), None),
        grouped(vec![remainder(1009), col("free")], aggregates(), Some(remainder(5).eq(lit(1)))),
        select([aggregate(A::Count, [col("x")]).distinct()]),
    ];
    for query in &queries {
        let expected = run(&TABLE, query, 2).unwrap().0;
        for (threads, partition_bits, hashed) in [(1, 3, false), (3, 5, true)] {
            let forced = Forced { partition_bits, hashed, spilled: true };
            let found = with(forced, || run(&TABLE, query, threads).unwrap().0);
            assert_eq!(found, expected, "{threads} threads, {forced:?}");
        }
    }
}
