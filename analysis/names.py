"""Names for people: what stands on an axis, in a legend, in a panel's title."""
from __future__ import annotations

from typing import Any

ERROR = r"\Vert XW - X_q Q\Vert_F"

AXES = {
    "width": "width $N$ (input features)",
    "samples": "samples $m$ (rows of $X$)",
    "neurons": "neurons $P$ (outputs)",
    "layer": "layer",
    "levels": "levels of the alphabet",
    "bits": r"bits per weight, $\log_2$(levels)",
    "step": r"step $\delta$ of the alphabet (units of the weights)",
    "rate": "rate (bits per weight, scales included)",
    "quantizer_name": "quantizer",
    "quantizer_alphabet_levels": "levels of the alphabet",
    "quantizer_alphabet_bits": "bits per weight",
    "quantizer_alphabet_step": r"step $\delta$ of the alphabet (units of the weights)",
    "quantizer_alignment": "alignment order $r$ (passes)",
    "quantizer_alphabet_radius_scale": r"$C$ (largest level / radius of the weights)",
    "inputs_mismatch": r"mismatch (standard deviation of $X_q - X$)",
    "quantizer_threshold": r"threshold $\lambda$ (units of the weights)",
    "quantizer_decision": "decision rule",
    "inputs_distribution": "law of the inputs",
    "weights_distribution": "law of the weights",
    "relative_error": rf"relative error  ${ERROR} \,/\, \Vert XW\Vert_F$",
    "relative_squared_error": rf"relative squared error  ${ERROR}^2 \,/\, \Vert XW\Vert_F^2$",
    "fresh_relative_squared_error": rf"relative squared error on fresh data  ${ERROR}^2 \,/\, \Vert XW\Vert_F^2$",
    "error_energy": rf"error energy  ${ERROR}^2$",
    "signal_energy": r"signal energy  $\Vert XW\Vert_F^2$",
    "median_neuron_error": "error of the median neuron",
    "max_neuron_squared_error": r"largest squared error of a neuron  $\max_j \Vert (XW - X_q Q)_j\Vert^2$",
    "max_abs_error": r"largest error of an entry  $\max_{ij} |XW - X_q Q|_{ij}$",
    "direction_error": r"largest error in the direction $a$  $\max_j |\langle a, u_j\rangle|$",
    "row_space_error": "largest error at points of the row space",
    "clipped": "clipped decisions (count)",
    "sparsity": "sparsity (fraction of zero weights)",
    "seconds": "time of a task (s)",
    "cpu_seconds": "processor time of one thread (s)",
    "nanoseconds_per_weight": "processor time for each weight (ns)",
    "nanoseconds_per_weight_sample": "processor time for each weight and sample (ns)",
    "memory": "memory beyond $X$ and $W$, $Q$ included (bytes)",
}

# Where vectors are quantized by themselves.
WEIGHTS = {
    "width": "numbers in a vector $N$",
    "neurons": "vectors $P$",
    "relative_error": r"relative error  $\Vert W - Q\Vert_F \,/\, \Vert W\Vert_F$",
    "relative_squared_error": r"relative squared error  $\Vert W - Q\Vert_F^2 \,/\, \Vert W\Vert_F^2$",
    "error_energy": r"error energy  $\Vert W - Q\Vert_F^2$",
    "signal_energy": r"signal energy  $\Vert W\Vert_F^2$",
    "mean_vector_error": "relative squared error of a vector, mean",
    "max_vector_error": "relative squared error of the worst vector",
}

# As they stand before a value: "samples 64".
SHORT = {
    "quantizer_alphabet_levels": "levels",
    "quantizer_alphabet_bits": "bits",
    "quantizer_alphabet_step": "step",
    "quantizer_alphabet_radius_scale": "C",
    "inputs_distribution": "inputs",
    "weights_distribution": "weights",
    "inputs_dataset": "inputs",
}


# Columns that share the vertical axis, as they stand behind the name of a series.
VARIANTS = {
    "relative_squared_error": "calibration data",
    "relative_error": "calibration data",
    "fresh_relative_squared_error": "fresh data",
}


def axis(column: str, experiment: str = "layer") -> str:
    return (WEIGHTS if experiment == "weights" else {}).get(column) or AXES.get(column, column.replace("_", " "))


def vertical_axis(columns: tuple[str, ...], experiment: str = "layer") -> str:
    """Several columns on one axis are variants of one quantity: what they are of, the names of the curves say."""
    return axis(columns[0] if len(columns) == 1 else columns[0].removeprefix("fresh_"), experiment)


def variant(column: str) -> str:
    return VARIANTS.get(column, short(column))


def short(column: str) -> str:
    return SHORT.get(column, column.removeprefix("quantizer_").replace("_", " "))


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
