#!/usr/bin/env python3
"""External quantizer for pathquant in Python: greedy path following with NumPy.

    quantizer: {name: external, command: "python3 plugins/external/path_following.py {problem} {result}", alphabet: {..}}

`runsweep explain external` describes the content of the folder {problem} and the file {result}. If the program fails, the
record's reason contains its stdout and stderr.
"""
import json
import sys
from pathlib import Path

import numpy as np


def nearest(c: np.ndarray, alphabet: dict, steps: np.ndarray) -> np.ndarray:
    """The level nearest to every entry of c, one entry for each neuron."""
    if alphabet["kind"] == "list":
        values = np.array(alphabet["values"], dtype=c.dtype)
        return steps * values[np.abs(c[:, None] / steps[:, None] - values).argmin(axis=1)]
    shift = 0.5 if alphabet["kind"] == "midrise" else 0.0
    k = np.floor(c / steps - shift + 0.5)
    if alphabet["half_levels"] is not None:
        k = np.clip(k, -alphabet["half_levels"], alphabet["half_levels"] - 2 * shift)
    return steps * (k + shift).astype(c.dtype)


def quantize(W: np.ndarray, X: np.ndarray, Xq: np.ndarray, alphabet: dict) -> np.ndarray:
    """W and Q are (outputs, inputs), X and Xq (samples, inputs)."""
    steps = np.array(alphabet["steps"], dtype=W.dtype)
    Q = np.empty_like(W)
    error = np.zeros((X.shape[0], W.shape[0]), dtype=W.dtype)
    for t in range(W.shape[1]):
        error += np.outer(X[:, t], W[:, t])
        norm = Xq[:, t] @ Xq[:, t]
        Q[:, t] = nearest(Xq[:, t] @ error / norm if norm > 0 else np.zeros_like(steps), alphabet, steps)
        error -= np.outer(Xq[:, t], Q[:, t])
    return Q


def main(problem: Path, result: Path) -> None:
    parameters = json.loads((problem / "parameters.json").read_text(encoding="utf-8"))
    W, X = np.load(problem / "W.npy"), np.load(problem / "X.npy")
    Xq = np.load(problem / "Xq.npy") if (problem / "Xq.npy").exists() else X
    np.save(result, quantize(W, X, Xq, parameters["alphabet"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
