"""Tests of hypotheses: no bound is drawn where one fails. Each case changes one property of a layer on which every bound of a quantizer applies."""
from __future__ import annotations

import re
import unittest
from typing import Any

import support

# GPFQ on columns uniform in a ball, with weights that spread evenly over the steps and N^2 large enough for the paper's own probability.
GPFQ = support.config(trials=1, inputs={"distribution": "ball", "samples": 8, "width": 64}, weights={"distribution": "uniform", "low": -2, "high": 2, "neurons": 8},
                      quantizer={"name": "gpfq", "alphabet": {"levels": "infinite", "step": 0.5}},
                      bounds=["gpfq_prediction", "gpfq_law_prediction", "gpfq_mean", "gpfq_moment", "gpfq_exponential", "gpfq_paper", "gpfq_deterministic",
                              "gpfq_bounded_rate"])
# Three levels on Gaussian columns, every weight below the outermost level.
FINITE = support.config(trials=1, inputs={"distribution": "gaussian", "samples": 8, "width": 64}, weights={"distribution": "uniform", "low": -0.8, "high": 0.8, "neurons": 8},
                        quantizer={"name": "gpfq", "alphabet": {"levels": 3, "step": 1.0}}, bounds=["gpfq_finite", "gpfq_gaussian_rate"])
SPFQ = support.config(trials=1, inputs={"distribution": "gaussian", "samples": 8, "width": 64}, weights={"distribution": "gaussian", "neurons": 8},
                      quantizer={"name": "spfq", "alphabet": {"levels": "infinite", "step": 0.5}},
                      bounds=["spfq_prediction", "spfq_law_prediction", "spfq_mean", "spfq_l2", "spfq_l2_kappa", "spfq_linf", "spfq_paper_l2", "spfq_paper_linf",
                              "spfq_gaussian_weights", "spfq_direction", "spfq_levels", "spfq_rate"])
MSQ = support.config(trials=1, weights={"distribution": "uniform", "low": -2, "high": 2, "neurons": 8},
                     quantizer={"name": "msq", "alphabet": {"levels": "infinite", "step": 0.5}},
                     bounds=["msq_prediction", "msq_gaussian", "msq_deterministic", "input_box"])
# Aligned by passes, levels that SPFQ chose, and what is said of fresh rows and of the row space.
ALIGNED = support.config(trials=1, inputs={"distribution": "gaussian", "samples": 8, "width": 64, "mismatch": 0.2},
                         quantizer={"name": "spfq", "alignment": 2, "alphabet": {"levels": "infinite", "step": 0.5}}, bounds=["spfq_alignment"])
CHOSEN = support.config(trials=1, quantizer={"name": "spfq", "alphabet": {"levels": {"rule": "spfq_no_clip"}, "step": 0.5}}, bounds=["spfq_no_clip"])
FRESH, FRESH_MSQ, FRESH_SPFQ = (
    {**settings, "inputs": {"distribution": "gaussian", "samples": 8, "width": 64, "fresh": 20}, "measure": "row_space_error",
     "bounds": [f"{settings['quantizer']['name']}_fresh_prediction", "row_space"]} for settings in (GPFQ, MSQ, SPFQ))
# Three levels, more samples than features, weights of a known law.
LIMIT = support.config(trials=1, inputs={"distribution": "gaussian", "samples": 16, "width": 8}, weights={"distribution": "gaussian", "neurons": 8},
                       quantizer={"name": "gpfq", "alphabet": {"levels": 3, "step": 1.0}}, bounds=["water_filling"])
OTHER_LIMIT = {**LIMIT, "weights": {"distribution": "laplace", "neurons": 8}, "bounds": ["entropy_power"]}
CLUSTERS = {**GPFQ, "inputs": {"distribution": "clusters", "samples": 8, "width": 64}, "bounds": ["gpfq_clusters_rate"]}

# Error feedback on more samples than features, so that nothing is damped but what is asked for.
OPTQ, STOCHASTIC, QRONOS = (
    support.config(trials=1, inputs={"distribution": "ar1", "samples": 40, "width": 16}, weights={"distribution": "uniform", "low": -2, "high": 2, "neurons": 40},
                   quantizer={**quantizer, "alphabet": {"levels": "infinite", "step": 0.5}}, bounds=bounds, measure="max_abs_error")
    for quantizer, bounds in (({"name": "optq"}, ["optq_deterministic", "optq_damping", "optq_prediction"]),
                              ({"name": "optq", "rounding": "stochastic"}, ["optq_mean", "optq_linf", "optq_prediction"]),
                              ({"name": "qronos"}, ["qronos_deterministic", "qronos_prediction"])))
SCALED = {**SPFQ, "quantizer": {**SPFQ["quantizer"], "name": "scaled_spfq", "scale": 3.0}, "bounds": ["scaled_spfq_l2"]}
PREDICTIONS = {"optq_prediction", "qronos_prediction"}
SETTINGS = (GPFQ, FINITE, SPFQ, MSQ, LIMIT, OTHER_LIMIT, CLUSTERS, ALIGNED, CHOSEN, FRESH, FRESH_MSQ, FRESH_SPFQ,
            OPTQ, STOCHASTIC, QRONOS, SCALED)

LAW = {"gpfq_law_prediction", "gpfq_mean", "gpfq_moment", "gpfq_exponential", "gpfq_paper", "gpfq_bounded_rate"}
EVEN = {"gpfq_prediction", "gpfq_law_prediction"}
ALL = set(GPFQ["bounds"])
EVERY_SPFQ = set(SPFQ["bounds"])

# What is changed -> the lines that must fall silent; all others go on.
CHANGES: list[tuple[str, dict[str, Any], tuple[str, ...], set[str]]] = [
    # columns that depend on each other
    ("AR(1)", GPFQ, ("inputs.distribution=ar1",), LAW),
    ("low rank", GPFQ, ("inputs.distribution=low_rank", "inputs.rank=4"), LAW),
    ("clusters", GPFQ, ("inputs.distribution=clusters",), LAW),
    ("spectrum", GPFQ, ("inputs.distribution=spectrum",), LAW),
    ("AR(1), three levels", FINITE, ("inputs.distribution=ar1",), set(FINITE["bounds"])),
    ("AR(1), SPFQ", SPFQ, ("inputs.distribution=ar1",), {"spfq_law_prediction"}),
    ("AR(1), MSQ", MSQ, ("inputs.distribution=ar1",), {"msq_gaussian"}),
    # of another law
    ("asymmetric entries", GPFQ, ("inputs.distribution=rectified_gaussian",), LAW),
    ("unbounded columns", GPFQ, ("inputs.distribution=gaussian",), {"gpfq_paper", "gpfq_bounded_rate"}),
    ("neither Gaussian nor in a ball", GPFQ, ("inputs.distribution=uniform",), {"gpfq_moment"}),
    ("heavy tails", GPFQ, ("inputs.distribution=student_t", "inputs.degrees=5"), {"gpfq_moment", "gpfq_exponential", "gpfq_paper", "gpfq_bounded_rate"}),
    ("not Gaussian, three levels", FINITE, ("inputs.distribution=ball",), set(FINITE["bounds"])),
    ("not Gaussian, MSQ", MSQ, ("inputs.distribution=ball",), {"msq_gaussian"}),
    ("rows that are not clustered", CLUSTERS, ("inputs.distribution=gaussian",), {"gpfq_clusters_rate"}),
    # in an order that looks at them
    # T1.4: the directions stay uniform and the large norms get the small factors
    ("an order by norm", GPFQ, ("quantizer.order=decreasing_norm",), {"gpfq_law_prediction", "gpfq_bounded_rate"}),
    ("an order by norm, three levels", FINITE, ("quantizer.order=decreasing_norm",), set(FINITE["bounds"])),
    # X != Xq: what remains of the bounded law is its Gaussian noise
    ("mismatch", GPFQ, ("inputs.mismatch=0.1",), LAW),
    ("mismatch, Gaussian", GPFQ, ("inputs.distribution=gaussian", "inputs.mismatch=0.1"), {"gpfq_law_prediction", "gpfq_mean", "gpfq_paper", "gpfq_bounded_rate"}),
    ("mismatch, three levels", FINITE, ("inputs.mismatch=0.1",), set(FINITE["bounds"])),
    ("mismatch, SPFQ", SPFQ, ("inputs.mismatch=0.1",), {"spfq_law_prediction", "spfq_gaussian_weights", "spfq_rate"}),
    ("mismatch, clusters", CLUSTERS, ("inputs.mismatch=0.1",), {"gpfq_clusters_rate"}),
    # decisions that are clipped, shrunk, or rounded to uneven levels
    ("clipping", GPFQ, ("quantizer.alphabet.levels=5",), ALL),
    ("clipping, SPFQ", SPFQ, ("quantizer.alphabet.levels=5",), EVERY_SPFQ),
    ("clipping, MSQ", MSQ, ("quantizer.alphabet.levels=5",), {"msq_prediction"}),
    ("clipping, clusters", CLUSTERS, ("quantizer.alphabet.levels=5",), {"gpfq_clusters_rate"}),
    ("soft thresholds", GPFQ, ("quantizer.decision=soft", "quantizer.threshold=0.1"), EVEN),
    ("hard thresholds", GPFQ, ("quantizer.decision=hard", "quantizer.threshold=0.1"), EVEN),
    ("soft thresholds, three levels", FINITE, ("quantizer.decision=soft", "quantizer.threshold=0.1"), set(FINITE["bounds"])),
    ("more levels than three", FINITE, ("quantizer.alphabet.levels=5",), {"gpfq_gaussian_rate"}),
    ("an infinite alphabet", FINITE, ("quantizer.alphabet.levels=infinite",), set(FINITE["bounds"])),
    ("weights beyond the outermost level", FINITE, ("weights.high=1.1",), set(FINITE["bounds"])),
    # weights
    ("weights near one level", GPFQ, ("weights.low=-0.05", "weights.high=0.05"), EVEN),
    ("weights near one level, SPFQ", SPFQ, ("weights.distribution=uniform", "weights.low=-0.05", "weights.high=0.05"),
     {"spfq_prediction", "spfq_law_prediction", "spfq_gaussian_weights"}),
    ("weights near one level, MSQ", MSQ, ("weights.low=-0.05", "weights.high=0.05"), {"msq_prediction"}),
    ("weights that all round down, on inputs of one sign", MSQ, ("weights.low=0", "weights.high=0.25", "inputs.distribution=rectified_gaussian"),
     {"msq_prediction", "msq_gaussian"}),
    ("weights that are not Gaussian", SPFQ, ("weights.distribution=laplace",), {"spfq_gaussian_weights"}),
    # alignment and levels
    ("nothing to align", ALIGNED, ("inputs.mismatch=0",), {"spfq_alignment"}),
    ("no passes", ALIGNED, ("quantizer.alignment=perfect",), {"spfq_alignment"}),
    ("clipping, aligned", ALIGNED, ("quantizer.alphabet.levels=5",), {"spfq_alignment"}),
    ("too few levels", CHOSEN, ("quantizer.alphabet.levels=9",), {"spfq_no_clip"}),
    ("nothing to clip", CHOSEN, ("quantizer.alphabet.levels=infinite",), {"spfq_no_clip"}),
    ("levels for a smaller probability", CHOSEN, ("quantizer.alphabet.levels.probability=0.5",), {"spfq_no_clip"}),
    # fresh rows
    *((f"{name}, {settings['quantizer']['name']}", settings, words, silent & set(settings["bounds"])) for name, words, silent in (
        ("fresh rows with noise of their own", ("inputs.mismatch=0.1",), {"row_space", "gpfq_fresh_prediction", "msq_fresh_prediction", "spfq_fresh_prediction"}),
        ("no fresh rows", ("inputs.fresh=null",), {"gpfq_fresh_prediction", "msq_fresh_prediction", "spfq_fresh_prediction"}),
        ("no point of the row space", ("measure=error_budget",), {"row_space"}),
        ("fresh rows of infinite energy", ("inputs.distribution=student_t", "inputs.degrees=2"), {"gpfq_fresh_prediction", "msq_fresh_prediction", "spfq_fresh_prediction"}),
        ("columns that are 0", ("inputs.distribution=rectified_gaussian", "inputs.samples=1"), {"gpfq_fresh_prediction", "msq_fresh_prediction", "spfq_fresh_prediction"}),
        ("weights near one level of fresh rows", ("weights.distribution=uniform", "weights.low=-0.05", "weights.high=0.05"),
         {"gpfq_fresh_prediction", "msq_fresh_prediction", "spfq_fresh_prediction"}),
        ("clipping, fresh rows", ("quantizer.alphabet.levels=3",), {"gpfq_fresh_prediction", "msq_fresh_prediction", "spfq_fresh_prediction"}),
    ) for settings in (FRESH, FRESH_MSQ, FRESH_SPFQ)),
    ("weights that are not Gaussian, under a limit", LIMIT, ("weights.distribution=laplace",), {"water_filling"}),
    ("Gaussian weights, under the other", OTHER_LIMIT, ("weights.distribution=gaussian",), {"entropy_power"}),
    ("weights without a variance", OTHER_LIMIT, ("weights.distribution=student_t", "weights.degrees=2"), {"entropy_power"}),
    # error feedback
    *((f"{name}, {settings['bounds'][0]}", settings, words, silent & set(settings["bounds"])) for settings in (OPTQ, STOCHASTIC, QRONOS) for name, words, silent in (
        ("clipping", ("quantizer.alphabet.levels=3",), {*OPTQ["bounds"], *STOCHASTIC["bounds"], *QRONOS["bounds"]}),
        ("a list of levels", ("quantizer.alphabet={levels: null, kind: list, values: '-6 -5 -4 -3 -2 -1 0 1 2 3 4 5 6', step: 0.5}",), PREDICTIONS),
        ("weights near one level", ("weights.low=-0.05", "weights.high=0.05"), PREDICTIONS),
        ("mismatch", ("inputs.mismatch=0.1",), set()),
        ("no damping", ("quantizer.damping=0",), {"optq_damping"}),
    )),
    ("clipping, scaled", SCALED, ("quantizer.alphabet.levels=3",), {"scaled_spfq_l2"}),
    ("mismatch and pruning, scaled", SCALED, ("inputs.mismatch=0.1", "quantizer.prune=2"), set()),
    # rates and directions
    *((f"{change}, {bound}", settings, words, {bound}) for settings, bound in ((LIMIT, "water_filling"), (OTHER_LIMIT, "entropy_power"))
      for change, words in (("infinitely many levels", ("quantizer.alphabet.levels=infinite",)),
                            ("more bits than a number's precision can use", ("quantizer.alphabet.levels=262143",)),
                            ("more features than samples", ("width=17",)),
                            ("few directions", ("inputs.distribution=low_rank", "inputs.rank=3")),
                            ("mismatch", ("inputs.mismatch=0.1",)))),
    # more samples and neurons than the width asks for, so that the state is not formed
    ("no entry of the state, stochastic", STOCHASTIC, ("measure=null",), {"optq_linf"}),
    # sizes
    ("one feature, SPFQ", SPFQ, ("width=1", "weights.neurons=400", "measure=max_abs_error"), {"spfq_paper_l2", "spfq_paper_linf", "spfq_rate", "spfq_prediction", "spfq_law_prediction"}),
    ("a width whose own probability is too small", GPFQ, ("width=14",), {"gpfq_paper"}),
]


class Hypotheses(support.InFolder):
    def lines(self, settings: dict[str, Any], words: tuple[str, ...]) -> tuple[set[str], dict[str, str]]:
        """Those that apply, and the reasons of the others."""
        self.count = getattr(self, "count", 0) + 1
        results = self.results_of(settings, *words, output=f"out{self.count}")
        rows = [(row["bound"], row) for row in results["bounds"]] + [(row["rate"], row) for row in results["rates"]]
        applying = {name for name, row in rows if row["applies"]}
        self.assertEqual(applying | {name for name, _ in rows}, set(settings["bounds"]))
        for name in set(settings["bounds"]) - applying:
            drawn = [entry for table in ("summary", "exponents", "audit") for entry in results[table] if name in (entry.get("metric"), entry.get("rate"), entry.get("bound"))]
            self.assertEqual(drawn, [], "a line that does not apply stands nowhere else")
        return applying, {name: row["reason"] for name, row in rows if not row["applies"]}

    def test_every_line_is_silenced_by_something(self) -> None:
        listed = set(re.findall(r"^  (\S+) .*\[\w+\]$", self.run_program("list", "bounds").out, re.MULTILINE))
        listed -= {"weights_limit", "weights_population"}  # of the weights experiment
        self.assertEqual({line for settings in SETTINGS for line in settings["bounds"]}, listed)
        # These hold of any X, W and Q.
        self.assertEqual(listed - {line for *_, silent in CHANGES for line in silent}, {"msq_deterministic", "input_box"})

    def test_all_apply_before(self) -> None:
        for settings in SETTINGS:
            with self.subTest(bounds=settings["bounds"]):
                applying, reasons = self.lines(settings, ())
                self.assertEqual(applying, set(settings["bounds"]), reasons)

    def test_each_failure_is_noticed(self) -> None:
        for name, settings, words, silent in CHANGES:
            with self.subTest(change=name):
                applying, reasons = self.lines(settings, words)
                self.assertEqual(set(settings["bounds"]) - applying, silent, reasons)
                self.assertTrue(all(reasons[line] for line in silent))


if __name__ == "__main__":
    unittest.main()
