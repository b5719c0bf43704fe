"""One peer and one query: a worker process, from a job file to what was measured."""

import json
import os
import sys
from pathlib import Path

from harness import process
from harness.colq import Measured
from harness.environment import HERE


def answer(engine: str, query, group: str, stored, rows: int, limits, scratch: Path, answer: Path) -> Measured:
    """Runs the query on the engine in a process of its own."""
    measured = Measured()
    if engine in query.cannot:
        measured.reason = query.cannot[engine]
        return measured
    report = scratch / f"{engine}.report.json"
    job = {
        "engine": engine,
        "set": group,
        "query": query.name,
        "table": query.table,
        "arrow": str(stored.arrow),
        "duckdb": str(stored.duckdb),
        "rows": rows,
        "threads": limits.threads,
        "runs": limits.runs,
        "seconds": limits.seconds,
        "memory_limit": query.memory_limit,
        "scratch": str(scratch),
        "answer": str(answer),
        "report": str(report),
    }
    report.unlink(missing_ok=True)
    path = scratch / f"{engine}.job.json"
    path.write_text(json.dumps(job))
    env = {**os.environ, "POLARS_MAX_THREADS": str(limits.threads), "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-m", "engines.worker", str(path)]
    ended = process.run(command, limits.seconds * 1.5 + 10, limits.memory, env, HERE)
    measured.owned = ended.owned
    told = json.loads(report.read_text()) if report.exists() else {"times": [], "error": ""}
    times = told["times"] or ([told["first"]] if "first" in told else [])
    if times and min(times) <= limits.seconds:
        measured.best = min(times)
        measured.runs = len(told["times"])
        measured.cpu = min(told["cpus"], default=0.0)
        measured.rows = told["rows"]
        measured.way = told["way"]
    measured.reason = told["error"] or ("" if measured.best else ended.reason or f"more than {limits.seconds:.0f} s")
    return measured
