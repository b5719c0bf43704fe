"""Group by and count distinct over keys of 2 to 100 million values, uniform, Zipf and sorted: integers, pairs, text.

A query around the groups sums them up, so that printing them is not what is measured. No key has more values than the
table has rows.
"""

from queries.query import Query

T = "keys"

KEYS = {
    "u8, 2": "k2",
    "u8, 100": "k100",
    "u16, 10 k": "k10k",
    "i32 with nulls, 10 k": "n10k",
    "u16, 10 k, Zipf": "z10k",
    "u32, 1 M": "k1m",
    "u32, 1 M, Zipf": "z1m",
    "u32, 1 M, sorted": "s1m",
    "u32, 10 M": "k10m",
    "u32, 10 M, Zipf": "z10m",
    "i64, 100 M": "k100m",
    "text in a dictionary, 10 k": "t10k",
    "plain text, 10 M": "t10m",
    "two, 20 k": "k2, z10k",
    "two, 1 M": "k100, k10k",
    "two, 100 M": "k100, k1m",
    "text and integer, 1 M": "t10k, k100",
}


def grouped(name: str, key: str) -> Query:
    """Groups of a key, summed up."""
    inner = f"SELECT {key}, count(*) AS n, sum(v) AS s FROM keys GROUP BY {key}"
    return Query(f"groups: {name}", T, f"SELECT count(*), sum(n), sum(s), max(s) FROM ({inner}) AS g")


def distinct(name: str, key: str) -> Query:
    """How many values a key has."""
    return Query(f"distinct: {name}", T, f"SELECT count(DISTINCT {key}) FROM keys")


def limited(name: str, key: str) -> Query:
    """Any ten groups. Each engine may choose its own, so that only their number is compared."""
    sql = f"SELECT {key}, sum(v) AS s FROM keys GROUP BY {key} LIMIT 10"
    return Query(f"ten groups: {name}", T, sql, counted=True)


def largest(name: str, key: str) -> Query:
    """The ten groups with the largest sums."""
    sql = f"SELECT {key}, sum(v) AS s FROM keys GROUP BY {key} ORDER BY s DESC LIMIT 10"
    return Query(f"ten largest groups: {name}", T, sql, ordered=True)


def pairs(name: str, key: str) -> Query:
    """How many pairs there are."""
    names = [part.strip() for part in key.split(",")]

    def unique(frame):
        import polars as pl

        return frame.select(names).unique().select(pl.len())

    sql = f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM keys) AS g"
    return Query(f"distinct: {name}", T, sql, words={"polars": unique})


QUERIES = (
    *(grouped(name, key) for name, key in KEYS.items()),
    *(distinct(name, key) for name, key in KEYS.items() if "," not in key),
    *(pairs(name, key) for name, key in KEYS.items() if "," in key),
    *(limited(name, KEYS[name]) for name in ("u16, 10 k", "u32, 10 M", "plain text, 10 M")),
    *(largest(name, KEYS[name]) for name in ("u32, 1 M, Zipf", "u32, 10 M", "plain text, 10 M", "two, 1 M")),
)
