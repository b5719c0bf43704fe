//! Everything that SQL has, the builder has: each entry of the registry, and the forms that are no calls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use colq_plan::*;
use colq_types::{DataType, Field, Schema, TimeUnit};
use std::collections::{BTreeSet, HashMap};

/// One call of everything that has a word of its own in the builder.
fn all_calls() -> Vec<Expr> {
    let (x, s, t) = (|| col("x"), || col("s"), || col("t"));
    vec![
        x().abs(),
        x().sign(),
        x().floor(),
        x().ceil(),
        x().round(2),
        x().trunc(1),
        x().sqrt(),
        x().cbrt(),
        x().exp(),
        x().ln(),
        x().log2(),
        x().log10(),
        x().log(lit(2)),
        x().power(lit(2)),
        x().sin(),
        x().cos(),
        x().tan(),
        x().asin(),
        x().acos(),
        x().atan(),
        x().atan2(x()),
        x().sinh(),
        x().cosh(),
        x().tanh(),
        x().degrees(),
        x().radians(),
        pi(),
        x().modulo(lit(3)),
        x().is_nan(),
        s().length(),
        s().octet_length(),
        s().lower(),
        s().upper(),
        s().initcap(),
        s().reverse(),
        s().substr(1, 2),
        s().substr_from(2),
        s().left(1),
        s().right(1),
        s().trim(),
        s().trim_characters("x"),
        s().ltrim(),
        s().rtrim(),
        s().lpad(3, "0"),
        s().rpad(3, "."),
        s().repeat(2),
        concat([s(), x()]),
        s().starts_with("a"),
        s().ends_with("a"),
        s().contains("a"),
        s().strpos("a"),
        s().split_part("-", 1),
        s().replace("a", "b"),
        call("regexp_like", [s(), lit("a")]),
        s().regexp_replace("a", "b", "g"),
        t().date_trunc("month"),
        t().date_part("year"),
        t().date_bin(interval(0, 0, 900)),
        t().date_bin(interval(1, 0, 0)),
        t().add_months(1),
        t().add_days(1),
        make_date(lit(2013), lit(2), lit(17)),
        x().to_timestamp(),
        lit(1).to_timestamp_seconds(),
        lit(1).to_timestamp_millis(),
        lit(1).to_timestamp_micros(),
        lit(1).to_timestamp_nanos(),
        coalesce([x(), lit(0)]),
        x().or_else(lit(0)),
        x().nullif(lit(0)),
        greatest([x(), lit(0)]),
        least([x(), lit(0)]),
        s().hash(7),
    ]
}

fn all_aggregates() -> Vec<Expr> {
    let x = || col("x");
    vec![
        count_of(x()),
        sum(x()),
        avg(x()),
        min(x()),
        max(x()),
        stddev(x()),
        stddev_pop(x()),
        variance(x()),
        var_pop(x()),
        median(x()),
        quantile_cont(x(), 0.9),
        quantile_disc(x(), 0.9),
        approx_distinct(x()),
        approx_quantile(x(), 0.9),
        first(x()),
        last(x()),
        arg_min(x(), col("s")),
        arg_max(x(), col("s")),
        bool_and(x().gt(lit(1))),
        bool_or(x().gt(lit(1))),
        corr(x(), x()),
        covar_samp(x(), x()),
        covar_pop(x(), x()),
        skewness(x()),
        kurtosis(x()),
        mode(x()),
    ]
}

fn plan(select: Vec<Expr>) -> Result<Plan, PlanError> {
    let schema = Schema::new(vec![
        Field::new("x", DataType::F64),
        Field::new("s", DataType::Text),
        Field::new("t", DataType::Timestamp(TimeUnit::Microsecond)),
    ]);
    let catalog = HashMap::from([("rows".to_string(), schema)]);
    let select = select.into_iter().map(SelectItem::Expr).collect();
    bind(&Query { select, ..Query::from(Relation::table("rows")) }, &catalog)
}

#[test]
fn every_function_is_reachable() {
    let mut reached = BTreeSet::new();
    for expr in all_calls() {
        let ExprKind::Call { name, .. } = &expr.kind else { panic!("{expr} is no call") };
        reached.insert(find_function(name).unwrap().name);
        assert!(plan(vec![expr.clone()]).is_ok(), "{expr}: {}", plan(vec![expr.clone()]).unwrap_err());
    }
    let all: BTreeSet<&str> = FUNCTIONS.iter().copied().flatten().map(|entry| entry.name).collect();
    assert_eq!(reached, all);
}

#[test]
fn every_aggregate_is_reachable() {
    let mut reached = Vec::new();
    for expr in all_aggregates() {
        let ExprKind::Aggregate { function, .. } = &expr.kind else { panic!("{expr} is no aggregate") };
        reached.push(*function);
        assert!(plan(vec![expr.clone()]).is_ok(), "{expr}: {}", plan(vec![expr.clone()]).unwrap_err());
    }
    let all: Vec<AggregateFunction> = AggregateFunction::ALL.iter().map(|(_, function)| *function).collect();
    assert_eq!(reached, all);
}

#[test]
fn what_is_built_reads_as_its_sql() {
    let fare = || col("x");
    let built = [
        (col("s").like("A%"), "s LIKE 'A%'"),
        (col("s").ilike("a_").not(), "NOT (s ILIKE 'a_')"),
        (col("s").matches("^a").and(col("s").matches_ignoring_case("z$")), "(s ~ '^a') AND (s ~* 'z$')"),
        (col("s").join(lit("!")), "s || '!'"),
        (when(fare().gt(lit(10)), lit(1)).otherwise(lit(0)), "CASE WHEN x > 10 THEN 1 ELSE 0 END"),
        (
            when(fare().gt(lit(10)), lit("a")).when(fare().gt(lit(5)), lit("b")).end(),
            "CASE WHEN x > 10 THEN 'a' WHEN x > 5 THEN 'b' END",
        ),
        (count().filter_where(fare().gt(lit(1))), "count(*) FILTER (WHERE x > 1)"),
        (sum(fare()).distinct(), "sum(DISTINCT x)"),
        (col("t") + interval(1, 2, 3), "t + INTERVAL '1 months 2 days 3 seconds'"),
        (fare().is_distinct_from(lit(1)), "x IS DISTINCT FROM 1"),
        (fare().round(2), "round(x, 2)"),
    ];
    for (expr, sql) in built {
        assert_eq!(expr.to_string(), sql);
        assert!(plan(vec![expr.clone()]).is_ok(), "{sql}: {}", plan(vec![expr]).unwrap_err());
    }
}
