"""Import of CSV and Parquet: colq into a table, DuckDB into its own file, Polars into an Arrow IPC file.

colq is timed as a program from its start to its end, the peers inside their process. The speed of CSV is that of the
file's bytes, the speed of Parquet that of the decoded values.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as parquet

from harness import process
from harness.environment import HERE
from tables import files, numbers, store

NUMBERS = "count(*), sum(id), count(nullable), sum(x)"
DIRTY = "count(*), sum(id), count(amount), sum(ratio)"

# File, how it is made, its share of the rows, and what is held against the others.
FILES = (
    ("numbers.csv", files.numbers_csv, 1, NUMBERS),
    ("dirty.csv", files.dirty_csv, 0.2, DIRTY),
    ("numbers.parquet", files.numbers_parquet, 1, NUMBERS),
)

ENGINES = ("colq", "duckdb", "polars")


def measure(house, about: str) -> tuple[str, list]:
    """The page of the set, and its figures."""
    folder = house.folder / f"{house.rows}"
    folder.mkdir(parents=True, exist_ok=True)
    results, notes = [], []
    for name, make, share, check in FILES:
        path, rows = folder / name, int(house.rows * share)
        if not path.exists():
            store.with_new_name(path, lambda new, make=make, rows=rows: make(new, rows))
        size = decoded(path) if name.endswith(".parquet") else path.stat().st_size
        best, cpu, seen = {}, {}, {}
        for _ in range(house.limits.runs):
            for engine in ENGINES:
                if engine != "colq" and engine not in house.engines:
                    continue
                seconds, used, found, why = once(house, engine, path, check)
                if why:
                    notes.append(f"- {name}, {engine}: {why}")
                    continue
                best[engine] = min(best.get(engine, seconds), seconds)
                cpu[engine] = min(cpu.get(engine, used), used)
                seen[engine] = found
        for engine, found in seen.items():
            if not close(found, seen.get("colq", found)):
                notes.append(f"- {name}, {engine} differs: {found} and not {seen['colq']}")
        results.append({"file": name, "bytes": size, "rows": rows, "seconds": best, "cpu": cpu})
        print(f"{name}: {best}", file=sys.stderr, flush=True)
    return page(about, results, sorted(set(notes))), results


def decoded(path: Path) -> int:
    """Bytes of the values in the table's own types."""
    widths = sum(field.type.bit_width for field in numbers.SCHEMA) // 8
    return parquet.read_metadata(path).num_rows * widths


def close(found: list, expected: list) -> bool:
    """The same figures, the last digits of a sum aside."""
    return all(abs(float(a) - float(b)) <= 1e-9 * abs(float(b)) for a, b in zip(found, expected, strict=True))


def once(house, engine: str, path: Path, check: str) -> tuple[float, float, list, str]:
    """One import: its seconds, its processor time, the figures of what came out, and why there are none."""
    scratch = house.scratch
    suffix = {"colq": "colq", "duckdb": "duckdb", "polars": "arrow"}[engine]
    target = scratch / f"t.{suffix}"
    try:
        if engine == "colq":
            return colq(house, path, target, check)
        report, job = scratch / "report.json", scratch / "job.json"
        words = {"source": path, "target": target, "report": report, "check": check, "engine": engine}
        words = {key: str(value) for key, value in words.items()} | {"threads": house.limits.threads}
        job.write_text(json.dumps(words))
        env = {**os.environ, "POLARS_MAX_THREADS": str(house.limits.threads), "PYTHONPATH": str(HERE)}
        command = [sys.executable, "-m", "engines.importer", str(job)]
        ended = process.run(command, house.limits.seconds, house.limits.memory, env, HERE)
        if ended.reason:
            return 0.0, 0.0, [], ended.reason
        told = json.loads(report.read_text())
        return told["seconds"], told["cpu"], told["check"], ""
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def colq(house, path: Path, target: Path, check: str) -> tuple[float, float, list, str]:
    """The same for colq."""
    threads = ["--threads", str(house.limits.threads)]
    limits = house.limits
    command = [str(house.colq), "import", str(path), str(target), *threads]
    ended = process.run(command, limits.seconds, limits.memory)
    if ended.reason:
        return 0.0, 0.0, [], ended.reason
    sql = f"SELECT {check} FROM t"
    answer = process.run(
        [str(house.colq), "query", sql, "--table", f"t={target}", "-o", "csv"], limits.seconds, limits.memory
    )
    if answer.reason:
        return 0.0, 0.0, [], answer.reason
    figures = re.split(r"[,\n]", answer.out.strip().splitlines()[-1])
    return ended.seconds, ended.cpu, [float(figure) for figure in figures], ""


def page(about: str, results: list[dict], notes: list[str]) -> str:
    """The table: megabytes a second."""
    heads = "| file | MB | colq | DuckDB | Polars | ratio | ratio of CPU |"
    lines = ["## imports", "", about, "", heads, "|---|--:|--:|--:|--:|--:|--:|"]
    for result in results:
        best, cpu = result["seconds"], result["cpu"]
        cells = [f"{result['file']}, {result['rows']:,} rows", f"{result['bytes'] / 1e6:,.0f}"]
        for engine in ENGINES:
            cells.append(f"{result['bytes'] / best[engine] / 1e6:,.0f} MB/s" if engine in best else "none")
        peer = min((engine for engine in best if engine != "colq"), key=best.get, default="")
        if peer and "colq" in best:
            cells += [f"**{best[peer] / best['colq']:.2f}**", f"{cpu[peer] / cpu['colq']:.2f}"]
        else:
            cells += ["", ""]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *notes, ""])
