"""The sets of queries, one a file: QUERIES, or a function `measure` where something else is measured."""
