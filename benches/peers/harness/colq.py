"""colq, measured in process by `colq bench` and as one run of the program by `colq query`."""

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from harness import process

# A query that reads no more zones than this, and more than ten times as many rows, was answered by summaries.
FEW_ZONES = 2
ZONE_ROWS = 65_536


@dataclass
class Measured:
    """What one engine did with one query."""

    # The best run, in seconds; 0 when there is none.
    best: float = 0.0
    # colq only: the best run of the program, from its start to its end.
    program: float = 0.0
    # The least processor time of a run; of colq that of the program.
    cpu: float = 0.0
    bytes_touched: int = 0
    # colq only: the query was answered by what is recorded of zones.
    by_zones: bool = False
    owned: int = 0
    runs: int = 0
    way: str = ""
    # Why there is no time, or why it does not count.
    reason: str = ""
    rows: int = 0
    more: dict = field(default_factory=dict)


class Colq:
    """The program."""

    def __init__(self, program: Path, threads: int) -> None:
        self.program = program
        self.threads = threads

    def answer(self, query, table: Path, rows: int, limits, answer: Path) -> Measured:
        """Runs one query: first for its answer, then the program, then in process."""
        sql = query.of("colq")
        base = [str(self.program), "query", sql, *self.options({query.table: table}, query.memory_limit)]
        measured = Measured()
        if "colq" in query.cannot:
            measured.reason = query.cannot["colq"]
            return measured
        first = process.run([*base, "--timer", "--out", str(answer)], limits.seconds, limits.memory)
        if first.reason:
            measured.reason = first.reason
            return measured
        zones = re.search(r"zones read: (\d+)", first.err)
        measured.by_zones = bool(zones) and int(zones[1]) <= FEW_ZONES and rows > 10 * FEW_ZONES * ZONE_ROWS
        measured.owned = first.owned
        sink = answer.with_suffix(".colq")
        times, cpus = [], []
        for _ in range(limits.runs):
            # A long answer is written as a table: it is all the program can do with it.
            out = ["--out", str(sink)] if query.long else ["-o", "csv"]
            ended = process.run([*base, *out], limits.seconds, limits.memory)
            shutil.rmtree(sink, ignore_errors=True)
            if ended.reason:
                measured.reason = ended.reason
                return measured
            times.append(ended.seconds)
            cpus.append(ended.cpu)
            if sum(times) > limits.seconds:
                break
        measured.program = min(times)
        measured.cpu = min(cpus)
        runs = max(1, min(limits.runs, int(limits.seconds / measured.program) - 1))
        figures, ended = self.bench(sql, {query.table: table}, runs, limits, query.memory_limit)
        measured.owned = max(measured.owned, ended.owned)
        if ended.reason:
            measured.reason = ended.reason
            return measured
        measured.best = figures["min_ms"] / 1e3
        measured.runs = runs
        measured.rows = figures["rows"]
        measured.bytes_touched = figures["bytes_touched"]
        measured.more["bandwidth"] = figures["read_bandwidth_gb_s"] * 1e9
        return measured

    def options(self, tables: dict[str, Path], memory_limit: int = 0, threads: int = 0) -> list[str]:
        """What every command is told."""
        named = [word for name, path in tables.items() for word in ("--table", f"{name}={path}")]
        limit = ["--memory-limit", str(memory_limit)] if memory_limit else []
        return [*named, "--threads", str(threads or self.threads), *limit]

    def bench(
        self, sql: str, tables: dict[str, Path], runs: int, limits, memory_limit: int = 0, threads: int = 0
    ) -> tuple[dict, process.Ended]:
        """The figures of `colq bench`, none when it did not end well."""
        options = self.options(tables, memory_limit, threads)
        command = [str(self.program), "bench", sql, *options, "--runs", str(runs), "-o", "json"]
        ended = process.run(command, limits.seconds * 2, limits.memory)
        return ({} if ended.reason else json.loads(ended.out)[0]), ended

    def seconds(self, sql: str, tables: dict[str, Path], limits) -> float:
        """The best run of the program, from its start to its end; 0 when it did not end well."""
        command = [str(self.program), "query", sql, *self.options(tables), "-o", "csv"]
        ended = [process.run(command, limits.seconds, limits.memory) for _ in range(limits.runs)]
        return 0.0 if any(e.reason for e in ended) else min(e.seconds for e in ended)
