"""DataFusion over record batches that lie in a mapped Arrow IPC file."""

from collections.abc import Iterator

import datafusion
import pyarrow as pa

# Rows of a batch: what DataFusion itself works with.
BATCH_ROWS = 8192


class Engine:
    """One context whose table is slices of the mapped file, without a copy, shared out among the threads."""

    def __init__(self, job: dict) -> None:
        config = datafusion.SessionConfig().with_target_partitions(job["threads"]).with_batch_size(BATCH_ROWS)
        runtime = datafusion.RuntimeEnvBuilder()
        if job["memory_limit"]:
            runtime = runtime.with_fair_spill_pool(job["memory_limit"]).with_temp_file_path(job["scratch"])
        self.context = datafusion.SessionContext(config, runtime)
        file = pa.ipc.open_file(pa.memory_map(job["arrow"]))
        batches = (file.get_batch(i) for i in range(file.num_record_batches))
        slices = [b.slice(at, BATCH_ROWS) for b in batches for at in range(0, b.num_rows, BATCH_ROWS)]
        share = -(-len(slices) // job["threads"])
        parts = [slices[at : at + share] for at in range(0, len(slices), share)]
        self.context.register_record_batches(job["table"], parts)

    def ways(self, query) -> tuple[str, ...]:
        """There is one."""
        return ("",)

    def run(self, query, way: str) -> Iterator[pa.RecordBatch]:
        """The answer's rows."""
        for batch in self.context.sql(query.of("datafusion")).execute_stream():
            yield batch.to_pyarrow()
