"""The tables that queries ask: made from fixed seeds, a million rows at a time.

A table is a module with NAME, SCHEMA and either `batch` (some rows from their own seed) or `batches` (all of them).
With `rows` it says how many rows it has at a scale; else it has as many as were asked for.
"""

from tables import groupby, keys, lineitem, numbers, spans, texts, visits

ALL = {table.NAME: table for table in (numbers, spans, keys, texts, groupby, lineitem.SMALL, lineitem.LARGE, visits)}
