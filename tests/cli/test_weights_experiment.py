"""Tests of the weights experiment: vectors quantized separately, against population values and Shannon's limit, and their packed form."""
from __future__ import annotations

import math
import os
import statistics
import unittest
from pathlib import Path
from typing import Any

import support

try:
    import numpy as np
except ImportError as problem:
    raise unittest.SkipTest(f"numpy is not installed: {problem}")


def settings(**changes: Any) -> dict[str, Any]:
    base = {"experiment": "weights", "trials": 2, "inputs": {"width": 40}, "weights": {"distribution": "gaussian", "neurons": 6}, "quantizer": {"name": "ls2"},
            "bounds": "all"}
    return {**base, **changes}


class Weights(support.InFolder):
    def test_errors_are_those_of_the_vectors(self) -> None:
        """Counted once more from Q, which `quantize` gives for the same weights; with a dead vector."""
        weights = np.random.default_rng(3).laplace(size=(5, 30))
        weights[2] = 0
        np.save(self.folder / "W.npy", weights)
        config = settings(inputs={}, weights={"distribution": "npy", "path": "W.npy"}, trials=5)
        for words, name in ((["quantizer.name=ls2"], "ls2"), (["quantizer.name=msq", "quantizer.alphabet.bits=2", "quantizer.alphabet.kind=lloyd_max"], "msq")):
            results = self.results_of(config, *words, output=f"out_{name}")
            record, = results["records"]
            self.assertEqual((record["status"], record["width"], record["neurons"]), ("ok", 30, 5))
            flags = [word.removeprefix("quantizer.") for word in words if "name" not in word]
            self.run_program("quantize", "--weights", "W.npy", "--quantizer", name, *flags, "-o", "Q.npy")
            errors = ((weights - np.load(self.folder / "Q.npy")) ** 2).sum(axis=1)
            energies = (weights ** 2).sum(axis=1)
            each = errors[energies > 0] / energies[energies > 0]
            for column, value in (("error_energy", errors.sum()), ("signal_energy", energies.sum()), ("relative_squared_error", errors.sum() / energies.sum()),
                                  ("mean_vector_error", each.mean()), ("max_vector_error", each.max())):
                self.assertAlmostEqual(record[column] / value, 1, places=12, msg=column)
            self.assertEqual({row["bound"] for row in results["bounds"]}, {"weights_limit", "weights_population"})
            self.assertFalse([row for row in results["bounds"] if row["applies"]], "nothing is known of the law of a file's weights")

    def test_rows_of_inputs(self) -> None:
        results = self.results_of(settings(inputs={"distribution": "gaussian", "samples": 300, "width": 16}, weights=None), "precision=float32")
        for record in results["records"]:
            self.assertEqual((record["samples"], record["width"], record["levels"]), (300, 16, 4))
            self.assertAlmostEqual(record["rate"], 2 + 32 * 2 / 16, places=12)
        self.assertEqual({row["bound"] for row in results["bounds"] if row["applies"]}, {"weights_limit"})
        reason, = {row["reason"] for row in results["bounds"] if not row["applies"]}
        self.assertIn("there are 8 weights to a scale", reason)

    def test_population_values_apply_from_many_weights_to_a_scale_on(self) -> None:
        """Where they apply they are right to 5 %; where the law has no fourth moment they never do."""
        laws = [{"distribution": "gaussian"}, {"distribution": "laplace"}, {"distribution": "student_t", "degrees": 3}]
        results = self.results_of(settings(trials=20, inputs={}, weights={"neurons": 16}, sweep={"grid": {
            "width": [16, 64, 255, 256, 512, 1024], "weights": laws, "quantizer": [{"name": "ls1"}, {"name": "ls2"}, {"name": "gf", "planes": 4}]}}))
        cells = {record["cell_id"]: record for record in results["records"]}
        applying = set()
        for row in results["audit"]:
            if row["cell_id"] is not None and row["bound"] == "weights_population":
                record = cells[row["cell_id"]]
                self.assertIs(row["consistent"], True, record)
                applying.add((record["weights_distribution"], record["quantizer_name"], record["width"]))
        self.assertEqual(applying, {(law, name, width) for law in ("gaussian", "laplace") for name, scales in (("ls1", 1), ("ls2", 2), ("gf", 4))
                                    for width in (256, 512, 1024) if width >= 256 * scales})

    def test_population_and_limit(self) -> None:
        """Long vectors come to the values of the law, within the errors of their means; none below the limit; the gap as stated."""
        expected = {("gaussian", "ls1"): 1 - 2 / math.pi, ("gaussian", "ls2"): 0.117482, ("gaussian", "lst"): 0.190174, ("laplace", "ls1"): 0.5,
                    ("laplace", "ls2"): 0.176195, ("laplace", "lst"): 1 - 2 / math.e, ("uniform", "ls1"): 1 / 4, ("uniform", "ls2"): 1 / 16, ("uniform", "lst"): 1 / 9}
        results = self.results_of(settings(
            trials=20, inputs={"width": 20000}, weights={"neurons": 1},
            sweep={"grid": {"weights": [{"distribution": "gaussian"}, {"distribution": "laplace"}, {"distribution": "uniform", "low": -2, "high": 2}],
                            "quantizer": [{"name": "ls1"}, {"name": "lst"}, {"name": "ls2"}]}}))
        cells = {record["cell_id"]: record for record in results["records"]}
        judged = 0
        for row in results["summary"]:
            if row["kind"] is None:
                continue
            record = cells[row["cell_id"]]
            value = expected[record["weights_distribution"], record["quantizer_name"]]
            if row["kind"] == "prediction":
                # The scales are fitted: a bias of the order of 1/20000 beside a standard error of the mean of some 1/600.
                self.assertLess(abs(1 / row["ratio"] - 1), 3 * row["ratio_error"] + 1e-3)
                variance = {"gaussian": 1, "laplace": 2, "uniform": 4 / 3}[record["weights_distribution"]]
                self.assertAlmostEqual(row["mean"] / (20000 * variance), value, delta=1e-6)
                judged += 1
            else:
                self.assertEqual((row["kind"], row["holds"]), ("lower_mean", True))
                power = {"gaussian": 1, "laplace": 2 * math.e / math.pi, "uniform": 4 / 3 * 6 / (math.pi * math.e)}[record["weights_distribution"]]
                scales = {"ls1": 1, "lst": 1, "ls2": 2}[record["quantizer_name"]]
                self.assertAlmostEqual(row["mean"] / (20000 * power * 2 ** (-2 * (math.log2(record["levels"]) + 32 * scales / 20000))), 1, places=12)
                errors = [r["error_energy"] for r in results["records"] if r["cell_id"] == row["cell_id"]]
                self.assertAlmostEqual(row["gap_bits"], statistics.fmean(math.log2(e / row["mean"]) / 2 for e in errors), places=9)
                self.assertGreater(row["gap_bits"], 0)
        self.assertEqual(judged, len(expected))

    def test_refusals(self) -> None:
        for changes, complaint in (
                ({"quantizer": {"name": "gpfq", "alphabet": {"levels": 3, "step": 1.0}}}, "memoryless"),
                ({"weights": None}, "give either"),
                ({"inputs": {"distribution": "gaussian", "samples": 3, "width": 4}}, "give either"),
                ({"inputs": {}}, "width is missing"), ({"measure": "error_budget"}, "unknown key 'measure'"),
                ({"weights": {"distribution": "npy", "path": "none.npy"}, "inputs": {}}, "none.npy")):
            with self.subTest(changes=changes):
                self.write("config.yaml", settings(**changes))
                self.assertIn(complaint, self.run_program("config.yaml", code=2).err)


class Plugins(support.InFolder):
    def test_a_plugin_that_crashes_costs_its_own_task(self) -> None:
        faults = Path(os.environ.get("PLUGINS", support.ROOT / "build" / "release" / "tests" / "plugins")) / "faults.so"
        quantizers = [{"name": "msq"}, {"name": "faulty", "fault": "crash"}, {"name": "faulty", "fault": "none"}]
        results = self.results_of(settings(plugins=str(faults), trials=1, sweep={"grid": {"quantizer": quantizers}},
                                           quantizer={"name": "msq", "alphabet": {"levels": 7, "step": 0.5}}), "-j2", code=1)
        self.assertEqual([record["status"] for record in results["records"]], ["ok", "failed", "ok"])
        self.assertRegex(results["records"][1]["error"], r"^plugin faults 7\.0 .*(crashed: signal 6|ended with exit code)")
        self.assertEqual(results["records"][2]["error_energy"], results["records"][0]["error_energy"])


class Packed(support.InFolder):
    def test_round_trip(self) -> None:
        rng = np.random.default_rng(4)
        for kind, schemes in (("float32", ([], ["granularity=group", "group=50"])), ("float64", (["planes=3"],))):
            np.save(self.folder / "W.npy", rng.standard_normal((24, 1000)).astype(kind))
            for parameters in schemes:
                name = "gf" if parameters and parameters[0].startswith("planes") else "ls1"
                self.run_program("quantize", "--weights", "W.npy", "--quantizer", name, *parameters, "-o", "Q.npy", "--packed", "Q.planes", "--report", "R.json")
                self.run_program("unpack", "Q.planes", "-o", "again.npy")
                self.assertEqual((self.folder / "Q.npy").read_bytes(), (self.folder / "again.npy").read_bytes())
                bits = support.load(self.folder / "R.json")["packed_bits_per_weight"]
                self.assertEqual(bits, 8 * (self.folder / "Q.planes").stat().st_size / 24000)
                if name == "ls1" and not parameters:
                    self.assertLessEqual(bits, 1.1)

    def test_refusals(self) -> None:
        np.save(self.folder / "W.npy", np.ones((3, 8)) + np.arange(8))
        quantize = ("quantize", "--weights", "W.npy", "-o", "Q.npy", "--packed", "Q.planes")
        self.assertIn("--packed", self.run_program(*quantize, "--quantizer", "msq", "alphabet.levels=3", "alphabet.step=1", code=2).err)
        self.assertFalse((self.folder / "Q.planes").exists())
        self.run_program(*quantize, "--quantizer", "ls2")
        content = bytearray((self.folder / "Q.planes").read_bytes())
        for name, damaged, complaint in (("flipped", bytes([*content[:70], content[70] ^ 4, *content[71:]]), "checksum"),
                                         ("short", content[:-3], "bytes"), ("other", b"\x93NUMPY" + bytes(content[6:]), "not a file of packed")):
            (self.folder / name).write_bytes(damaged)
            done = self.run_program("unpack", name, "-o", "out.npy", code=2)
            self.assertIn(complaint, done.err)
            self.assertIn(name, done.err)
            self.assertFalse((self.folder / "out.npy").exists())


if __name__ == "__main__":
    unittest.main()
