"""Draws one panel: curves with bands, theoretical lines, their names at the right."""
from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from analysis.curves import Curve, FigureData, Line, PanelData, Rate

# Okabe and Ito: told apart by all common kinds of colour blindness. Their yellow is too pale for strokes on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "os^Dv*PX"   # eight beside seven colours: pairs repeat after 56 series
NEUTRAL = "#555555"
DASHES: dict[str, Any] = {
    "upper": (0, (5, 2)), "upper_mean": (0, (10, 2.5)), "prediction": (0, (1, 1.3)), "lower_mean": (0, (7, 2, 1.2, 2)),
    "rate": (0, (4, 1.3, 1, 1.3, 1, 1.3))}
VARIANTS: tuple[Any, ...] = ("-", (0, (3, 1)), (0, (6, 1, 1, 1)))   # of the measured curves: one column after the other
LABEL_SIZE = 7.5       # points
LEADER = 0.22          # inches between the frame and the names of the lines
SLOT_LABEL = 0.12      # inches between a line's dash and its name on an axis of categories
HALF = 0.16            # half the length of that dash, in slots
DASH = 1.12            # the same on a logarithmic axis, as a factor


def colour(series: int | None) -> str:
    return NEUTRAL if series is None else COLOURS[series % len(COLOURS)]


def marker(series: int) -> str:
    return MARKERS[series % len(MARKERS)]


def stroke(line: Line) -> dict[str, Any]:
    """A prediction lies on the curve it predicts: darker and above it, so that both are seen."""
    dark = line.kind == "prediction" and line.series is not None
    shade = tuple(0.55 * part for part in to_rgb(colour(line.series))) if dark else colour(line.series)
    return {"color": shade, "linestyle": DASHES[line.kind], "linewidth": 1.8 if line.kind == "prediction" else 1.25,
            "zorder": 4 if line.kind == "prediction" else 2.5}


class Slots:
    """Where things stand on the horizontal axis. Categories are divided into one slot of width 1 for each series in them."""

    def __init__(self, data: FigureData, panel: PanelData) -> None:
        self.numeric = data.categories is None
        self.log = self.numeric and data.block.logx
        self.place: dict[tuple[Any, int, int], float] = {}   # category, series, variant
        self.ticks: list[float] = []
        self.names: list[Any] = []
        end = 0.0
        for category in data.categories or ():
            members = sorted((curve.series, curve.variant) for curve in panel.curves if any(dot.x == category for dot in curve.dots))
            for offset, member in enumerate(members):
                self.place[category, *member] = end + offset
            if members:
                self.ticks.append(end + (len(members) - 1) / 2)
                self.names.append(category)
                end += len(members) + (0.4 if len(members) > 1 else 0.0)
        self.length = end

    def x(self, value: Any, curve: Curve) -> float:
        return value if self.numeric else self.place[value, curve.series, curve.variant]

    def reach(self, value: Any, line: Line) -> tuple[float, float]:
        """From where to where a line is drawn that is but a dash there; if it is shared by several series, across them all."""
        if self.numeric:
            return (value / DASH, value * DASH) if self.log else (value - 0.05 * (abs(value) or 1), value + 0.05 * (abs(value) or 1))
        places = [at for (name, owner, variant), at in self.place.items()
                  if name == value and line.series in (None, owner) and line.variant == variant]
        return min(places) - HALF, max(places) + HALF


class LabelSpot(NamedTuple):
    """A name to be written beside the end of a line."""

    text: str
    colour: Any
    x: float        # end of the line, data coordinates
    y: float
    group: float    # names of one group are kept apart: the slot, or 0 for the margin


def draw_curve(axes: Axes, curve: Curve, slots: Slots) -> None:
    """Mean over the trials with its band; error bars where there is no curve to put a band around."""
    if not curve.dots:
        return
    shade, x = colour(curve.series), [slots.x(dot.x, curve) for dot in curve.dots]
    y, low, high = (np.array([getattr(dot, name) for dot in curve.dots]) for name in ("y", "low", "high"))
    single = not slots.numeric or len(curve.dots) == 1
    if any(dot.trials > 1 for dot in curve.dots):
        if single:
            axes.vlines(x, low, high, color=shade, alpha=0.45, linewidth=3)
        else:
            axes.fill_between(x, low, high, color=shade, alpha=0.18, linewidth=0)
    if not single:
        axes.plot(x, y, color=shade, linewidth=1.5, linestyle=VARIANTS[curve.variant % len(VARIANTS)], zorder=3)
    for hollow in (False, True):
        chosen = [k for k, dot in enumerate(curve.dots) if dot.clipped == hollow]
        if chosen:
            axes.plot([x[k] for k in chosen], y[chosen], linestyle="none", zorder=3.5, **face(curve.series, hollow))


def face(series: int, hollow: bool) -> dict[str, Any]:
    size = 7 if marker(series) == "*" else 4.8
    return {"marker": marker(series), "markersize": size, "markeredgecolor": colour(series), "markeredgewidth": 1.1,
            "markerfacecolor": "white" if hollow else colour(series)}


def runs(line: Line) -> list[list[tuple[Any, float]]]:
    """The line in pieces: it is not drawn across a point where it does not apply."""
    place = {x: k for k, x in enumerate(line.grid)}
    pairs = enumerate(line.points)
    return [[point for _, point in run] for _, run in groupby(pairs, key=lambda pair: place[pair[1][0]] - pair[0])]


def draw_line(axes: Axes, line: Line, slots: Slots) -> None:
    for run in [[point] for point in line.points] if not slots.numeric else runs(line):
        if len(run) > 1:
            axes.plot([x for x, _ in run], [y for _, y in run], **stroke(line))
            continue
        (value, y), = run
        # One point alone has no direction: a short level dash.
        axes.plot(slots.reach(value, line), [y, y], **stroke(line))


def draw_rate(axes: Axes, rate: Rate) -> None:
    axes.plot(*zip(rate.start, rate.end), color=colour(rate.series), linestyle=DASHES["rate"], linewidth=1.6, zorder=4)


def named(panel: PanelData, line: Line) -> list[tuple[Any, float]]:
    """The dashes of categories that carry the line's name: the first, and each beside which the curve's lines are not those of the
    category before."""
    told = {x: sorted(other.label for other in panel.lines if (other.series, other.variant) == (line.series, line.variant) and x in dict(other.points))
            for x in line.grid}
    before = {x: told[previous] for previous, x in zip(line.grid, line.grid[1:])}
    return [(x, y) for x, y in line.points if told[x] != before.get(x)]


def spots(panel: PanelData, slots: Slots) -> list[LabelSpot]:
    """Where the names of the lines belong: at their last points, or beside dashes of categories."""
    found = []
    for line in panel.lines:
        for value, y in line.points[-1:] if slots.numeric else named(panel, line):
            alone = not slots.numeric or len(runs(line)[-1]) == 1
            x = slots.reach(value, line)[1] if alone else value
            found.append(LabelSpot(line.label, stroke(line)["color"], x, y, 0.0 if slots.numeric else x))
    return found + [LabelSpot(rate.label, colour(rate.series), *rate.end, 0.0) for rate in panel.rates]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending positions as near as possible to the ascending wanted ones, at least `gap` apart, within [low, high] if they fit."""
    clusters: list[list[float]] = []   # members stand `gap` apart; kept: where each would like the cluster to start

    def start(cluster: list[float]) -> float:
        return max(low, min(sum(cluster) / len(cluster), high - (len(cluster) - 1) * gap))

    for position in wanted:
        clusters.append([position])
        while len(clusters) > 1 and start(clusters[-2]) + len(clusters[-2]) * gap > start(clusters[-1]):
            last = clusters.pop()
            clusters[-1] += [wish - len(clusters[-1]) * gap for wish in last]
    return [start(cluster) + k * gap for cluster in clusters for k in range(len(cluster))]


def write_labels(axes: Axes, found: Sequence[LabelSpot], size: tuple[float, float], numeric: bool) -> None:
    """Writes the names apart from each other, each led to its line. `size`: of the axes, in inches."""
    gap = LABEL_SIZE * 1.3 / 72 / size[1]
    for _, members in groupby(sorted(found, key=lambda spot: (spot.group, spot.y)), key=lambda spot: spot.group):
        group = list(members)
        # In fractions of the axes, which do not depend on the resolution of the file.
        ends = axes.transAxes.inverted().transform(axes.transData.transform([(spot.x, spot.y) for spot in group]))
        heights = spread([float(end[1]) for end in ends], gap, gap / 2, 1 - gap / 2)
        for spot, (x, y), height in zip(group, ends, heights):
            edge = 1.0 if numeric else float(x)
            text = edge + (LEADER if numeric else SLOT_LABEL) / size[0]
            # Fainter inside the frame, where it must not be taken for a curve.
            for points, strength in (([(x, y), (edge, y)], {"linestyle": (0, (1, 4))}), ([(edge, y), (text - 0.03 / size[0], height)], {})):
                axes.add_line(Line2D(*zip(*points), transform=axes.transAxes, clip_on=False, color=spot.colour, linewidth=0.6, alpha=0.6,
                                     **strength))
            axes.text(text, height, spot.text, transform=axes.transAxes, color=spot.colour, fontsize=LABEL_SIZE, va="center_baseline")
