"""High-cardinality groups and full sorts with 512 MB of memory: colq and DuckDB under their own limits, DataFusion with
a pool of that size that spills. Polars has no such limit.
"""

from queries.query import Query

LIMIT = 512_000_000

WITHOUT = {"polars": "has no memory limit"}


def groups(name: str, key: str) -> Query:
    """Groups of a key, summed up."""
    inner = f"SELECT {key}, count(*) AS n, sum(v) AS s FROM keys GROUP BY {key}"
    sql = f"SELECT count(*), sum(n), sum(s) FROM ({inner}) AS g"
    return Query(f"groups in 512 MB: {name}", "keys", sql, cannot=WITHOUT, memory_limit=LIMIT)


def sort(name: str, columns: str, order: str, compared: tuple[int, ...]) -> Query:
    """All rows in order, handed over in batches."""
    sql = f"SELECT {columns} FROM numbers ORDER BY {order}"
    return Query(
        f"sort in 512 MB: {name}",
        "numbers",
        sql,
        cannot=WITHOUT,
        memory_limit=LIMIT,
        ordered=True,
        long=True,
        compared=compared,
    )


QUERIES = (
    groups("u32, 10 M", "k10m"),
    groups("u32, 10 M, Zipf", "z10m"),
    groups("i64, 100 M", "k100m"),
    groups("plain text, 10 M", "t10m"),
    groups("two, 100 M", "k100, k1m"),
    Query(
        "distinct in 512 MB: i64, 100 M",
        "keys",
        "SELECT count(DISTINCT k100m) FROM keys",
        cannot=WITHOUT,
        memory_limit=LIMIT,
    ),
    sort("by f64", "x, id", "x", (0,)),
    sort("by f64 and i64", "x, id", "x, id", (0, 1)),
    sort("by u32, all columns", "*", "rider", (8,)),
)
