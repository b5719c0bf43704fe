"""The process in which one peer answers all queries once, to see that it agrees: `python -m engines.checker JOB`."""

import importlib
import json
import sys
from pathlib import Path

from engines import open_engine
from engines.worker import Answer


def main() -> None:
    """Writes each answer to a file of its own, and says what went wrong."""
    job = json.loads(Path(sys.argv[1]).read_text())
    open_engines: dict[str, object] = {}
    wrong = {}
    for group in job["sets"]:
        for place, query in enumerate(importlib.import_module(f"queries.{group}").QUERIES):
            if query.table not in job["tables"] or job["engine"] in query.cannot:
                continue
            try:
                if query.table not in open_engines:
                    table = {**job, **job["tables"][query.table], "table": query.table, "memory_limit": 0}
                    open_engines[query.table] = open_engine(job["engine"], table)
                engine = open_engines[query.table]
                batches = list(engine.run(query, engine.ways(query)[0]))
                answer = Answer(sum(batch.num_rows for batch in batches) if query.long else 0)
                for batch in batches:
                    answer.see(batch)
                answer.write(str(Path(job["scratch"]) / f"{group}-{place}.{job['engine']}.arrow"))
            except Exception as error:
                wrong[f"{group}-{place}"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    Path(job["report"]).write_text(json.dumps(wrong))


if __name__ == "__main__":
    main()
