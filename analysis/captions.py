"""The sentences of a figure: what its strokes mean, what was left out, how the exponents were found."""
from __future__ import annotations

from typing import Iterable

from analysis import names
from analysis.curves import STRAIGHT, Curve, Exponent, FigureData


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def trials(data: FigureData) -> tuple[int, int]:
    """The least and the most trials behind a point."""
    counts = [dot.trials for curve in curves(data) for dot in curve.dots]
    return min(counts), max(counts)


def curves(data: FigureData) -> Iterable[Curve]:
    return (curve for panel in data.panels for curve in panel.curves)


def _average(data: FigureData) -> str:
    return "root mean square" if data.block.y == "relative_error" else "mean"


def measured(data: FigureData) -> str:
    least, most = trials(data)
    if most == 1:
        return "measured, one trial"
    return f"measured, {_average(data)} of {most if least == most else f'{least} to {most}'} trials"


def style(kind: str, data: FigureData) -> str:
    if kind == "upper":
        values = " or ".join(names.value(each) for each in data.probabilities)
        certain = data.probabilities == [1]
        return "upper bound, deterministic" if certain else f"upper bound, probability {values}" if values else "upper bound"
    return {"upper_mean": "upper bound of the", "prediction": "predicted", "lower_mean": "lower limit of the"}[kind] + f" {_average(data)}"


def number(value: float, width: float | None = None) -> str:
    """With three decimals; four where the interval around it is too small for three, two where it is wide."""
    decimals = 3 if width is None else 4 if width < 0.001 else 3 if width < 0.1 else 2
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")   # + 0.0: no minus before a zero


def slope(exponent: Exponent) -> str:
    """`-1.000 ± 0.004`."""
    text, width = number(exponent.slope, exponent.half_width), exponent.half_width
    return text if width is None else f"{text} ± {number(width, width)}"


def entry(curve: Curve) -> str:
    return curve.label if curve.exponent is None else f"{curve.label}   slope {slope(curve.exponent)}"


def _slopes(data: FigureData) -> str:
    fitted = [curve for curve in curves(data) if curve.exponent]
    if not fitted:
        return ""
    whole, *parts = sorted({curve.exponent.reach for curve in fitted}, key=lambda reach: not reach.startswith("all"))
    if not whole.startswith("all"):
        whole, parts = "", [whole]
    words = [f"where {part}".replace(">=", "\N{GREATER-THAN OR EQUAL TO}") for part in parts]
    words += [f"over {whole} where fewer than three are" if parts else f"over {whole}"] if whole else []
    scattered = any(curve.exponent.half_width is not None for curve in fitted)
    interval = "; \N{PLUS-MINUS SIGN}: 95 % t-interval over the trials" if scattered else ""
    bent = f"; none where no power of x meets the points within {100 * (STRAIGHT - 1):.0f} %" if data.bent else ""
    return f"Slope: least squares of log y on log x in each trial, {', '.join(words)}{interval}{bent}."


def _left_out(data: FigureData) -> str:
    words = {"failed": "failed", "timeout": "timed out", "skipped": "skipped"}
    parts = [f"{count} {words.get(reason, reason)}" for reason, count in data.left_out.items() if count]
    return f"Left out: {', '.join(parts)}." if parts else ""


def footer(data: FigureData, beyond: Iterable[str]) -> list[str]:
    """Each sentence that has something to say."""
    exceeded = [f"{name} in {above} of {_number(judged, 'trial')}" for name, (above, judged) in data.exceeded.items()]
    outside = list(dict.fromkeys(beyond))
    fixed = ", ".join(data.fixed)
    sentences = [
        f"{fixed[0].upper()}{fixed[1:]}." if fixed else "",
        _slopes(data),
        f"Each point mixes cells that differ in {', '.join(map(names.short, data.mixed))}." if data.mixed else "",
        f"Measured above its bound: {', '.join(exceeded)}." if exceeded else "",
        f"No rate is drawn where its hypotheses fail: {', '.join(data.silent)}." if data.silent else "",
        f"Beyond the frame: {', '.join(outside)}." if outside else "",
        _left_out(data)]
    return [sentence for sentence in sentences if sentence]
