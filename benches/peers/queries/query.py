"""What a query is: one text that all engines read, and other words for an engine that needs them."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Query:
    """One question.

    `sql` is for every engine that has no words of its own in `words`. There an engine has a text or, for Polars, a
    function from the lazy frame of the table to the lazy frame of the answer. `cannot` says why an engine is left out.
    """

    name: str
    table: str
    sql: str
    words: dict[str, str | Callable] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)
    # The order of the answer's rows is a part of the answer.
    ordered: bool = False
    # The answer is as long as the table: its rows are taken in batches, and a sample of them is compared.
    long: bool = False
    # The columns of the answer that are compared, by position; all when empty. Of rows with equal keys each engine may
    # choose others.
    compared: tuple[int, ...] = ()
    # Only the number of the answer's rows is compared: each engine may choose its own.
    counted: bool = False
    # Bytes that an engine may own, where the query is run under a limit.
    memory_limit: int = 0

    def of(self, engine: str) -> str | Callable:
        """The words for this engine."""
        return self.words.get(engine, self.sql)
