"""The `plot:` block of a config: what is drawn against what. Checked here, once, so that drawing need not doubt it."""
from __future__ import annotations

import difflib
import math
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from analysis.load import ResultsError

SCALES = ("loglog", "semilogx", "semilogy", "linear")
KINDS = ("curves", "audit", "needed")
KEYS = ("kind", "x", "y", "series", "scale", "panel", "panels", "lines", "title")
Row = Mapping[str, Any]


class Panel(NamedTuple):
    title: str | None            # None: made of the conditions
    where: Mapping[str, Any]     # column -> value, or a list of values of which one must match
    exact: bool = False          # made of a column's own values, where null and "infinite" are two
    x: str | None = None         # its own horizontal axis; None: that of the block

    def holds(self, row: Row) -> bool:
        return all(row.get(column) == wanted if self.exact else matches(row.get(column), wanted) for column, wanted in self.where.items())


class Block(NamedTuple):
    x: str
    y: str
    also: tuple[str, ...]          # further columns on the vertical axis, in the colours of y and strokes of their own
    series: tuple[str, ...]
    scale: str
    panel: str | None              # a column: one panel for each of its values
    panels: tuple[Panel, ...]      # or written out; empty when not
    lines: tuple[str, ...] | None  # names of the lines to draw; None: all that apply
    rates: tuple[str, ...]         # names of the rates to draw as slopes: only those that are asked for
    title: str | None              # None: the config's name

    @property
    def logx(self) -> bool:
        return self.scale in ("loglog", "semilogx")

    @property
    def logy(self) -> bool:
        return self.scale in ("loglog", "semilogy")

    def axes(self) -> list[str]:
        """The columns on the horizontal axes, that of the block first if a panel has it."""
        own = [panel.x or self.x for panel in self.panels] or [self.x]
        return sorted(dict.fromkeys(own), key=lambda x: x != self.x)

    def columns(self) -> set[str]:
        """All columns that tell the curves of the figure apart."""
        chosen = {*self.axes(), *self.series, *(column for panel in self.panels for column in panel.where)}
        return chosen | ({self.panel} if self.panel else set())


def matches(content: Any, wanted: Any) -> bool:
    """`infinite` also matches null: an infinite alphabet has the parameter "infinite" and the measured levels null."""
    if isinstance(wanted, (list, tuple)):
        return any(matches(content, each) for each in wanted)
    if wanted == "infinite":
        return content is None or content == "infinite"
    return content == wanted and isinstance(content, bool) == isinstance(wanted, bool)


def suggestion(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _column(name: Any, what: str, known: set[str]) -> str:
    """The column's name; a parameter may also be written with the dots of the config."""
    if not isinstance(name, str) or not name:
        raise ResultsError(f"{what} must be the name of a column, not {name!r}")
    column = name.replace(".", "_")
    if column not in known:
        raise ResultsError(f"{what}: the records have no column {name!r}{suggestion(column, known)}")
    return column


def _panel(entry: Any, known: set[str]) -> Panel:
    if not isinstance(entry, dict) or not entry.get("where") or not isinstance(entry["where"], dict) or set(entry) - {"title", "where", "x"}:
        raise ResultsError(f"plot.panels: each panel is {{title: text, where: {{column: value, ...}}, x: column}}, not {entry!r}")
    where = {_column(name, "plot.panels", known): value for name, value in entry["where"].items()}
    title = entry.get("title")
    x = None if entry.get("x") is None else _column(entry["x"], "plot.panels.x", known)
    return Panel(None if title is None else str(title), where, x=x)


def _lines(entry: Any, data: Mapping[str, Any]) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The lines (None: all) and the rates to draw; `all` are all lines, and may stand in a list beside the names of rates."""
    if entry == "none":
        return (), ()
    names = ["all" if entry is None else entry] if entry is None or isinstance(entry, str) else entry
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ResultsError(f"plot.lines must be all, none or a list of names, not {entry!r}")
    lines, rates = ({row[key] for row in data[table]} for table, key in (("bounds", "bound"), ("rates", "rate")))
    for name in names:
        if name != "all" and name not in lines | rates:
            raise ResultsError(f"plot.lines: the bounds have no line {name!r}{suggestion(name, sorted(lines | rates))}")
    wanted = None if "all" in names else tuple(name for name in names if name in lines)
    return wanted, tuple(name for name in names if name in rates)


def _columns(entry: Any, what: str, known: set[str]) -> tuple[str, ...]:
    return tuple(_column(name, what, known) for name in (entry if isinstance(entry, list) and entry else [entry]))


def kind(raw: Any) -> str:
    """What the block asks for: curves of what was measured, the audit of the lines, or what a target takes."""
    wanted = (raw.get("kind") if isinstance(raw, dict) else None) or "curves"
    if wanted not in KINDS:
        raise ResultsError(f"plot.kind must be one of {', '.join(KINDS)}, not {wanted!r}{suggestion(str(wanted), KINDS)}")
    if wanted == "audit" and set(raw) - {"kind", "title"}:
        raise ResultsError(f"plot.{min(set(raw) - {'kind', 'title'})}: a plot of kind audit takes a title only")
    return wanted


def title(raw: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    """None: there is none; by default the config's name."""
    return data["context"].get("name") or None if raw.get("title") is None else str(raw["title"])


def parse(raw: Any, data: Mapping[str, Any]) -> Block:
    """The block of `data`'s config (or what replaces it), with every column checked against the records."""
    if not isinstance(raw, dict) or not raw:
        raise ResultsError("context.config.plot is missing: add `plot: {x: ..., y: ...}` to the config, or give x=... y=... here")
    for key in raw:
        if key not in KEYS:
            raise ResultsError(f"plot.{key}: unknown key{suggestion(key, KEYS)}; known: {', '.join(KEYS)}")
    for key in ("x", "y"):
        if raw.get(key) is None:
            raise ResultsError(f"plot.{key} is missing: which column is the {'horizontal' if key == 'x' else 'vertical'} axis?")
    if not data["records"]:
        raise ResultsError("records is empty: nothing to draw")
    known = {column for row in data["records"] for column in row}
    scale = raw.get("scale") or "loglog"
    if scale not in SCALES:
        raise ResultsError(f"plot.scale must be one of {', '.join(SCALES)}, not {scale!r}{suggestion(str(scale), SCALES)}")
    series = raw.get("series") or ("quantizer_name" if "quantizer_name" in known else [])
    panel, panels = raw.get("panel"), raw.get("panels") or []
    if isinstance(panel, list):
        panel, panels = None, panels + panel
    if (panel and panels) or not isinstance(panels, list):
        raise ResultsError("plot: give either panel: COLUMN or panels: [{title, where}, ...]")
    y, *also = _columns(raw["y"], "plot.y", known)
    lines, rates = _lines(raw.get("lines"), data)
    return Block(
        x=_column(raw["x"], "plot.x", known),
        y=y,
        also=tuple(also),
        series=_columns(series, "plot.series", known) if series else (),
        scale=scale,
        panel=_column(panel, "plot.panel", known) if panel else None,
        panels=tuple(_panel(entry, known) for entry in panels),
        lines=lines,
        rates=rates,
        title=title(raw, data))


def is_number(entry: Any) -> bool:
    return isinstance(entry, (int, float)) and not isinstance(entry, bool) and math.isfinite(entry)
