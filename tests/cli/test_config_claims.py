"""Tests that each config shows what its header claims."""
from __future__ import annotations

import functools
import math
import statistics
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable

import support

Rows = list[dict[str, Any]]
Record = dict[str, Any]


@functools.cache
def results(name: str) -> dict[str, Any]:
    case = support.InFolder()
    with tempfile.TemporaryDirectory() as folder:
        case.folder = Path(folder)
        done = case.run_program(support.ROOT / "configs" / f"{name}.yaml", "-o", "out", "-q", code=None)
        if "was not found. Looked at:" in done.err:
            raise unittest.SkipTest(done.err.splitlines()[0])
        case.assertEqual((done.code, done.err), (0, ""), "everything is run, and the figure is drawn without a warning")
        case.assertTrue((case.folder / "out" / "figure.png").exists())
        return support.load(case.folder / "out" / "results.json")


class Claims(unittest.TestCase):
    NAME = ""

    @classmethod
    def setUpClass(cls) -> None:
        cls.results = results(cls.NAME) if cls.NAME else {}

    def cell(self, **wanted: Any) -> Rows:
        found = [record for record in self.results["records"] if all(record[column] == value for column, value in wanted.items())]
        self.assertEqual(len({record["cell_id"] for record in found}), 1, wanted)
        return found

    def mean(self, column: str = "relative_squared_error", **wanted: Any) -> float:
        return statistics.fmean(record[column] for record in self.cell(**wanted))

    def paired(self, one: Rows, other: Rows, factor: float) -> None:
        """one <= factor * other, by the paired errors of every trial."""
        logs = [math.log(a["relative_squared_error"] / b["relative_squared_error"]) for a, b in zip(one, other)]
        self.assertLess(statistics.fmean(logs) + 3 * statistics.stdev(logs) / math.sqrt(len(logs)), math.log(factor))

    def no_line_is_refuted(self) -> None:
        self.assertTrue(self.results["audit"])
        self.assertEqual([row for row in self.results["audit"] if row["cell_id"] is None and row["consistent"] is False], [])

    def applying(self, line: str, column: str) -> set[Any]:
        cells = {row["cell_id"] for row in self.results["bounds"] if row["bound"] == line and row["applies"]}
        return {record[column] for record in self.results["records"] if record["cell_id"] in cells}


class WidthDecay(Claims):
    NAME = "width_decay"
    WIDTHS = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)
    PANELS = {"(a)": "infinite", "(b)": 3}
    QUANTIZERS = ("msq", "gpfq", "spfq")

    def setUp(self) -> None:
        self.cells = {record["cell_id"]: record for record in self.results["records"]}

    def where(self, cell: str) -> tuple[Any, str, int]:
        record = self.cells[cell]
        return record["quantizer_alphabet_levels"], record["quantizer_name"], record["width"]

    def test_all_is_there(self) -> None:
        self.assertEqual({self.where(cell) for cell in self.cells}, {(levels, quantizer, width) for levels in self.PANELS.values() for quantizer in self.QUANTIZERS
                                                                     for width in self.WIDTHS})
        self.assertEqual(len(self.results["records"]), 20 * len(self.cells))
        self.assertEqual({record["status"] for record in self.results["records"]}, {"ok"})
        self.assertEqual({record["clipped"] for record in self.results["records"] if record["quantizer_alphabet_levels"] == "infinite"}, {0})

    def test_exponents(self) -> None:
        """For width >= 8 samples, fitted in every trial by itself, for the widths of one trial share their first columns."""
        x = [math.log(width) for width in self.WIDTHS if width >= 8 * 64]
        for panel, levels in self.PANELS.items():
            for quantizer, exponent in (("msq", 0), ("gpfq", -1), ("spfq", -1)):
                with self.subTest(panel=panel, quantizer=quantizer):
                    cells = [self.cell(quantizer_alphabet_levels=levels, quantizer_name=quantizer, width=width) for width in self.WIDTHS if width >= 8 * 64]
                    slopes = [statistics.linear_regression(x, [math.log(records[trial]["relative_squared_error"]) for records in cells]).slope for trial in range(20)]
                    self.assertAlmostEqual(statistics.fmean(slopes), exponent, delta=0.02)

    def test_predictions(self) -> None:
        """Right to two per cent, as far as 20 trials can tell."""
        seen = set()
        for row in self.results["summary"]:
            if row["kind"] != "prediction":
                continue
            seen.add(self.where(row["cell_id"]))
            with self.subTest(line=row["metric"], cell=self.where(row["cell_id"])):
                self.assertEqual((row["count"], self.cells[row["cell_id"]]["clipped"]), (20, 0))
                measured_over_predicted = 1 / row["ratio"]
                error = row["ratio_error"] / row["ratio"] ** 2
                self.assertLess(error, 0.02)
                self.assertLessEqual(abs(measured_over_predicted - 1), 0.02 + 3 * error)
        self.assertLessEqual({("infinite", quantizer, width) for quantizer in self.QUANTIZERS for width in self.WIDTHS}, seen)

    def test_upper_lines(self) -> None:
        """In every trial of every cell one applies, but where SPFQ clips, of which none speaks; and all that apply hold."""
        upper = [row for row in self.results["bounds"] if row["kind"] == "upper" and row["applies"]]
        self.assertEqual([row for row in upper if row["holds"] is not True], [])
        trials: dict[str, set[int]] = {cell: set() for cell in self.cells}
        for row in upper:
            trials[row["cell_id"]].add(row["trial"])
        for cell, seen in trials.items():
            with self.subTest(cell=self.where(cell)):
                self.assertEqual(seen, set() if self.where(cell)[:2] == (3, "spfq") else set(range(20)))

    def test_mean_lines(self) -> None:
        self.no_line_is_refuted()
        rows = [row for row in self.results["summary"] if row["kind"] == "upper_mean"]
        self.assertEqual({self.where(row["cell_id"]) for row in rows}, {("infinite", quantizer, width) for quantizer in ("gpfq", "spfq") for width in self.WIDTHS})
        self.assertEqual([row for row in rows if row["holds"] is not True], [])

    def test_what_clips_is_not_covered(self) -> None:
        clipping = {record["cell_id"] for record in self.results["records"] if record["clipped"] > 0 and record["quantizer_name"] == "spfq"}
        self.assertEqual({self.where(cell) for cell in clipping}, {(3, "spfq", width) for width in self.WIDTHS})
        rows = [row for row in self.results["bounds"] if row["cell_id"] in clipping]
        self.assertTrue(rows)
        self.assertFalse([row for row in rows if row["applies"]])


class Distributions(Claims):
    NAME = "distributions"

    def test_gains_on_every_law(self) -> None:
        laws = {record["inputs_distribution"] for record in self.results["records"]}
        self.assertEqual(len(laws), 12)
        for law in laws:
            with self.subTest(law=law):
                msq, gpfq, spfq = (self.cell(inputs_distribution=law, quantizer_name=name) for name in ("msq", "gpfq", "spfq"))
                self.assertEqual({record["width"] for record in gpfq}, {1024})
                self.paired(gpfq, msq, 0.08)
                self.paired(gpfq, spfq, 0.6)
        for law in ("low_rank", "clusters", "subspace"):
            self.assertLess(self.mean(inputs_distribution=law, quantizer_name="gpfq"), 0.5 * self.mean(inputs_distribution="gaussian", quantizer_name="gpfq"))

    def test_lines(self) -> None:
        self.no_line_is_refuted()
        self.assertEqual(self.applying("gpfq_moment", "inputs_distribution"), {"gaussian", "ball", "subspace"})
        self.assertEqual(len(self.applying("spfq_l2", "inputs_distribution")), 12)
        self.assertEqual(len(self.applying("gpfq_prediction", "inputs_distribution")), 12)


class Samples(Claims):
    NAME = "samples"

    def errors(self, law: str, samples: int, quantizer: str) -> tuple[float, float]:
        records = self.cell(inputs_distribution=law, samples=samples, quantizer_name=quantizer)
        return tuple(statistics.fmean(record[column] for record in records) for column in ("relative_squared_error", "fresh_relative_squared_error"))

    def test_few_samples_are_learnt_by_heart(self) -> None:
        for law in ("gaussian", "low_rank"):
            calibration, fresh = self.errors(law, 4, "gpfq")
            with self.subTest(law=law):
                self.assertGreater(fresh, 50 * calibration)
                self.assertGreater(fresh, 2 * self.errors(law, 4, "msq")[1])

    def test_only_structure_is_gained_from(self) -> None:
        for samples in (4, 16, 64, 256, 1024):
            self.assertGreater(self.errors("gaussian", samples, "gpfq")[1], self.errors("gaussian", samples, "msq")[1])
        calibration, fresh = self.errors("low_rank", 1024, "gpfq")
        self.assertAlmostEqual(fresh / calibration, 1, delta=0.1)
        self.assertAlmostEqual(self.errors("low_rank", 1024, "msq")[1] / fresh, 15, delta=2)

    def test_predictions(self) -> None:
        self.no_line_is_refuted()
        rows = [row for row in self.results["summary"] if row["kind"] == "prediction"]
        self.assertEqual(len(rows), 2 * 9 * 3)
        for row in rows:
            self.assertAlmostEqual(row["ratio"], 1, delta=0.05 + 4 * row["ratio_error"])


class LoglogBits(Claims):
    NAME = "loglog_bits"

    def test_levels(self) -> None:
        """As the config says them: from 5.4 to 9.2 of spfq, 5 to 7 of gpfq, 3 of msq, and the bound 1 to 1.5 bits above."""
        used = {(name, width): statistics.fmean(record["levels_used"] for record in self.cell(quantizer_name=name, width=width))
                for name in ("msq", "gpfq", "spfq") for width in (64, 262144)}
        for width, expected in ((64, (3, 5, 5.4)), (262144, (3, 7, 9.2))):
            for name, levels in zip(("msq", "gpfq", "spfq"), expected):
                self.assertAlmostEqual(used[name, width], levels, delta=0.5)
        self.no_line_is_refuted()
        cells = {record["cell_id"]: record["width"] for record in self.results["records"]}
        for width in (64, 262144):
            values = [row["value"] for row in self.results["bounds"] if row["bound"] == "spfq_levels" and cells[row["cell_id"]] == width]
            self.assertAlmostEqual(math.log2(statistics.fmean(values) / used["spfq", width]), 1.25, delta=0.25)


class Radius(Claims):
    NAME = "radius"
    # Relative errors (not squared) of one simulation, by bits, for these C.
    C = (0.3, 0.5, 0.7, 0.9, 1.16, 1.5)
    TABLE = {2: (0.178, 0.105, 0.118, 0.151, 0.192, 0.247), 3: (0.181, 0.082, 0.066, 0.077, 0.101, 0.129), 4: (0.177, 0.074, 0.040, 0.039, 0.049, 0.063)}

    def errors(self, bits: int, scale: float, quantizer: str = "gpfq") -> list[float]:
        return [record["relative_error"] for record in self.cell(quantizer_name=quantizer, quantizer_alphabet_bits=bits, quantizer_alphabet_radius_scale=scale)]

    def test_table(self) -> None:
        """Each number within two standard deviations of one trial, and all of them together within 3 % in the mean of their logarithms."""
        off = []
        for bits, row in self.TABLE.items():
            for scale, stated in zip(self.C, row):
                with self.subTest(bits=bits, C=scale):
                    errors = self.errors(bits, scale)
                    self.assertLess(statistics.stdev(errors), 0.1 * statistics.fmean(errors))
                    self.assertLessEqual(abs(statistics.fmean(errors) - stated), 2 * statistics.stdev(errors) + 0.0005)
                    off.append(math.log(statistics.fmean(errors) / stated))
        self.assertLess(abs(statistics.fmean(off)), 0.03)

    def test_the_best_scale_grows_with_the_bits(self) -> None:
        scales = sorted({record["quantizer_alphabet_radius_scale"] for record in self.results["records"]})
        for quantizer, wanted in (("gpfq", [0.5, 0.7, 0.8]), ("msq", [0.5, 0.6, 0.8])):
            self.assertEqual([min(scales, key=lambda scale: statistics.fmean(self.errors(bits, scale, quantizer))) for bits in (2, 3, 4)], wanted)
        for bits in (2, 3, 4):
            for scale in scales:
                self.assertGreater(statistics.fmean(self.errors(bits, scale, "msq")), 2 * statistics.fmean(self.errors(bits, scale)))

    def test_predictions_where_nothing_is_clipped(self) -> None:
        self.no_line_is_refuted()
        for row in self.results["audit"]:
            if row["bound"] == "gpfq_prediction":
                self.assertLessEqual(abs(row["ratio"] - 1), 0.01 + 3 * (row["ratio_high"] - row["ratio_low"]) / 4)


class Sparse(Claims):
    NAME = "sparse"

    def at(self, quantizer: str, decision: str, threshold: float, column: str = "relative_squared_error") -> float:
        return self.mean(column, quantizer_name=quantizer, quantizer_decision=decision, quantizer_threshold=threshold)

    def test_what_a_zero_costs(self) -> None:
        for decision, threshold, factor in (("hard", 0.5, 2.5), ("soft", 0.25, 3.5)):
            self.assertAlmostEqual(self.at("gpfq", decision, threshold, "sparsity"), 0.5, delta=0.02)
            self.assertAlmostEqual(self.at("gpfq", decision, threshold) / self.at("gpfq", "soft", 0.0), factor, delta=0.3)
        self.assertAlmostEqual(self.at("msq", "soft", 0.0, "sparsity"), 0.25, delta=0.01)

    def test_nothing_gives_back(self) -> None:
        for decision in ("soft", "hard"):
            for threshold in {record["quantizer_threshold"] for record in self.results["records"] if record["quantizer_decision"] == decision}:
                self.assertGreater(self.at("msq", decision, threshold), 40 * self.at("gpfq", decision, threshold))

    def test_mean(self) -> None:
        self.no_line_is_refuted()
        self.assertEqual(self.applying("gpfq_mean", "quantizer_decision"), {"soft", "hard"})


class Alignment(Claims):
    NAME = "alignment"

    def at(self, samples: int, passes: Any, mismatch: float) -> float:
        return self.mean(samples=samples, quantizer_name="spfq", quantizer_alignment=passes, inputs_mismatch=mismatch)

    def test_with_room(self) -> None:
        one, two, four, perfect = (self.at(64, passes, 1.0) for passes in (1, 2, 4, "perfect"))
        self.assertGreater(one, 40 * perfect)
        self.assertLess(two, 2.5 * perfect)
        self.assertAlmostEqual(four / perfect, 1, delta=0.03)
        gpfq = self.mean(samples=64, quantizer_name="gpfq", inputs_mismatch=0.003)
        self.assertAlmostEqual(gpfq / self.at(64, 1, 0.003), 0.5, delta=0.03)
        self.assertAlmostEqual(self.mean(samples=64, quantizer_name="gpfq", inputs_mismatch=1.0) / one, 1, delta=0.03)

    def test_without_room(self) -> None:
        for mismatch in (0.003, 0.1, 1.0):
            self.assertGreater(self.at(256, 8, mismatch), 0.8 * self.at(256, 1, mismatch))

    def test_predictions(self) -> None:
        self.no_line_is_refuted()
        self.assertEqual(self.applying("spfq_prediction", "quantizer_alignment"), {1, 2, 4, 8, "perfect"})


class Order(Claims):
    NAME = "order"

    def test_few_samples_gain_most(self) -> None:
        for inputs, factor, left in (({"inputs_distribution": "gaussian"}, 0.5, False), ({"inputs_distribution": "student_t"}, 0.35, False), ({"inputs_dataset": "digits"}, 0.5, True)):
            with self.subTest(**inputs):
                natural, sorted_ = (self.cell(samples=8, quantizer_order=order, **inputs) for order in ("natural", "decreasing_norm"))
                self.paired(sorted_, natural, factor)
                many = [self.mean(samples=512, quantizer_order=order, **inputs) for order in ("decreasing_norm", "natural")]
                self.assertEqual(many[0] < 0.9 * many[1], left)

    def test_predictions_know(self) -> None:
        self.no_line_is_refuted()
        self.assertEqual(self.applying("gpfq_prediction", "quantizer_order"), {"natural", "decreasing_norm"})


class Patches(Claims):
    NAME = "patches"

    def test_digits_have_few_directions(self) -> None:
        kinds: tuple[dict[str, Any], dict[str, Any]] = {"inputs_distribution": "patches"}, {"inputs_dataset": "digits"}
        random, digits = (self.mean(samples=128, quantizer_name="gpfq", **kind) / self.mean(samples=128, quantizer_name="msq", **kind) for kind in kinds)
        self.assertGreater(random, 0.85)
        self.assertLess(digits, 0.5)
        self.assertEqual({record["width"] for record in self.results["records"]}, {16})

    def test_lines(self) -> None:
        self.no_line_is_refuted()
        for line in ("gpfq_deterministic", "spfq_l2"):
            self.assertEqual(self.applying(line, "inputs_dataset"), {None, "digits"})


class RealLayers(Claims):
    NAME = "real_layers"

    def test_lines_on_every_set(self) -> None:
        self.no_line_is_refuted()
        sets = {"mnist", "fashion", "cifar10"}
        for line in ("gpfq_prediction", "spfq_prediction", "gpfq_deterministic", "spfq_mean", "spfq_l2"):
            self.assertEqual(self.applying(line, "inputs_dataset"), sets)
        self.assertEqual({(record["inputs_dataset"], record["width"]) for record in self.results["records"]}, {("mnist", 784), ("fashion", 784), ("cifar10", 75)})
        for name in sets:
            self.assertLess(self.mean(samples=16, inputs_dataset=name, quantizer_name="gpfq"), 0.1 * self.mean(samples=16, inputs_dataset=name, quantizer_name="msq"))


if __name__ == "__main__":
    unittest.main()
