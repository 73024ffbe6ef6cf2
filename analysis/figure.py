"""Puts the panels, their legends and the footer on one sheet, and writes it.

Sizes are in inches and computed from what is written, so that nothing covers anything: the names of the lines stand to the right of
each panel, its legend below it, the meaning of the strokes below all panels.
"""
from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import Any, Callable, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, LogLocator, NullFormatter

from analysis import captions, names
from analysis.cells import KINDS
from analysis.curves import FigureData, PanelData
from analysis.panel import (DASHES, HALF, LABEL_SIZE, LEADER, NEUTRAL, SLOT_LABEL, VARIANTS, LabelSpot, Slots, draw_curve, draw_line,
                            draw_rate, face, spots, write_labels)

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans", "font.size": 9, "axes.titlesize": 10, "axes.labelsize": 9.5, "legend.fontsize": 8.5,
    "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8,
    "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6, "axes.axisbelow": True, "mathtext.fontset": "dejavusans",
    "svg.hashsalt": "pathquant", "svg.fonttype": "path", "legend.frameon": False}
DPI = 150
ACROSS = 3                                   # panels in a row
WIDTHS = {1: 5.0, 2: 4.1, 3: 3.5}            # of a panel, by panels in a row
HEIGHT = 3.7
LEFT, RIGHT, BETWEEN = 0.85, 0.15, 0.25      # RIGHT and BETWEEN: after the names of the lines
SLOT, BARE, WIDEST = 0.55, 0.28, 14.0        # a slot without the names beside it, or where there are none; the widest panel of categories
FAR = {True: 1e6, False: 3.0}                # by logarithmic axis: lines further than this factor from the data do not set the frame


class Sheet:
    def __init__(self, data: FigureData) -> None:
        self.data = data
        self.figure = Figure()
        self.renderer = FigureCanvasAgg(self.figure).get_renderer()
        self.slots = [Slots(data, panel) for panel in data.panels]
        self.spots = [spots(panel, slots) for panel, slots in zip(data.panels, self.slots)]
        self.beyond: list[str] = []
        self.columns = 2 if len(data.panels) == 4 else min(len(data.panels), ACROSS)
        self.rows = math.ceil(len(data.panels) / self.columns)
        self.numeric = data.categories is None

    def text_width(self, text: str, size: float) -> float:
        probe = self.figure.text(0, 0, text, fontsize=size)
        width = probe.get_window_extent(self.renderer).width / self.figure.dpi
        probe.remove()
        return width

    # What is drawn ---------------------------------------------------------------------------------------------------------------

    def draw(self) -> Figure:
        self.axes = [self._panel(panel, slots) for panel, slots in zip(self.data.panels, self.slots)]
        self._frame()
        self._sizes()
        for number, axes in enumerate(self.axes):
            self._place(number, axes)
        self._below()
        return self.figure

    def _panel(self, panel: PanelData, slots: Slots) -> Axes:
        block = self.data.block
        # The label makes each a different object: matplotlib would otherwise take equal rectangles for one.
        axes = self.figure.add_axes((0.1, 0.1, 0.8, 0.8), label=panel.title + str(len(self.figure.axes)))
        axes.set_yscale("log" if block.logy else "linear")
        axes.set_xscale("log" if block.logx and slots.numeric else "linear")
        axes.set_title(panel.title, loc="left")
        axes.set_xlabel(names.axis(self.data.columns[panel.x]))
        for line in panel.lines:
            draw_line(axes, line, slots)
        for curve in panel.curves:
            draw_curve(axes, curve, slots)
        for rate in panel.rates:
            draw_rate(axes, rate)
        if not any(curve.dots for curve in panel.curves):
            axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", color=NEUTRAL)
        if not slots.numeric:
            axes.set_xticks(slots.ticks, [names.value(name) for name in slots.names])
            axes.grid(False, axis="x")
        return axes

    def _frame(self) -> None:
        """One vertical range for all panels: that of the data, and of the lines that are not absurdly far from it."""
        panels, log = self.data.panels, self.data.block.logy
        dots = [dot for panel in panels for curve in panel.curves for dot in curve.dots]
        low, high = min(dot.y for dot in dots), max(dot.y for dot in dots)
        reach = FAR[log]
        inside = [y for panel in panels for line in panel.lines for _, y in line.points
                  if (low / reach if log else -math.inf) <= y <= reach * max(high, 0)]
        inside += [y for panel in panels for rate in panel.rates for _, y in (rate.start, rate.end)]
        inside += [y for dot in dots for y in (dot.low, dot.high) if y >= low / 1e3 or not log]
        low, high = min([low, *inside]), max([high, *inside])
        margin = 0.05 * (math.log(high / low) if log else high - low) or 0.5
        if log:
            limits = low * math.exp(-margin), high * math.exp(margin)
        else:
            limits = 0.0 if 0 <= low < high / 2 else low - margin, high + margin
        for number, axes in enumerate(self.axes):
            axes.set_ylim(limits)
            if log and limits[1] < 100 * limits[0]:
                # Powers of ten alone would be too few to read a value from.
                axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
                axes.yaxis.set_minor_formatter(NullFormatter())
            if number % self.columns:
                axes.tick_params(labelleft=False)
            else:
                axes.set_ylabel(names.axis(self.data.columns[names.axis_of_several((self.data.block.y, *self.data.block.also))]))
            kept = [spot for spot in self.spots[number] if limits[0] <= spot.y <= limits[1]]
            self.beyond += [spot.text for spot in self.spots[number] if spot not in kept]
            self.spots[number] = kept

    # Where it stands -------------------------------------------------------------------------------------------------------------

    def _sizes(self) -> None:
        longest = max((self.text_width(spot.text, LABEL_SIZE) for found in self.spots for spot in found), default=0.0)
        crowd = max((_crowd(found) for found in self.spots), default=0)
        self.height = max(HEIGHT, crowd * LABEL_SIZE * 1.3 / 72)
        self.margin, self.width = LEADER + longest if longest else 0.1, WIDTHS[self.columns]
        self.slot_width = self.tail = 0.0
        if not self.numeric:
            ticks = max(self.text_width(names.value(name), STYLE["xtick.labelsize"]) + 0.15 for name in self.data.categories or ())
            apart = min((after - before for each in self.slots for before, after in zip(each.ticks, each.ticks[1:])), default=1.0)
            self.slot_width = max(SLOT + SLOT_LABEL + longest if longest else BARE, ticks / apart)
            slots = max(each.length for each in self.slots)
            self.margin, self.width = 0.1, min(max(self.width * 0.6, slots * self.slot_width), WIDEST)
            # The names stand to the right of the dashes: the free space of a slot goes there.
            self.tail = min((SLOT_LABEL + longest) / self.slot_width / 2 if longest else 0.0, 0.4 - HALF)
            self.margin = max([0.1, *(self._overhang(number, spot) for number, found in enumerate(self.spots) for spot in found)])
        keys = [self._series_key(number) for number in range(len(self.axes))]
        # One key is enough where all panels have the same; slopes are each panel's own.
        sloped = any(curve.exponent for curve in captions.curves(self.data))
        shared = keys[0] if len(keys) > 1 and not sloped and all(_says(key) == _says(keys[0]) for key in keys) else []
        self.legends = [self._legend(key, self.width + self.margin) if key and not shared else None for key in keys]
        legend = max((self._extent(each)[1] for each in self.legends if each), default=0.0)
        self.above = 0.3 if any(panel.title for panel in self.data.panels) else 0.05
        self.pitch = self.above + self.height + 0.55 + legend + 0.15    # of a row: title, panel, axis, legend, air
        self.total_width = LEFT + self.columns * (self.width + self.margin + BETWEEN) - BETWEEN + RIGHT
        self.strokes = self._stroke_legend()
        self.shared = self._legend(shared, self.total_width - LEFT) if shared else None
        self.notes = self._notes()
        self.head = 0.42 if self.data.block.title else 0.12
        self.below = self._extent(self.strokes)[1] + 0.1 + 0.155 * len(self.notes)
        self.key = self._extent(self.shared)[1] + 0.1 if self.shared else 0.0
        self.total_height = self.head + self.rows * self.pitch + self.key + self.below + 0.08
        self.figure.set_size_inches(self.total_width, self.total_height)

    def _slots(self, number: int) -> tuple[float, float]:
        """The ends of an axis of categories."""
        shown = self.width / self.slot_width
        spare = max(shown - self.slots[number].length, 0.0) / 2
        return -0.5 - spare + self.tail, -0.5 - spare + self.tail + max(shown, self.slots[number].length)

    def _overhang(self, number: int, spot: LabelSpot) -> float:
        """How far a name beside a dash reaches beyond the right end of the axis, in inches."""
        start, end = self._slots(number)
        return (spot.x - end) * self.width / (end - start) + SLOT_LABEL + self.text_width(spot.text, LABEL_SIZE) + 0.05

    def _place(self, number: int, axes: Axes) -> None:
        row, column = divmod(number, self.columns)
        left = LEFT + column * (self.width + self.margin + BETWEEN)
        top = self.total_height - self.head - row * self.pitch - self.above
        axes.set_position((left / self.total_width, (top - self.height) / self.total_height,
                           self.width / self.total_width, self.height / self.total_height))
        if self.numeric:
            self._ticks(number, axes)
        else:
            axes.set_xlim(*self._slots(number))
        write_labels(axes, self.spots[number], (self.width, self.height), self.numeric)
        if self.legends[number]:
            self._move(self.legends[number], left - 0.1, top - self.height - 0.5)

    def _ticks(self, number: int, axes: Axes) -> None:
        """Ticks at the values of the sweep where they can be read, else the usual ones."""
        values = sorted({dot.x for curve in self.data.panels[number].curves for dot in curve.dots})
        texts = [names.value(value) for value in values]
        if not values:
            return
        if len(values) == 1:
            x = values[0]
            axes.set_xlim((x / 2, x * 2) if self.data.block.logx else (x - 0.4 * (abs(x) or 1), x + 0.4 * (abs(x) or 1)))
        if len(values) > 16 or any(len(text) > (7 if value == int(value) else 4) for value, text in zip(values, texts)):
            return
        to_inches = lambda value: axes.transAxes.inverted().transform(axes.transData.transform((value, 1.0)))[0] * self.width
        labelled, end = [], -math.inf
        for value, text in zip(values, texts):
            half = self.text_width(text, STYLE["xtick.labelsize"]) / 2 + 0.04
            if to_inches(value) - half > end:
                labelled.append((value, text))
                end = to_inches(value) + half
        axes.xaxis.set_major_locator(FixedLocator([value for value, _ in labelled]))
        axes.xaxis.set_major_formatter(FixedFormatter([text for _, text in labelled]))
        axes.xaxis.set_minor_locator(FixedLocator([value for value in values if value not in dict(labelled)]))
        axes.xaxis.set_minor_formatter(NullFormatter())

    def _below(self) -> None:
        if self.data.block.title:
            self.figure.text(LEFT / self.total_width, 1 - 0.13 / self.total_height, self.data.block.title, fontsize=11.5, va="top")
        if self.shared:
            self._move(self.shared, LEFT - 0.1, self.below + self.key + 0.08)
        self._move(self.strokes, LEFT - 0.1, self.below + 0.08)
        for number, note in enumerate(reversed(self.notes)):
            self.figure.text(LEFT / self.total_width, (0.1 + 0.155 * number) / self.total_height, note, fontsize=7.5, color=NEUTRAL)

    # Legends and notes -----------------------------------------------------------------------------------------------------------

    def _extent(self, legend: Legend) -> tuple[float, float]:
        box = legend.get_window_extent(self.renderer)
        return box.width / self.figure.dpi, box.height / self.figure.dpi

    def _move(self, legend: Legend, left: float, top: float) -> None:
        legend.set_bbox_to_anchor((left / self.total_width, top / self.total_height), transform=self.figure.transFigure)

    def _legend(self, handles: Sequence[Any], available: float) -> Legend:
        """With as many columns as fit."""
        build: Callable[[int], Legend] = lambda columns: self.figure.legend(
            handles=handles, loc="upper left", ncol=columns, borderaxespad=0, borderpad=0.2, handlelength=3.2, columnspacing=1.6)
        for columns in range(min(len(handles), 8), 1, -1):
            legend = build(columns)
            if self._extent(legend)[0] <= available:
                return legend
            legend.remove()
        return build(1)

    def _series_key(self, number: int) -> list[Line2D]:
        panel, block = self.data.panels[number], self.data.block
        # On an axis of the series themselves the ticks say it all.
        if block.series == (panel.x,):
            return []
        return [Line2D([], [], color=face(curve.series, False)["markeredgecolor"], linewidth=1.5 if self.numeric else 0,
                       linestyle=VARIANTS[curve.variant % len(VARIANTS)], label=captions.entry(curve), **face(curve.series, False))
                for curve in sorted(panel.curves, key=lambda curve: (curve.series, curve.variant))]

    def _stroke_legend(self) -> Legend:
        drawn = {line.kind for panel in self.data.panels for line in panel.lines}
        curves = list(captions.curves(self.data))
        handles: list[Any] = [Line2D([], [], color=NEUTRAL, linewidth=1.5 if self.numeric else 0, marker="o", markersize=4.8,
                                     label=captions.measured(self.data))]
        if captions.trials(self.data)[1] > 1:
            handles.append(Patch(facecolor=NEUTRAL, alpha=0.25, label="10 to 90 % of the trials"))
        handles += [Line2D([], [], color=NEUTRAL, linestyle=DASHES[kind], linewidth=1.8 if kind == "prediction" else 1.25,
                           label=captions.style(kind, self.data)) for kind in KINDS if kind in drawn]
        if any(panel.rates for panel in self.data.panels):
            handles.append(Line2D([], [], color=NEUTRAL, linestyle=DASHES["rate"], linewidth=1.6, label="rate without its constant: a slope only"))
        if any(dot.clipped for curve in curves for dot in curve.dots):
            handles.append(Line2D([], [], linestyle="none", marker="o", markersize=4.8, markerfacecolor="white", markeredgecolor=NEUTRAL,
                                  label="hollow: some decisions clipped"))
        return self._legend(handles, self.total_width - LEFT)

    def _notes(self) -> list[str]:
        characters = int((self.total_width - LEFT - RIGHT) * 72 / (7.5 * 0.53))
        return textwrap.wrap(" ".join(captions.footer(self.data, self.beyond)), characters)


def _says(key: Sequence[Line2D]) -> list[tuple[Any, ...]]:
    return [(line.get_label(), line.get_color(), line.get_linestyle(), line.get_marker()) for line in key]


def _crowd(found: Sequence[LabelSpot]) -> int:
    """The most names that stand above each other."""
    groups = [spot.group for spot in found]
    return max(map(groups.count, groups), default=0)


def write(data: FigureData, prefix: Path) -> list[Path]:
    """PREFIX.png and PREFIX.svg; the same bytes for the same results, whatever the user's own matplotlib settings."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Sheet(data).draw()
        paths = [prefix.with_name(prefix.name + ending) for ending in (".png", ".svg")]
        figure.savefig(paths[0], dpi=DPI, metadata={"Software": None})
        figure.savefig(paths[1], metadata={"Date": None})
    return paths
