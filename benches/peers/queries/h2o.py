"""The ten H2O group-by questions. A query around the groups sums them up, as that benchmark's own check does."""

from queries.query import Query

T = "groupby"


def asked(number: int, select: str, keys: str, check: str, **more) -> Query:
    """One question, whose groups are counted and summed up."""
    inner = f"SELECT {keys}, {select} FROM groupby GROUP BY {keys}"
    sql = f"SELECT count(*), {check} FROM ({inner}) AS g"
    return Query(f"question {number}: {select.replace(' AS ', ' ')} by {keys}", T, sql, **more)


EIGHT = (
    "SELECT count(*), sum(v3) FROM (SELECT id6, v3, row_number() OVER (PARTITION BY id6 ORDER BY v3 DESC) AS place "
    "FROM groupby WHERE v3 IS NOT NULL) AS g WHERE place <= 2"
)


def eight(frame):
    """The two largest of each, as Polars says it best."""
    import polars as pl

    two = frame.drop_nulls("v3").group_by("id6").agg(pl.col("v3").top_k(2)).explode("v3")
    return two.select(pl.len(), pl.col("v3").sum())


# Of a pair with one row there is no correlation, which is NULL or NaN: question 9 leaves both out.
QUERIES = (
    asked(1, "sum(v1) AS s", "id1", "sum(s)"),
    asked(2, "sum(v1) AS s", "id1, id2", "sum(s)"),
    asked(3, "sum(v1) AS s, avg(v3) AS m", "id3", "sum(s), sum(m)"),
    asked(4, "avg(v1) AS a, avg(v2) AS b, avg(v3) AS c", "id4", "sum(a), sum(b), sum(c)"),
    asked(5, "sum(v1) AS a, sum(v2) AS b, sum(v3) AS c", "id6", "sum(a), sum(b), sum(c)"),
    asked(6, "median(v3) AS m, stddev(v3) AS d", "id4, id5", "sum(m), sum(d)"),
    asked(7, "max(v1) - min(v2) AS r", "id3", "sum(r)"),
    Query("question 8: largest two v3 by id6", T, EIGHT, words={"polars": eight}),
    asked(9, "power(corr(v1, v2), 2) AS r2", "id2, id4", "sum(CASE WHEN r2 <= 2 THEN r2 END)"),
    asked(10, "sum(v3) AS s, count(*) AS n", "id1, id2, id3, id4, id5, id6", "sum(s), sum(n)"),
)
