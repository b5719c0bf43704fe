"""The speed at which this machine reads memory: two threads over a column that is mapped and already there."""

import mmap
import threading
import time
from pathlib import Path

import numpy as np

# Bytes of the column that are read: far more than any cache holds.
BYTES = 512 << 20
# Bytes that a thread reads at a time, so that an interpreter's lock is not what is measured.
STEP = 4 << 20
ROUNDS = 5


def measure(file: Path, threads: int) -> float:
    """Bytes a second: the best of five rounds, each thread taking the largest of its share of 64-bit words.

    The largest is what numpy finds with vector instructions and without converting; all pages are mapped before.
    """
    with file.open("rb") as column:
        size = min(file.stat().st_size, BYTES) // STEP * STEP
        if size == 0:
            return 0.0
        populate = getattr(mmap, "MAP_POPULATE", 0)
        mapped = mmap.mmap(column.fileno(), size, mmap.MAP_SHARED | populate, mmap.PROT_READ)
    words = np.frombuffer(mapped, np.int64)
    step = STEP // 8

    def read(part: int) -> None:
        for first in range(part * step, len(words), threads * step):
            words[first : first + step].max()

    best = 0.0
    for _ in range(ROUNDS):
        workers = [threading.Thread(target=read, args=(part,)) for part in range(threads)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = max(best, size / (time.perf_counter() - start))
    return best
