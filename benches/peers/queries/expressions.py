"""Functions of numbers, CASE, IN lists, LIKE and regular expressions, date parts and date_trunc."""

from queries.query import Query

N = "numbers"
T = "texts"

# A list that is longer than a chain of comparisons is good for.
LONG = ", ".join(str(i * 7) for i in range(500))
ZONES = ", ".join(str(i * 3) for i in range(60))
CITIES = "'New York district 07', 'Old Lyon district 11', 'Riga district 49', 'nowhere'"


def for_polars(column: str) -> str:
    """A column as a text: Polars has no patterns over what is in a dictionary."""
    return f"CAST({column} AS VARCHAR)" if column == "city" else column


def matches(column: str, pattern: str, table: str = T) -> Query:
    """A regular expression somewhere in a text. DuckDB's `~` matches the whole."""
    words = {
        "duckdb": f"SELECT count(*) FROM {table} WHERE regexp_matches({column}, '{pattern}')",
        "polars": f"SELECT count(*) FROM {table} WHERE {for_polars(column)} ~ '{pattern}'",
    }
    sql = f"SELECT count(*) FROM {table} WHERE {column} ~ '{pattern}'"
    return Query(f"regular expression on {column}: {pattern}".replace("|", "or"), table, sql, words=words)


def like(column: str, pattern: str, table: str = T, word: str = "LIKE") -> Query:
    """A pattern over the whole of a text."""
    sql = f"SELECT count(*) FROM {table} WHERE {column} {word} '{pattern}'"
    words = {"polars": sql.replace(column, for_polars(column))}
    return Query(f"{column} {word} {pattern}", table, sql, words=words)


def truncated(unit: str, every: str, column: str = "ts") -> Query:
    """Groups by date_trunc, summed up."""

    def frame(lazy):
        import polars as pl

        groups = lazy.group_by(pl.col(column).dt.truncate(every).alias("t"))
        groups = groups.agg(pl.len().alias("n"), pl.col("p").sum())
        return groups.select(pl.len(), pl.col("n").sum().alias("all"), pl.col("p").sum())

    groups = f"SELECT date_trunc('{unit}', {column}) AS t, count(*) AS n, sum(p) AS s FROM texts GROUP BY 1"
    sql = f"SELECT count(*), sum(n), sum(s) FROM ({groups}) AS g"
    words = {"polars": frame}
    return Query(f"group by date_trunc {unit}", T, sql, words=words)


def total(name: str, expression: str, where: str = "", table: str = N, **words: str) -> Query:
    """The sum of an expression."""
    texts = {engine: f"SELECT sum({text}) FROM {table} {where}" for engine, text in words.items()}
    return Query(name, table, f"SELECT sum({expression}) FROM {table} {where}", words=texts)


CASE = "CASE WHEN tip = 0 THEN 0 WHEN tip < 2 THEN x WHEN tip < 5 THEN x * 2 ELSE x * 3 END"

QUERIES = (
    total("arithmetic of f64", "x * 2 - x / 3 + 1"),
    total("arithmetic of f32", "fare + tip"),
    total("arithmetic of integers", "id % 7 * 3 + zone"),
    total("arithmetic with nulls", "x - nullable"),
    total("ln", "ln(x)"),
    total("sqrt", "sqrt(x)"),
    total("exp", "exp(q)", table=T),
    total("power", "power(x, 0.3)"),
    total("power of 2", "power(x, 2)"),
    total("ln and sqrt, one predicate", "ln(x) * sqrt(tip + 1)", "WHERE zone < 50"),
    total("exp of minus square", "exp(-q * q)", table=T),
    total("round", "round(x)"),
    total("floor and abs", "floor(abs(q) * 10)", table=T),
    total("coalesce", "coalesce(nullable, x)"),
    total("CASE of four", CASE),
    Query(
        "CASE as key",
        N,
        "SELECT CASE WHEN fare < 10 THEN 'low' WHEN fare < 30 THEN 'middle' ELSE 'high' END AS band, "
        "count(*) AS n, sum(x) AS s FROM numbers GROUP BY 1",
    ),
    Query(
        "filtered aggregates",
        N,
        "SELECT sum(CASE WHEN a = 1 THEN x END), sum(CASE WHEN a = 2 THEN x END), "
        "count(CASE WHEN b > 12 THEN 1 END) FROM numbers",
    ),
    Query("IN, three values", N, "SELECT count(*), sum(x) FROM numbers WHERE zone IN (1, 50, 200)"),
    Query("IN, 60 values", N, f"SELECT count(*), sum(x) FROM numbers WHERE zone IN ({ZONES})"),
    Query("IN, 500 values", T, f"SELECT count(*), sum(p) FROM texts WHERE code IN ({LONG})"),
    Query("NOT IN, 500 values", T, f"SELECT count(*), sum(p) FROM texts WHERE code NOT IN ({LONG})"),
    Query("IN, text in a dictionary", T, f"SELECT count(*), sum(p) FROM texts WHERE city IN ({CITIES})"),
    Query("equal to a text of many rows", T, "SELECT count(*) FROM texts WHERE note = 'the late train was'"),
    Query("equal to a plain text", T, "SELECT count(*) FROM texts WHERE url = 'https://host-007.example.org/item/77'"),
    Query("OR of three columns", N, "SELECT count(*) FROM numbers WHERE zone = 3 OR tip > 9 OR nullable < 5"),
    like("city", "New %"),
    like("city", "%yon%"),
    like("url", "https://host-1%"),
    like("url", "%/item/%"),
    like("url", "%99"),
    like("note", "%late%early%"),
    like("note", "%TRAIN%", word="ILIKE"),
    matches("city", "^(New|Old) .*4[0-9]$"),
    matches("url", "/user/[0-9]{3}$"),
    matches("note", "(rain|train).*old"),
    Query("length and upper", T, "SELECT sum(length(url)), max(upper(note)) FROM texts"),
    Query("group by year of a date", T, "SELECT date_part('year', day) AS y, count(*) AS n FROM texts GROUP BY 1"),
    Query(
        "group by weekday and hour",
        T,
        "SELECT date_part('dow', ts) AS d, date_part('hour', ts) AS h, count(*) AS n FROM texts GROUP BY 1, 2",
        words={
            "polars": "SELECT date_part('dow', ts) AS d, date_part('hour', ts) AS h, "
            "count(*) AS n FROM texts GROUP BY d, h"
        },
    ),
    Query("predicate on a month", T, "SELECT count(*), sum(p) FROM texts WHERE date_part('month', ts) = 2"),
    truncated("day", "1d"),
    truncated("month", "1mo"),
    truncated("minute", "1m"),
)
