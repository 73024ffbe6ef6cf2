"""What the columns of the records are: `context.columns`, as the experiment that wrote the file declares them."""
from __future__ import annotations

from collections import defaultdict
from typing import Any, Mapping, NamedTuple, Sequence

import numpy as np

from analysis.block import Row, is_number
from analysis.load import ResultsError

BOOKKEEPING = ("cell_id", "trial", "layer", "status", "error")   # of every record; all others are declared


class Column(NamedTuple):
    name: str
    kind: str            # parameter, measured, error, cost or word
    unit: str = ""
    label: str = ""      # of an axis, without the unit
    meaning: str = ""


class Columns:
    def __init__(self, declared: Sequence[Column]) -> None:
        self._by_name = {column.name: column for column in declared}

    def __getitem__(self, name: str) -> Column:
        """A column of the bookkeeping is called what it is."""
        return self._by_name.get(name) or Column(name, "word")

    def is_parameter(self, name: str) -> bool:
        return self[name].kind == "parameter"

    def is_measured(self, name: str) -> bool:
        """Whether it has a mean over the trials of a cell."""
        return self[name].kind in ("measured", "error", "cost")


def declared(data: Mapping[str, Any]) -> Columns:
    """The columns of `data`. ResultsError where they are not declared, or one of the records is not."""
    rows = data["context"].get("columns")
    if rows is None:
        raise ResultsError("context.columns is missing: an older version wrote this file; `runsweep CONFIG --collect` writes it anew "
                           "from the stored tasks")
    columns = Columns([Column(**{key: row.get(key, "") for key in Column._fields}) for row in rows])
    known = {*BOOKKEEPING, *(row["name"] for row in rows)}
    unknown = sorted({name for row in data["records"] for name in row} - known)
    if unknown:
        raise ResultsError(f"context.columns does not declare {', '.join(unknown)}, which the records have")
    return columns


def mean(values: Sequence[float]) -> float:
    """What is the same in all trials keeps its value, and its type."""
    return values[0] if all(value == values[0] for value in values) else float(np.mean(values))


def averaged(records: Sequence[Row], columns: Columns) -> dict[tuple[Any, Any], Row]:
    """(cell_id, layer) -> one row: the parameters, and every measured column at its mean over the trials that went well."""
    grouped: dict[tuple[Any, Any], list[Row]] = defaultdict(list)
    for row in records:
        if row.get("status", "ok") == "ok":
            grouped[row.get("cell_id"), row.get("layer")].append(row)
    return {key: _averaged(rows, columns) for key, rows in grouped.items()}


def _averaged(rows: Sequence[Row], columns: Columns) -> Row:
    whole = dict(rows[0])
    for name in whole:
        if columns.is_measured(name):
            numbers = [row[name] for row in rows if is_number(row.get(name))]
            whole[name] = mean(numbers) if numbers else None
    return whole
