"""Tests that the configs on weights, limits and the levels for a target show what their headers claim."""
from __future__ import annotations

import collections
import math
import statistics
import unittest
from typing import Any

from test_config_claims import Claims


class OfBits(Claims):
    def rows(self, kind: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        cells = {record["cell_id"]: record for record in self.results["records"]}
        return [(cells[row["cell_id"]], row) for row in self.results["summary"] if row["kind"] == kind]

    def no_mean_is_below_its_limit(self, cells: int) -> None:
        limits = self.rows("lower_mean")
        self.assertEqual(len(limits), cells)
        for record, row in limits:
            self.assertIs(row["holds"], True)
            self.assertGreater(row["gap_bits"], 0, record)


class Weights(OfBits):
    NAME = "weights"

    def test_limits(self) -> None:
        self.no_mean_is_below_its_limit(4 * (3 + 5 + 8))
        self.no_line_is_refuted()

    def test_order_of_the_schemes(self) -> None:
        for law in ("gaussian", "laplace", "student_t"):
            ls2 = self.mean(weights_distribution=law, quantizer_name="ls2")
            self.assertLess(ls2, self.mean(weights_distribution=law, quantizer_name="gf", quantizer_planes=2))
            for planes in (3, 4):
                greedy = self.mean(weights_distribution=law, quantizer_name="gf", quantizer_planes=planes)
                better = self.mean(weights_distribution=law, quantizer_name="alternating", quantizer_planes=planes)
                lloyd = self.mean(weights_distribution=law, quantizer_alphabet_kind="lloyd_max", quantizer_alphabet_bits=planes)
                uniform = self.mean(weights_distribution=law, quantizer_alphabet_kind="midrise", quantizer_alphabet_bits=planes)
                self.assertLess(better, greedy)
                self.assertLess(lloyd, min(uniform, better))

    def test_population_values(self) -> None:
        """Of schemes whose scales are fitted to 1024 numbers or more: within 2 %, but for long tails."""
        for record, row in self.rows("prediction"):
            if record["weights_distribution"] in ("gaussian", "uniform") and record["quantizer_name"] != "msq":
                self.assertAlmostEqual(row["ratio"], 1, delta=0.02)


class VectorLength(OfBits):
    NAME = "vector_length"

    def test_bias(self) -> None:
        """1 - measured/population falls as one over the length; larger with two scales than with one, and for long tails."""
        population = {("gaussian", "ls1"): 1 - 2 / math.pi, ("gaussian", "lst"): 0.190174, ("gaussian", "gf"): 0.130454, ("gaussian", "ls2"): 0.117482,
                      ("laplace", "ls1"): 0.5, ("laplace", "lst"): 1 - 2 / math.e, ("laplace", "gf"): (1 - 4 * math.exp(-2)) / 2, ("laplace", "ls2"): 0.176195}
        ratios: dict[tuple[str, str], dict[int, list[float]]] = collections.defaultdict(lambda: collections.defaultdict(list))
        for record in self.results["records"]:
            key = record["weights_distribution"], record["quantizer_name"]
            energy = record["width"] * record["neurons"] * {"gaussian": 1, "laplace": 2}[key[0]]
            ratios[key][record["width"]].append(record["error_energy"] / (energy * population[key]))
        bias = {key: {width: 1 - statistics.fmean(trials) for width, trials in of.items()} for key, of in ratios.items()}
        self.no_line_is_refuted()
        for record, row in self.rows("prediction"):
            self.assertGreaterEqual(record["width"] / {"ls1": 1, "lst": 1, "gf": 2, "ls2": 2}[record["quantizer_name"]], 256)
        for law in ("gaussian", "laplace"):
            for name in ("ls1", "lst", "gf", "ls2"):
                short = bias[law, name]
                self.assertGreater(short[16], 0.02)
                self.assertLess(abs(short[8192]), 0.005)
            self.assertGreater(bias[law, "ls2"][32], 2 * bias[law, "ls1"][32])
        for name in ("lst", "ls2"):
            self.assertGreater(bias["laplace", name][32], bias["gaussian", name][32])
        lengths = (16, 32, 64, 128)
        logs = [math.log(bias["gaussian", "ls2"][width]) for width in lengths]
        slope = (logs[-1] - logs[0]) / math.log(lengths[-1] / lengths[0])
        self.assertAlmostEqual(slope, -1, delta=0.25)


class Activations(Claims):
    NAME = "activations"

    def test_planes(self) -> None:
        def ratio(**where: Any) -> float:
            return self.mean(**where, quantizer_name="ls2") / self.mean(**where, quantizer_name="ls1")

        self.assertLess(ratio(inputs_dataset="digits"), 0.5 * ratio(inputs_distribution="gaussian"))
        self.assertLess(ratio(inputs_distribution="rectified_gaussian"), ratio(inputs_distribution="gaussian"))
        for where in ({"inputs_dataset": "digits"}, {"inputs_distribution": "rectified_gaussian"}):
            self.assertLess(self.mean(**where, quantizer_name="lst"), 1.25 * self.mean(**where, quantizer_name="ls2"))
        self.assertGreater(self.mean(inputs_distribution="gaussian", quantizer_name="lst"), 1.5 * self.mean(inputs_distribution="gaussian", quantizer_name="ls2"))


class Limits(OfBits):
    NAME = "limits"

    def test_gaps(self) -> None:
        self.no_mean_is_below_its_limit(2 * (2 * 5 + 5))
        gap = {(record["inputs_distribution"], record["quantizer_name"], record["levels"]): row["gap_bits"] for record, row in self.rows("lower_mean")}
        for name in ("msq", "gpfq"):
            self.assertAlmostEqual(gap["gaussian", name, 3], 0.43, delta=0.05)
            self.assertAlmostEqual(gap["gaussian", name, 31], 0.95, delta=0.05)
        for levels in (3, 5, 7, 15, 31):
            extra = gap["spectrum", "msq", levels] - gap["gaussian", "msq", levels]
            self.assertGreater(extra, 0.35)
            self.assertGreater(gap["spectrum", "msq", levels] - gap["spectrum", "gpfq", levels], extra / 3)
        self.assertGreater(gap["gaussian", "gf", 16], gap["gaussian", "gf", 8] + 0.5)


class LevelsNeeded(Claims):
    NAME = "levels_needed"

    def needed(self, quantizer: str) -> dict[int, float]:
        """Counted once more: what the figure shows."""
        errors: dict[tuple[int, int], list[float]] = collections.defaultdict(list)
        for record in self.results["records"]:
            if record["quantizer_name"] == quantizer:
                errors[record["width"], record["levels"]].append(record["relative_squared_error"])
        widths = sorted({width for width, _ in errors})
        return {width: min((levels for (w, levels), values in errors.items() if w == width and statistics.fmean(values) <= 0.01), default=math.inf)
                for width in widths}

    def test_levels(self) -> None:
        msq, gpfq, spfq = (self.needed(name) for name in ("msq", "gpfq", "spfq"))
        listed = sorted({record["levels"] for record in self.results["records"]})
        places = [listed.index(levels) for levels in msq.values()]
        self.assertLessEqual(max(places), min(places) + 1)
        for found in (gpfq, spfq):
            self.assertTrue(all(found[a] >= found[b] for a, b in zip(sorted(found), sorted(found)[1:])), found)
            self.assertLess(found[4096], found[128])
        self.assertLessEqual(gpfq[4096], 5)
        for width in gpfq:
            self.assertLessEqual(gpfq[width], spfq[width])
            self.assertLessEqual(gpfq[width], msq[width])


if __name__ == "__main__":
    unittest.main()
