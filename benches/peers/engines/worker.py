"""The process in which one peer answers one query: `python -m engines.worker JOB`, where JOB is a JSON file.

What was measured is written after every run, so that a process that is stopped leaves what it had.
"""

import importlib
import json
import sys
import time
from pathlib import Path

import pyarrow as pa

from engines import open_engine
from harness import agree


class Answer:
    """What was seen of an answer while its batches went by.

    Of an answer in an order, so many rows long, some rows are kept; of any other (0) all, and it should be short.
    """

    def __init__(self, rows: int) -> None:
        self.rows = 0
        self.kept: list[pa.RecordBatch] = []
        self.step = agree.step(rows)

    def see(self, batch: pa.RecordBatch) -> None:
        """Keeps the rows of the batch that are compared: every so many."""
        first = -self.rows % self.step
        self.rows += batch.num_rows
        # An answer without rows is an answer too.
        if first < batch.num_rows or not self.kept:
            some = batch.take(pa.array(range(first, batch.num_rows, self.step)))
            self.kept.append(decoded(some))

    def write(self, path: str) -> None:
        """Writes the rows that were kept."""
        if self.kept:
            with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, self.kept[0].schema) as writer:
                for batch in self.kept:
                    writer.write_batch(batch)


def decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its dictionaries spelled out: a file could hold only one of each."""
    columns = [c.dictionary_decode() if isinstance(c, pa.DictionaryArray) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def main() -> None:
    """Runs the job: once to get warm, then as often as is asked while there is time."""
    job = json.loads(Path(sys.argv[1]).read_text())
    queries = importlib.import_module(f"queries.{job['set']}").QUERIES
    query = next(query for query in queries if query.name == job["query"])
    report = {"times": [], "cpus": [], "rows": 0, "way": "", "error": ""}

    def tell() -> None:
        new = Path(job["report"] + ".new")
        new.write_text(json.dumps(report))
        new.replace(job["report"])

    start = time.perf_counter()
    try:
        engine = open_engine(job["engine"], job)
        warm: dict[str, float] = {}
        for way in engine.ways(query):
            began = time.perf_counter()
            answer = Answer(job["rows"] if query.long else 0)
            for batch in engine.run(query, way):
                answer.see(batch)
            warm[way] = time.perf_counter() - began
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
            began, used = time.perf_counter(), time.process_time()
            for _ in engine.run(query, report["way"]):
                pass
            report["times"].append(time.perf_counter() - began)
            report["cpus"].append(time.process_time() - used)
            tell()
    except Exception as error:
        report["error"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    tell()


if __name__ == "__main__":
    main()
