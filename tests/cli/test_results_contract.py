"""Tests of results.json: its content, the meaning of the numbers, the identity of a cell, what is shared and what is stored."""
from __future__ import annotations

import gzip
import json
import math
import re
import statistics
import unittest
from typing import Any, Callable

import support
from support import THREE, config, npy_bytes

MEASURED = ["levels", "levels_used", "bits", "step", "step_min", "step_max", "rate", "relative_error", "relative_squared_error", "signal_energy", "error_energy",
            "median_neuron_error", "max_neuron_squared_error", "max_abs_error", "max_abs_error_reason", "direction_error", "fresh_relative_squared_error", "bias_corrected_relative_squared_error",
            "bias_corrected_fresh_relative_squared_error", "row_space_error",
            "variant", "clipped", "sparsity", "weight_relative_squared_error", "alignment_residual", "damping", "budget_alignment", "budget_rounding", "budget_clipping",
            "budget_alignment_rounding", "budget_alignment_clipping", "budget_rounding_clipping"]
BOUNDS = ["cell_id", "trial", "layer", "bound", "kind", "metric", "value", "probability", "applies", "reason", "measured", "ratio", "holds", "gap_bits"]
SUMMARY = ["cell_id", "layer", "metric", "count", "failed", "timeout", "skipped", "missing", "mean", "standard_error", "median",
           "q05", "q25", "q75", "q95", "low", "high", "kind", "of", "measured", "ratio", "ratio_error", "relative", "holds", "gap_bits"]
RATES = ["cell_id", "layer", "rate", "metric", "shape", "applies", "reason"]
EXPONENTS = ["cell_id", "layer", "series", "axis", "metric", "rate", "points", "from", "to", "range", "count", "slope", "standard_error", "low", "high",
             "off_by"]
COMPARISONS = ["cell_id", "layer", "against", "quantizer", "reference", "metric", "count", "wins", "losses", "ties", "log_ratio", "standard_error", "low",
               "high", "ratio"]
LEADERBOARD = ["board", "layer", "metric", "decides", "place", "quantizer", "rivals", "conditions", "count", "contests", "mean_rank", "rank_low", "rank_high", "wins", "leader",
               "ratio", "low", "high", "seconds", "line", "line_cells", "line_ratio"]
AUDIT = ["cell_id", "layer", "bound", "kind", "metric", "probability", "eta", "cells", "trials", "judged", "violations", "rate", "rate_low", "rate_high",
         "ratio", "ratio_low", "ratio_high", "deciding_low", "deciding_high", "accuracy", "chance", "consistent", "looseness_least", "looseness_q05", "looseness_median", "looseness_q95", "worst_cell"]
CONTEXT = {"name", "config", "columns", "seed", "version", "git_sha", "git_dirty", "compiler", "compiler_flags", "cpu", "threads", "argv", "date"}
T19 = 2.093024054408263  # 97.5 % point of Student's t with 19 degrees of freedom

# The lines of every kind, on an alphabet that clips nothing and on one that clips; the cheap neurons leave S to be named.
LINES = ["msq_prediction", "gpfq_prediction", "gpfq_mean", "gpfq_moment", "gpfq_deterministic", "gpfq_finite", "spfq_prediction", "spfq_mean", "spfq_l2",
         "spfq_linf"]
SETTINGS = config(trials=20, sweep={"grid": {"quantizer": THREE, "quantizer.alphabet.levels": ["infinite", 3]}}, bounds=LINES)

Rows = list[dict[str, Any]]


class Shape(support.InFolder):
    def test_keys_and_columns(self) -> None:
        results = self.results_of({**SETTINGS, "bounds": [*LINES, "spfq_rate"]}, "width=32,64,128")
        self.assertEqual(list(results), ["schema", "context", "records", "bounds", "summary", "rates", "exponents", "comparisons", "leaderboard", "audit"])
        self.assertEqual(results["schema"], "pathquant-results/1")
        self.assertLessEqual(CONTEXT, set(results["context"]))
        self.assertEqual(results["context"]["seed"], "0")
        for key in ("records", "bounds", "summary", "rates", "exponents", "comparisons", "leaderboard", "audit"):
            with self.subTest(key=key):
                self.assertGreater(len(results[key]), 0)
                columns = list(results[key][0])
                self.assertTrue(all(list(row) == columns for row in results[key]))
                for row in results[key]:
                    self.assertTrue(all(value is None or isinstance(value, (str, int, float)) for value in row.values()), "a table is flat")
        columns = list(results["records"][0])
        self.assertEqual(columns[:6], ["cell_id", "trial", "layer", "status", "error", "seconds"])
        self.assertEqual(columns[-len(MEASURED):], MEASURED)
        declared = results["context"]["columns"]
        self.assertEqual([column["name"] for column in declared], columns[5:])
        self.assertEqual([column["name"] for column in declared if column["kind"] != "parameter"], ["seconds", *MEASURED])
        for column in declared:
            self.assertEqual(list(column), ["name", "kind", "unit", "label", "meaning"])
        self.assertLessEqual({"quantizer_name", "width", "samples", "neurons", "precision", "inputs_distribution", "weights_distribution", "quantizer_alignment",
                              "quantizer_alphabet_levels", "quantizer_alphabet_step", "inputs_sigma", "inputs_mismatch"}, set(columns))
        self.assertEqual(list(results["bounds"][0]), BOUNDS)
        self.assertEqual(list(results["summary"][0]), SUMMARY)
        for key, columns in (("rates", RATES), ("exponents", EXPONENTS), ("comparisons", COMPARISONS), ("leaderboard", LEADERBOARD), ("audit", AUDIT)):
            self.assertEqual(list(results[key][0]), columns)

    def test_rows_are_in_plan_order(self) -> None:
        results = self.results_of(SETTINGS, "-j3")
        self.assertEqual([(record["quantizer_name"], record["quantizer_alphabet_levels"], record["trial"]) for record in results["records"]],
                         [(name, levels, trial) for name in ("msq", "gpfq", "spfq") for levels in ("infinite", 3) for trial in range(20)])
        self.assertEqual({record["layer"] for record in results["records"]}, {None})
        self.assertRegex(results["records"][0]["cell_id"], r"\A[0-9a-f]{32}\Z")

    def test_the_config_is_stored_as_it_was_run(self) -> None:
        stored = self.results_of(config(sweep={"grid": {"width": [16, 32]}}), "width=8", "trials=1")["context"]["config"]
        self.assertEqual((stored["inputs"]["width"], stored["trials"]), (8, 1))
        self.assertNotIn("width", json.dumps(stored["sweep"]))

    def test_numbers_are_the_shortest_that_read_back(self) -> None:
        self.results_of(SETTINGS)
        text = support.comparable(self.folder / "out" / "results.json")
        self.assertNotRegex(text, r"(?i)[:,\[](nan|-?inf)")
        numbers = re.findall(r'"(?:error_energy|value|mean)":(-?[0-9.e+-]+)', text)
        self.assertGreater(len(numbers), 300)
        for number in numbers:
            self.assertLessEqual(len(re.sub(r"e.*|[^0-9]", "", number).strip("0")), len(re.sub(r"e.*|[^0-9]", "", repr(float(number))).strip("0")))

    def test_an_overflow_is_no_number(self) -> None:
        """Weights near the end of the range: null and a reason, never NaN or Infinity."""
        results = self.results_of(config(weights={"distribution": "gaussian", "neurons": 3, "sigma": 1e300}, trials=1), code=1)
        self.assertEqual(results["records"][0]["status"], "failed")
        self.assertIn("not finite", results["records"][0]["error"])
        self.assertIsNone(results["records"][0]["error_energy"])


class Records(support.InFolder):
    def test_derived_columns(self) -> None:
        for record in self.results_of(SETTINGS)["records"]:
            self.assertAlmostEqual(record["relative_error"] ** 2, record["relative_squared_error"], delta=1e-14 * record["relative_squared_error"])
            ratio = record["error_energy"] / record["signal_energy"]
            self.assertAlmostEqual(record["relative_squared_error"], ratio, delta=1e-14 * ratio)
            self.assertLessEqual(record["max_neuron_squared_error"], record["error_energy"] * (1 + 1e-14))
            self.assertLessEqual(record["error_energy"], record["neurons"] * record["max_neuron_squared_error"] * (1 + 1e-14))
            self.assertLessEqual(record["max_abs_error"] ** 2, record["max_neuron_squared_error"] * (1 + 1e-14))
            self.assertEqual((record["step"], record["step_min"], record["step_max"]), (0.5, 0.5, 0.5))
            if record["quantizer_alphabet_levels"] == "infinite":
                self.assertEqual((record["levels"], record["bits"], record["rate"], record["clipped"]), (None, None, None, 0))
            else:
                self.assertEqual(record["levels"], 3)
                self.assertAlmostEqual(record["bits"], math.log2(3), delta=1e-15)
                self.assertAlmostEqual(record["rate"], math.log2(3) + 32 / (32 * 3), delta=1e-15)

    def test_bits(self) -> None:
        """The largest mid-tread alphabet that fits, up to the largest weight."""
        results = self.results_of(config(trials=1, quantizer={"name": "msq", "alphabet": {"radius": {"rule": "absmax"}}}), "quantizer.alphabet.bits=2,3,4.5")
        self.assertEqual([record["levels"] for record in results["records"]], [3, 7, 21])
        for record in results["records"]:
            self.assertAlmostEqual(record["bits"], math.log2(record["levels"]), delta=1e-14)
        self.assertEqual([record["clipped"] for record in results["records"]], [0, 0, 0])

    def test_by_hand(self) -> None:
        """MSQ and GPFQ of a small layer, computed here."""
        X = [[1.0, 0.5, -0.25], [2.0, -1.0, 0.75]]  # (samples, inputs)
        W = [[0.3, -0.7, 1.4], [0.9, 0.2, -0.1]]  # (outputs, inputs)
        self.write("X.npy", npy_bytes(X))
        self.write("W.npy", npy_bytes(W))
        level = lambda z: 0.5 * max(-2, min(2, math.floor(z / 0.5 + 0.5)))

        def gpfq(weights: list[float]) -> list[float]:
            u, q = [0.0, 0.0], []
            for t, w in enumerate(weights):
                x = [row[t] for row in X]
                q.append(level(w + sum(a * b for a, b in zip(x, u)) / sum(a * a for a in x)))
                u = [b + (w - q[-1]) * a for a, b in zip(x, u)]
            return q

        settings = config(trials=1, inputs={"dataset": "npy", "path": "X.npy"}, weights={"distribution": "npy", "path": "W.npy"})
        for name, rule in (("msq", lambda weights: [level(w) for w in weights]), ("gpfq", gpfq)):
            with self.subTest(name=name):
                record, = self.results_of({**settings, "quantizer": {"name": name, "alphabet": {"levels": 5, "step": 0.5}}}, output=name)["records"]
                Q = [rule(weights) for weights in W]
                outputs = [[sum(a * b for a, b in zip(row, weights)) for row in X] for weights in W]
                errors = [[sum(a * (b - c) for a, b, c in zip(row, weights, q)) for row in X] for weights, q in zip(W, Q)]
                squares = [sum(e * e for e in error) for error in errors]
                signals = [sum(o * o for o in output) for output in outputs]
                for column, value in (("signal_energy", sum(signals)), ("error_energy", sum(squares)), ("max_neuron_squared_error", max(squares)),
                                      ("max_abs_error", max(abs(e) for error in errors for e in error)),
                                      ("median_neuron_error", statistics.median(math.sqrt(s / o) for s, o in zip(squares, signals))),
                                      ("sparsity", sum(q == 0 for row in Q for q in row) / 6),
                                      ("weight_relative_squared_error", sum((w - q) ** 2 for ws, qs in zip(W, Q) for w, q in zip(ws, qs))
                                       / sum(w * w for ws in W for w in ws)), ("rate", math.log2(5) + 32 / 6)):
                    self.assertAlmostEqual(record[column], value, delta=1e-14 * max(1.0, value), msg=column)
                self.assertEqual((record["width"], record["samples"], record["neurons"]), (3, 2, 2))


class Lines(support.InFolder):
    def test_rows(self) -> None:
        results = self.results_of(SETTINGS)
        records = {(record["cell_id"], record["trial"]): record for record in results["records"]}
        seen = set()
        for row in results["bounds"]:
            self.assertIn(row["kind"], ("upper", "upper_mean", "prediction", "lower_mean"))
            self.assertIsNone(row["layer"])
            if not row["applies"]:
                self.assertIsInstance(row["reason"], str)
                self.assertEqual([row[column] for column in ("trial", "value", "measured", "ratio", "holds")], [None] * 5)
                self.assertNotIn((row["cell_id"], row["bound"]), seen, "a line that does not apply stands once")
                seen.add((row["cell_id"], row["bound"]))
                continue
            self.assertIsNone(row["reason"])
            self.assertEqual(row["measured"], records[row["cell_id"], row["trial"]][row["metric"]])
            self.assertEqual(row["ratio"], row["value"] / row["measured"])
            self.assertEqual(row["holds"], row["measured"] <= row["value"] * (1 + 1e-12) if row["kind"] == "upper" else None)
            self.assertEqual(row["probability"], {"gpfq_deterministic": 1.0}.get(row["bound"], 0.99) if row["kind"] == "upper" else None)
            if row["kind"] != "upper":
                self.assertEqual(row["metric"], "error_energy", "a mean is never divided by each trial's own energy")
        applying = {row["bound"] for row in results["bounds"] if row["applies"]}
        self.assertLessEqual(set(LINES) - {"gpfq_finite"}, applying)
        self.assertGreater(len(seen), 0)
        clipped = {cell for (cell, _), record in records.items() if record["clipped"] > 0}
        self.assertFalse([row for row in results["bounds"] if row["applies"] and row["cell_id"] in clipped and row["kind"] != "upper"])

    def test_an_entry_of_a_state_that_is_not_formed_must_be_asked_for(self) -> None:
        many = config(trials=1, inputs={"distribution": "gaussian", "samples": 64, "width": 16}, weights={"distribution": "uniform", "low": -2, "high": 2, "neurons": 40},
                      quantizer={"name": "spfq", "alphabet": {"levels": "infinite", "step": 0.5}})
        lines = lambda results: [row for row in results["bounds"] if row["bound"] == "spfq_linf"]
        plain, asked = (self.results_of({**many, **extra}, output=str(len(extra))) for extra in ({}, {"measure": "max_abs_error"}))
        (without,), (entry,) = plain["records"], asked["records"]
        self.assertEqual((without["variant"], without["max_abs_error"], without["max_abs_error_reason"]), ("gram", None, "U not formed"))
        self.assertEqual([(row["applies"], row["reason"]) for row in lines(plain)], [(False, "max_abs_error is not measured here: U not formed (measure: max_abs_error has it)")])
        self.assertEqual([row["holds"] for row in lines(asked)], [True])
        self.assertLessEqual(entry["max_abs_error"] ** 2, entry["max_neuron_squared_error"])
        self.assertIsNone(entry["max_abs_error_reason"])
        self.assertNotEqual(without["cell_id"], entry["cell_id"])
        self.assertAlmostEqual(without["error_energy"] / entry["error_energy"], 1, delta=1e-13)

    def test_a_line_that_is_too_dear_must_be_named(self) -> None:
        settings = config(weights={"distribution": "gaussian", "neurons": 1}, quantizer={"name": "spfq", "alphabet": {"levels": "infinite", "step": 0.5}})
        rows = [row for row in self.results_of({**settings, "bounds": "all"})["bounds"] if row["bound"] == "spfq_l2"]
        self.assertEqual([row["applies"] for row in rows], [False])
        self.assertRegex(rows[0]["reason"], r"\Acost")
        rows = self.results_of({**settings, "bounds": ["spfq_l2"]})["bounds"]
        self.assertEqual([(row["trial"], row["applies"]) for row in rows], [(0, True), (1, True)])

    def test_mean_lines_are_judged_over_trials(self) -> None:
        for trials, judged in ((19, {None}), (20, {True})):
            rows = [row for row in self.results_of(SETTINGS, f"trials={trials}")["summary"] if row["kind"] == "upper_mean"]
            self.assertGreater(len(rows), 0)
            self.assertEqual({row["holds"] for row in rows}, judged)


class Summary(support.InFolder):
    def test_by_hand(self) -> None:
        results = self.results_of(SETTINGS)
        for cell in {record["cell_id"] for record in results["records"]}:
            for metric in ("relative_squared_error", "error_energy", "clipped"):
                values = [record[metric] for record in results["records"] if record["cell_id"] == cell]
                row, = [row for row in results["summary"] if row["cell_id"] == cell and row["metric"] == metric]
                error = statistics.stdev(values) / math.sqrt(20)
                mean = statistics.fmean(values)
                cuts = statistics.quantiles(values, n=20, method="inclusive")
                for column, value in (("mean", mean), ("standard_error", error), ("median", statistics.median(values)), ("q05", cuts[0]), ("q25", cuts[4]),
                                      ("q75", cuts[14]), ("q95", cuts[18]), ("low", mean - T19 * error), ("high", mean + T19 * error)):
                    self.assertAlmostEqual(row[column], value, delta=1e-11 * (abs(value) + mean), msg=column)
                self.assertEqual([row[column] for column in ("count", "failed", "timeout", "skipped", "missing")], [20, 0, 0, 0, 0])

    def test_mean_lines(self) -> None:
        results = self.results_of(SETTINGS)
        rows = [row for row in results["summary"] if row["kind"] is not None]
        self.assertGreater(len(rows), 4)
        for row in rows:
            lines = [line for line in results["bounds"] if line["cell_id"] == row["cell_id"] and line["bound"] == row["metric"] and line["applies"]]
            signal = statistics.fmean(record["signal_energy"] for record in results["records"] if record["cell_id"] == row["cell_id"])
            value, measured = (statistics.fmean(line[column] for line in lines) for column in ("value", "measured"))
            self.assertEqual((len(lines), row["of"]), (20, lines[0]["metric"]))
            for column, number in (("mean", value), ("measured", measured), ("ratio", value / measured), ("relative", value / signal)):
                self.assertAlmostEqual(row[column], number, delta=1e-12 * number, msg=column)

    def test_one_trial_has_no_interval(self) -> None:
        row = self.results_of(config(trials=1))["summary"][-1]
        self.assertEqual((row["count"], row["standard_error"], row["low"], row["high"]), (1, None, None, None))

    def test_missing_trials_are_counted(self) -> None:
        self.results_of(config(trials=2))
        row = self.results_of(config(trials=5), "--collect")["summary"][-1]
        self.assertEqual((row["count"], row["missing"]), (2, 3))


class Identity(support.InFolder):
    def cell(self, settings: dict[str, Any], *words: str) -> str:
        self.count = getattr(self, "count", 0) + 1
        record, *_ = self.results_of({**settings, "trials": settings.get("trials", 1)}, *words, output=f"out{self.count}")["records"]
        return record["cell_id"]

    def test_what_does_not_count(self) -> None:
        settings = config(trials=1)
        reference = self.cell(settings)
        same: dict[str, Callable[[], str]] = {
            "name": lambda: self.cell({**settings, "name": "other"}), "trials": lambda: self.cell({**settings, "trials": 3}),
            "bounds": lambda: self.cell({**settings, "bounds": "none"}), "probability": lambda: self.cell({**settings, "probability": 0.5}),
            "plot": lambda: self.cell({**settings, "plot": {"x": "width", "y": "relative_error"}}),
            "key order": lambda: self.cell(dict(reversed([(key, dict(reversed(value.items())) if isinstance(value, dict) else value)
                                                          for key, value in settings.items()]))),
            "jobs": lambda: self.cell(settings, "-j3"), "quiet": lambda: self.cell(settings, "-q", "--context", "a=b"),
            "filter": lambda: self.cell({**settings, "sweep": {"grid": {"width": [16, 32]}}}, "--filter", "width=32"),
            "a default written out": lambda: self.cell({**settings, "precision": "float64", "seed": 0}, "inputs.sigma=1", "inputs.mismatch=0"),
            "the spelling of a number": lambda: self.cell(settings, "quantizer.alphabet.step=5e-1"),
            "a short key": lambda: self.cell(config(trials=1, inputs={"distribution": "gaussian"}, width=32, samples=8)),
        }
        for name, cell in same.items():
            with self.subTest(name=name):
                self.assertEqual(cell(), reference)

    def test_what_counts(self) -> None:
        settings = config(trials=1)
        cells = [self.cell(settings, *words) for words in (
            (), ("seed=1",), ("precision=float32",), ("width=33",), ("samples=9",), ("neurons=4",), ("inputs.sigma=2",), ("inputs.mismatch=0.1",),
            ("inputs.distribution=uniform",), ("weights.sigma=2",), ("weights.distribution=uniform",), ("weights.distribution=uniform", "weights.low=-0.9"),
            ("quantizer.name=msq",), ("quantizer.name=spfq",), ("quantizer.name=spfq", "quantizer.alignment=2"), ("quantizer.alphabet.step=0.25",),
            ("quantizer.alphabet.levels=3",), ("quantizer.alphabet.levels=5",))]
        self.assertEqual(len(set(cells)), len(cells))

    def test_files_count_by_content(self) -> None:
        rows = [[1.0, 2.0], [3.0, -1.0]]
        cell = lambda name: self.cell(config(trials=1, inputs={"dataset": "npy", "path": name}))
        self.write("X.npy", npy_bytes(rows))
        self.write("elsewhere/Y.npy", npy_bytes(rows))
        before = cell("X.npy")
        self.assertEqual(cell("elsewhere/Y.npy"), before)
        self.assertEqual(cell(str(self.folder / "X.npy")), before)
        self.write("X.npy", npy_bytes([[1.0, 2.0], [3.0, -1.5]]))
        self.assertNotEqual(cell("X.npy"), before)

    def test_a_changed_file_is_measured_anew(self) -> None:
        settings = config(trials=1, inputs={"dataset": "npy", "path": "X.npy"})
        self.write("X.npy", npy_bytes([[1.0, 2.0], [3.0, -1.0]]))
        first = self.results_of(settings)["records"][0]
        self.write("X.npy", npy_bytes([[1.0, 2.0], [3.0, -1.5]]))
        second = self.results_of(settings)["records"][0]
        self.assertNotEqual(first["signal_energy"], second["signal_energy"])
        self.write("X.npy", gzip.compress(npy_bytes([[1.0, 2.0], [3.0, -1.5]])))
        self.assertEqual(self.results_of(settings)["records"][0]["signal_energy"], second["signal_energy"])

    def test_lines_are_recomputed_and_quantizers_are_not(self) -> None:
        first = self.results_of(SETTINGS)
        cells = {record["cell_id"] for record in first["records"]}
        before = support.stored_tasks(self.folder / "out")
        self.assertEqual(len([key for key in before if key[0] in cells]), 120)
        second = self.results_of(SETTINGS, "probability=0.9", "bounds=spfq_l2,gpfq_moment,spfq_paper_l2,gpfq_mean")
        self.assertEqual(support.stored_tasks(self.folder / "out"), before)
        self.assertEqual(re.sub('"seconds":[^,]+,', "", json.dumps(second["records"])), re.sub('"seconds":[^,]+,', "", json.dumps(first["records"])))
        values = [{(row["cell_id"], row["trial"]): row["value"] for row in results["bounds"] if row["bound"] == "spfq_l2" and row["applies"]} for results in (first, second)]
        self.assertEqual(len(values[0]), 20)
        self.assertTrue(all(values[1][key] < value for key, value in values[0].items()))
        self.assertEqual({row["bound"] for row in second["bounds"]}, {"spfq_l2", "gpfq_moment", "spfq_paper_l2", "gpfq_mean"})


class CommonNumbers(support.InFolder):
    def test_quantizers_see_the_same_layers(self) -> None:
        """Also whatever the alphabet; other trials and seeds see others."""
        records = self.results_of(SETTINGS)["records"]
        energies = [{record["signal_energy"] for record in records if record["trial"] == trial} for trial in range(20)]
        self.assertEqual({len(energy) for energy in energies}, {1})
        self.assertEqual(len(set.union(*energies)), 20)
        other = self.results_of(SETTINGS, "seed=1", output="other")["records"]
        self.assertFalse(set.union(*energies) & {record["signal_energy"] for record in other})

    def test_a_finite_alphabet_that_never_clips_is_the_infinite_one(self) -> None:
        records = self.results_of(config(trials=5, sweep={"grid": {"precision": ["float64", "float32"], "quantizer": THREE,
                                                                   "quantizer.alphabet.levels": ["infinite", 1001]}}))["records"]
        for infinite, finite in ((record, other) for record in records for other in records if record["levels"] is None and other["levels"] is not None
                                 and all(record[column] == other[column] for column in ("precision", "quantizer_name", "trial"))):
            self.assertEqual(finite["clipped"], 0)
            self.assertEqual(finite["error_energy"], infinite["error_energy"])
            self.assertNotEqual(finite["cell_id"], infinite["cell_id"])

    def test_a_smaller_layer_is_a_corner_of_the_larger_one(self) -> None:
        """With one input XW is x w^T, so its energy ||x||^2 ||w||^2 is a product: of nested sums, if x and w are corners."""
        records = self.results_of(config(trials=3, sweep={"grid": {"samples": [1, 2, 3], "neurons": [1, 2]}}, inputs={"distribution": "gaussian", "width": 1},
                                         quantizer={"name": "msq", "alphabet": {"levels": "infinite", "step": 0.5}}))["records"]
        for trial in range(3):
            energy = {(record["samples"], record["neurons"]): record["signal_energy"] for record in records if record["trial"] == trial}
            for samples in (2, 3):
                self.assertAlmostEqual(energy[samples, 2] / energy[samples, 1], energy[1, 2] / energy[1, 1], delta=1e-13 * energy[1, 2] / energy[1, 1])
                self.assertGreater(energy[samples, 1], energy[samples - 1, 1])


if __name__ == "__main__":
    unittest.main()
