"""The process in which one peer answers one query: `python -m engines.worker JOB`, where JOB is a JSON file.

What was measured is written after every run, so that a process that is stopped leaves what it had.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

import pyarrow as pa

from engines import open_engine

# Rows of a long answer that are compared.
SAMPLES = 1000
# Rows of an answer up to which all are compared.
MOST_ROWS = 200_000


class Answer:
    """What was seen of an answer while its batches went by."""

    def __init__(self, rows: int) -> None:
        self.rows = 0
        self.kept: list[pa.RecordBatch] = []
        self.step = max(rows // SAMPLES, 1) if rows > MOST_ROWS else 1

    def see(self, batch: pa.RecordBatch) -> None:
        """Keeps the rows of the batch that are compared: every so many."""
        first = -self.rows % self.step
        self.rows += batch.num_rows
        if first < batch.num_rows:
            self.kept.append(batch.take(pa.array(range(first, batch.num_rows, self.step))))

    def write(self, path: str) -> None:
        """Writes the rows that were kept."""
        if self.kept:
            with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, self.kept[0].schema) as writer:
                for batch in self.kept:
                    writer.write_batch(batch)


def main() -> None:
    """Runs the job: once to get warm, then as often as is asked while there is time."""
    job = json.loads(Path(sys.argv[1]).read_text())
    queries = importlib.import_module(f"queries.{job['set']}").QUERIES
    query = next(query for query in queries if query.name == job["query"])
    report = {"times": [], "rows": 0, "way": "", "error": ""}

    def tell() -> None:
        new = job["report"] + ".new"
        Path(new).write_text(json.dumps(report))
        os.replace(new, job["report"])

    start = time.perf_counter()
    try:
        engine = open_engine(job["engine"], job)
        warm: dict[str, float] = {}
        for way in engine.ways(query):
            began = time.perf_counter()
            batches = list(engine.run(query, way)) if not query.long else None
            if batches is None:
                for _ in engine.run(query, way):
                    pass
            warm[way] = time.perf_counter() - began
            if batches is not None:
                answer = Answer(sum(batch.num_rows for batch in batches))
                for batch in batches:
                    answer.see(batch)
                answer.write(job["answer"])
                report["rows"] = answer.rows
            # A slow first run is better than none.
            report["way"] = min(warm, key=warm.get)
            report["first"] = min(warm.values())
            tell()
        for _ in range(job["runs"]):
            spent = time.perf_counter() - start
            if spent + report["first"] > job["seconds"]:
                break
            began = time.perf_counter()
            for _ in engine.run(query, report["way"]):
                pass
            report["times"].append(time.perf_counter() - began)
            tell()
        if query.long:
            answer = Answer(job["rows"])
            for batch in engine.run(query, report["way"]):
                answer.see(batch)
            answer.write(job["answer"])
            report["rows"] = answer.rows
    except Exception as error:  # noqa: BLE001
        report["error"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    tell()


if __name__ == "__main__":
    main()
