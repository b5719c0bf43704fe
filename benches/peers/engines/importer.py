"""The process in which one peer imports one file: `python -m engines.importer JOB`, where JOB is a JSON file.

DuckDB writes its own file, which is whole when the connection is closed; Polars streams into an Arrow IPC file.
"""

import json
import os
import sys
import time
from pathlib import Path


def duckdb(job: dict) -> None:
    """One statement, and a checkpoint by closing."""
    import duckdb as library

    reader = "read_parquet" if job["source"].endswith(".parquet") else "read_csv"
    with library.connect(job["target"]) as connection:
        connection.execute(f"SET threads = {job['threads']}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"CREATE TABLE t AS SELECT * FROM {reader}('{job['source']}')")


def polars(job: dict) -> None:
    """A stream from one file to the other."""
    import polars as library

    if job["source"].endswith(".parquet"):
        frame = library.scan_parquet(job["source"])
    else:
        frame = library.scan_csv(job["source"], try_parse_dates=True, infer_schema_length=10_000)
    frame.sink_ipc(job["target"])


def check(job: dict) -> list:
    """What the import is held against: how many rows, and the sum of their numbers."""
    if job["engine"] == "duckdb":
        import duckdb as library

        with library.connect(job["target"], read_only=True) as connection:
            return list(connection.execute(f"SELECT {job['check']} FROM t").fetchone())
    import polars as library

    frame = library.scan_ipc(job["target"])
    return list(library.SQLContext({"t": frame}).execute(f"SELECT {job['check']} FROM t").collect().row(0))


def main() -> None:
    """Runs the job once."""
    job = json.loads(Path(sys.argv[1]).read_text())
    os.environ["POLARS_MAX_THREADS"] = str(job["threads"])
    start, used = time.perf_counter(), time.process_time()
    {"duckdb": duckdb, "polars": polars}[job["engine"]](job)
    figures = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used}
    Path(job["report"]).write_text(json.dumps(figures | {"check": check(job)}, default=float))


if __name__ == "__main__":
    main()
