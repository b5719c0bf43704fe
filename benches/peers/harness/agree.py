"""Do two answers say the same? Rows in any order, numbers by value, floats within a relative distance."""

import datetime
import math
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.types as is_type

# The relative distance of two floats that are the same answer.
CLOSE = 1e-9
# The same where an engine answers in f32.
CLOSE_F32 = 1e-4
# What is left of a difference of numbers around one.
CLOSE_TO_ZERO = 1e-12


# Rows of an answer up to which all are compared, and about how many of a longer one.
MOST_ROWS = 200_000
SAMPLES = 1000


def step(rows: int) -> int:
    """Of an answer with so many rows, every so manyth is compared."""
    return max(rows // SAMPLES, 1) if rows > MOST_ROWS else 1


def sample(answer: pa.Table) -> pa.Table:
    """The rows of a long answer that are compared."""
    return answer.take(list(range(0, answer.num_rows, step(answer.num_rows))))


def read(path: Path) -> pa.Table | None:
    """An answer as a worker wrote it, or nothing."""
    if not path.exists():
        return None
    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_file(mapped).read_all()


def difference_of(query, expected: pa.Table, found: pa.Table) -> str:
    """In what two answers to a query differ, in a sentence; empty when they agree."""
    if query.counted:
        rows = found.num_rows
        return "" if rows == expected.num_rows else f"{rows} rows and not {expected.num_rows}"
    return difference(expected, found, query.compared, query.ordered)


def difference(expected: pa.Table, found: pa.Table, compared: tuple[int, ...], ordered: bool) -> str:
    """In what two answers differ, in a sentence; empty when they agree."""
    if expected.num_columns != found.num_columns:
        return f"{found.num_columns} columns and not {expected.num_columns}"
    if expected.num_rows != found.num_rows:
        return f"{found.num_rows} rows and not {expected.num_rows}"
    chosen = compared or range(expected.num_columns)
    kinds = [is_real(expected.column(i).type) or is_real(found.column(i).type) for i in chosen]
    single = [is_type.is_float32(found.column(i).type) for i in chosen]
    left, right = rows(expected, chosen), rows(found, chosen)
    if not ordered:
        left.sort(key=lambda row: order(row, kinds))
        right.sort(key=lambda row: order(row, kinds))
    for at, (a, b) in enumerate(zip(left, right, strict=True)):
        for column, x, y, f32 in zip(chosen, a, b, single, strict=True):
            if not same(x, y, CLOSE_F32 if f32 else CLOSE):
                return f"row {at}, column {column}: {y} and not {x}"[:200]
    return ""


def is_real(kind: pa.DataType) -> bool:
    """A type whose values may differ in their last digits."""
    return is_type.is_floating(kind) or (is_type.is_decimal(kind) and kind.scale > 0)


def rows(table: pa.Table, chosen) -> list[tuple]:
    """The rows as plain values."""
    return list(zip(*([plain(v) for v in table.column(i).to_pylist()] for i in chosen), strict=True))


def plain(value):
    """Times without a zone and dates as times, so that engines with other types for them compare."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    return value


def order(row: tuple, kinds: list[bool]) -> tuple:
    """What rows are sorted by: first the exact values, then the others, by fewer digits."""
    exact = [(v is None, 0 if v is None else v) for v, real in zip(row, kinds, strict=True) if not real]
    real = [(v is None, 0.0 if v is None else float(f"{v:.4g}")) for v, r in zip(row, kinds, strict=True) if r]
    return (exact, real)


def same(x, y, close: float) -> bool:
    """One value of each answer."""
    if x is None or y is None:
        return x is None and y is None
    if isinstance(x, float | Decimal) or isinstance(y, float | Decimal):
        if float(x) != float(x) or float(y) != float(y):
            return float(x) != float(x) and float(y) != float(y)
        # A decimal is right to its last digit, whatever the engine's way of rounding.
        unit = max(digit(x), digit(y))
        return x == y or math.isclose(x, y, rel_tol=close, abs_tol=max(CLOSE_TO_ZERO, unit))
    return x == y


def digit(value) -> float:
    """One in the last place of a decimal with digits after the point."""
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    # A little more, for its own rounding as a float.
    return 1.01 * 10.0**exponent if exponent < 0 else 0.0
