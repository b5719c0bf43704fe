"""Runs a program up to a time and a memory limit, and says what became of it."""

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# Seconds between two looks at a process.
LOOK = 0.02


@dataclass
class Ended:
    """How a process ended."""

    seconds: float
    # The processor time of all its threads.
    cpu: float
    # The most bytes that it owned; pages of mapped files do not count.
    owned: int
    # Why it was stopped, or what it said on its way out; empty when it went well.
    reason: str
    out: str
    err: str


class Watch(threading.Thread):
    """Looks at a process from time to time, and stops it where it goes beyond a limit."""

    def __init__(self, process: subprocess.Popen, seconds: float, memory: int) -> None:
        super().__init__(daemon=True)
        self.process, self.seconds, self.memory = process, seconds, memory
        self.ended = threading.Event()
        self.owned, self.reason = 0, ""

    def run(self) -> None:
        """Until the process has ended."""
        start = time.perf_counter()
        while not self.ended.wait(LOOK):
            self.owned = max(self.owned, owned_bytes(self.process.pid))
            if self.owned > self.memory:
                self.reason = f"more than {self.memory / 1e9:.0f} GB of memory"
            elif time.perf_counter() - start > self.seconds:
                self.reason = f"more than {self.seconds:.0f} s"
            if self.reason:
                self.process.kill()
                return


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
    """Runs a command. The time is from its start to its end, by the clock on the wall.

    It is waited for without looking away, so that a run of some milliseconds is measured as it is.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=env, cwd=cwd)
        watch = Watch(process, seconds, memory)
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.ended.set()
        watch.join()
        out.seek(0)
        err.seek(0)
        # An answer is small, and a long one goes to a file.
        said, talk = out.read(1 << 20).decode(errors="replace"), err.read(1 << 20).decode(errors="replace")
        reason = watch.reason
        if process.returncode != 0 and not reason:
            reason = (talk.strip().splitlines() or [f"exit code {process.returncode}"])[-1][:200]
        return Ended(took, used.ru_utime + used.ru_stime, watch.owned, reason, said, talk)
