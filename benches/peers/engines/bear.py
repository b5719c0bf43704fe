"""Polars over a mapped Arrow IPC file: the faster of its streaming and its in-memory engine."""

import os
from collections.abc import Iterator

import pyarrow as pa


class Engine:
    """One lazy frame over the file."""

    def __init__(self, job: dict) -> None:
        # It is read once, when the library is loaded.
        os.environ["POLARS_MAX_THREADS"] = str(job["threads"])
        import polars

        self.polars = polars
        self.table = job["table"]
        self.frame = polars.scan_ipc(job["arrow"])

    def ways(self, query) -> tuple[str, ...]:
        """Its two engines."""
        return ("streaming", "in-memory")

    def run(self, query, way: str) -> Iterator[pa.RecordBatch]:
        """The answer's rows."""
        words = query.of("polars")
        if callable(words):
            lazy = words(self.frame)
        else:
            lazy = self.polars.SQLContext({self.table: self.frame}).execute(words)
        return iter(lazy.collect(engine=way).to_arrow().to_batches())
