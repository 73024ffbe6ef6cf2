"""The figure of how much it takes: the least value of one column with which the mean error reaches a target, over another column.

    plot: {kind: needed, of: levels, target: 0.01, y: relative_squared_error, x: width, series: quantizer_name}
"""
from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any, Mapping, Sequence

import matplotlib
import matplotlib.ticker
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis import names
from analysis.block import SCALES, Row, is_number, suggestion
from analysis.columns import Columns, averaged, declared
from analysis.figure import DPI, STYLE
from analysis.load import ResultsError
from analysis.panel import COLOURS, NEUTRAL, marker

KEYS = ("kind", "of", "target", "y", "x", "series", "scale", "title")


def check(raw: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    for key in raw:
        if key not in KEYS:
            raise ResultsError(f"plot.{key}: a plot of kind needed has no such key{suggestion(key, KEYS)}; known: {', '.join(KEYS)}")
    if not is_number(raw.get("target")) or raw["target"] <= 0:
        raise ResultsError(f"plot.target must be the error that is to be reached, a number above 0, not {raw.get('target')!r}")
    known = {column for row in data["records"] for column in row}
    block = {"series": "quantizer_name", "scale": "loglog", **raw}
    for key in ("of", "y", "x", "series"):
        if block.get(key) not in known:
            raise ResultsError(f"plot.{key}: the records have no column {block.get(key)!r}{suggestion(str(block.get(key)), known)}")
    if block["scale"] not in SCALES:
        raise ResultsError(f"plot.scale must be one of {', '.join(SCALES)}, not {block['scale']!r}")
    return block


def needed(block: Mapping[str, Any], cells_of: Sequence[Row]) -> dict[str, dict[float, float | None]]:
    """series -> x -> the least `of` whose cell's mean error is at most the target; None where no cell's is. `cells_of`: one row a cell."""
    cells: dict[tuple[str, float], dict[float, list[float]]] = {}
    for row in cells_of:
        if all(is_number(row[block[key]]) for key in ("of", "y", "x")):
            cells.setdefault((str(row[block["series"]]), row[block["x"]]), {}).setdefault(row[block["of"]], []).append(row[block["y"]])
    found: dict[str, dict[float, float | None]] = {}
    for (series, x), errors in sorted(cells.items()):
        enough = [of for of, values in errors.items() if statistics.fmean(values) <= block["target"]]
        found.setdefault(series, {})[x] = min(enough, default=None)
    return found


def draw(block: Mapping[str, Any], columns: Columns, rows: Sequence[Row], title: str | None) -> Figure:
    figure = Figure(figsize=(5.6, 3.9))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.11, 0.19, 0.62, 0.70))
    axes.set_xscale("log" if block["scale"] in ("loglog", "semilogx") else "linear")
    axes.set_yscale("log" if block["scale"] in ("loglog", "semilogy") else "linear")
    missing = False
    for k, (series, points) in enumerate(needed(block, rows).items()):
        reached = {x: of for x, of in points.items() if of is not None}
        missing = missing or len(reached) < len(points)
        axes.plot(list(reached), list(reached.values()), color=COLOURS[k % len(COLOURS)], marker=marker(k), markersize=4.8, label=series)
    for axis, column in ((axes.xaxis, block["x"]), (axes.yaxis, block["of"])):
        ticks = sorted({row[column] for row in rows if is_number(row.get(column))})
        if len(ticks) <= 14:
            axis.set_major_locator(matplotlib.ticker.FixedLocator(ticks))
            axis.set_minor_locator(matplotlib.ticker.NullLocator())
            axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda tick, _: f"{tick:g}"))
    axes.set_xlabel(names.axis(columns[block["x"]]))
    axes.set_ylabel(f"fewest {names.short(block['of'])} for {names.short(block['y'])} <= {block['target']:g}")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False)
    if title:
        figure.text(0.11, 0.93, title, fontsize=11.5)
    if missing:
        figure.text(0.11, 0.03, "No mark: none of the cells of the sweep reaches it there.", fontsize=7.5, color=NEUTRAL)
    return figure


def write(raw: Mapping[str, Any], data: Mapping[str, Any], title: str | None, prefix: Path) -> list[Path]:
    """PREFIX.png and PREFIX.svg; the same bytes for the same results."""
    block, columns = check(raw, data), declared(data)
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = draw(block, columns, list(averaged(data["records"], columns).values()), title)
        prefix.parent.mkdir(parents=True, exist_ok=True)
        paths = [prefix.with_name(prefix.name + ending) for ending in (".png", ".svg")]
        figure.savefig(paths[0], dpi=DPI, metadata={"Software": None})
        figure.savefig(paths[1], metadata={"Date": None})
    return paths
