"""The tables that queries ask: made from fixed seeds, a million rows at a time."""

from tables import numbers

ALL = {table.NAME: table for table in (numbers,)}
