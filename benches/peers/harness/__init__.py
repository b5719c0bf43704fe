"""The benchmark's own machinery: environment, processes, agreement, bandwidth and the report."""
