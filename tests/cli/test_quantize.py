"""Tests of `runsweep quantize`: NPY in, Q and a report out, and agreement with published implementations on the same inputs."""
from __future__ import annotations

import functools
import json
import math
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import support

try:
    import numpy as np
except ImportError as problem:
    raise unittest.SkipTest(f"numpy is not installed: {problem}")

PARITY = support.SHARED / "parity" if support.SHARED else Path("/nonexistent")
KEYS = {"quantizer_name", "quantizer_alphabet.levels", "quantizer_alphabet.step", "precision", "seed", "width", "samples", "neurons", "levels", "bits", "step",
        "step_min", "step_max", "rate", "relative_error", "relative_squared_error", "signal_energy", "error_energy", "median_neuron_error",
        "max_neuron_squared_error", "max_abs_error", "clipped", "sparsity", "weight_relative_squared_error", "bounds", "version"}


class Quantize(support.InFolder):
    def quantize(self, *words: Any, weights: Any = "W.npy", name: str = "Q", code: int = 0) -> tuple[Any, dict[str, Any]]:
        done = self.run_program("quantize", "--weights", weights, "-o", f"{name}.npy", "--report", f"{name}.json", *words, code=code)
        if code != 0:
            self.assertFalse((self.folder / f"{name}.npy").exists())
            self.assertFalse((self.folder / f"{name}.json").exists())
            return None, {"err": done.err}
        return np.load(self.folder / f"{name}.npy"), support.load(self.folder / f"{name}.json")

    def save(self, name: str, array: Any) -> str:
        np.save(self.folder / name, array)
        return name


@unittest.skipUnless(PARITY.is_dir(), "the reference files (SHARED/parity) are not there")
class Parity(Quantize):
    @staticmethod
    @functools.cache
    def runs() -> dict[str, Any]:
        return json.loads((PARITY / "manifest.json").read_text(encoding="utf-8"))["cases"]["g1"]["runs"]

    def inputs(self, tilde: bool) -> list[Any]:
        return ["--inputs", PARITY / "g1_X.npy"] + (["--quantized-inputs", PARITY / "g1_Xtilde.npy"] if tilde else [])

    @staticmethod
    def alphabet(run: dict[str, Any]) -> list[str]:
        return [f"alphabet.levels={2 * run['M'] + 1}", f"alphabet.step={run['step']!r}"]

    def test_deterministic_quantizers(self) -> None:
        """Q entry by entry; the error up to the rounding of the arithmetic it was computed in."""
        for precision, kind, tolerance in (("float64", "f64", 1e-10), ("float32", "f32", 2e-7)):
            for quantizer in ("gpfq", "msq"):
                for tilde in (False, True):
                    inputs = "tilde" if tilde else "same"
                    run = self.runs()[f"gpfq_{inputs}_{kind}" if quantizer == "gpfq" else f"msq_{kind}"]
                    with self.subTest(quantizer=quantizer, precision=precision, inputs=inputs):
                        Q, report = self.quantize("--quantizer", quantizer, *self.alphabet(run), f"precision={precision}", *self.inputs(tilde),
                                                  weights=PARITY / "g1_W.npy")
                        stored = np.load(PARITY / (f"g1_Q_gpfq_{inputs}_{kind}.npy" if quantizer == "gpfq" else f"g1_Q_msq_{kind}.npy"))
                        self.assertEqual(Q.dtype, np.dtype(precision))
                        np.testing.assert_array_equal(Q, stored)
                        error = run["rel_err"] if quantizer == "gpfq" else run[f"rel_err_{inputs}"]
                        self.assertAlmostEqual(report["relative_error"], error, delta=tolerance * (1 if kind == "f64" else error / 0.1))
                        self.assertAlmostEqual(report["sparsity"], np.mean(stored == 0), delta=1e-15)
                        self.assertEqual((report["width"], report["samples"], report["neurons"], report["levels"]), (40, 64, 5, 17))

    def test_spfq(self) -> None:
        """Means over 200 seeds, theirs and ours: of the error within 4 standard errors of the difference, of Q within 5.5 (400 entries).

        What the entries of Q spread is known of ours only and taken for both; an entry that never changed may do so in one draw of 200.
        """
        seeds = 200
        for inputs in ("same", "tilde"):
            with self.subTest(inputs=inputs):
                run = self.runs()[f"spfq_{inputs}_f64"]
                words = ["--quantizer", "spfq", *self.alphabet(run), *self.inputs(inputs == "tilde")]
                one = lambda seed: self.quantize(*words, f"seed={seed}", weights=PARITY / "g1_W.npy", name=f"{inputs}{seed}")
                with ThreadPoolExecutor(2) as pool:
                    found = list(pool.map(one, range(seeds)))
                errors = np.array([report["relative_error"] for _, report in found])
                self.assertEqual(len(set(errors)), seeds)
                combined = math.hypot(errors.std(ddof=1) / math.sqrt(seeds), run["rel_err_sem"])
                self.assertAlmostEqual(errors.mean(), run["rel_err_mean"], delta=4 * combined)
                Q = np.array([Q for Q, _ in found])
                spread = np.maximum(Q.std(axis=0, ddof=1), run["step"] / math.sqrt(seeds)) * math.sqrt(2 / seeds)
                distance = np.abs(Q.mean(axis=0) - np.load(PARITY / f"g1_spfq_{inputs}_meanQ.npy")) / spread
                self.assertLess(distance.max(), 5.5)


class Files(Quantize):
    def setUp(self) -> None:
        super().setUp()
        random = np.random.default_rng(3)
        self.X = random.normal(size=(12, 20))
        self.W = random.normal(size=(4, 20))
        self.save("X.npy", self.X)
        self.save("W.npy", self.W)

    def test_report(self) -> None:
        Q, report = self.quantize("--inputs", "X.npy", "--quantizer", "gpfq", "alphabet.levels=17", "alphabet.step=0.25")
        self.assertLessEqual(KEYS, set(report))
        self.assertEqual((report["quantizer_name"], report["precision"], report["seed"], report["step"]), ("gpfq", "float64", "0", 0.25))
        outputs, errors = self.X @ self.W.T, self.X @ (self.W - Q).T
        for key, value in (("signal_energy", (outputs ** 2).sum()), ("error_energy", (errors ** 2).sum()), ("max_abs_error", np.abs(errors).max()),
                           ("relative_squared_error", (errors ** 2).sum() / (outputs ** 2).sum())):
            self.assertAlmostEqual(report[key], value, delta=1e-13 * value, msg=key)
        self.assertEqual(Q.shape, (4, 20))
        np.testing.assert_array_equal(Q / 0.25, np.round(Q / 0.25))
        lines = {line["bound"]: line for line in report["bounds"]}
        self.assertTrue(lines["gpfq_deterministic"]["applies"] or lines["gpfq_deterministic"]["reason"])
        for line in report["bounds"]:
            self.assertEqual(list(line), ["bound", "kind", "metric", "value", "probability", "applies", "reason", "measured"])
            self.assertEqual(line["applies"], line["value"] is not None)
            self.assertEqual(line["applies"], line["reason"] is None)

    def test_a_rate_is_no_line_of_the_report(self) -> None:
        _, report = self.quantize("--inputs", "X.npy", "--quantizer", "spfq", "alphabet.levels=infinite", "alphabet.step=0.25")
        self.assertIn("spfq_paper_l2", [line["bound"] for line in report["bounds"] if line["applies"]])
        self.assertFalse([line for line in report["bounds"] if line["kind"] == "rate"])

    def test_without_report(self) -> None:
        done = self.run_program("quantize", "--weights", "W.npy", "--inputs", "X.npy", "--quantizer", "gpfq", "quantizer.alphabet.levels=17",
                                "quantizer.alphabet.step=0.25", "-o", "Q.npy")
        self.assertIn("relative_error", done.out)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["Q.npy", "W.npy", "X.npy"])

    def test_formats_give_the_same(self) -> None:
        words = ("--quantizer", "gpfq", "alphabet.levels=17", "alphabet.step=0.25")
        single, double = self.W.astype("<f4"), self.X.astype("<f4").astype("<f8")
        self.save("W.npy", single.astype("<f8"))
        self.save("X.npy", double)
        wanted, _ = self.quantize("--inputs", "X.npy", *words)
        self.save("WF.npy", np.asfortranarray(single.astype("<f8")))
        self.save("XF.npy", np.asfortranarray(double))
        self.save("X4.npy", np.asfortranarray(double.astype("<f4")))
        for weights, inputs in (("WF.npy", "XF.npy"), ("W.npy", "X4.npy"), ("WF.npy", "X.npy")):
            with self.subTest(weights=weights, inputs=inputs):
                np.testing.assert_array_equal(self.quantize("--inputs", inputs, *words, weights=weights)[0], wanted)

    def test_the_precision_is_that_of_the_weights(self) -> None:
        self.save("W4.npy", self.W.astype("<f4"))
        words = ("--inputs", "X.npy", "--quantizer", "msq", "alphabet.levels=infinite", "alphabet.step=0.1")
        for weights, more, precision in (("W4.npy", (), "float32"), ("W.npy", (), "float64"), ("W4.npy", ("precision=float64",), "float64"),
                                         ("W.npy", ("precision=float32",), "float32")):
            with self.subTest(weights=weights, more=more):
                Q, report = self.quantize(*words, *more, weights=weights)
                self.assertEqual((Q.dtype, report["precision"]), (np.dtype(precision), precision))
                self.assertFalse(np.isfortran(Q))

    def test_memoryless_without_inputs(self) -> None:
        Q, report = self.quantize("--quantizer", "msq", "alphabet.levels=5", "alphabet.step=0.5")
        np.testing.assert_array_equal(Q, 0.5 * np.clip(np.floor(self.W / 0.5 + 0.5), -2, 2))
        self.assertAlmostEqual(report["weight_relative_squared_error"], ((self.W - Q) ** 2).sum() / (self.W ** 2).sum(), delta=1e-14)
        self.assertEqual(report["clipped"], int((np.abs(np.floor(self.W / 0.5 + 0.5)) > 2).sum()))
        self.assertEqual((report["samples"], report["bounds"]), (0, []))
        self.assertNotIn("relative_error", report)

    def test_seeds(self) -> None:
        words = ("--inputs", "X.npy", "--quantizer", "spfq", "alphabet.levels=infinite", "alphabet.step=0.5")
        first, again, other = (self.quantize(*words, f"seed={seed}")[0] for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        self.assertFalse(np.array_equal(first, other))

    def test_refusals(self) -> None:
        self.save("short.npy", self.X[:, :19])
        self.save("fewer.npy", self.X[:11])
        self.save("cube.npy", np.zeros((2, 3, 4)))
        gpfq = ("--quantizer", "gpfq", "alphabet.levels=17", "alphabet.step=0.25")
        for words, pattern in ((gpfq, "gpfq needs the layer's inputs: give --inputs"), (("--quantized-inputs", "X.npy", *gpfq), "goes with --inputs"),
                               (("--inputs", "absent.npy", *gpfq), r"absent\.npy.*no such file"), (("--inputs", "cube.npy", *gpfq), "3 dimensions"),
                               (("--inputs", "short.npy", *gpfq), "19|20"), (("--inputs", "X.npy", "--quantized-inputs", "fewer.npy", *gpfq), "11|12"),
                               (("--inputs", "X.npy", "--quantizer", "gpqf"), r"did you mean 'gpfq'\?"),
                               (("--inputs", "X.npy", *gpfq, "alphabet.stepp=1"), r"no parameter 'alphabet\.stepp' .did you mean 'alphabet\.step'"),
                               (("--inputs", "X.npy", *gpfq, "alphabet.step=0"), "step must be a number > 0"),
                               (("--inputs", "X.npy", *gpfq, "alphabet.levels=4"), "odd number of levels"),
                               (("--inputs", "X.npy", *gpfq, "alphabet.levels=3,5"), "takes one value"), (("--inputs", "X.npy", *gpfq, "seed=1,2"), "takes one value"),
                               (("--inputs", "X.npy", *gpfq, "seed=-1"), "seed must be an integer >= 0"), (("--inputs", "X.npy", *gpfq, "precision=half"), "precision must be"),
                               (("--inputs", "X.npy", "--quantizer", "gpfq"), "alphabet.levels"), (("--inputs", "X.npy", *gpfq, "steps"), "'steps' is not key=value")):
            with self.subTest(words=words):
                self.assertRegex(self.quantize(*words, code=2)[1]["err"], pattern)

    def test_expressions(self) -> None:
        """Of the sizes of the files and of the quantizer's own numbers."""
        words = ("--inputs", "X.npy", "--quantizer", "gpfq")
        expected, _ = self.quantize(*words, "alphabet.levels=25", "alphabet.step=0.0625")
        found, report = self.quantize(*words, "alphabet.levels=2*samples+1", "alphabet.step=2^-neurons")
        np.testing.assert_array_equal(found, expected)
        self.assertEqual((report["levels"], report["step"]), (25, 0.0625))
        self.assertIn("did you mean 'width'", self.quantize(*words, "alphabet.levels=widht+1", "alphabet.step=1", code=2, name="R")[1]["err"])
        self.assertIn("depends on itself",
                      self.quantize(*words, "alphabet.levels=3", "alphabet.step=1/quantizer_alphabet_step", code=2, name="R")[1]["err"])

    def test_zeros(self) -> None:
        """Weights without a step are bad input; XW = 0 leaves nothing to report, which is no fault of the usage."""
        self.save("Z.npy", np.zeros((4, 20)))
        words = ("--inputs", "X.npy", "--quantizer", "gpfq", "alphabet.levels=17")
        self.assertIn("the absmax rule gives no step", self.quantize(*words, "alphabet.radius.rule=absmax", weights="Z.npy", code=2)[1]["err"])
        done = self.run_program("quantize", "--weights", "Z.npy", *words, "alphabet.step=0.5", "-o", "Q.npy", code=1)
        self.assertIn("XW = 0", done.err)

    def test_output_that_cannot_be_written(self) -> None:
        words = ("--inputs", "X.npy", "--quantizer", "gpfq", "alphabet.levels=17", "alphabet.step=0.25")
        done = self.run_program("quantize", "--weights", "W.npy", *words, "-o", "absent/Q.npy", code=2)
        self.assertIn("absent/Q.npy", done.err)


if __name__ == "__main__":
    unittest.main()
