"""A results.json as a sweep writes it, with numbers of about the right size: quantizers x levels x widths x trials."""
from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

QUANTIZERS = ("msq", "gpfq", "spfq")
WIDTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
LEVELS = (3, "infinite")
SAMPLES, NEURONS = 64, 16
PLOT = {"x": "width", "y": "relative_squared_error", "series": "quantizer_name", "scale": "loglog"}
# What a layer experiment declares of its columns, but for their meanings.
COLUMNS = [
    {"name": "seconds", "kind": "measured", "unit": "s", "label": "time of a task"},
    *({"name": name, "kind": "parameter", "unit": unit, "label": label} for name, unit, label in (
        ("experiment", "", ""), ("width", "input features", "width $N$"), ("samples", "rows of $X$", "samples $m$"), ("neurons", "outputs", "neurons $P$"),
        ("inputs_distribution", "", "law of the inputs"), ("weights_distribution", "", "law of the weights"), ("quantizer_name", "", "quantizer"),
        ("quantizer_alphabet_levels", "", "levels of the alphabet"), ("quantizer_alphabet_step", "units of the weights", "step"))),
    *({"name": name, "kind": "error", "unit": "", "label": name.replace("_", " ")} for name in (
        "relative_error", "relative_squared_error", "error_energy", "max_abs_error", "fresh_relative_squared_error")),
    *({"name": name, "kind": "measured", "unit": "", "label": name.replace("_", " ")} for name in (
        "levels", "bits", "step", "signal_energy", "clipped", "sparsity"))]


def measured(name: str, kind: str = "measured") -> dict[str, str]:
    """The declaration of one column more."""
    return {"name": name, "kind": kind, "unit": "", "label": ""}


# line -> kind, metric, factor over the expected value of that metric
LINES: dict[str, dict[str, tuple[str, str, float]]] = {
    "msq": {"msq_prediction": ("prediction", "error_energy", 1.0), "path_deterministic": ("upper", "relative_squared_error", 9.0),
            "msq_l2": ("upper", "relative_squared_error", 1.9), "msq_radius": ("upper", "relative_squared_error", 40.0),
            "waterfill": ("lower_mean", "error_energy", 0.02)},
    "gpfq": {"gpfq_mean": ("upper_mean", "error_energy", 3.0), "gpfq_moments": ("upper", "relative_squared_error", 3.9),
             "gpfq_bounded_columns": ("upper", "relative_squared_error", 21.0), "gpfq_prediction": ("prediction", "error_energy", 1.02),
             "waterfill": ("lower_mean", "error_energy", 0.02)},
    "spfq": {"spfq_mean": ("upper_mean", "relative_squared_error", 1.5), "spfq_l2": ("upper", "relative_squared_error", 2.2),
             "spfq_paper_l2": ("upper", "relative_squared_error", 450.0), "spfq_prediction": ("prediction", "error_energy", 0.99),
             "spfq_max_abs": ("upper", "max_abs_error", 2.0), "waterfill": ("lower_mean", "error_energy", 0.02)}}


def expected(quantizer: str, width: float) -> float:
    """Relative squared error: flat for rounding, m / N for path following beyond N = m."""
    if quantizer == "msq":
        return 0.31
    return {"gpfq": 1.0, "spfq": 2.1}[quantizer] * 0.3 * min(1.0, SAMPLES / width)


def _record(cell: str, trial: int, quantizer: str, levels: Any, width: int, error: float, signal: float) -> dict[str, Any]:
    clipped = 7 if levels == 3 and quantizer == "spfq" and width <= 256 else 0
    return {"cell_id": cell, "trial": trial, "layer": None, "status": "ok", "error": None, "seconds": 0.01, "experiment": "layer",
            "width": width, "samples": SAMPLES, "neurons": NEURONS, "inputs_distribution": "gaussian", "weights_distribution": "uniform",
            "quantizer_name": quantizer, "quantizer_alphabet_levels": levels, "quantizer_alphabet_step": 1.0,
            "levels": None if levels == "infinite" else levels, "bits": None if levels == "infinite" else math.log2(levels), "step": 1.0,
            "relative_error": math.sqrt(error), "relative_squared_error": error, "signal_energy": signal, "error_energy": error * signal,
            "max_abs_error": 3.0 * math.sqrt(error * signal / SAMPLES / NEURONS), "clipped": clipped, "sparsity": 0.3}


def _bound(record: dict[str, Any], name: str, line: tuple[str, str, float]) -> dict[str, Any]:
    kind, metric, factor = line
    mean = expected(record["quantizer_name"], record["width"])
    # The energies have the mean width * SAMPLES * NEURONS * 0.27; a line about energies is absolute and does not know the trial.
    mean = expected("gpfq", record["width"]) if name == "waterfill" else mean   # what no quantizer can beat is the same for all
    unit = {"relative_squared_error": mean, "error_energy": mean * record["width"] * SAMPLES * NEURONS * 0.27}
    value = factor * unit.get(metric, record.get(metric, 1.0))
    upper = kind == "upper"
    return {"cell_id": record["cell_id"], "trial": record["trial"], "layer": None, "bound": name, "kind": kind, "metric": metric,
            "value": value, "probability": 0.99 if upper else None, "applies": True, "reason": None, "measured": record[metric],
            "ratio": value / record[metric], "holds": value >= record[metric] if upper else None}


def _refused(cell: str, name: str, line: tuple[str, str, float]) -> dict[str, Any]:
    return {"cell_id": cell, "trial": None, "layer": None, "bound": name, "kind": line[0], "metric": line[1], "value": None,
            "probability": 0.99, "applies": False, "reason": "decisions were clipped", "measured": None, "ratio": None, "holds": None}


def _slope(cell: str, width: int, end: int, points: int, metric: str, slope: float, **entries: Any) -> dict[str, Any]:
    return {"cell_id": cell, "layer": None, "series": "", "axis": "width", "metric": metric, "rate": None, "points": points, "from": float(width),
            "to": float(end), "range": "width >= 8 samples", "count": 20, "slope": slope, "standard_error": 0.01, "low": slope - 0.02,
            "high": slope + 0.02, "off_by": 1.01, **entries}


def _exponents(quantizer: str, level: Any, widths: tuple[int, ...]) -> list[dict[str, Any]]:
    """As collected over the widths that are at least 8 * SAMPLES; slopes that the records have about, and a rate."""
    far = [width for width in widths if width >= 8 * SAMPLES]
    if len(far) < 3:
        return []
    start = f"{quantizer}-{level}-{far[0]}", far[0], far[-1], len(far)
    power = 0.0 if quantizer == "msq" else -1.0
    rate = {"rate": "gpfq_rate", "count": None, "standard_error": None, "low": None, "high": None, "off_by": None}
    return [_slope(*start, "relative_squared_error", power), _slope(*start, "relative_error", power / 2)] + (
        [_slope(*start, "relative_squared_error", -0.75, **rate)] if quantizer == "gpfq" else [])


def make(plot: dict[str, Any] | None = None, quantizers: tuple[str, ...] = QUANTIZERS, widths: tuple[int, ...] = WIDTHS,
         levels: tuple[Any, ...] = LEVELS, trials: int = 20, seed: int = 0) -> dict[str, Any]:
    """The object of the file. Trials of one quantizer differ by a common factor and a small own one, as nested widths do."""
    random = np.random.default_rng(seed)
    records, bounds = [], []
    common = random.normal(0, 0.05, (trials,))
    # The same X and W for every quantizer, so the same energies.
    energy = {width: width * SAMPLES * NEURONS * 0.27 * np.exp(random.normal(0, 0.02, (trials,))) for width in widths}
    for quantizer in quantizers:
        for level in levels:
            for width in widths:
                cell = f"{quantizer}-{level}-{width}"
                told = LINES[quantizer]
                for trial in range(trials):
                    error = expected(quantizer, width) * math.exp(common[trial] + random.normal(0, 0.06))
                    record = _record(cell, trial, quantizer, level, width, error, float(energy[width][trial]))
                    records.append(record)
                    if not record["clipped"]:
                        bounds += [_bound(record, name, line) for name, line in told.items()]
                if records[-1]["clipped"]:
                    bounds += [_refused(cell, name, line) for name, line in told.items()]
    cells = [f"{quantizer}-{level}-{width}" for quantizer in quantizers for level in levels for width in widths]
    return {"schema": "pathquant-results/1",
            "context": {"name": "width_decay", "columns": list(COLUMNS), "config": {"name": "width_decay", "plot": dict(PLOT if plot is None else plot)}},
            "records": records, "bounds": bounds, "summary": [], "comparisons": [], "audit": [],
            "rates": [{"cell_id": cell, "layer": None, "rate": name, "metric": "relative_squared_error", "shape": 1.0, "applies": True,
                       "reason": None} for cell in cells for name in ("gpfq_rate", "silent_rate")],
            "exponents": [row for quantizer in quantizers for level in levels for row in _exponents(quantizer, level, widths)]}


def save(data: dict[str, Any], folder: Path) -> Path:
    path = folder / "results.json"
    path.write_text(json.dumps(data, allow_nan=False), encoding="utf-8")
    return path
