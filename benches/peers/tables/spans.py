"""The table for selectivities: the same range of values random, clustered and sorted, with and without nulls."""

import numpy as np
import pyarrow as pa

NAME = "spans"

# Values lie from 0 to this, so that `< SPAN * share` lets that share of the rows pass. Integers are even: an odd number
# is equal to none, and no summary can tell.
SPAN = 1_000_000

# Rows that have values near one another in the clustered column. It is no multiple of a zone.
CLUSTER_ROWS = 200_000
# How near.
CLUSTER_SPREAD = 20_000

SCHEMA = pa.schema(
    [
        ("random", pa.int32()),
        ("clustered", pa.int32()),
        ("sorted", pa.int64()),
        ("real", pa.float64()),
        ("nullable", pa.int32()),
        ("value", pa.float64()),
        ("holes", pa.float64()),
    ]
)


def even(values: np.ndarray) -> np.ndarray:
    """Whole and even."""
    return values.astype(np.int64) // 2 * 2


def batch(rng: np.random.Generator, first: int, count: int, rows: int) -> pa.RecordBatch:
    """The rows from `first`, so many of `rows` in all."""
    ids = np.arange(first, first + count, dtype=np.int64)
    # The golden ratio spreads the levels of the clusters evenly, whatever their number.
    level = (ids // CLUSTER_ROWS * 0.6180339887) % 1.0 * (SPAN - CLUSTER_SPREAD)
    clustered = level + rng.random(count) * CLUSTER_SPREAD
    columns = [
        pa.array(even(rng.random(count) * SPAN), pa.int32()),
        pa.array(even(clustered), pa.int32()),
        pa.array(even(ids * (SPAN / rows))),
        pa.array(rng.random(count) * SPAN),
        pa.array(even(rng.random(count) * SPAN), pa.int32(), mask=rng.random(count) < 0.1),
        pa.array(rng.random(count) * 100),
        pa.array(rng.random(count) * 100, mask=rng.random(count) < 0.1),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
