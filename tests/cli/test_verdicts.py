"""No line is refuted near the ends of what its hypotheses allow: small steps, strong damping, an order by norm."""
from __future__ import annotations

import unittest
from typing import Any

import support

FEEDBACK = [{"name": "optq"}, {"name": "optq", "damping": 1e3}, {"name": "optq", "calibration": "asymmetric"}, {"name": "qronos"}]
PATHS = [{"name": "msq"}, {"name": "gpfq"}, {"name": "spfq"}]


class Verdicts(support.InFolder):
    def judged(self, results: dict[str, Any]) -> set[str]:
        """The lines that apply somewhere; none of them is refuted."""
        self.assertEqual([row for row in results["audit"] if row["consistent"] is False], [])
        self.assertEqual([row for row in results["bounds"] if row["holds"] is False and row["probability"] == 1], [])
        return {row["bound"] for row in results["bounds"] if row["applies"]}

    def layer(self, quantizers: list[dict[str, Any]], precision: str, step: float, mismatch: float = 0.0, bounds: Any = "all") -> dict[str, Any]:
        self.count = getattr(self, "count", 0) + 1
        return self.results_of({
            "experiment": "layer", "trials": 20, "precision": precision, "bounds": bounds,
            "inputs": {"distribution": "gaussian", "samples": 40, "width": 24, "mismatch": mismatch},
            "weights": {"distribution": "uniform", "low": -1, "high": 1, "neurons": 8},
            "sweep": {"grid": {"quantizer": [{**one, "alphabet": {"levels": "infinite", "step": step}} for one in quantizers]}}}, output=f"out{self.count}")

    def test_steps_of_the_size_of_the_rounding(self) -> None:
        """Of weights up to 1 a unit in the last place is 6e-8 in single precision: lines about steps fall silent, and say why."""
        for quantizers, steps in ((PATHS, (1e-8, 5e-8, 3e-7, 2e-6)), (FEEDBACK, (1e-8, 5e-8, 3e-7, 2e-6, 1e-5))):
            for step in steps:
                for mismatch in (0.0, 0.1):
                    with self.subTest(step=step, mismatch=mismatch, quantizers=quantizers):
                        results = self.layer(quantizers, "float32", step, mismatch=mismatch)
                        self.assertLessEqual(self.judged(results), {"msq_deterministic", "msq_gaussian", "input_box", "weights_limit"})
                        reasons = [row["reason"] for row in results["bounds"] if row["bound"].endswith("_deterministic") and not row["applies"]]
                        self.assertTrue(reasons)
                        self.assertTrue(all("units in the last place" in reason or "of the size of their rounding" in reason for reason in reasons), reasons)

    def test_steps_just_above_it(self) -> None:
        for quantizers, step, expected in ((PATHS, 5e-6, {"msq_prediction", "gpfq_prediction", "gpfq_deterministic", "spfq_prediction", "spfq_l2"}),
                                           (FEEDBACK, 2.5e-5, {"optq_deterministic", "optq_prediction", "qronos_deterministic", "qronos_prediction"})):
            for mismatch in (0.0, 0.001):
                with self.subTest(step=step, mismatch=mismatch):
                    self.assertEqual(expected, self.judged(self.layer(quantizers, "float32", step, mismatch=mismatch, bounds=sorted(expected))))
        expected = {"gpfq_prediction", "spfq_prediction"}
        self.assertEqual(expected, self.judged(self.layer(PATHS, "float64", 3e-7, bounds=sorted(expected))))

    def test_damping_far_above_the_inputs(self) -> None:
        """||U||^2 is what is left of terms about lambda/||Xq_t||^2 times as large: judged by their rounding, or not at all."""
        for precision in ("float64", "float32"):
            for damping in (1e1, 1e3, 1e5, 1e6):
                with self.subTest(precision=precision, damping=damping):
                    applying = self.judged(self.layer([{"name": "optq", "damping": damping}, {"name": "qronos", "damping": damping}], precision, 0.25))
                    if precision == "float64" and damping <= 1e3:
                        self.assertLessEqual({"optq_deterministic", "optq_damping", "qronos_deterministic"}, applying)

    def test_an_order_by_norm(self) -> None:
        """What T1.4 says of it holds where the norms differ most."""
        for law in ({"distribution": "ball"}, {"distribution": "gaussian"}, {"distribution": "student_t", "degrees": 5}):
            with self.subTest(law=law):
                results = self.results_of({
                    "experiment": "layer", "trials": 40, "bounds": "all", "inputs": {**law, "samples": 4, "width": 64},
                    "weights": {"distribution": "uniform", "low": -2, "high": 2, "neurons": 8},
                    "quantizer": {"name": "gpfq", "order": "decreasing_norm", "alphabet": {"levels": "infinite", "step": 0.5}}}, output=law["distribution"])
                applying = self.judged(results)
                self.assertIn("gpfq_mean", applying)
                self.assertNotIn("gpfq_law_prediction", applying)


if __name__ == "__main__":
    unittest.main()
