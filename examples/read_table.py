"""Prints a table as JSON lines, one a row: a second reader of docs/FORMAT.md, with NumPy and nothing of colq.

Run as `python3 read_table.py TABLE.colq`. It checks no hash: it shows what the bytes mean.
"""

import base64
import datetime
import decimal
import json
import math
import pathlib
import sys

import numpy as np

ZONE = 65_536
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def newest_version(table):
    files = [path for path in (table / "versions").glob("*.json") if not path.name.startswith(".")]
    return json.loads(max(files, key=lambda path: int(path.stem)).read_bytes())["body"]


def read(folder, entry, count):
    """The committed values of a file; its header may lag behind, so it gives the type and no more."""
    path = folder / entry["file"]
    array = np.load(path, mmap_mode="r")
    row_shape = array.shape[1:]
    values = np.memmap(path, array.dtype, "r", 4096, (count, *row_shape)) if count else array[:0]
    return values


def valid_rows(folder, column, rows):
    full = rows - rows % ZONE
    valid = np.ones(rows, bool)
    if column["validity"]:
        first = column["validity"]["first_zone"] * ZONE
        data = np.fromfile(folder / column["validity"]["file"], "u1", (full - first) // 8)
        valid[first:full] = np.unpackbits(data, bitorder="little")
    if column["tail"]["validity"]:
        data = np.frombuffer(base64.b64decode(column["tail"]["validity"]), "u1")
        valid[full:] = np.unpackbits(data, bitorder="little")[: rows - full]
    return valid


def texts(folder, offsets_entry, bytes_entry, count):
    offsets = read(folder, offsets_entry, count + 1)
    text = read(folder, bytes_entry, bytes_entry["byte_len"] - 4096).tobytes()
    return [text[start:end].decode() for start, end in zip(offsets[:-1], offsets[1:])]


def number(value):
    """A float, or a word where JSON has none."""
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def plain(values, kind):
    """Values of a number type as Python's own."""
    if kind == "bf16":
        values = (values.astype("<u4") << 16).view("<f4")
    if kind in ("f16", "bf16", "f32", "f64"):
        return [number(value) for value in values.astype("<f8").tolist()]
    return [bool(value) for value in values] if kind == "bool" else values.tolist()


def instant(value, unit):
    second, fraction = divmod(value, UNITS[unit])
    text = (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=second)).isoformat()
    digits = str(fraction).zfill(len(str(UNITS[unit])) - 1).rstrip("0") if fraction else ""
    return f"{text}.{digits}Z" if digits else f"{text}Z"


def rows_of(folder, column, rows):
    """All rows of a column as JSON has them; None for a null."""
    kind, _, arguments = column["type"].rstrip(")").partition("(")
    if kind == "text":
        values = texts(folder, column["values"], column["text"], rows)
    else:
        values = read(folder, column["values"], rows)
        if kind == "dictionary":
            entry = column["dictionary"]
            words = texts(folder, entry["offsets"], entry["bytes"], entry["value_count"])
            values = [words[code] if words else None for code in values]
        elif kind == "vector":
            values = [plain(row, arguments.split(",")[0]) for row in values]
        elif kind == "decimal":
            scale = int(arguments.split(",")[1])
            values = [format(decimal.Decimal(int(value)).scaleb(-scale), "f") for value in values]
        elif kind == "date":
            epoch = datetime.date(1970, 1, 1)
            values = [(epoch + datetime.timedelta(days=int(value))).isoformat() for value in values]
        elif kind == "timestamp":
            values = [instant(int(value), arguments) for value in values]
        elif kind == "duration":
            values = values.tolist()
        else:
            values = plain(values, kind)
    return [value if valid else None for value, valid in zip(values, valid_rows(folder, column, rows))]


def main(table):
    body = newest_version(table)
    if body["format"] > 1 or body["required"]:
        sys.exit(f"{table} is of a later format")
    columns = [rows_of(table / "columns", column, body["row_count"]) for column in body["columns"]]
    names = [column["name"] for column in body["columns"]]
    for row in zip(*columns):
        print(json.dumps(dict(zip(names, row)), ensure_ascii=False))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main(pathlib.Path(sys.argv[1]))
