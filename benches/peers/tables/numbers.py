"""The numeric table: 50 bytes a row, taxi-like, with skewed, sorted, random, null-rich and high-cardinality columns."""

import numpy as np
import pyarrow as pa

NAME = "numbers"

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("ts", pa.timestamp("us")),
        ("fare", pa.float32()),
        ("tip", pa.float32()),
        ("zone", pa.uint16()),
        ("other", pa.uint16()),
        ("a", pa.uint8()),
        ("b", pa.uint8()),
        ("rider", pa.uint32()),
        ("x", pa.float64()),
        ("nullable", pa.float64()),
    ]
)

# 2013-01-01, in microseconds.
START = 1_356_998_400_000_000
# The rows stand for one year whatever their number.
YEAR = 365 * 86_400_000_000


def batch(rng: np.random.Generator, first: int, count: int, rows: int) -> pa.RecordBatch:
    """The rows from `first`, so many of `rows` in all."""
    ids = np.arange(first, first + count, dtype=np.int64)
    ts = START + (ids * (YEAR / rows)).astype(np.int64) + rng.integers(0, 1_000_000, count)
    fare = (rng.gamma(2.0, 6.0, count) + 2.5).astype(np.float32)
    tip = np.where(rng.random(count) < 0.4, 0, rng.gamma(1.5, 2.0, count)).astype(np.float32)
    # Few zones take most of the trips.
    zone = np.minimum(265 * rng.random(count) ** 2.5, 264).astype(np.uint16)
    other = rng.integers(0, 265, count, dtype=np.uint16)
    rider = rng.integers(0, max(rows // 10, 1), count, dtype=np.uint32)
    nullable = rng.random(count) * 1000
    columns = [
        pa.array(ids),
        pa.array(ts, pa.timestamp("us")),
        pa.array(fare),
        pa.array(tip),
        pa.array(zone),
        pa.array(other),
        pa.array(rng.integers(0, 7, count, dtype=np.uint8)),
        pa.array(rng.integers(0, 24, count, dtype=np.uint8)),
        pa.array(rider),
        pa.array(rng.random(count) * 2000 + 1e-3),
        pa.array(nullable, mask=rng.random(count) < 0.1),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
