"""Reads a table by docs/FORMAT.md alone, with NumPy, and compares it with what the colq program says of it.

Run as `python3 numpy_reads.py COLQ TABLE.colq`. Every value file is opened by `np.load(..., mmap_mode="r")`.
"""

import base64
import json
import pathlib
import subprocess
import sys

import numpy as np

ZONE = 65_536
colq, table = sys.argv[1], pathlib.Path(sys.argv[2])
folder = table / "columns"
newest = max((table / "versions").glob("*.json"), key=lambda path: int(path.stem))
body = json.loads(newest.read_text())["body"]
rows = body["row_count"]


def load(entry, length):
    values = np.load(folder / entry["file"], mmap_mode="r")
    assert isinstance(values, np.memmap) and len(values) >= length, entry
    return values[:length]


def valid_rows(column):
    """True for each row that holds a value: full zones from the file, the tail from the version file."""
    full = rows // ZONE
    valid = np.ones(rows, bool)
    if column["validity"]:
        first = column["validity"]["first_zone"]
        data = np.fromfile(folder / column["validity"]["file"], "u1", column["validity"]["byte_len"])
        bits = np.unpackbits(data, bitorder="little").astype(bool)
        valid[first * ZONE : full * ZONE] = bits
    if column["tail"]["validity"]:
        data = np.frombuffer(base64.b64decode(column["tail"]["validity"]), "u1")
        valid[full * ZONE :] = np.unpackbits(data, bitorder="little")[: rows - full * ZONE].astype(bool)
    return valid


def texts(dictionary):
    count = dictionary["value_count"]
    offsets = load(dictionary["offsets"], count + 1)
    text = load(dictionary["bytes"], int(offsets[-1])).tobytes()
    return [text[offsets[i] : offsets[i + 1]].decode() for i in range(count)]


def shown(value, kind):
    if kind.startswith("dictionary"):
        return value
    if kind == "date":
        return str(np.datetime64(int(value), "D"))
    if kind.startswith("timestamp"):
        unit = kind[len("timestamp(") : -1]
        return str(np.datetime64(int(value), unit).astype(f"datetime64[{unit}]"))
    return bool(value) if kind == "bool" else value.item()


def same(found, expected):
    if isinstance(expected, str) and expected.endswith("Z"):
        return np.datetime64(found) == np.datetime64(expected[:-1])
    return found == expected


for column in body["columns"]:
    name, kind = column["name"], column["type"]
    values = load(column["values"], rows)[valid_rows(column)]
    if column["dictionary"]:
        values = np.array(texts(column["dictionary"]), object)[values]
    quoted = '"' + name.replace('"', '""') + '"'
    sql = f"SELECT count({quoted}) AS n, min({quoted}) AS low, max({quoted}) AS high FROM '{table}'"
    answer = json.loads(subprocess.check_output([colq, "query", sql, "-o", "jsonl"]))
    assert answer["n"] == len(values), (name, answer, len(values))
    if len(values):
        low, high = shown(min(values), kind), shown(max(values), kind)
        assert same(low, answer["low"]) and same(high, answer["high"]), (name, low, high, answer)
    print(f"{name}: {kind}, {len(values)} values, {answer['low']} to {answer['high']}")
print(f"RAN: {len(body['columns'])} columns of {rows} rows read in NumPy {np.__version__}")
