"""Do all engines agree on all queries? Each peer answers them all in one process, and nothing is timed."""

import importlib
import json
import os
import shutil
import sys

from engines import PEERS
from harness import agree, process
from harness.colq import Colq
from harness.environment import HERE
from queries.names import ASKED, NAMES


def check(house) -> int:
    """Prints what differs, and gives how many answers do."""
    modules = {name: importlib.import_module(f"queries.{name}") for name in NAMES + ASKED}
    modules = {name: module for name, module in modules.items() if hasattr(module, "QUERIES")}
    names = {query.table for module in modules.values() for query in module.QUERIES}
    stored = {name: house.stored(name) for name in sorted(names) if not house.without(name)}
    told = {}
    for engine in house.engines:
        job = {
            "engine": engine,
            "sets": list(modules),
            "tables": {n: {"arrow": str(s.arrow), "duckdb": str(s.duckdb)} for n, s in stored.items()},
            "threads": house.limits.threads,
            "scratch": str(house.scratch),
            "report": str(house.scratch / f"{engine}.report.json"),
        }
        path = house.scratch / f"{engine}.job.json"
        path.write_text(json.dumps(job))
        env = {**os.environ, "POLARS_MAX_THREADS": str(house.limits.threads), "PYTHONPATH": str(HERE)}
        command = [sys.executable, "-m", "engines.checker", str(path)]
        ended = process.run(command, house.limits.seconds * 10, house.limits.memory, env, HERE)
        told[engine] = json.loads((house.scratch / f"{engine}.report.json").read_text()) if not ended.reason else {}
        if ended.reason:
            print(f"{engine}: {ended.reason}")
    counted, wrong = 0, 0
    for group, module in modules.items():
        for place, query in enumerate(module.QUERIES):
            if query.table in stored:
                counted += 1
                wrong += differing(house, f"{group}-{place}", query, stored[query.table], told)
    shutil.rmtree(house.scratch, ignore_errors=True)
    print(f"{counted} queries, {wrong} answers that are missing or differ.")
    return wrong


def differing(house, place: str, query, stored, told: dict) -> int:
    """How many engines do not answer one query, or otherwise than the first that does."""
    paths = {engine: house.scratch / f"{place}.{engine}.arrow" for engine in ("colq", *PEERS) if engine in told}
    found, wrong = {}, 0
    if "colq" not in query.cannot:
        paths = {"colq": house.scratch / f"{place}.colq.arrow"} | paths
        program = Colq(house.colq, house.limits.threads)
        options = program.options({query.table: stored.colq}, query.memory_limit)
        command = [str(house.colq), "query", query.of("colq"), *options, "--out", str(paths["colq"])]
        told = {"colq": {place: process.run(command, house.limits.seconds, house.limits.memory).reason}} | told
    for engine, path in paths.items():
        if engine in query.cannot:
            continue
        answer = agree.read(path)
        if answer is None:
            print(f"{query.name}, {engine}: {told[engine].get(place) or 'no answer'}")
            wrong += 1
            continue
        if engine == "colq" and query.long:
            answer = agree.sample(answer)
        found[engine] = answer
        first = next(iter(found))
        if why := agree.difference_of(query, found[first], answer) if first != engine else "":
            print(f"{query.name}, {engine} differs: {why}")
            wrong += 1
    return wrong
