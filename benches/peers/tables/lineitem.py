"""TPC-H's lineitem, the columns of questions 1 and 6, as `tpchgen-cli` makes it; decimals are decimals."""

import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

COLUMNS = {
    "l_quantity": pa.decimal128(15, 2),
    "l_extendedprice": pa.decimal128(15, 2),
    "l_discount": pa.decimal128(15, 2),
    "l_tax": pa.decimal128(15, 2),
    "l_returnflag": pa.string(),
    "l_linestatus": pa.string(),
    "l_shipdate": pa.date32(),
}

# Rows of scale factor 1, for bounds; the true number is told by the file.
ROWS = 6_001_215


class Lineitem:
    """The table at one scale factor, which is smaller where few rows are asked for."""

    SCHEMA = pa.schema(list(COLUMNS.items()))

    def __init__(self, factor: int) -> None:
        self.factor = factor
        self.NAME = f"lineitem{factor}"
        # A large one is for a large run, and for a disk that holds its three forms and the file they come from.
        self.least_rows = 100_000_000 if factor > 1 else 0
        self.free_bytes = 12_000_000_000 if factor > 1 else 0

    def scale(self, rows: int) -> float:
        """The scale factor: ten million rows of other tables go with the whole of it."""
        return max(min(1.0, rows / 10_000_000), 0.001) * self.factor

    def rows(self, rows: int) -> int:
        """About how many rows there are."""
        return int(ROWS * self.scale(rows))

    def batches(self, rows: int, folder: Path):
        """The rows, from a Parquet file that is removed behind them."""
        made = folder / self.NAME
        # `rows` is what `rows` above gave.
        scale = rows / ROWS
        generator = Path(sys.executable).parent / "tpchgen-cli"
        command = [str(generator), "parquet", "-s", f"{scale:.6g}", "--tables=lineitem", f"--output-dir={made}"]
        try:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            file = parquet.ParquetFile(made / "lineitem.parquet")
            for batch in file.iter_batches(batch_size=1 << 20, columns=list(COLUMNS)):
                table = pa.Table.from_batches([batch]).cast(self.SCHEMA)
                yield from table.combine_chunks().to_batches()
        finally:
            shutil.rmtree(made, ignore_errors=True)


SMALL = Lineitem(1)
LARGE = Lineitem(10)
