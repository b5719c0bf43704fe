"""The folder of the benchmark and its virtual environment, with the peers at fixed versions."""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent

# The folder for all that is made; git does not see it.
FOLDER = ROOT / "target" / "peers"

PINNED = (
    "duckdb==2.0.0",
    "polars==2.1.0",
    "datafusion==55.0.0",
    "pyarrow==26.0.1",
    "numpy==2.4.6",
    "tpchgen-cli==4.0.0",
)


def enter() -> None:
    """Goes on in the virtual environment, which is made and filled when it is not there."""
    if os.environ.get("COLQ_PEERS_VENV") == "here":
        # Whoever says so has the packages already.
        return
    folder = FOLDER / "venv"
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    python = folder / "bin" / "python"
    done = folder / "installed.txt"
    wanted = "\n".join(PINNED)
    if not done.exists() or done.read_text() != wanted:
        print(f"making {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PINNED], check=True)
        done.write_text(wanted)
    os.execv(str(python), [str(python), *sys.argv])


def colq_program(given: Path | None) -> Path:
    """The program that is measured: the one that was named, or the workspace's, built."""
    if given:
        return given.resolve()
    subprocess.run(["cargo", "build", "--release", "--bin", "colq"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return (ROOT / target / "release" / "colq").resolve()
