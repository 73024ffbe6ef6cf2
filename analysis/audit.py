"""The figure of the audit: how loose each theoretical line is, and whether it keeps its word. One mark for each cell of the sweep.

    (a) upper bounds: value / measured over the trials          (b) how often they were exceeded, beside what they state
    (c) lines about means: mean value / mean measured
    (d) predictions: the same, near 1
"""
from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import Any, Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import names
from analysis.block import Row, is_number
from analysis.figure import DPI, STYLE
from analysis.load import ResultsError
from analysis.panel import COLOURS, NEUTRAL

COLOUR = {"upper": COLOURS[0], "upper_mean": COLOURS[2], "prediction": COLOURS[1], "lower_mean": COLOURS[3]}
WORDS = {"upper": "upper bound", "upper_mean": "upper bound of the mean", "lower_mean": "lower limit of the mean", "prediction": "prediction"}
REFUTED = "#C00000"
ACCURACY = 0.05          # that a prediction is judged by
ROW = 0.34               # inches for a line; its cells share them
LEFT, WIDTH, GAP, RIGHT = 1.75, 3.6, 0.45, 0.25
TOP, AXIS, BETWEEN = 0.75, 0.5, 0.4


class Lines:
    """The lines of one kind or several, one below the other, each with its cells."""

    def __init__(self, rows: Sequence[Row], kinds: Sequence[str]) -> None:
        self.cells: dict[str, list[Row]] = {}
        for row in rows:
            if row["cell_id"] is not None and row["kind"] in kinds:
                self.cells.setdefault(row["bound"], []).append(row)

    def __len__(self) -> int:
        return len(self.cells)

    def places(self) -> list[tuple[float, Row]]:
        """Every cell at its height: line k is about k, its cells spread over two thirds of the row."""
        found = []
        for k, cells in enumerate(self.cells.values()):
            step = 0.66 / max(len(cells), 4)
            found += [(k + (i - (len(cells) - 1) / 2) * step, row) for i, row in enumerate(cells)]
        return found

    def frame(self, axes: Axes, labels: bool) -> None:
        axes.set_ylim(len(self) - 0.5, -0.5)
        axes.set_yticks(range(len(self)), list(self.cells) if labels else [""] * len(self))
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        for k in range(1, len(self)):
            axes.axhline(k - 0.5, color="#dddddd", linewidth=0.6, zorder=0)


def colour(row: Row) -> str:
    return REFUTED if row["consistent"] is False else COLOUR[row["kind"]]


def looseness(axes: Axes, lines: Lines) -> None:
    axes.set_xscale("log")
    for y, row in lines.places():
        if is_number(row["looseness_median"]):
            axes.plot([row["looseness_q05"], row["looseness_q95"]], [y, y], color=colour(row), linewidth=1.3, solid_capstyle="butt")
            axes.plot([row["looseness_median"]], [y], "o", color=colour(row), markersize=3)
            axes.plot([row["looseness_least"]], [y], "|", color=colour(row), markersize=5)
    axes.axvline(1, color="black", linewidth=0.9)
    axes.set_xlabel("value / measured: median, 5 to 95 %, and least (|)")


def rates(axes: Axes, lines: Lines) -> None:
    for y, row in lines.places():
        axes.plot([row["rate_low"], row["rate_high"]], [y, y], color=colour(row), linewidth=1.3, solid_capstyle="butt")
        axes.plot([row["rate"]], [y], "o", color=colour(row), markersize=3, clip_on=False)
    for k, cells in enumerate(lines.cells.values()):
        axes.plot([cells[0]["eta"]] * 2, [k - 0.42, k + 0.42], color="black", linewidth=1.6, solid_capstyle="butt", clip_on=False, zorder=4)
    largest = max(max(row["eta"], row["rate_high"]) for _, row in lines.places())
    axes.set_xlim(0, 1.06 * largest)
    axes.set_xlabel("share of the trials that exceed it, exact 95 % interval")


def ratios(axes: Axes, lines: Lines) -> None:
    axes.set_xscale("log")
    if any(row["kind"] == "prediction" for _, row in lines.places()):
        axes.axvspan(1 / (1 + ACCURACY), 1 + ACCURACY, color="#eeeeee", linewidth=0, zorder=0)
    for y, row in lines.places():
        if is_number(row["ratio_low"]) and row["ratio_low"] > 0:
            axes.plot([row["ratio_low"], row["ratio_high"]], [y, y], color=colour(row), linewidth=1.3, solid_capstyle="butt")
        axes.plot([row["ratio"]], [y], "o", color=colour(row), markersize=3)
    axes.axvline(1, color="black", linewidth=0.9)
    axes.set_xlabel("mean value / mean measured, 95 % interval over the trials")
    # Powers of ten alone would be too few to read a value from.
    low, high = axes.get_xlim()
    if high < 100 * low:
        steps = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 4, 5, 7) if high > 1.3 * low else [k / 50 for k in range(40, 61)] + [2, 5]
        axes.xaxis.set_major_locator(FixedLocator([k * 10.0 ** power for power in range(-4, 5) for k in steps if low <= k * 10.0 ** power <= high]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
        axes.xaxis.set_minor_locator(NullLocator())


class Sheet:
    def __init__(self, data: Mapping[str, Any], title: str | None) -> None:
        self.data, self.title = data, title
        self.upper = Lines(data["audit"], ("upper",))
        self.others = {title: lines for title, lines in (("means", Lines(data["audit"], ("upper_mean", "lower_mean"))),
                                                         ("predictions", Lines(data["audit"], ("prediction",)))) if lines}
        if not self.upper and not self.others:
            raise ResultsError("audit is empty: no theoretical line applies to any cell")
        self.figure = Figure()
        self.renderer = FigureCanvasAgg(self.figure).get_renderer()

    def draw(self) -> Figure:
        notes = textwrap.wrap(self._note(), 125)
        parts = [(lines, ROW * len(lines)) for lines in (self.upper, *self.others.values()) if lines]
        total = LEFT + 2 * WIDTH + GAP + RIGHT
        legend = self._legend(total - LEFT)
        height = TOP + sum(part + AXIS for _, part in parts) + BETWEEN * (len(parts) - 1) + 0.17 + self._extent(legend)[1] + 0.155 * len(notes)
        self.figure.set_size_inches(total, height)
        top = height - TOP

        def place(left: float, width: float, part: float) -> Axes:
            return self.figure.add_axes((left / total, (top - part) / height, width / total, part / height), label=str(len(self.figure.axes)))

        if self.upper:
            part = ROW * len(self.upper)
            left, right = place(LEFT, WIDTH, part), place(LEFT + WIDTH + GAP, WIDTH, part)
            looseness(left, self.upper)
            rates(right, self.upper)
            left.set_title("(a) upper bounds: how loose", loc="left")
            right.set_title("(b) upper bounds: how often exceeded", loc="left")
            self.upper.frame(left, True)
            self.upper.frame(right, False)
            top -= part + AXIS + BETWEEN
        for letter, (name, lines) in zip("cd", self.others.items()):
            axes = place(LEFT, 2 * WIDTH + GAP, ROW * len(lines))
            ratios(axes, lines)
            axes.set_title(f"({letter}) {name}", loc="left")
            lines.frame(axes, True)
            top -= ROW * len(lines) + AXIS + BETWEEN
        self._below(notes, legend, total, height)
        return self.figure

    def _extent(self, legend: Legend) -> tuple[float, float]:
        box = legend.get_window_extent(self.renderer)
        return box.width / self.figure.dpi, box.height / self.figure.dpi

    def _legend(self, available: float) -> Legend:
        """With as many columns as fit."""
        handles = [Line2D([], [], color=COLOUR[kind], marker="o", markersize=3, label=words) for kind, words in WORDS.items()
                   if any(row["kind"] == kind for row in self.data["audit"])]
        if self.upper:
            handles.append(Line2D([], [], color="black", linewidth=1.6, label="stated probability to fail"))
        if any(row["consistent"] is False for row in self.data["audit"]):
            handles.append(Line2D([], [], color=REFUTED, marker="o", markersize=3, label="refuted"))
        for columns in range(len(handles), 0, -1):
            legend = self.figure.legend(handles=handles, loc="lower left", ncol=columns, borderaxespad=0, borderpad=0.2, columnspacing=1.4)
            if columns == 1 or self._extent(legend)[0] <= available:
                break
            legend.remove()
        return legend

    def _below(self, notes: Sequence[str], legend: Legend, total: float, height: float) -> None:
        if self.title:
            self.figure.text(LEFT / total, 1 - 0.13 / height, self.title, fontsize=11.5, va="top")
        legend.set_bbox_to_anchor(((LEFT - 0.1) / total, (0.12 + 0.155 * len(notes)) / height), transform=self.figure.transFigure)
        for number, note in enumerate(reversed(notes)):
            self.figure.text(LEFT / total, (0.08 + 0.155 * number) / height, note, fontsize=7.5, color=NEUTRAL)

    def _note(self) -> str:
        cells = [row for row in self.data["audit"] if row["cell_id"] is not None]
        trials = sorted({row["trials"] for row in cells})
        number = names.value(trials[0]) if len(trials) == 1 else f"{trials[0]} to {trials[-1]}"
        band = f" Grey: {100 * ACCURACY:.0f} % around 1, by which predictions are judged." if any(row["kind"] == "prediction" for row in cells) else ""
        return (f"Each mark is one cell of {number} trials; cells share X and W and are no independent tests. A trial in which a bound does not "
                f"apply (some decisions clipped) counts as one that does not exceed it.{band}")


def write(data: Mapping[str, Any], title: str | None, prefix: Path) -> list[Path]:
    """PREFIX.png and PREFIX.svg; the same bytes for the same results."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Sheet(data, title).draw()
        paths = [prefix.with_name(prefix.name + ending) for ending in (".png", ".svg")]
        figure.savefig(paths[0], dpi=DPI, metadata={"Software": None})
        figure.savefig(paths[1], metadata={"Date": None})
    return paths
