"""Writes a table in the form of each engine: Arrow IPC for Polars and DataFusion, DuckDB's own file, a colq table."""

import shutil
import subprocess
import zlib
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

# Rows that are made at a time. Each column of a batch is one write, so that even one byte a row makes writes of a
# mebibyte: the page cache keeps a file in pieces of the size of its writes, and large pieces map faster.
BATCH_ROWS = 1 << 20

SEED = 20130101


class Stored:
    """Where the forms of one table are."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.arrow = folder / f"{name}.arrow"
        self.duckdb = folder / f"{name}.duckdb"
        self.colq = folder / f"{name}.colq"

    def remove(self) -> None:
        """Gives the disk back."""
        self.arrow.unlink(missing_ok=True)
        self.duckdb.unlink(missing_ok=True)
        shutil.rmtree(self.colq, ignore_errors=True)


def ensure(table, rows: int, folder: Path, colq: Path) -> Stored:
    """Makes what is not there yet. A file that is there under its name is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = Stored(folder, table.NAME)
    if not stored.arrow.exists():
        with_new_name(stored.arrow, lambda path: write_arrow(table, rows, path))
    if not stored.duckdb.exists():
        with_new_name(stored.duckdb, lambda path: write_duckdb(table.NAME, stored.arrow, path))
    if not stored.colq.exists():
        with_new_name(stored.colq, lambda path: write_colq(colq, stored.arrow, path))
    return stored


def with_new_name(path: Path, write) -> None:
    """Writes under another name first, so that what has the right name is whole."""
    new = path.with_name("new-" + path.name)
    if new.is_dir():
        shutil.rmtree(new)
    new.unlink(missing_ok=True)
    write(new)
    new.replace(path)


def write_arrow(table, rows: int, path: Path) -> None:
    """The table as an Arrow IPC file, from its seed."""
    if hasattr(table, "batches"):
        batches = table.batches(rows, path.parent)
    else:
        batches = made(table, rows)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.SCHEMA) as writer:
        for batch in batches:
            writer.write_batch(batch)


def made(table, rows: int):
    """The batches of a table that is made row by row, each from a seed of its own."""
    for first in range(0, rows, BATCH_ROWS):
        rng = np.random.default_rng([SEED, zlib.crc32(table.NAME.encode()), first])
        yield table.batch(rng, first, min(BATCH_ROWS, rows - first), rows)


def write_duckdb(name: str, arrow: Path, path: Path) -> None:
    """The table in DuckDB's own file."""
    with pa.memory_map(str(arrow)) as mapped, duckdb.connect(str(path)) as connection:
        file = pa.ipc.open_file(mapped)
        batches = (file.get_batch(i) for i in range(file.num_record_batches))
        rows = pa.RecordBatchReader.from_batches(file.schema, batches)
        connection.register("rows", rows)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
        connection.execute("CHECKPOINT")


def write_colq(colq: Path, arrow: Path, path: Path) -> None:
    """The table as colq imports it."""
    subprocess.run([str(colq), "import", str(arrow), str(path)], check=True, stdout=subprocess.DEVNULL)
