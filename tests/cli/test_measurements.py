"""Tests of optional measurements of a cell: fresh rows, the error budget, the row space, chosen levels."""
from __future__ import annotations

import statistics
import unittest
from typing import Any

import support
from support import THREE, comparable, config, npy_bytes

BUDGET = ["budget_alignment", "budget_rounding", "budget_clipping", "budget_alignment_rounding", "budget_alignment_clipping", "budget_rounding_clipping"]
Rows = list[dict[str, Any]]


def by_cell(results: dict[str, Any]) -> dict[str, Rows]:
    cells: dict[str, Rows] = {}
    for record in results["records"]:
        cells.setdefault(record["cell_id"], []).append(record)
    return cells


class Fresh(support.InFolder):
    def test_short_and_long_form_are_one(self) -> None:
        settings = config(trials=1, inputs={"distribution": "gaussian", "samples": 8, "width": 32, "fresh": 50})
        long = config(trials=1, inputs={"distribution": "gaussian", "samples": 8, "width": 32, "fresh": {"samples": 50}})
        short_record, = self.results_of(settings)["records"]
        long_record, = self.results_of(long, output="long")["records"]
        self.assertEqual(short_record["cell_id"], long_record["cell_id"])
        self.assertEqual(short_record["inputs_fresh_samples"], 50)
        self.assertGreater(short_record["fresh_relative_squared_error"], 0)
        other, = self.results_of(settings, "inputs.fresh=51", output="other")["records"]
        self.assertNotEqual(other["cell_id"], short_record["cell_id"])
        self.assertEqual(other["error_energy"], short_record["error_energy"], "X, W and Q do not depend on fresh rows")
        none, = self.results_of(config(trials=1), output="none")["records"]
        self.assertIsNone(none["fresh_relative_squared_error"])
        self.assertEqual(none["error_energy"], short_record["error_energy"])

    def test_the_same_fresh_rows_for_any_number_of_samples(self) -> None:
        """Rounding each weight by itself does not look at X: its error on fresh rows is the same for all X."""
        sweep = {"grid": {"samples": [4, 8, 16]}}
        settings = config(trials=3, inputs={"distribution": "gaussian", "width": 32, "fresh": 20}, sweep=sweep,
                          quantizer={"name": "msq", "alphabet": {"levels": "infinite", "step": 0.5}})
        records = self.results_of(settings)["records"]
        for trial in range(3):
            self.assertEqual(len({record["fresh_relative_squared_error"] for record in records if record["trial"] == trial}), 1)

    def test_predictions(self) -> None:
        """Within 3 per cent, as far as 40 trials can tell; few samples are learnt by heart."""
        settings = config(trials=40, inputs={"width": 96, "fresh": 400}, weights={"distribution": "uniform", "neurons": 16},
                          bounds=["msq_fresh_prediction", "gpfq_fresh_prediction", "spfq_fresh_prediction"],
                          sweep={"grid": {"inputs": [{"distribution": "gaussian", "samples": 8}, {"distribution": "gaussian", "samples": 192},
                                                     {"distribution": "spectrum", "samples": 24}], "quantizer": THREE}})
        results = self.results_of(settings)
        cells = by_cell(results)
        rows = [row for row in results["summary"] if row["kind"] == "prediction"]
        self.assertEqual(len(rows), 9)
        for row in rows:
            self.assertEqual(row["of"], "fresh_relative_squared_error")
            with self.subTest(quantizer=cells[row["cell_id"]][0]["quantizer_name"], samples=cells[row["cell_id"]][0]["samples"]):
                self.assertAlmostEqual(row["ratio"], 1, delta=0.03 + 3 * row["ratio_error"])
        mean = {(rows[0]["inputs_distribution"], rows[0]["samples"], rows[0]["quantizer_name"]):
                (statistics.fmean(record["relative_squared_error"] for record in rows), statistics.fmean(record["fresh_relative_squared_error"] for record in rows))
                for rows in cells.values()}
        calibration, fresh = mean["gaussian", 8, "gpfq"]
        self.assertGreater(fresh, 10 * calibration)
        self.assertGreater(fresh, 1.5 * mean["gaussian", 8, "msq"][1], "path following on few samples is worse than rounding on fresh rows")
        calibration, fresh = mean["gaussian", 192, "gpfq"]
        self.assertLess(fresh, 2 * calibration)

    def test_mismatch(self) -> None:
        """The quantized network sees fresh rows with noise of its own: with huge noise, nothing of the signal is left."""
        settings = config(trials=5, inputs={"distribution": "gaussian", "samples": 8, "width": 32, "mismatch": 0.5, "fresh": 200}, sweep={"grid": {"quantizer": THREE}},
                          bounds=["msq_fresh_prediction", "gpfq_fresh_prediction", "spfq_fresh_prediction"])
        results = self.results_of(settings)
        self.assertTrue(all(record["fresh_relative_squared_error"] > 0.1 for record in results["records"]))
        self.assertEqual({row["applies"] for row in results["bounds"]}, {False})
        self.assertTrue(all("X == Xq" in row["reason"] for row in results["bounds"]))

    def test_files(self) -> None:
        """By hand: one row of X, the other fresh. W = (1, 1), step 1, so Q = W and there is no error; W = (.4, .4): Q = 0."""
        self.write("X.npy", npy_bytes([[1.0, 0.0], [0.0, 2.0], [0.0, 2.0], [0.0, 2.0]]))
        self.write("W.npy", npy_bytes([[1.0, 0.25]]))
        settings = config(trials=40, inputs={"dataset": "npy", "path": "X.npy", "samples": 1, "fresh": 3}, weights={"distribution": "npy", "path": "W.npy"},
                          quantizer={"name": "msq", "alphabet": {"levels": "infinite", "step": 1}}, bounds=["msq_fresh_prediction"])
        results = self.results_of(settings)
        values = {(record["relative_squared_error"], round(record["fresh_relative_squared_error"], 12)) for record in results["records"]}
        # X = (1, 0): no error there, all of it on the rest. X = (0, 2): all; the rest has signals 1, .25, .25.
        self.assertLessEqual(values, {(0.0, 1.0), (1.0, round((0.25 + 0.25) / 1.5, 12))})
        self.assertEqual(len(values), 2)
        self.assertEqual(["2 weights" in row["reason"] for row in results["bounds"]], [True])

    def test_digits(self) -> None:
        settings = config(trials=2, inputs={"dataset": "digits", "split": "first_half", "samples": 50, "fresh": {"split": "second_half"}})
        try:
            results = self.results_of(settings)
        except AssertionError as problem:
            if "was not found" in str(problem):
                self.skipTest("scikit-learn's digits are not installed")
            raise
        for record in results["records"]:
            self.assertEqual((record["inputs_fresh_samples"], record["inputs_fresh_split"]), (899, "second_half"))
            self.assertGreater(record["fresh_relative_squared_error"], record["relative_squared_error"])


class OnRequest(support.InFolder):
    SETTINGS = config(trials=4, inputs={"distribution": "gaussian", "samples": 8, "width": 48},
                      sweep={"grid": {"quantizer": THREE + [{"name": "gpfq", "order": "decreasing_norm"}, {"name": "spfq", "alignment": "perfect"}],
                                      "inputs.mismatch": [0.0, 0.25], "quantizer.alphabet.levels": ["infinite", 5], "precision": ["float64", "float32"]}})

    def test_the_budget_adds_up(self) -> None:
        results = self.results_of({**self.SETTINGS, "measure": ["error_budget"]})
        seen = set()
        for record in results["records"]:
            if record["quantizer_name"] == "msq":
                self.assertEqual([record[name] for name in BUDGET], [None] * 6)
                continue
            shares = dict(zip(BUDGET, (record[name] for name in BUDGET)))
            tolerance = 1e-10 if record["precision"] == "float64" else 2e-4
            self.assertAlmostEqual(sum(shares.values()), record["error_energy"], delta=tolerance * max(1, max(shares.values())))
            self.assertEqual(shares["budget_alignment"] > 0, record["inputs_mismatch"] > 0)
            if record["precision"] == "float64" and record["quantizer_alignment"] != "perfect":  # one pass, in the quantizer's own order
                self.assertAlmostEqual(shares["budget_alignment"], record["alignment_residual"] ** 2 * record["signal_energy"],
                                       delta=1e-10 * max(1, shares["budget_alignment"]))
            if record["precision"] == "float64" and record["quantizer_alphabet_levels"] == "infinite":
                self.assertEqual(shares["budget_clipping"], 0)
            if record["precision"] == "float64" and record["quantizer_name"] == "gpfq":
                self.assertEqual(shares["budget_clipping"] > 1e-12, record["clipped"] > 0)
            seen.add(record["clipped"] > 0)
        self.assertEqual(seen, {True, False})

    def test_what_is_not_asked_for_is_not_measured(self) -> None:
        plain = self.results_of({**self.SETTINGS, "bounds": "none"})["records"]
        self.assertTrue(all(record[name] is None for record in plain for name in BUDGET + ["row_space_error"]))
        asked = self.results_of({**self.SETTINGS, "bounds": "none"}, "measure=error_budget,row_space_error", output="asked")["records"]
        self.assertEqual([record["error_energy"] for record in asked], [record["error_energy"] for record in plain])
        self.assertFalse({record["cell_id"] for record in asked} & {record["cell_id"] for record in plain})
        for record in asked:
            self.assertEqual(record["row_space_error"] is None, record["inputs_mismatch"] > 0)

    def test_alignment_residual(self) -> None:
        """0 without a mismatch, none of rounding by itself; a perfect alignment leaves nothing, further passes less."""
        settings = config(trials=3, inputs={"distribution": "gaussian", "samples": 8, "width": 48},
                          sweep={"grid": {"inputs.mismatch": [0.0, 0.25], "quantizer": THREE + [{"name": "spfq", "alignment": passes} for passes in (2, 4, "perfect")]}})
        means: dict[Any, list[float]] = {}
        for record in self.results_of(settings)["records"]:
            if record["quantizer_name"] == "msq":
                self.assertIsNone(record["alignment_residual"])
            elif record["inputs_mismatch"] == 0:
                self.assertEqual(record["alignment_residual"], 0)
            else:
                means.setdefault(record["quantizer_alignment"], []).append(record["alignment_residual"])
        one, two, four, perfect, gpfq = (statistics.fmean(means[key]) for key in (1, 2, 4, "perfect", None))
        self.assertGreater(one, 2 * two)
        self.assertGreater(two, 2 * four)
        self.assertLess(perfect, 1e-12)
        self.assertEqual(gpfq, one)

    def test_lines_that_need_more(self) -> None:
        """A share eta of the points of the row space lies beyond their exact quantile."""
        settings = config(trials=400, inputs={"distribution": "gaussian", "samples": 4, "width": 12}, probability=0.9, measure="row_space_error",
                          bounds=["row_space", "spfq_direction", "spfq_no_clip", "spfq_alignment"],
                          sweep={"grid": {"quantizer": [{"name": "gpfq"}, {"name": "spfq", "alphabet": {"levels": {"rule": "spfq_no_clip", "probability": 0.9}}}]}})
        results = self.results_of(settings)
        judged = {name: [row["holds"] for row in results["bounds"] if row["bound"] == name and row["applies"]] for name in settings["bounds"]}
        self.assertEqual({name: len(rows) for name, rows in judged.items()}, {"row_space": 800, "spfq_direction": 400, "spfq_no_clip": 400, "spfq_alignment": 0})
        # Binomial of 800 at .1: 80 with a deviation of 8.5.
        self.assertAlmostEqual(judged["row_space"].count(False), 80, delta=4.5 * 8.5)
        self.assertLess(judged["spfq_direction"].count(False), 40 + 4 * 6)
        self.assertLess(judged["spfq_no_clip"].count(False), 40 + 4 * 6)

    def test_a_line_about_what_is_not_measured(self) -> None:
        rows = self.results_of(config(trials=1, bounds="all"))["bounds"]
        self.assertFalse([row for row in rows if row["metric"] in ("row_space_error", "fresh_relative_squared_error")])
        rows = self.results_of(config(trials=1, bounds=["row_space", "gpfq_fresh_prediction"]))["bounds"]
        self.assertEqual([(row["applies"], row["reason"]) for row in rows], [(False, "fresh_relative_squared_error is not measured here"),
                                                                             (False, "row_space_error is not measured here")])


class ChosenLevels(support.InFolder):
    SETTINGS = config(trials=60, inputs={"distribution": "gaussian", "samples": 4, "width": 64}, weights={"distribution": "uniform", "neurons": 3},
                      quantizer={"name": "spfq", "alphabet": {"step": 0.5, "levels": {"rule": "spfq_no_clip", "probability": 0.5}}},
                      sweep={"grid": {"inputs.mismatch": [0.0, 0.2], "quantizer.order": ["natural", "decreasing_norm"]}})

    def test_no_more_runs_clip_than_stated_and_the_others_are_the_infinite_ones(self) -> None:
        chosen = self.results_of(self.SETTINGS)["records"]
        infinite = self.results_of(self.SETTINGS, "quantizer.alphabet.levels=infinite", output="infinite")["records"]
        self.assertEqual(len(chosen), 240)
        clipped = sum(record["clipped"] > 0 for record in chosen)
        self.assertLessEqual(clipped, 120 + 4 * 8)
        self.assertGreater(len({record["levels"] for record in chosen}), 1)
        for one, other in zip(chosen, infinite):
            self.assertEqual((one["levels"] % 2, one["quantizer_alphabet_levels_rule"]), (1, "spfq_no_clip"))
            if one["clipped"] == 0:
                self.assertEqual(one["error_energy"], other["error_energy"])

    def test_levels_used(self) -> None:
        """An alphabet of the levels that the infinite one used clips nothing; with two fewer it does."""
        for quantizer in ("gpfq", "spfq"):
            infinite = config(trials=1, inputs={"distribution": "gaussian", "samples": 4, "width": 64}, bounds="none",
                              quantizer={"name": quantizer, "alphabet": {"step": 0.5, "levels": "infinite"}})
            whole, = self.results_of(infinite, output=quantizer)["records"]
            used = whole["levels_used"]
            enough, few = self.results_of(infinite, f"quantizer.alphabet.levels={used},{used - 2}", output=quantizer + "finite")["records"]
            self.assertEqual((enough["clipped"], enough["error_energy"]), (0, whole["error_energy"]))
            self.assertGreater(few["clipped"], 0)

    def test_more_certainty_takes_more_levels(self) -> None:
        levels = [record["levels"] for record in self.results_of(
            {**self.SETTINGS, "trials": 1, "sweep": {"grid": {"quantizer.alphabet.levels.probability": [0.5, 0.99, 0.999999]}}})["records"]]
        self.assertEqual(levels, sorted(set(levels)))

    def test_one_layer(self) -> None:
        self.write("X.npy", npy_bytes([[1.0, -2.0, 0.5], [0.25, 1.0, 3.0]]))
        self.write("W.npy", npy_bytes([[0.7, -0.3, 0.9]]))
        words = ("quantize", "--weights", "W.npy", "--inputs", "X.npy", "alphabet.step=0.25", "alphabet.levels.rule=spfq_no_clip")
        self.run_program(*words, "--quantizer", "spfq", "-o", "Q.npy", "--report", "R.json")
        report = support.load(self.folder / "R.json")
        self.assertGreater(report["levels"], 7)
        self.assertEqual(report["clipped"], 0)
        self.assertIn("random with mean 0", self.run_program(*words, "--quantizer", "gpfq", "-o", "R.npy", code=2).err)


class InAnyOrder(support.InFolder):
    """Everything of this file in one sweep: the same bytes for any number of workers, shards and resumes."""

    SETTINGS = config(
        trials=4, measure=["error_budget", "row_space_error"], inputs={"distribution": "low_rank", "rank": "max(2, samples/4)", "fresh": "2*samples", "width": 40},
        quantizer={"alphabet": {"step": "1/neurons"}},
        sweep=[{"grid": {"samples": [8, 12], "inputs.mismatch": [0.0, 0.125], "quantizer": [{**each, "alphabet": {"levels": "infinite"}} for each in THREE]}},
               {"grid": {"samples": [8], "inputs": [{"distribution": "sphere"}, {"distribution": "spectrum"}, {"distribution": "clusters"}],
                         "quantizer": [{"name": "spfq", "alphabet": {"levels": {"rule": "spfq_no_clip"}}}]}}],
        bounds=["gpfq_fresh_prediction", "msq_fresh_prediction", "spfq_fresh_prediction", "row_space", "spfq_direction", "spfq_no_clip", "spfq_alignment"])

    def test_same_bytes(self) -> None:
        path = self.write("config.yaml", self.SETTINGS)
        run = lambda output, *words: self.run_program(path, "-o", output, *words)
        run("one", "-j1")
        reference = comparable(self.folder / "one" / "results.json")
        self.assertGreater(reference.count('"applies":true'), 90)
        self.assertEqual(reference.count('"status":"ok"'), 4 * (12 + 3))
        run("two", "-j2")
        for shard in ("2/3", "1/3", "3/3"):
            run("shards", "--shard", shard)
        run("shards", "--collect")
        run("pieces", "trials=1")
        run("pieces", "--filter", "samples=8")
        run("pieces")
        for output in ("two", "shards", "pieces"):
            with self.subTest(output=output):
                self.assertEqual(comparable(self.folder / output / "results.json"), reference)


if __name__ == "__main__":
    unittest.main()
