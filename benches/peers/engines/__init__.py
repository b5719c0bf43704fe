"""The engines that are measured, each in a process of its own. None of them knows of another."""

import importlib

PEERS = ("duckdb", "polars", "datafusion")


def open_engine(name: str, job: dict):
    """The engine of this name over the job's table."""
    module = {"duckdb": "duck", "polars": "bear", "datafusion": "fusion"}[name]
    return importlib.import_module(f"engines.{module}").Engine(job)
