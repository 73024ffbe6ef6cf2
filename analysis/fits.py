"""Decay exponents with their intervals.

Widths of one trial are corners of one problem and therefore correlated: a line is fitted to each trial by itself, and the
interval comes from the scatter of the slopes over the trials, which are independent.
"""
from __future__ import annotations

import math
from typing import NamedTuple, Sequence

import numpy as np


class Exponent(NamedTuple):
    slope: float                # mean over the trials
    half_width: float | None    # of the interval; None with a single trial
    trials: int


def t_probability(t: float, degrees: int) -> float:
    """P(|T| <= t) for Student's t: the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = degrees % 2 == 1
    term = cosine if odd else 1.0
    total = 0.0 if degrees == 1 else term
    for k in range(3 if odd else 2, degrees - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def t_quantile(level: float, degrees: int) -> float:
    """The t with P(|T| <= t) = level, by bisection: exact to rounding, and needs no scipy."""
    if not 0 < level < 1 or degrees < 1:
        raise ValueError(f"t_quantile needs 0 < level < 1 and degrees >= 1, not {level} and {degrees}")
    low, high = 0.0, 1.0
    while t_probability(high, degrees) < level:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_probability(middle, degrees) < level else (low, middle)
    return high


def slopes(x: Sequence[float], y: np.ndarray) -> np.ndarray:
    """Least-squares slopes of log y against log x, one for each row of y (trials x points)."""
    logx = np.log(np.asarray(x, dtype=float))
    centred = logx - logx.mean()
    return np.log(y) @ centred / (centred @ centred)


def exponent(x: Sequence[float], y: np.ndarray, level: float = 0.95) -> Exponent:
    """Mean slope of the trials (rows of y) and its t-interval."""
    each = slopes(x, y)
    if len(each) == 1:
        return Exponent(float(each[0]), None, 1)
    error = float(each.std(ddof=1)) / math.sqrt(len(each))
    return Exponent(float(each.mean()), t_quantile(level, len(each) - 1) * error, len(each))


def text(fit: Exponent) -> str:
    """`-1.000 ± 0.004`: three decimals, four where the interval is too small for three, two where it is wide."""
    width = 0.01 if fit.half_width is None else fit.half_width
    decimals = 4 if width < 0.001 else 3 if width < 0.1 else 2
    slope = f"{round(fit.slope, decimals) + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")   # + 0.0: no minus before a zero
    return slope if fit.half_width is None else f"{slope} ± {fit.half_width:.{decimals}f}"
