"""The table of the H2O group-by questions, G1_1e7_1e2_0_0 and its like: 100 values a small key, no nulls, no order."""

import numpy as np
import pyarrow as pa

NAME = "groupby"

# Values of the small keys; the large keys have this many rows a value.
K = 100

SCHEMA = pa.schema(
    [
        ("id1", pa.dictionary(pa.int32(), pa.string())),
        ("id2", pa.dictionary(pa.int32(), pa.string())),
        ("id3", pa.string()),
        ("id4", pa.int32()),
        ("id5", pa.int32()),
        ("id6", pa.int32()),
        ("v1", pa.int32()),
        ("v2", pa.int32()),
        ("v3", pa.float64()),
    ]
)

SMALL = pa.array([f"id{i:03d}" for i in range(1, K + 1)])


def batch(rng: np.random.Generator, first: int, count: int, rows: int) -> pa.RecordBatch:
    """The rows from `first`, so many of `rows` in all."""
    from tables.keys import names

    many = max(rows // K, 1)

    def small() -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, K, count, dtype=np.int32)), SMALL)

    def whole(values: int) -> pa.Array:
        return pa.array(rng.integers(1, values + 1, count, dtype=np.int32))

    columns = [
        small(),
        small(),
        names(rng.integers(1, many + 1, count)),
        whole(K),
        whole(K),
        whole(many),
        whole(5),
        whole(15),
        pa.array(np.round(rng.random(count) * 100, 6)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
