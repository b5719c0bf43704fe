"""How colq's own cost grows: with rows, threads, appends, columns and groups. There is no peer in this."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness.colq import Colq
from harness.report import milliseconds
from queries.groups import KEYS
from tables import ALL, store

# Kinds of work whose cost per row should stay as it is.
KINDS = {
    "sum, half pass": "SELECT sum(fare) FROM numbers WHERE tip > 1.5",
    "265 groups": "SELECT zone, count(*), sum(fare) FROM numbers GROUP BY zone",
    "rows/10 groups": "SELECT count(*), sum(s) FROM (SELECT rider, sum(fare) AS s FROM numbers GROUP BY rider) AS g",
    "median": "SELECT median(x) FROM numbers",
    "top 10": "SELECT id, x FROM numbers ORDER BY x DESC LIMIT 10",
    "sum of ln": "SELECT sum(ln(x)) FROM numbers",
}

APPENDS = 1000
COLUMNS = 1000
# Rows of the table with many columns, at most.
WIDE_ROWS = 1_000_000


def measure(house, about: str) -> tuple[str, dict]:
    """The page of the set, and its figures."""
    program = Colq(house.colq, house.limits.threads)
    parts = {
        "rows": rows(house, program),
        "threads": threads(house, program),
        "appends": appends(house, program),
        "columns": columns(house, program),
        "groups": groups(house, program),
    }
    lines = ["## growth", "", about, "", "Milliseconds, the best of the runs.", ""]
    for name, (heads, body) in parts.items():
        lines += [f"### {name}", "", "| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 1)]
        lines += ["| " + " | ".join(row) + " |" for row in body] + [""]
    return "\n".join(lines), parts


def best(house, program: Colq, sql: str, tables: dict, count: int = 0) -> float:
    """The best run in process, in seconds; not a number when it fails."""
    figures, ended = program.bench(sql, tables, house.limits.runs, house.limits, threads=count)
    return float("nan") if ended.reason else figures["min_ms"] / 1e3


def rows(house, program: Colq):
    """Nanoseconds a row from a million rows up."""
    sizes = [size for size in (1_000_000, 10_000_000, 100_000_000) if size < house.rows] + [house.rows]
    body = []
    for kind, sql in KINDS.items():
        cells = []
        for size in sizes:
            stored = store.ensure(ALL["numbers"], size, house.folder / f"{size}", house.colq)
            took = best(house, program, sql, {"numbers": stored.colq})
            cells.append(f"{milliseconds(took)} ({took / size * 1e9:.2f} ns a row)")
        body.append([kind, *cells])
    return ["kind", *(f"{size:,} rows" for size in sizes)], body


def threads(house, program: Colq):
    """One thread beside all."""
    table = {"numbers": house.stored("numbers").colq}
    body = []
    for kind, sql in KINDS.items():
        one, all_ = best(house, program, sql, table, 1), best(house, program, sql, table)
        body.append([kind, milliseconds(one), milliseconds(all_), f"{one / all_:.2f}"])
    return ["kind", "1 thread", f"{house.limits.threads} threads", "times faster"], body


def appends(house, program: Colq):
    """A table that was made at once beside the same rows from a thousand appends."""
    count = min(house.rows, 1_000_000)
    stored = store.ensure(ALL["numbers"], count, house.folder / f"{count}", house.colq)
    many = house.scratch / "appended.colq"
    with pa.memory_map(str(stored.arrow)) as mapped:
        table = pa.ipc.open_file(mapped).read_all()
        step = max(count // APPENDS, 1)
        part = house.scratch / "part.arrow"
        for first in range(0, count, step):
            with pa.OSFile(str(part), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table.slice(first, step))
            how = ["--append"] if first else []
            command = [str(house.colq), "import", str(part), str(many), *how]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    body = []
    for kind, sql in KINDS.items():
        cells = []
        for path in (stored.colq, many):
            cells.append(milliseconds(best(house, program, sql, {"numbers": path})))
            cells.append(milliseconds(program.seconds(sql, {"numbers": path}, house.limits)))
        body.append([kind, *cells])
    shutil.rmtree(house.scratch, ignore_errors=True)
    return [f"kind, {count:,} rows", "1 append", "as a program", f"{APPENDS:,} appends", "as a program"], body


def columns(house, program: Colq):
    """The same two columns in a table of five and in one of a thousand."""
    count = min(house.rows, WIDE_ROWS)
    sql = "SELECT sum(c1) FROM wide WHERE c0 > 100"
    body = []
    for width in (5, COLUMNS):
        path = wide(house, count, width)
        took = best(house, program, sql, {"wide": path})
        body.append(
            [f"{width:,}", milliseconds(took), milliseconds(program.seconds(sql, {"wide": path}, house.limits))]
        )
    shutil.rmtree(house.scratch, ignore_errors=True)
    return [f"columns, {count:,} rows", "in process", "as a program"], body


def wide(house, count: int, width: int) -> Path:
    """A table of so many columns of one byte."""
    rng = np.random.default_rng(store.SEED)
    made = pa.table({f"c{i}": pa.array(rng.integers(0, 200, count, dtype=np.uint8)) for i in range(width)})
    arrow, path = house.scratch / f"wide{width}.arrow", house.scratch / f"wide{width}.colq"
    with pa.OSFile(str(arrow), "wb") as file, pa.ipc.new_file(file, made.schema) as writer:
        writer.write_table(made)
    store.write_colq(house.colq, arrow, path)
    arrow.unlink()
    return path


def groups(house, program: Colq):
    """From one group to a hundred million."""
    table = {"keys": house.stored("keys").colq}
    body = [["none", milliseconds(best(house, program, "SELECT count(*), sum(v) FROM keys WHERE v >= 0.5", table)), ""]]
    for name, key in KEYS.items():
        inner = f"SELECT {key}, count(*) AS n, sum(v) AS s FROM keys GROUP BY {key}"
        took = best(house, program, f"SELECT count(*), sum(n), sum(s) FROM ({inner}) AS g", table)
        unique = f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM keys) AS g"
        body.append([name, milliseconds(took), milliseconds(best(house, program, unique, table))])
    return [f"keys, {house.rows:,} rows", "group by", "distinct"], body
