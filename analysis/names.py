"""Names for people: what stands on an axis, in a legend, in a panel's title."""
from __future__ import annotations

from typing import Any, Sequence

from analysis.columns import Column

def axis(column: Column) -> str:
    """`width $N$ (input features)`."""
    return (column.label or column.name.replace("_", " ")) + (f" ({column.unit})" if column.unit else "")


def axis_of_several(columns: tuple[str, ...]) -> str:
    """Several columns on one axis are variants of one quantity: the name of the column that says what they are of."""
    return columns[0] if len(columns) == 1 else columns[0].removeprefix("fresh_")


def variant(column: str, columns: Sequence[str]) -> str:
    """A column that shares the vertical axis with others, as it stands behind the name of a series."""
    if column.startswith("fresh_"):
        return "fresh data"
    return "calibration data" if f"fresh_{column}" in columns else short(column)


def short(column: str) -> str:
    """As it stands before a value, without the section that it belongs to: `samples 64`, `levels 3`, `inputs gaussian`."""
    for section in ("quantizer_alphabet_", "quantizer_"):
        column = column.removeprefix(section)
    for selector in ("_distribution", "_dataset"):
        column = column.removesuffix(selector)
    return column.replace("_", " ")


def value(entry: Any) -> str:
    """1024, not 1024.0; a float in its shortest readable form."""
    if entry is None:
        return "none"
    if isinstance(entry, bool):
        return "yes" if entry else "no"
    return f"{entry:.6g}" if isinstance(entry, float) else str(entry)


def entry(column: str, content: Any) -> str:
    """A column and its value; a quantizer's name speaks for itself."""
    return value(content) if column == "quantizer_name" else f"{short(column)} {value(content)}"


def series(columns: tuple[str, ...], key: tuple[Any, ...]) -> str:
    """What a curve is called: parameters that its quantizer does not have are left out."""
    return ", ".join(entry(column, part) for column, part in zip(columns, key) if part is not None) or "all"
