"""The numbers of a figure, panel by panel: measured curves with bands and exponents, and theoretical lines. Nothing is drawn here."""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from analysis import names
from analysis.block import Block, Panel, Row, is_number
from analysis.cells import Cell, cells, differing, layer_rows, line_value, lines_by_cell, target
from analysis.columns import Columns, averaged, declared
from analysis.load import ResultsError

BAND = (0.10, 0.90)   # quantiles over the trials
STRAIGHT = 1.2        # a curve has a slope where a power of x meets every point within this factor
FIXED = ("inputs_distribution", "inputs_dataset", "weights_distribution", "samples", "width", "neurons",
         "quantizer_alphabet_levels", "quantizer_alphabet_bits", "quantizer_alphabet_step")


class Dot(NamedTuple):
    """One measured point: the mean over the trials (relative_error: root of the mean square)."""

    x: float | str
    y: float
    low: float
    high: float
    trials: int
    clipped: bool


class Exponent(NamedTuple):
    """A row of the results' exponents."""

    slope: float
    half_width: float | None   # of the 95 % interval; None with a single trial
    trials: int
    reach: str                 # the points that were fitted
    start: float               # the first and the last x of them
    end: float


@dataclass
class Curve:
    series: int      # position among all series of the figure: decides colour and marker
    variant: int     # position among the columns on the vertical axis: decides the stroke
    label: str
    dots: list[Dot]
    exponent: Exponent | None = None


class Rate(NamedTuple):
    """A slope without a constant: from a measured point on, as long as it is to be seen."""

    series: int
    label: str
    start: tuple[float, float]
    end: tuple[float, float]


class Line(NamedTuple):
    series: int | None    # None: the same for several series
    label: str
    kind: str
    points: list[tuple[float | str, float]]   # ascending x; only where the line applies
    grid: tuple[float | str, ...]             # every x of its series, so that a gap is seen to be one
    variant: int = 0                          # position of the column on the vertical axis that it speaks of


@dataclass
class PanelData:
    title: str
    curves: list[Curve] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)
    x: str = ""      # the column on its horizontal axis


@dataclass
class FigureData:
    block: Block
    columns: Columns
    panels: list[PanelData]
    categories: list[Any] | None   # of a horizontal axis without numbers
    left_out: Counter[str]
    mixed: list[str]               # parameters that differ within one point
    fixed: list[str]               # "samples 64", ...: what all points share
    probabilities: list[float]     # of the upper lines drawn
    exceeded: dict[str, tuple[int, int]]   # line -> trials above it, trials judged
    silent: list[str]              # rates that were asked for and apply to none of the curves
    bent: bool                     # whether some curve has no slope because no power of x meets its points


def ordered(values: Iterable[Any]) -> list[Any]:
    """Numbers ascending, then the rest in order of first appearance."""
    distinct = list(dict.fromkeys(values))
    return sorted(filter(is_number, distinct)) + [value for value in distinct if not is_number(value)]


def _panels(rows: Sequence[Row], block: Block) -> list[Panel]:
    if block.panels:
        return list(block.panels)
    if block.panel:
        return [Panel(None, {block.panel: value}, exact=True) for value in ordered(row.get(block.panel) for row in rows)]
    return [Panel("", {})]


def _title(panel: Panel, position: int, several: bool) -> str:
    if panel.title is not None:
        return panel.title
    conditions = ", ".join(
        names.entry(column, wanted) if not isinstance(wanted, list) else f"{names.short(column)} {' or '.join(map(names.value, wanted))}"
        for column, wanted in panel.where.items())
    return f"({chr(ord('a') + position % 26)}) {conditions}" if several else conditions


def _pooled(members: Sequence[Cell]) -> dict[int, float]:
    """By trial, the mean over the cells that share a point (one cell, unless the config mixes)."""
    if len(members) == 1:
        return members[0].y
    return {trial: float(np.mean([cell.y[trial] for cell in members if trial in cell.y]))
            for trial in sorted({trial for cell in members for trial in cell.y})}


def _dot(x: float | str, members: Sequence[Cell], root: bool) -> Dot:
    trials = _pooled(members)
    values = np.array(list(trials.values()))
    centre = float(values.mean())
    if root:
        centre, values = math.sqrt(centre), np.sqrt(values)
    low, high = np.quantile(values, BAND)
    return Dot(x, centre, float(low), float(high), len(trials), any(np.mean(cell.clipped) > 0 for cell in members))


def fitted(rows: Sequence[Row], members: Mapping[Any, Sequence[tuple[Any, Cell]]]) -> list[Row]:
    """Those of the results' exponents that are about exactly the cells of a curve; none about a curve whose points mix cells."""
    if any(len(group) != 1 for group in members.values()):
        return []
    ids = {x: group[0][0][0] for x, group in members.items()}
    return [row for row in rows if ids.get(row["from"]) == row["cell_id"]
            and sum(row["from"] <= x <= row["to"] for x in members) == row["points"]]


def exponent(row: Row) -> Exponent:
    half_width = row["high"] - row["slope"] if is_number(row["high"]) else None
    return Exponent(row["slope"], half_width, row["count"], row["range"], row["from"], row["to"])


def rate(row: Row, series: int, dots: Sequence[Dot], root: bool) -> Rate:
    """Anchored at the measured point in the middle of the range over which its slope was taken, and drawn to its end."""
    slope = row["slope"] / (2 if root else 1)
    inside = [dot for dot in dots if row["from"] <= dot.x <= row["to"]]
    anchor = inside[(len(inside) - 1) // 2]
    return Rate(series, f"{row['rate']}: slope {slope:.2f}".replace("-", "\N{MINUS SIGN}"), (anchor.x, anchor.y),
                (row["to"], anchor.y * (row["to"] / anchor.x) ** slope))


def _line(members: Mapping[Any, Sequence[tuple[Any, Cell]]], told: Mapping[Any, Any], which: tuple[str, str],
          block: Block) -> list[tuple[Any, float]]:
    """The points of one line of one series; a point that pools several cells needs the line in each of them."""
    points = []
    for x, group in members.items():
        values = [line_value(told[key][which], cell, target(block)) if which in told[key] else None for key, cell in group]
        if None not in values and not (block.logy and min(values) <= 0):
            mean = float(np.mean(values))
            points.append((x, math.sqrt(mean) if target(block) != block.y else mean))
    return points


def shared(lines: Sequence[Line], labels: Mapping[int, str]) -> list[Line]:
    """Lines that are the same for several series (a limit for every quantizer, say) become one that belongs to none.

    The same: equal wherever both apply, and one applies only where the other does.
    """
    groups: list[list[Line]] = []
    for line in lines:
        group = next((group for group in groups if all(_agree(line, other) for other in group)), None)
        groups.append([line]) if group is None else group.append(line)
    return [group[0] if len(group) == 1 else _united(group, labels) for group in groups]


def _agree(one: Line, other: Line) -> bool:
    if (one.label, one.kind) != (other.label, other.kind):
        return False
    values = dict(other.points)
    common = [(y, values[x]) for x, y in one.points if x in values]
    return len(common) == min(len(one.points), len(other.points)) and all(math.isclose(y, z, rel_tol=1e-9) for y, z in common)


def _united(group: Sequence[Line], labels: Mapping[int, str]) -> Line:
    points = {x: y for line in group for x, y in line.points}
    grid = tuple(ordered(x for line in group for x in line.grid))
    owners = "" if len(group) == len(labels) else f" ({', '.join(labels[line.series] for line in group)})"
    return Line(None, group[0].label + owners, group[0].kind, [(x, points[x]) for x in grid if x in points], grid, group[0].variant)


class _Builder:
    """Holds what all panels of one horizontal axis share while they are put together one after the other."""

    def __init__(self, data: Mapping[str, Any], columns: Columns, block: Block, variant: int, also: Sequence[str]) -> None:
        self.block, self.columns, self.variant, self.also = block, columns, variant, also
        self.rows = layer_rows(data["records"], block)
        means = averaged(self.rows, columns)
        if own := [panel for panel in block.panels if panel.x]:
            mine = [panel for panel in own if panel.x == block.x]
            self.rows = [row for row in self.rows if any(panel.holds(means.get((row.get("cell_id"), row.get("layer")), row)) for panel in mine)]
        self.cells, self.left_out = cells(self.rows, means, block)
        self.told = lines_by_cell(data["bounds"], block)
        along = [row for row in data["exponents"] if row["axis"] == block.x]
        self.exponents = [row for row in along if row["metric"] == block.y and row["rate"] is None]
        self.rates = [row for row in along if row["metric"] == target(block) and row["rate"] in block.rates]
        self._numeric()
        self.series = list(dict.fromkeys(self._series(cell) for cell in self.cells.values()))
        self.mixed: dict[str, None] = {}
        self.used: list[Row] = []
        self.drawn: list[Row] = []    # rows of the lines drawn
        self.bent: list[str] = []     # curves that no power meets

    def _series(self, cell: Cell) -> tuple[Any, ...]:
        return tuple(cell.row.get(column) for column in self.block.series)

    def _numeric(self) -> None:
        """Decides whether x is an axis of numbers, and drops what a logarithmic one cannot show."""
        self.categories = None
        if not all(is_number(cell.x) for cell in self.cells.values()):
            self.categories = ordered(cell.x for cell in self.cells.values())
        elif self.block.logx:
            kept = {key: cell for key, cell in self.cells.items() if cell.x > 0}
            self.left_out[f"with {self.block.x} <= 0"] += sum(len(cell.y) for key, cell in self.cells.items() if key not in kept)
            self.cells = kept

    def panel(self, panel: Panel, position: int, several: bool) -> PanelData:
        built = PanelData(_title(panel, position, several), x=self.block.x)
        inside = {key: cell for key, cell in self.cells.items() if panel.holds(cell.row)}
        self.used += [cell.row for cell in inside.values()]
        for number, series in enumerate(self.series):
            members: dict[Any, list[tuple[Any, Cell]]] = {}
            for key, cell in inside.items():
                if self._series(cell) == series:
                    members.setdefault(cell.x, []).append((key, cell))
            if members:
                self._add(built, number, {x: members[x] for x in ordered(members)})
        built.lines = shared(built.lines, {curve.series: curve.label for curve in built.curves})
        return built

    def _add(self, built: PanelData, number: int, members: Mapping[Any, Sequence[tuple[Any, Cell]]]) -> None:
        block = self.block
        dots = []
        for x, group in members.items():
            self.mixed.update(dict.fromkeys(differing([cell.row for _, cell in group], self.columns)))
            dot = _dot(x, [cell for _, cell in group], target(block) != block.y)
            if block.logy and dot.y <= 0:
                self.left_out[f"with {block.y} <= 0"] += dot.trials
            else:
                dots.append(dot)
        label = names.series(block.series, self.series[number])
        curve = Curve(number, self.variant, ", ".join([label] + [names.variant(block.y, self.also)] * (len(self.also) > 1)), dots)
        built.curves.append(curve)
        # A curve that has lost points is not the one that was fitted.
        if block.scale == "loglog" and self.categories is None and len(dots) == len(members):
            found = fitted(self.exponents, members)
            curve.exponent = exponent(found[0]) if found and found[0]["off_by"] <= STRAIGHT else None
            self.bent += [label for row in found if row["off_by"] > STRAIGHT]
            built.rates += [rate(row, number, dots, target(block) != block.y) for row in fitted(self.rates, members)]
        for which in dict.fromkeys(which for group in members.values() for key, _ in group for which in self.told.get(key, ())):
            points = _line(members, self.told, which, block)
            if points:
                built.lines.append(Line(number, *which, points, tuple(members), self.variant))
                self.drawn += [row for x, _ in points for key, _ in members[x] for row in self.told[key][which]]


def fixed(used: Sequence[Row], shown: set[str]) -> list[str]:
    """What all the rows share and the figure does not show."""
    return [names.entry(column, used[0][column]) for column in FIXED
            if column not in shown and used[0].get(column) is not None and len({str(row.get(column)) for row in used}) == 1]


def exceeded(drawn: Sequence[Row]) -> dict[str, tuple[int, int]]:
    judged = Counter(row["bound"] for row in drawn if row.get("holds") is not None)
    above = Counter(row["bound"] for row in drawn if row.get("holds") is False)
    return {name: (above[name], judged[name]) for name in sorted(above)}


def build(data: Mapping[str, Any], block: Block) -> FigureData:
    """Everything the figure shows; ResultsError when that is nothing."""
    columns, vertical, axes = declared(data), (block.y, *block.also), block.axes()
    block = block._replace(panels=tuple(panel._replace(x=panel.x or block.x) for panel in block.panels) if len(axes) > 1 else block.panels)
    builders = [_Builder(data, columns, block._replace(x=x, y=y), variant, vertical) for x in axes for variant, y in enumerate(vertical)]
    if len(axes) > 1 and any(builder.categories for builder in builders):
        raise ResultsError("plot.panels: panels with horizontal axes of their own need axes of numbers")
    series = list(dict.fromkeys(key for builder in builders for key in builder.series))
    for builder in builders:
        builder.series = series
    wanted = _panels([cell.row for builder in builders for cell in builder.cells.values()], block)
    panels = []
    for position, panel in enumerate(wanted):
        first, *others = [builder.panel(panel, position, len(wanted) > 1) for builder in builders if builder.block.x == (panel.x or axes[0])]
        for other in others:
            first.curves += other.curves
            first.lines += other.lines
            first.rates += other.rates
        panels.append(first)
    left_out: Counter[str] = Counter()
    for builder in builders:
        left_out |= builder.left_out   # the greater of the counts: a trial that failed has failed for every column
    if not any(curve.dots for panel in panels for curve in panel.curves):
        reasons = "; ".join(f"{count} {reason}" for reason, count in left_out.items() if count)
        raise ResultsError(f"no record can be drawn: {reasons or 'no panel has a record'}")
    drawn = [row for builder in builders for row in builder.drawn]
    categories = [value for builder in builders for value in builder.categories or ()] or None
    upper = {row["probability"] for row in drawn if row["kind"] == "upper" and row.get("probability") is not None}
    shown = {rate.label.split(":")[0] for panel in panels for rate in panel.rates}
    mixed = list(dict.fromkeys(name for builder in builders for name in builder.mixed))
    shared_by_all = fixed([row for builder in builders for row in builder.used], block.columns() | set(mixed))
    return FigureData(block, columns, panels, ordered(categories) if categories else None, left_out, mixed, shared_by_all, sorted(upper), exceeded(drawn),
                      [name for name in block.rates if name not in shown], any(builder.bent for builder in builders))
