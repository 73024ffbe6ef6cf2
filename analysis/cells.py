"""From the flat tables to cells: what was measured in each, and what each theoretical line says there, in the unit of the figure."""
from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Sequence

import numpy as np

from analysis.block import Block, Row, is_number
from analysis.columns import Columns

MEAN_KINDS = ("upper_mean", "prediction", "lower_mean")
KINDS = ("upper", *MEAN_KINDS)


@dataclass
class Cell:
    """One cell and layer of the results, with its trials that went well."""

    row: Row                                                 # its parameters, and what was measured at its mean
    x: float | str
    y: dict[int, float] = field(default_factory=dict)        # by trial; squared where the figure shows a root
    signal: dict[int, float] = field(default_factory=dict)   # ||XW||_F^2 by trial
    clipped: list[float] = field(default_factory=list)


def target(block: Block) -> str:
    """The quantity that is averaged. relative_error is drawn as the root of the mean of its square, so that the mean lines, which
    speak about squares, keep their meaning: the root of a lower limit of a mean is no lower limit of the mean of the roots."""
    return "relative_squared_error" if block.y == "relative_error" else block.y


def layer_rows(records: Sequence[Row], block: Block) -> list[Row]:
    """A network has a row for each layer and one (-1) for the whole: a figure that does not speak of layers shows the whole."""
    records = [_flat(row) for row in records]
    if "layer" in block.columns():
        return [row for row in records if block.x != "layer" or row.get("layer") != -1]
    whole = [row for row in records if row.get("layer") == -1 and row.get(block.y) is not None]
    return whole or records


def _flat(row: Row) -> Row:
    """A parameter that is a list (the levels of an alphabet, say) is told apart from others by its text."""
    return {column: str(entry) if isinstance(entry, (list, dict)) else entry for column, entry in row.items()}


def cells(rows: Sequence[Row], means: Mapping[tuple[Any, Any], Row], block: Block) -> tuple[dict[tuple[Any, Any], Cell], Counter[str]]:
    """The cells by (cell_id, layer) in the order of the records, and how many rows were left out for what reason. `means`: the row that
    stands for each cell."""
    left_out: Counter[str] = Counter()
    found: dict[tuple[Any, Any], Cell] = {}
    for row in rows:
        key = row.get("cell_id"), row.get("layer")
        if row.get("status", "ok") != "ok":
            left_out[row["status"]] += 1
        elif not is_number(row.get(block.y)):
            left_out[f"without {block.y}"] += 1
        elif means[key].get(block.x) is None:
            left_out[f"without {block.x}"] += 1
        else:
            x = means[key][block.x]
            _add(found.setdefault(key, Cell(means[key], x if is_number(x) else str(x))), row, block)
    return found, left_out


def _add(cell: Cell, row: Row, block: Block) -> None:
    trial = row.get("trial") or 0
    cell.y[trial] = row[block.y] ** 2 if target(block) != block.y else row[block.y]
    if is_number(row.get("signal_energy")):
        cell.signal[trial] = row["signal_energy"]
    cell.clipped.append(row.get("clipped") or 0)


def _mean(values: Iterable[float]) -> float | None:
    collected = list(values)
    return float(np.mean(collected)) if collected else None


def line_value(rows: Sequence[Row], cell: Cell, wanted: str) -> float | None:
    """What one line says about one cell, in the unit of `wanted`; None where it is not to be drawn.

    A line that does not apply to some trial is not drawn in that cell at all: the point beside it is the mean over all trials.
    """
    if not all(row["applies"] for row in rows):
        return None
    told = [row for row in rows if row["value"] is not None and (row["trial"] is None or row["trial"] in cell.y)]
    if not told:
        return None
    metric, kind = told[0]["metric"], told[0]["kind"]
    if metric == wanted:
        return _mean(row["value"] for row in told)
    if (metric, wanted) == ("error_energy", "relative_squared_error"):
        return _relative(told, cell, kind)
    if (metric, wanted) == ("relative_squared_error", "error_energy"):
        return _mean(row["value"] * cell.signal[row["trial"]] for row in told if row["trial"] in cell.signal)
    return None


def _relative(told: Sequence[Row], cell: Cell, kind: str) -> float | None:
    """A mean over X or W is divided by the mean energy and never by each trial's own; a bound of single trials by theirs."""
    if kind in MEAN_KINDS:
        energy = _mean(cell.signal.values())
        return _mean(row["value"] for row in told) / energy if energy else None
    return _mean(row["value"] / energy for row in told for trial, energy in cell.signal.items()
                 if row["trial"] in (None, trial) and energy > 0)


def lines_by_cell(bounds: Sequence[Row], block: Block) -> dict[tuple[Any, Any], dict[tuple[str, str], list[Row]]]:
    """(cell_id, layer) -> (line, kind) -> its rows."""
    found: dict[tuple[Any, Any], dict[tuple[str, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in bounds:
        if block.lines is None or row["bound"] in block.lines:
            found[row["cell_id"], row.get("layer")][row["bound"], row["kind"]].append(row)
    return found


def differing(rows: Sequence[Row], columns: Columns) -> list[str]:
    """Parameters in which the rows differ, in the rows' order of columns."""
    first = rows[0]
    return [name for name in first if columns.is_parameter(name) and any(row.get(name) != first[name] for row in rows)]
