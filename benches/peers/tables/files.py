"""The files that are imported: CSV of numbers, CSV of dirty text, and Parquet. Made from fixed seeds."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from tables import numbers, store

# Bytes that are written at a time.
BLOCK = 4 << 20

NAMES = ("Zoë", "O'Brien", "de la Cruz", "Müller-Lüdenscheidt", "李雷", "", "NULL?", "Smith, John", 'Jane "JJ" Doe')
NOTES = (
    "",
    "ok",
    "late, but paid",
    'he said "no"',
    "two\nlines",
    "tab\there",
    "  spaces around  ",
    "a longer remark that goes on for a while, as such remarks do, and ends at last",
)


def numbers_csv(path: Path, rows: int) -> None:
    """The numeric table as CSV: integers, floats, timestamps, and empty cells for NULL."""
    options = arrow_csv.WriteOptions(batch_size=1 << 16)
    with (
        pa.output_stream(str(path), buffer_size=BLOCK) as file,
        arrow_csv.CSVWriter(file, numbers.SCHEMA, write_options=options) as writer,
    ):
        for batch in store.made(numbers, rows):
            writer.write_batch(batch)


def dirty_csv(path: Path, rows: int) -> None:
    """Text that is quoted, doubles its quotes, has commas, line ends and other scripts in it, or is not there."""
    rng = np.random.default_rng(store.SEED)
    with path.open("w", encoding="utf-8", newline="", buffering=BLOCK) as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "amount", "note", "day", "flag", "city", "ratio"])
        for first in range(0, rows, 100_000):
            count = min(100_000, rows - first)
            name, note = rng.integers(0, len(NAMES), count), rng.integers(0, len(NOTES), count)
            amount, ratio = rng.integers(-100_000, 1_000_000, count), rng.random(count)
            day, city = rng.integers(1, 29, count), rng.integers(0, 5000, count)
            there, flag = rng.random(count) < 0.8, rng.random(count) < 0.5
            writer.writerows(
                (
                    first + i,
                    f"{NAMES[name[i]]} {city[i]}",
                    f"{amount[i] / 100:.2f}" if there[i] else "",
                    NOTES[note[i]],
                    f"2013-{day[i] % 12 + 1:02d}-{day[i]:02d}",
                    "true" if flag[i] else "false",
                    f"city, no. {city[i]}",
                    f"{ratio[i]:.17g}" if ratio[i] > 0.1 else "",
                )
                for i in range(count)
            )


def numbers_parquet(path: Path, rows: int) -> None:
    """The numeric table as Parquet, as pyarrow writes it by itself: Snappy, dictionaries where they help."""
    with parquet.ParquetWriter(path, numbers.SCHEMA) as writer:
        for batch in store.made(numbers, rows):
            writer.write_batch(batch)
