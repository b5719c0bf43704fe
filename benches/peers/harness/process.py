"""Runs a program up to a time and a memory limit, and says what became of it."""

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# Seconds between two looks at a process.
LOOK = 0.02


@dataclass
class Ended:
    """How a process ended."""

    seconds: float
    code: int
    # The most bytes that it owned; pages of mapped files do not count.
    owned: int
    # Why it was stopped, or what it said on its way out; empty when it went well.
    reason: str
    out: str
    err: str


def owned_bytes(pid: int) -> int:
    """Bytes that a process owns now."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def run(command: list[str], seconds: float, memory: int, env: dict | None = None, cwd: Path | None = None) -> Ended:
    """Runs a command. The time is from its start to its end, by the clock on the wall."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=env, cwd=cwd)
        owned, reason = 0, ""
        while True:
            try:
                process.wait(LOOK)
                break
            except subprocess.TimeoutExpired:
                pass
            owned = max(owned, owned_bytes(process.pid))
            if owned > memory:
                reason = f"more than {memory / 1e9:.0f} GB of memory"
            elif time.perf_counter() - start > seconds:
                reason = f"more than {seconds:.0f} s"
            if reason:
                process.kill()
                process.wait()
                break
        took = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        # An answer is small, and a long one goes to a file.
        said, talk = out.read(1 << 20).decode(errors="replace"), err.read(1 << 20).decode(errors="replace")
        if process.returncode != 0 and not reason:
            reason = (talk.strip().splitlines() or [f"exit code {process.returncode}"])[-1][:200]
        return Ended(took, process.returncode, owned, reason, said, talk)
