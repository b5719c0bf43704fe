"""The table of visits to sites, as web analytics keep it: long texts of which each occurs a few times, mostly empty
phrases, skewed identifiers, flags that are mostly 0, rows clustered by site."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NAME = "visits"

URLS = 1_800_000
TITLES = 500_000
PHRASES = 60_000
VISITORS = 1_700_000
SITES = 6_500
REGIONS = 5_000
HOSTS = pa.array([f"{'abcdefgh'[i % 8]}{i}.example.{'com' if i % 3 else 'org'}" for i in range(3000)])
WORDS = pa.array([f"w{i:x}" for i in range(5000)])
MODELS = pa.array(["", *(f"phone {i}" if i % 2 else f"tablet {i}" for i in range(165))])

SCHEMA = pa.schema(
    [
        ("ts", pa.timestamp("us")),
        ("day", pa.date32()),
        ("site", pa.int32()),
        ("region", pa.int32()),
        ("visitor", pa.int64()),
        ("url", pa.string()),
        ("referer", pa.string()),
        ("title", pa.string()),
        ("phrase", pa.string()),
        ("model", pa.string()),
        ("engine", pa.int16()),
        ("width", pa.int16()),
        ("height", pa.int16()),
        ("repeated", pa.int16()),
        ("price", pa.float64()),
        ("score", pa.float32()),
    ]
)


def skewed(rng: np.random.Generator, values: int, count: int) -> np.ndarray:
    """Places of which the first are the most frequent, about as a Zipf law of exponent 0.8 has them."""
    return np.minimum((rng.random(count) ** 5 * values).astype(np.int64), values - 1)


def numbered(of: pa.Array, places: np.ndarray) -> pa.Array:
    """The texts at these places, which begin again where there are no more."""
    return of.take(pa.array(places % len(of)))


def digits(numbers: np.ndarray) -> pa.Array:
    """Numbers as texts."""
    return pa.array(numbers).cast(pa.string())


def urls(at: np.ndarray) -> pa.Array:
    """The addresses of these numbers."""
    special = pc.if_else(pa.array(at % 97 == 0), "special/", "")
    parts = [
        "https://",
        numbered(HOSTS, at * 7919),
        "/p",
        digits(at),
        "/",
        special,
        "item?id=",
        digits(at * 31 % 100_003),
    ]
    return pc.binary_join_element_wise(*parts, "")


def titles(at: np.ndarray) -> pa.Array:
    """The titles of these numbers."""
    kind = pc.if_else(pa.array(at % 53 == 0), "Special ", "")
    parts = ["Title ", numbered(WORDS, at), " - ", kind, numbered(WORDS, at * 7), " page ", digits(at)]
    return pc.binary_join_element_wise(*parts, "")


def phrases(at: np.ndarray) -> pa.Array:
    """What was looked for; number 0 is nothing."""
    words = pc.binary_join_element_wise(*(numbered(WORDS, at * step) for step in (13, 31, 17)), " ")
    return pc.if_else(pa.array(at == 0), "", words)


def batch(rng: np.random.Generator, first: int, count: int, rows: int) -> pa.RecordBatch:
    """The rows from `first`, so many of `rows` in all."""
    site = (first + np.arange(count)) * SITES // rows
    at = 1_372_636_800_000_000 + rng.integers(0, 31 * 86_400_000_000, count)
    looked = np.where(rng.random(count) < 0.85, 0, 1 + skewed(rng, PHRASES, count))
    model = np.where(rng.random(count) < 0.95, 0, 1 + rng.integers(0, 165, count))
    visitor = skewed(rng, VISITORS, count) * 0x1E37_79B9_7F4A_7C15
    widths = np.array([0, 1024, 1280, 1366, 1440, 1600, 1680, 1920, 2560], dtype=np.int16)
    price = pa.array(np.round(rng.gamma(2, 20, count), 2))
    columns = [
        pa.array(at, pa.timestamp("us")),
        pa.array((at // 86_400_000_000).astype(np.int32), pa.int32()).cast(pa.date32()),
        pa.array((site * 37 + 3).astype(np.int32)),
        pa.array(skewed(rng, REGIONS, count).astype(np.int32)),
        pa.array(visitor),
        urls(skewed(rng, URLS, count)),
        urls(rng.integers(0, URLS, count)),
        titles(skewed(rng, TITLES, count)),
        phrases(looked),
        numbered(MODELS, model),
        pa.array(np.where(rng.random(count) < 0.97, 0, rng.integers(1, 19, count)).astype(np.int16)),
        pa.array(rng.choice(widths, count)),
        pa.array(rng.integers(0, 1400, count).astype(np.int16)),
        pa.array((rng.random(count) < 0.15).astype(np.int16)),
        pc.if_else(pa.array(rng.random(count) < 0.2), None, price),
        pa.array(rng.standard_normal(count).astype(np.float32)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
