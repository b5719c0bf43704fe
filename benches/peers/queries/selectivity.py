"""A sum and a count where 0 to 100 % of the rows pass, over random, clustered, sorted and null-rich columns.

0 % is an equality with a value that is not there but lies between the values that are, and 100 % its contrary: no
summary of a zone answers them.
"""

from queries.query import Query
from tables.spans import SPAN

SHARES = (0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 1.0)


def condition(column: str, share: float) -> str:
    """A condition that lets this share of the rows pass."""
    if share == 0:
        return f"{column} = {SPAN // 2 + 1}"
    if share == 1:
        return f"{column} <> {SPAN // 2 + 1}"
    return f"{column} < {int(SPAN * share)}"


def filtered(column: str, value: str, share: float) -> Query:
    """One query of the set."""
    sql = f"SELECT count(*), sum({value}) FROM spans WHERE {condition(column, share)}"
    return Query(f"{column}, sum of {value}, {share:.1%}", "spans", sql)


QUERIES = tuple(
    filtered(column, value, share)
    for column, value in (
        ("random", "value"),
        ("clustered", "value"),
        ("sorted", "value"),
        ("real", "value"),
        ("nullable", "value"),
        ("random", "holes"),
        ("nullable", "holes"),
    )
    for share in SHARES
)
