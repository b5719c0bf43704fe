"""Opens every value file of tables with NumPy, and compares one with what the colq program says of it.

Run as `python3 numpy_reads.py COLQ TABLE.colq GOLDEN...`: of the first table the program is asked for counts and
extremes; of the others every file is opened by `np.load(..., mmap_mode="r")`, also as a crash between a commit and the
header would leave it, and the rows that examples/read_table.py prints are compared with the list beside the table.
"""

import base64
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

ZONE = 65_536
DTYPES = {
    "bool": "|b1", "i8": "|i1", "i16": "<i2", "i32": "<i4", "i64": "<i8", "u8": "|u1", "u16": "<u2", "u32": "<u4",
    "u64": "<u8", "f16": "<f2", "bf16": "<u2", "f32": "<f4", "f64": "<f8", "decimal": "<i8", "date": "<i4",
    "timestamp": "<i8", "duration": "<i8", "text": "<i8",
}
READER = pathlib.Path(__file__).parent.parent / "examples" / "read_table.py"


def body_of(table):
    newest = max((table / "versions").glob("*.json"), key=lambda path: int(path.stem))
    return json.loads(newest.read_text())["body"]


def arrays(body):
    """Every file with a NumPy header: its entry, type and committed shape."""
    rows = body["row_count"]
    for column in body["columns"]:
        kind, _, arguments = column["type"].rstrip(")").partition("(")
        shape = (rows + 1,) if kind == "text" else (rows,)
        if kind in ("dictionary", "vector"):
            kind, *length = arguments.split(",")
            shape = (rows, *map(int, length))
        yield column["values"], DTYPES[kind], shape
        if column["text"]:
            yield column["text"], "|u1", (column["text"]["byte_len"] - 4096,)
        if column["dictionary"]:
            count, text = column["dictionary"]["value_count"], column["dictionary"]["bytes"]
            yield column["dictionary"]["offsets"], "<i8", (count + 1,)
            yield text, "|u1", (text["byte_len"] - 4096,)


def check_files(table):
    """Every file is an array of its type and shape, and of an older length where its header lags behind."""
    body = body_of(table)
    count = 0
    for entry, dtype, shape in arrays(body):
        path = table / "columns" / entry["file"]
        whole = np.load(path, mmap_mode="r") if shape[0] else np.load(path)
        assert (whole.dtype.str, whole.shape) == (dtype, shape), (path, whole.dtype.str, whole.shape)
        before = whole.tobytes()
        for older in {entry["header_rows"], shape[0] // 2, 0}:
            with open(path, "r+b") as file:
                file.seek(61)
                file.write(str(older).rjust(20).encode())
            part = np.load(path, mmap_mode="r") if older else np.load(path)
            assert part.shape == (older, *shape[1:]) and before.startswith(part.tobytes()), (path, older)
        count += 1
    return count


def check_golden(table):
    output = subprocess.check_output([sys.executable, READER, table]).decode()
    found = [f"{len(list(same))} {line}" for line, same in itertools.groupby(output.splitlines())]
    expected = table.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert found == expected, next((pair for pair in zip(found, expected) if pair[0] != pair[1]), "lengths differ")
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copytree(table, pathlib.Path(folder) / table.name)
        count = check_files(copied)
    print(f"{table.name}: {count} arrays, {len(expected)} runs of rows")


def valid_rows(folder, column, rows):
    """True for each row that holds a value: full zones from the file, the tail from the version file."""
    full = rows // ZONE
    valid = np.ones(rows, bool)
    if column["validity"]:
        first = column["validity"]["first_zone"]
        data = np.fromfile(folder / column["validity"]["file"], "u1", column["validity"]["byte_len"])
        valid[first * ZONE : full * ZONE] = np.unpackbits(data, bitorder="little").astype(bool)
    if column["tail"]["validity"]:
        data = np.frombuffer(base64.b64decode(column["tail"]["validity"]), "u1")
        valid[full * ZONE :] = np.unpackbits(data, bitorder="little")[: rows - full * ZONE].astype(bool)
    return valid


def texts(folder, offsets, text, count):
    offsets = np.load(folder / offsets["file"], mmap_mode="r")[: count + 1]
    text = np.load(folder / text["file"]).tobytes()
    return [text[start:end].decode() for start, end in zip(offsets[:-1], offsets[1:])]


def shown(value, kind):
    if isinstance(value, str):
        return value
    if kind == "date":
        return str(np.datetime64(int(value), "D"))
    if kind.startswith("timestamp"):
        return str(np.datetime64(int(value), kind[len("timestamp(") : -1]))
    return bool(value) if kind == "bool" else value.item()


def same(found, expected):
    if isinstance(expected, str) and expected.endswith("Z"):
        return np.datetime64(found) == np.datetime64(expected[:-1])
    return found == expected


def check_program(colq, table):
    body, folder = body_of(table), table / "columns"
    rows = body["row_count"]
    for column in body["columns"]:
        name, kind = column["name"], column["type"]
        if column["text"]:
            values = np.array(texts(folder, column["values"], column["text"], rows), object)
        else:
            values = np.load(folder / column["values"]["file"], mmap_mode="r")[:rows]
            assert isinstance(values, np.memmap)
        values = values[valid_rows(folder, column, rows)]
        if column["dictionary"]:
            entry = column["dictionary"]
            words = texts(folder, entry["offsets"], entry["bytes"], entry["value_count"])
            values = np.array(words, object)[values]
        quoted = '"' + name.replace('"', '""') + '"'
        sql = f"SELECT count({quoted}) AS n, min({quoted}) AS low, max({quoted}) AS high FROM '{table}'"
        answer = json.loads(subprocess.check_output([colq, "query", sql, "-o", "jsonl"]))
        assert answer["n"] == len(values), (name, answer, len(values))
        if len(values):
            low, high = shown(min(values), kind), shown(max(values), kind)
            assert same(low, answer["low"]) and same(high, answer["high"]), (name, low, high, answer)
        print(f"{name}: {kind}, {len(values)} values, {answer['low']} to {answer['high']}")
    print(f"RAN: {len(body['columns'])} columns of {rows} rows read in NumPy {np.__version__}")


if __name__ == "__main__":
    if sys.argv[1:3] != ["-", "-"]:
        check_program(sys.argv[1], pathlib.Path(sys.argv[2]))
    for golden in sys.argv[3:]:
        check_golden(pathlib.Path(golden))
