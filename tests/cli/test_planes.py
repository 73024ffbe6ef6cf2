"""Tests of quantizers that choose their own levels, in the whole program, and of the limits under every curve."""
from __future__ import annotations

import math
import unittest

import support


class Planes(support.InFolder):
    def test_records(self) -> None:
        """Levels and rate count what is stored; there is no step; one sweep holds them beside quantizers with an alphabet."""
        width, neurons = 48, 3
        settings = support.config(
            inputs={"distribution": "gaussian", "samples": 64, "width": width},
            quantizer={"name": "msq", "alphabet": {"levels": 3, "step": 1.0}},
            sweep={"grid": {"precision": ["float32", "float64"], "quantizer": [
                {"name": "ls1"}, {"name": "ls2"}, {"name": "lst"}, {"name": "gf", "planes": 4}, {"name": "alternating", "planes": 4},
                {"name": "ls2", "granularity": "layer"}, {"name": "lst", "granularity": "group", "group": 16}, {"name": "msq"}]}})
        results = self.results_of(settings)
        scales = {("ls1", "neuron"): 3, ("ls2", "neuron"): 6, ("lst", "neuron"): 3, ("gf", "neuron"): 12, ("alternating", "neuron"): 12,
                  ("ls2", "layer"): 2, ("lst", "group"): 9, ("msq", None): 1}
        levels = {"ls1": 2, "ls2": 4, "lst": 3, "gf": 16, "alternating": 16, "msq": 3}
        errors = {}
        for record in results["records"]:
            name, granularity = record["quantizer_name"], record.get("quantizer_granularity")
            with self.subTest(name=name, granularity=granularity):
                self.assertEqual(record["status"], "ok", record["error"])
                self.assertEqual(record["levels"], levels[name])
                self.assertAlmostEqual(record["bits"], math.log2(levels[name]), places=12)
                self.assertAlmostEqual(record["rate"], record["bits"] + 32 * scales[name, granularity] / (width * neurons), places=12)
                self.assertEqual(record["step"], 1.0 if name == "msq" else None)
                self.assertEqual(record["step_min"], 1.0 if name == "msq" else None)
                if name != "msq":
                    self.assertEqual(record["clipped"], 0)
                errors.setdefault((record["precision"], record["trial"]), {})[name, granularity] = record["weight_relative_squared_error"]
        for of_trial in errors.values():
            self.assertLess(of_trial["ls2", "neuron"], of_trial["lst", "neuron"])
            self.assertLess(of_trial["lst", "neuron"], of_trial["ls1", "neuron"])
            self.assertLess(of_trial["ls2", "neuron"], of_trial["ls2", "layer"])
            self.assertLessEqual(of_trial["alternating", "neuron"], of_trial["gf", "neuron"])

    def test_published_search_that_stops(self) -> None:
        """Where the published code stops with an error, the task fails and says why; the others of the sweep are there."""
        settings = support.config(
            inputs={"distribution": "gaussian", "samples": 8, "width": 2},
            quantizer={"name": "ls2"},
            sweep={"grid": {"quantizer": [{"name": "ls2"}, {"name": "ls2", "compat": "ml-quant", "skip": 1}]}})
        results = self.results_of(settings, code=1)
        by_compat = {record.get("quantizer_compat"): record for record in results["records"]}
        self.assertEqual(by_compat[None]["status"], "ok")
        self.assertEqual(by_compat["ml-quant"]["status"], "failed")
        self.assertIn("no candidate", by_compat["ml-quant"]["error"])

    def test_contradictions(self) -> None:
        for quantizer, complaint in (
                ({"name": "ls1", "granularity": "group"}, "group"), ({"name": "ls2", "skip": 2}, "compat"),
                ({"name": "ls1", "alphabet": {"levels": 3}}, "alphabet.levels"), ({"name": "gf", "planes": 17}, "planes")):
            with self.subTest(quantizer=quantizer):
                self.write("config.yaml", support.config(quantizer=quantizer))
                self.assertIn(complaint, self.run_program("config.yaml", code=2).err)


class Limits(support.InFolder):
    def test_lower_limits(self) -> None:
        """No mean lies below its limit; where a limit is empty, or another one applies, the row says so."""
        settings = support.config(
            trials=20, bounds=["water_filling", "entropy_power"],
            inputs={"distribution": "gaussian", "samples": 40},
            quantizer={"name": "gpfq", "alphabet": {"levels": 7, "radius": {"rule": "absmax"}}},
            sweep={"grid": {"width": [24, 64], "weights": [{"distribution": "gaussian"}, {"distribution": "laplace"}],
                            "quantizer": [{"name": "gpfq"}, {"name": "ls2"}]}})
        results = self.results_of(settings)
        cells = {record["cell_id"]: record for record in results["records"]}
        applies = {"gaussian": "water_filling", "laplace": "entropy_power"}
        judged = 0
        for row in results["summary"]:
            if row["kind"] != "lower_mean":
                continue
            judged += 1
            self.assertEqual(row["metric"], applies[cells[row["cell_id"]]["weights_distribution"]])
            self.assertEqual(cells[row["cell_id"]]["width"], 24)
            self.assertLess(row["ratio"], 1)
            self.assertTrue(row["holds"])
        self.assertEqual(judged, 4)
        for row in results["bounds"]:
            cell = cells[row["cell_id"]]
            if row["bound"] == "input_box":
                self.assertTrue(row["holds"])
            elif row["applies"]:
                self.assertEqual(row["kind"], "lower_mean")
            elif row["bound"] != applies[cell["weights_distribution"]]:
                self.assertIn("Gaussian", row["reason"])
            else:
                self.assertEqual(cell["width"], 64)
                self.assertIn("N = 64 > m = 40", row["reason"])


if __name__ == "__main__":
    unittest.main()
