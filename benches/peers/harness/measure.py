"""Measures one set of queries: every query on every engine in turn, and whether they agree."""

import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from engines import PEERS
from harness import agree, bandwidth, peer
from harness.colq import Colq
from tables import ALL, store


@dataclass
class Limits:
    """What an engine may take for one query."""

    seconds: float
    memory: int
    runs: int
    threads: int


@dataclass
class House:
    """What a set is measured with."""

    colq: Path
    folder: Path
    rows: int
    limits: Limits
    engines: tuple[str, ...] = PEERS
    match: str = ""

    @property
    def scratch(self) -> Path:
        """A folder for what lives as long as a query."""
        folder = self.folder / f"scratch-{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def stored(self, name: str) -> store.Stored:
        """A table in all its forms, made when it is not there."""
        table = ALL[name]
        rows = table.rows(self.rows) if hasattr(table, "rows") else self.rows
        return store.ensure(table, rows, self.folder / f"{self.rows}", self.colq)

    def without(self, name: str) -> str:
        """Why a table is not made at this scale; empty when it is."""
        table = ALL[name]
        least, free = getattr(table, "least_rows", 0), getattr(table, "free_bytes", 0)
        if self.rows < least:
            return f"asked from {least:,} rows on"
        self.folder.mkdir(parents=True, exist_ok=True)
        there = (self.folder / f"{self.rows}" / f"{name}.colq").exists()
        if not there and shutil.disk_usage(self.folder).free < free:
            return f"needs {free / 1e9:.0f} GB of free disk"
        return ""

    def discard(self) -> None:
        """Gives the disk of all data of this scale back."""
        shutil.rmtree(self.folder / f"{self.rows}", ignore_errors=True)

    def bandwidth(self) -> float:
        """The read bandwidth at this moment."""
        files = sorted((self.folder / f"{self.rows}").glob("*.arrow"), key=lambda file: file.stat().st_size)
        return bandwidth.measure(files[-1], self.limits.threads) if files else 0.0


def measure(house: House, group: str, queries, show) -> dict:
    """The results of a set, the best read bandwidth that was seen meanwhile, and what was left out.

    `show` is called with all that after every query.
    """
    results, skipped = [], []
    speeds = [house.bandwidth()]
    program = Colq(house.colq, house.limits.threads)
    for query in queries:
        if house.match and house.match not in query.name:
            continue
        if why := house.without(query.table):
            skipped.append({"query": query.name, "why": why})
            continue
        try:
            stored = house.stored(query.table)
        except (OSError, subprocess.CalledProcessError, duckdb.Error) as error:
            skipped.append({"query": query.name, "why": f"the table could not be made: {error}"[:200]})
            continue
        rows = query_rows(house, query)
        shutil.rmtree(house.scratch, ignore_errors=True)
        answers = {name: house.scratch / f"{name}.answer.arrow" for name in ("colq", *PEERS)}
        engines = {"colq": program.answer(query, stored.colq, rows, house.limits, answers["colq"])}
        speeds.append(engines["colq"].more.get("bandwidth", 0.0))
        for name in house.engines:
            engines[name] = peer.answer(name, query, group, stored, rows, house.limits, house.scratch, answers[name])
        result = {
            "query": query.name,
            "sql": query.sql,
            "engines": {name: asdict(measured) for name, measured in engines.items()},
            "differs": differences(query, engines, answers),
            "unseen": [name for name in engines if engines[name].best and not answers[name].exists()],
        }
        results.append(result)
        tell(result)
        show({"bandwidth": max(speeds), "results": results, "skipped": skipped})
        shutil.rmtree(house.scratch, ignore_errors=True)
    speeds.append(house.bandwidth())
    return {"bandwidth": max(speeds), "results": results, "skipped": skipped}


def query_rows(house: House, query) -> int:
    """How many rows the query's table has."""
    table = ALL[query.table]
    return table.rows(house.rows) if hasattr(table, "rows") else house.rows


def differences(query, engines: dict, answers: dict) -> dict[str, str]:
    """In what each peer's answer differs from colq's, or from the first peer's where colq has none."""
    read = {name: agree.read(path) for name, path in answers.items() if name in engines}
    read = {name: answer for name, answer in read.items() if answer is not None}
    if query.long and "colq" in read:
        read["colq"] = agree.sample(read["colq"])
    first = next(iter(read), "")
    differ = {}
    for name, answer in read.items():
        if name != first and not engines[name].reason:
            differ[name] = agree.difference_of(query, read[first], answer)
    return differ


def tell(result: dict) -> None:
    """A line on stderr, so that one sees that it goes on."""
    times = " ".join(
        f"{name} {m['best'] * 1e3:.1f}" if m["best"] else f"{name} none" for name, m in result["engines"].items()
    )
    wrong = " ".join(f"{name} DIFFERS: {why}" for name, why in result["differs"].items() if why)
    print(f"{result['query']}: {times} {wrong}", file=sys.stderr, flush=True)
