"""The table of keys: 2 to 100 million values, uniform, Zipf and sorted; integers, dictionary text and plain text."""

import numpy as np
import pyarrow as pa

NAME = "keys"

# Values of the dictionary text.
TEXTS = pa.array([f"carrier {i:05d}" for i in range(10_000)])

SCHEMA = pa.schema(
    [
        ("k2", pa.uint8()),
        ("k100", pa.uint8()),
        ("k10k", pa.uint16()),
        ("k1m", pa.uint32()),
        ("k10m", pa.uint32()),
        ("k100m", pa.int64()),
        ("z10k", pa.uint16()),
        ("z1m", pa.uint32()),
        ("z10m", pa.uint32()),
        ("s1m", pa.uint32()),
        ("n10k", pa.int32()),
        ("t10k", pa.dictionary(pa.int32(), pa.string())),
        ("t10m", pa.string()),
        ("v", pa.float64()),
    ]
)


def zipf(rng: np.random.Generator, count: int, values: int) -> np.ndarray:
    """Zipf's law with exponent 1, by inverting its distribution; then scattered, so that frequent keys are not near.

    The multiplier has no factor in common with a power of ten, so that no two ranks become one key.
    """
    rank = np.minimum(np.exp(rng.random(count) * np.log(values + 1)).astype(np.int64) - 1, values - 1)
    return rank * 7_368_787 % values


def names(keys: np.ndarray) -> pa.Array:
    """Keys as texts of twelve bytes: `id` and ten digits."""
    digits = keys[:, None] // 10 ** np.arange(9, -1, -1)[None, :] % 10 + ord("0")
    text = np.empty((len(keys), 12), np.uint8)
    text[:, 0], text[:, 1] = ord("i"), ord("d")
    text[:, 2:] = digits
    offsets = np.arange(0, 12 * (len(keys) + 1), 12, dtype=np.int32)
    return pa.StringArray.from_buffers(len(keys), pa.py_buffer(offsets), pa.py_buffer(text))


def batch(rng: np.random.Generator, first: int, count: int, rows: int) -> pa.RecordBatch:
    """The rows from `first`, so many of `rows` in all."""
    ids = np.arange(first, first + count, dtype=np.int64)
    some = rng.integers(0, 10_000, count, dtype=np.int32)
    columns = [
        pa.array(rng.integers(0, 2, count, dtype=np.uint8)),
        pa.array(rng.integers(0, 100, count, dtype=np.uint8)),
        pa.array(rng.integers(0, 10_000, count, dtype=np.uint16)),
        pa.array(rng.integers(0, 1_000_000, count, dtype=np.uint32)),
        pa.array(rng.integers(0, 10_000_000, count, dtype=np.uint32)),
        # Wide integers, far apart.
        pa.array(rng.integers(0, 100_000_000, count) * 1_000_003),
        pa.array(zipf(rng, count, 10_000), pa.uint16()),
        pa.array(zipf(rng, count, 1_000_000), pa.uint32()),
        pa.array(zipf(rng, count, 10_000_000), pa.uint32()),
        pa.array((ids * (1_000_000 / max(rows, 1_000_000))).astype(np.uint32)),
        pa.array(some, mask=rng.random(count) < 0.1),
        pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 10_000, count, dtype=np.int32)), TEXTS),
        names(rng.integers(0, 10_000_000, count)),
        pa.array(rng.random(count) * 100),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
