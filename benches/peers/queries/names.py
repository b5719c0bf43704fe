"""The names of the sets."""

# Those that are measured when nothing is said.
NAMES = ("speed", "selectivity", "groups", "order", "expressions", "visits", "tpch", "h2o")

# Those that are measured only when they are asked for.
ASKED = ("spill", "growth", "imports")
