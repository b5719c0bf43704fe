#!/usr/bin/env python3
"""colq beside DuckDB, Polars and DataFusion: `python3 benches/peers/run.py`. The README beside this file says more."""

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import environment


def options() -> argparse.Namespace:
    """What was typed."""
    from queries.names import ASKED, NAMES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=10, help="million rows of a table (10)")
    parser.add_argument("--only", default="", help="sets, with commas: " + ", ".join(NAMES + ASKED))
    parser.add_argument("--match", default="", help="only queries with this in their name")
    parser.add_argument("--engines", default="duckdb,polars,datafusion", help="peers, with commas")
    parser.add_argument("--runs", type=int, default=3, help="times that a query is run; the best counts (3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of every engine (all)")
    parser.add_argument("--seconds", type=float, default=120, help="time for a query and an engine (120)")
    parser.add_argument("--memory", type=float, default=0, help="GB that an engine may own (half the machine's)")
    parser.add_argument("--colq", type=Path, help="the program; built from the workspace when not given")
    parser.add_argument("--data", type=Path, default=environment.FOLDER, help="folder for the data")
    parser.add_argument("--prepare", action="store_true", help="only make the virtual environment")
    parser.add_argument("--check", action="store_true", help="only see that all engines agree on all queries")
    parser.add_argument("--discard", action="store_true", help="remove the data of a set when it is measured")
    parser.add_argument("--markdown", type=Path, help="folder for one Markdown file a set")
    parser.add_argument("--json", type=Path, help="file for all figures")
    return parser.parse_args()


def keep(folder: Path | None, group: str, page: str) -> None:
    """Writes the page of a set, as far as it is."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{group}.md").write_text(page)


def main() -> int:
    """Measures the sets that were asked for, and prints them. 1 when an answer differs."""
    chosen = options()
    environment.enter()
    if chosen.prepare:
        return 0
    from harness import report
    from harness.check import check
    from harness.measure import House, Limits, measure
    from queries.names import NAMES

    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = int(chosen.memory * 1e9) or total // 2
    house = House(
        colq=environment.colq_program(chosen.colq),
        folder=chosen.data.resolve(),
        rows=int(chosen.rows * 1e6),
        limits=Limits(chosen.seconds, memory, chosen.runs, chosen.threads),
        engines=tuple(name for name in chosen.engines.split(",") if name),
        match=chosen.match,
    )
    if chosen.check:
        return int(check(house) > 0)
    everything, figures, differ = [], {}, False
    for group in chosen.only.split(",") if chosen.only else NAMES:
        queries = importlib.import_module(f"queries.{group}")
        about = " ".join(queries.__doc__.split())
        if hasattr(queries, "measure"):
            page, results = queries.measure(house, about)
            figures[group] = results
        else:

            def show(measured: dict, group=group, about=about) -> None:
                keep(chosen.markdown, group, report.page(group, measured, house.rows, about))

            figures[group] = measure(house, group, queries.QUERIES, show)
            page = report.page(group, figures[group], house.rows, about)
            results = figures[group]["results"]
            everything += results
            differ |= any(why for result in results for why in result["differs"].values())
        print(page, flush=True)
        keep(chosen.markdown, group, page)
        if chosen.discard:
            house.discard()
    counted = [result for result in everything if not result["engines"]["colq"]["by_zones"]]
    if counted:
        print("## All sets\n\n" + "\n".join(report.summary(counted)))
    if chosen.json:
        chosen.json.write_text(json.dumps({"rows": house.rows, "sets": figures}, indent=1))
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
