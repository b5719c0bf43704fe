"""DuckDB over a table in its own file."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa


class Engine:
    """One connection, opened read-only."""

    def __init__(self, job: dict) -> None:
        self.connection = duckdb.connect(job["duckdb"], read_only=True)
        self.connection.execute(f"SET threads = {job['threads']}")
        self.connection.execute(f"SET temp_directory = '{job['scratch']}'")
        if job["memory_limit"]:
            self.connection.execute(f"SET memory_limit = '{job['memory_limit']}B'")

    def ways(self, query) -> tuple[str, ...]:
        """There is one. Where no order is asked for, rows may come as they are found."""
        order = "true" if query.ordered else "false"
        self.connection.execute(f"SET preserve_insertion_order = {order}")
        return ("",)

    def run(self, query, way: str) -> Iterator[pa.RecordBatch]:
        """The answer's rows."""
        return iter(self.connection.execute(query.of("duckdb")).to_arrow_reader(1 << 17))
