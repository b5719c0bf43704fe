"""Opens every value file of a table in plain NumPy and compares row counts with the version file.

Run as `python3 numpy_reads.py TABLE.colq`; needs NumPy and nothing of colq.
"""

import json
import pathlib
import sys

import numpy as np

table = pathlib.Path(sys.argv[1])
newest = max((table / "versions").glob("*.json"))
body = json.loads(newest.read_text())["body"]
rows = body["row_count"]
for column in body["columns"]:
    values = np.load(table / "columns" / column["values"]["file"], mmap_mode="r")
    assert values.shape == (rows,), (column["name"], values.shape, rows)
    assert isinstance(values, np.memmap)
    print(f"{column['name']}: {values.dtype} {values.shape[0]} rows")
print(f"RAN: {len(body['columns'])} columns opened in NumPy {np.__version__}")
