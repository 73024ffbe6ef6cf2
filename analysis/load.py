"""Reads a results.json: `read` gives the plain object, `load` gives its tables as pandas DataFrames."""
from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "pathquant-results/1"
TABLES = ("records", "bounds", "summary", "rates", "exponents", "comparisons", "leaderboard", "audit")


class ResultsError(ValueError):
    """The file, or what it asks to be drawn, is not usable; the text says why."""


class Results(NamedTuple):
    """The flat tables of one sweep; `context` is the dictionary of its circumstances (config, seed, version ...)."""

    context: dict[str, Any]
    records: pd.DataFrame
    bounds: pd.DataFrame
    summary: pd.DataFrame
    rates: pd.DataFrame
    exponents: pd.DataFrame
    comparisons: pd.DataFrame
    leaderboard: pd.DataFrame
    audit: pd.DataFrame


def read(path: str | Path) -> dict[str, Any]:
    """The object in the file, its schema checked and every table present."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as problem:
        raise ResultsError(f"{path}: {problem.strerror}") from problem
    except ValueError as problem:
        raise ResultsError(f"{path}: not JSON: {problem}") from problem
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise ResultsError(f"{path}: schema is {schema!r}, expected {SCHEMA!r}")
    for table in TABLES:
        if not isinstance(data.setdefault(table, []), list):
            raise ResultsError(f"{path}: {table} is not a list")
    if not isinstance(data.setdefault("context", {}), dict):
        raise ResultsError(f"{path}: context is not an object")
    return data


def load(path: str | Path) -> Results:
    # Here and not above: drawing needs `read` only, and pandas takes longer to import than a figure takes to draw.
    import pandas as pd

    data = read(path)
    return Results(data["context"], *(pd.DataFrame(data[table]) for table in TABLES))
