"""The table for expressions: dictionary text, plain text, text with nulls, dates and timestamps in no order.

It has a fifth of the rows, because a row is about a hundred bytes.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NAME = "texts"

HOSTS = pa.array([f"host-{i:03d}.example.{end}" for i in range(500) for end in ("com", "org")])
CITIES = pa.array(
    [
        f"{a}{b} {c}"
        for a in ("New ", "Old ", "Saint ", "")
        for b in ("York", "Lyon", "Bern", "Riga")
        for c in (f"district {i:02d}" for i in range(50))
    ]
)
WORDS = np.array("the late train was early and nobody complained about rain in the old station".split())

SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("ts", pa.timestamp("us")),
        ("city", pa.dictionary(pa.int32(), pa.string())),
        ("url", pa.string()),
        ("note", pa.string()),
        ("code", pa.int32()),
        ("p", pa.float64()),
        ("q", pa.float64()),
    ]
)


def rows(scale: int) -> int:
    """A fifth."""
    return max(scale // 5, 1000)


def batch(rng: np.random.Generator, first: int, count: int, rows: int) -> pa.RecordBatch:
    """The rows from `first`, so many of `rows` in all."""
    pages = pa.array(rng.integers(0, 1_000_000, count)).cast(pa.string())
    kinds = pa.array(["/item/", "/user/", "/search?q=", "/static/img/"]).take(pa.array(rng.integers(0, 4, count)))
    host = HOSTS.take(pa.array(rng.integers(0, len(HOSTS), count)))
    words = [pa.array(WORDS).take(pa.array(rng.integers(0, len(WORDS), count))) for _ in range(4)]
    note = pc.binary_join_element_wise(*words, " ")
    columns = [
        pa.array(rng.integers(10_957, 20_000, count, dtype=np.int32), pa.int32()).cast(pa.date32()),
        pa.array(rng.integers(0, 1_700_000_000_000_000, count), pa.timestamp("us")),
        pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, len(CITIES), count, dtype=np.int32)), CITIES),
        pc.binary_join_element_wise("https://", host, kinds, pages, ""),
        pc.if_else(pa.array(rng.random(count) < 0.2), None, note),
        pa.array(rng.integers(0, 5000, count, dtype=np.int32)),
        pa.array(rng.random(count) + 1e-6),
        pa.array(rng.random(count) * 20 - 10),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
