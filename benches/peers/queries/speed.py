"""The kinds of work that colq exists for, over the numeric table of 50 bytes a row."""

from queries.query import Query

T = "numbers"


def hours(frame):
    """The histogram by hour, in the words of Polars."""
    import polars as pl

    hour = pl.col("ts").dt.truncate("1h").alias("hour")
    return frame.group_by(hour).agg(pl.len().alias("n"), pl.col("x").sum().alias("s"))


def unique_pairs(frame):
    """How many pairs there are, in the words of Polars."""
    import polars as pl

    return frame.select("zone", "other").unique().select(pl.len())


def outer(columns: str, inner: str) -> str:
    """A query whose many groups are summed up, so that printing them is not what is measured."""
    return f"SELECT {columns} FROM ({inner}) AS g"


QUERIES = (
    Query("sum of f32", T, "SELECT sum(fare) FROM numbers"),
    Query("min and max of f64", T, "SELECT min(x), max(x) FROM numbers"),
    Query("count, half pass", T, "SELECT count(*) FROM numbers WHERE fare > 12"),
    Query("count of non-null", T, "SELECT count(nullable) FROM numbers WHERE zone < 100"),
    Query("sum of f32, half pass", T, "SELECT sum(fare) FROM numbers WHERE tip > 1.5"),
    Query("sum, another column in a range of 1%", T, "SELECT sum(fare) FROM numbers WHERE x BETWEEN 1000 AND 1020"),
    Query(
        "sum of nullable, another in a range of 1%",
        T,
        "SELECT sum(nullable), count(nullable) FROM numbers WHERE x BETWEEN 1000 AND 1020",
    ),
    Query(
        "range of a sorted column, 1%",
        T,
        "SELECT sum(x) FROM numbers WHERE ts BETWEEN "
        "TIMESTAMP '2013-05-01 00:00:00' AND TIMESTAMP '2013-05-04 15:36:00'",
    ),
    Query(
        "three predicates, two aggregates",
        T,
        "SELECT count(*), sum(fare) FROM numbers WHERE zone < 50 AND tip > 2 AND x > 500",
    ),
    Query(
        "seven aggregates, three columns",
        T,
        "SELECT count(*), sum(x), avg(fare), min(fare), max(fare), avg(tip), stddev(x) FROM numbers WHERE b < 20",
    ),
    Query("stddev of two columns", T, "SELECT stddev(x), stddev(nullable) FROM numbers"),
    Query("group by u16, 265 values", T, "SELECT zone, count(*), sum(fare), avg(x) FROM numbers GROUP BY zone"),
    Query(
        "group by u16, nullable values",
        T,
        "SELECT zone, count(nullable), sum(nullable), min(nullable) FROM numbers GROUP BY zone",
    ),
    Query("group by two u8", T, "SELECT a, b, count(*), sum(fare), max(x) FROM numbers GROUP BY a, b"),
    Query(
        "group by 70,000 pairs, one predicate",
        T,
        outer(
            "count(*), sum(n), sum(s), max(m)",
            "SELECT zone, other, count(*) AS n, sum(fare) AS s, max(x) AS m FROM numbers WHERE tip > 1 "
            "GROUP BY zone, other",
        ),
    ),
    Query(
        "group by u32, rows/10 values",
        T,
        outer("count(*), sum(n), sum(s)", "SELECT rider, count(*) AS n, sum(fare) AS s FROM numbers GROUP BY rider"),
    ),
    Query(
        "group by u32, top 10",
        T,
        "SELECT rider, sum(x) AS s FROM numbers GROUP BY rider ORDER BY s DESC LIMIT 10",
        ordered=True,
    ),
    Query("distinct u32, rows/10 values", T, "SELECT count(DISTINCT rider) FROM numbers"),
    Query("distinct u16", T, "SELECT count(DISTINCT zone) FROM numbers"),
    Query(
        "distinct pairs",
        T,
        "SELECT count(*) FROM (SELECT DISTINCT zone, other FROM numbers) AS g",
        words={"polars": unique_pairs},
    ),
    Query("median of f64", T, "SELECT median(x) FROM numbers"),
    Query("median of f32, one predicate", T, "SELECT median(fare) FROM numbers WHERE zone < 20"),
    Query(
        "three quantiles",
        T,
        "SELECT quantile_cont(x, 0.1), quantile_cont(x, 0.5), quantile_cont(x, 0.99) FROM numbers",
        words={
            "datafusion": "SELECT percentile_cont(x, 0.1), percentile_cont(x, 0.5), percentile_cont(x, 0.99) "
            "FROM numbers"
        },
    ),
    Query("median by 265 groups", T, "SELECT zone, median(x) FROM numbers GROUP BY zone"),
    Query("logarithm, one predicate", T, "SELECT sum(ln(x) * tip) FROM numbers WHERE zone < 100"),
    Query(
        "histogram by hour",
        T,
        "SELECT date_trunc('hour', ts) AS hour, count(*) AS n, sum(x) AS s FROM numbers GROUP BY 1",
        words={"polars": hours},
    ),
    Query("top 10 of f32", T, "SELECT fare FROM numbers ORDER BY fare DESC LIMIT 10", ordered=True),
    Query(
        "top 10 rows of f64", T, "SELECT id, x, fare FROM numbers ORDER BY x DESC LIMIT 10", ordered=True, compared=(1,)
    ),
    Query("correlation", T, "SELECT corr(x, nullable) FROM numbers"),
)
