"""Tests of `runsweep advise`: the fewest levels for a target, predicted, measured, and as good as an exhaustive search."""
from __future__ import annotations

import gzip
import json
import os
import unittest
from pathlib import Path
from typing import Any

import support

try:
    import numpy as np
except ImportError as problem:
    raise unittest.SkipTest(f"numpy is not installed: {problem}")

MNIST = Path(os.environ.get("PATHQUANT_DATA", "/nonexistent")) / "mnist" / "train-images-idx3-ubyte.gz"
ORDERS = ("natural", "decreasing_norm")


class Advise(support.InFolder):
    def layer(self, weights: Any, inputs: Any) -> None:
        np.save(self.folder / "W.npy", weights)
        np.save(self.folder / "X.npy", inputs)

    def advise(self, target: float, code: int = 0) -> dict[str, Any]:
        return json.loads(self.run_program("advise", "--weights", "W.npy", "--inputs", "X.npy", "--target", target, "--json", code=code).out)

    def best_by_search(self, target: float, most: int) -> int:
        """Fewest levels with which any scheme, order and reach of the levels, of many, gets there."""
        scales = [round(0.3 * 1.12 ** i, 4) for i in range(17)]
        grid = {"quantizer.alphabet.radius.scale": scales, "quantizer": [{"name": "msq"}, *({"name": "gpfq", "order": order} for order in ORDERS)]}
        blocks = [{"grid": {**grid, "quantizer.alphabet.kind": [kind], "quantizer.alphabet.levels": levels}}
                  for kind, levels in (("midrise", list(range(2, most + 1, 2))), ("midtread", list(range(3, most + 1, 2)))) if levels]
        results = self.results_of({
            "experiment": "layer", "trials": 1, "bounds": "none", "inputs": {"dataset": "npy", "path": "X.npy"},
            "weights": {"distribution": "npy", "path": "W.npy"}, "quantizer": {"alphabet": {"radius": {"rule": "absmax"}}}, "sweep": blocks},
            output=f"search{target}")
        return min(record["levels"] for record in results["records"] if record["relative_squared_error"] <= target)

    def check(self, targets: tuple[float, ...], tolerance: float) -> None:
        for target in targets:
            with self.subTest(target=target):
                report = self.advise(target)
                advice = report["advice"]
                self.assertLessEqual(advice["measured"], target)
                ran = report["candidates"]
                self.assertGreaterEqual(len(ran), 3)
                for row in ran:
                    if row["clipped"] == 0:
                        self.assertLess(abs(row["predicted"] / row["measured"] - 1), tolerance, row)
                    if row["limit"] is not None:
                        self.assertLess(row["limit"], row["measured"])
                # What is advised is what `quantize` does with the parameters that are told.
                self.run_program("quantize", "--weights", "W.npy", "--inputs", "X.npy", *report["parameters"].split(), "-o", "Q.npy", "--report", "R.json")
                self.assertEqual(support.load(self.folder / "R.json")["relative_squared_error"], advice["measured"])
                self.assertLessEqual(advice["levels"], self.best_by_search(target, advice["levels"]) + 1)

    def test_wide_layer(self) -> None:
        rng = np.random.default_rng(1)
        self.layer(rng.standard_normal((24, 300)), rng.standard_normal((40, 300)))
        self.check((0.2, 0.02, 0.004), 0.05)

    def test_more_samples_than_features(self) -> None:
        """Uniform weights on features that depend on each other: the last step of AR(1) is carried on."""
        rng = np.random.default_rng(2)
        inputs = rng.standard_normal((200, 48))
        for t in range(1, 48):
            inputs[:, t] += 0.8 * inputs[:, t - 1]
        self.layer(rng.uniform(-1, 1, (400, 48)), inputs)
        self.check((0.1, 0.01), 0.05)

    @unittest.skipUnless(MNIST.is_file(), "MNIST is not in $PATHQUANT_DATA")
    def test_images(self) -> None:
        with gzip.open(MNIST) as file:
            images = np.frombuffer(file.read(16 + 150 * 784)[16:], np.uint8).reshape(150, 784) / 255
        self.layer(np.random.default_rng(3).standard_normal((32, 784)) / 28, images)
        self.check((0.05, 0.002), 0.05)

    def test_predictions_where_nothing_clips(self) -> None:
        """A target so small that the best step reaches beyond every argument: uniform weights, which have an end."""
        rng = np.random.default_rng(5)
        self.layer(rng.uniform(-1, 1, (64, 128)), rng.standard_normal((32, 128)))
        report = self.advise(1e-5)
        unclipped = [row for row in report["candidates"] if row["clipped"] == 0]
        self.assertTrue(unclipped)
        for row in unclipped:
            self.assertLess(abs(row["predicted"] / row["measured"] - 1), 0.05, row)

    def test_table_and_refusals(self) -> None:
        rng = np.random.default_rng(6)
        self.layer(rng.standard_normal((4, 10)), rng.standard_normal((20, 10)))
        done = self.run_program("advise", "--weights", "W.npy", "--inputs", "X.npy", "--target", 0.1, "--report", "R.json")
        self.assertIn("predicted", done.out)
        self.assertIn(f"take {support.load(self.folder / 'R.json')['parameters']}", done.out)
        for target in (0, 1, -0.5, "nan"):
            self.assertIn("--target", self.run_program("advise", "--weights", "W.npy", "--inputs", "X.npy", "--target", target, code=2).err)
        np.save(self.folder / "X.npy", np.zeros((5, 10)))
        self.assertIn("XW = 0", self.run_program("advise", "--weights", "W.npy", "--inputs", "X.npy", "--target", 0.1, code=2).err)


if __name__ == "__main__":
    unittest.main()
