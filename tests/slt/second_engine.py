"""Runs the files beside it on DuckDB and DataFusion, so that no expected answer is colq's alone.

    python tests/slt/second_engine.py [FILE.slt ..]

`skipif ENGINE` and `onlyif ENGINE` lines excuse a record where an engine means something else; the comment before them says
what. Numbers agree within 1e-9 of their size, since engines print them differently; instants agree without regard to
how they are written. Exit code 1 where anything else differs.
"""

import datetime
import decimal
import math
import pathlib
import re
import sys


class Record:
    """One statement or query, with its line and what it should give."""

    def __init__(self, line, kind, sql, error, sort, expected):
        self.line, self.kind, self.sql = line, kind, sql
        self.error, self.sort, self.expected = error, sort, expected


def records(text, engine):
    """The records of a file that are meant for this engine."""
    lines = text.split("\n")
    at = 0
    wanted = True
    while at < len(lines):
        line = lines[at].strip()
        words = line.split()
        at += 1
        if not words or line.startswith("#"):
            continue
        if words[0] in ("skipif", "onlyif"):
            wanted = wanted and ((words[1] == engine) == (words[0] == "onlyif"))
            continue
        if words[0] not in ("statement", "query"):
            raise SystemExit(f"line {at}: {line!r} is not understood")
        first = at
        sql, expected = [], None
        while at < len(lines) and lines[at].strip() and lines[at].strip() != "----":
            sql.append(lines[at])
            at += 1
        if at < len(lines) and lines[at].strip() == "----":
            expected = []
            at += 1
            while at < len(lines) and lines[at].strip():
                expected.append(lines[at].strip())
                at += 1
        error = len(words) > 1 and words[1] == "error"
        sort = "rowsort" in words
        if wanted:
            yield Record(first, words[0], "\n".join(sql), error, sort, expected)
        wanted = True


def cell(value):
    """A value as the files write it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return repr(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = str(value)
    return text if text else "(empty)"


INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z?$")


def same(found, expected):
    """True where two words are the same value."""
    if found == expected:
        return True
    instants = [INSTANT.match(word) for word in (found, expected)]
    if all(instants):
        parts = [(m[1], m[2], (m[3] or "").rstrip("0").rstrip(".")) for m in instants]
        return parts[0] == parts[1]
    try:
        a, b = float(found), float(expected)
    except ValueError:
        return False
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def same_rows(found, expected):
    if len(found) != len(expected):
        return False
    pairs = ((f.split(), e.split()) for f, e in zip(found, expected))
    return all(len(f) == len(e) and all(map(same, f, e)) for f, e in pairs)


def sort_key(row):
    """Numbers that are written differently sort alike."""
    def word(text):
        try:
            return f"{float(text):030.9f}"
        except ValueError:
            return text

    return [word(text) for text in row.split()]


class DuckDb:
    name = "duckdb"

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()

    def run(self, sql):
        rows = self.connection.execute(sql).fetchall()
        return [" ".join(map(cell, row)) for row in rows]


class DataFusion:
    name = "datafusion"

    def __init__(self):
        import datafusion

        self.context = datafusion.SessionContext()

    def run(self, sql):
        batches = self.context.sql(sql).collect()
        rows = [row.values() for batch in batches for row in self.rows(batch)]
        return [" ".join(map(cell, row)) for row in rows]

    @staticmethod
    def rows(batch):
        # By position: a name may stand twice.
        columns = [batch.column(i).to_pylist() for i in range(batch.num_columns)]
        return [dict(enumerate(row)) for row in zip(*columns)]


def check(engine, record):
    """What is wrong with the answer, or None."""
    try:
        found = engine.run(record.sql)
    except BaseException as error:  # DataFusion raises what is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return None if record.error else f"fails: {str(error).splitlines()[0] if str(error) else error!r}"
    if record.error:
        return f"gives {found} instead of an error"
    if record.kind == "statement" or record.expected is None:
        return None
    expected = record.expected
    if record.sort:
        found, expected = sorted(found, key=sort_key), sorted(expected, key=sort_key)
    return None if same_rows(found, expected) else f"gives {found} instead of {expected}"


def main():
    given = [pathlib.Path(arg) for arg in sys.argv[1:]]
    files = given or sorted(pathlib.Path(__file__).parent.glob("*.slt"))
    passed = failed = 0
    for make in (DuckDb, DataFusion):
        for file in files:
            engine = make()
            for record in records(file.read_text(), engine.name):
                wrong = check(engine, record)
                if wrong is None:
                    passed += 1
                    continue
                failed += 1
                print(f"{file.name}:{record.line}: {engine.name} {wrong}\n    {record.sql}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
