"""The first rows by one and several keys, with ties, and full sorts.

Of a full sort every engine hands over all rows, in order, as batches in memory: colq in process and DataFusion as a
stream, DuckDB as an Arrow reader, Polars as a collected frame. As a program, colq writes them to a new table.
"""

from queries.query import Query

T = "numbers"


def top(name: str, columns: str, order: str, limit: int, compared: tuple[int, ...], where: str = "") -> Query:
    """The first rows. Of rows that the keys do not tell apart each engine may take others."""
    sql = f"SELECT {columns} FROM numbers {where} ORDER BY {order} LIMIT {limit}"
    return Query(name, T, sql, ordered=True, compared=compared)


def full(name: str, columns: str, order: str, compared: tuple[int, ...], table: str = T) -> Query:
    """All rows in order."""
    return Query(
        name, table, f"SELECT {columns} FROM {table} ORDER BY {order}", ordered=True, long=True, compared=compared
    )


QUERIES = (
    top("top 10 by f64", "id, x", "x DESC", 10, (0, 1)),
    top("bottom 10 by f64", "id, x", "x", 10, (0, 1)),
    top("top 10 by f32, ties", "id, fare", "fare DESC", 10, (1,)),
    top("top 10 by u16, many ties", "zone, fare", "zone DESC", 10, (0,)),
    top("top 10 by u16 and f64", "zone, x, id", "zone DESC, x", 10, (0, 1, 2)),
    top("top 10 by two u8 and f32", "a, b, fare", "a, b DESC, fare DESC", 10, (0, 1, 2)),
    top("top 10 by a nullable f64", "id, nullable", "nullable DESC NULLS LAST", 10, (0, 1)),
    top("nulls first", "nullable", "nullable NULLS FIRST", 10, (0,)),
    top("newest 100", "ts, id", "ts DESC", 100, (0,)),
    top("top 10 by u32, one predicate", "rider, zone", "rider DESC", 10, (0,), "WHERE tip > 5"),
    top("top 1000 by f64, one predicate of 1%", "id, x", "x", 1000, (0, 1), "WHERE fare BETWEEN 30 AND 32"),
    top("top 10,000 by f64", "id, x", "x", 10_000, (0, 1)),
    top("top 10 by an expression", "id, x - nullable AS d", "d DESC NULLS LAST", 10, (0, 1)),
    top("top 10, all columns", "*", "x DESC", 10, ()),
    Query(
        "top 10 by text in a dictionary and f64",
        "keys",
        "SELECT t10k, v FROM keys ORDER BY t10k, v LIMIT 10",
        ordered=True,
    ),
    Query("top 10 by plain text", "keys", "SELECT t10m FROM keys ORDER BY t10m DESC LIMIT 10", ordered=True),
    full("sort by f64", "x, id", "x", (0,)),
    full("sort by i64, in order already", "id, fare", "id", (0, 1)),
    full("sort by u16 and f64", "zone, x, id", "zone, x", (0, 1)),
    full("sort by f32 down and i64", "fare, id", "fare DESC, id", (0, 1)),
    full("sort by a nullable f64", "nullable, id", "nullable NULLS LAST", (0,)),
    full("sort by u32, all columns", "*", "rider", (8,)),
    full("sort by text in a dictionary and f64", "t10k, v", "t10k, v", (0, 1), "keys"),
    full("sort by plain text", "t10m, v", "t10m", (0,), "keys"),
)
