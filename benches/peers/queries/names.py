"""The names of the sets."""

# Those that are measured when nothing is said.
NAMES = ("speed",)

# Those that are measured only when they are asked for.
ASKED = ()
