"""Tests of a sweep's summary: exponents, paired differences, the audit and rates, recomputed from the records and the bounds."""
from __future__ import annotations

import math
import statistics
import unittest
from typing import Any

import support
from test_results_contract import SETTINGS, T19

Rows = list[dict[str, Any]]


class Statements(support.InFolder):
    WIDTHS = (32, 64, 128)

    def measured(self, results: dict[str, Any]) -> dict[str, dict[int, float]]:
        cells: dict[str, dict[int, float]] = {}
        for record in results["records"]:
            cells.setdefault(record["cell_id"], {})[record["trial"]] = record["relative_squared_error"]
        return cells

    def test_exponents(self) -> None:
        results = self.results_of(SETTINGS, f"width={','.join(map(str, self.WIDTHS))}")
        cells = self.measured(results)
        place = {record["cell_id"]: (record["quantizer_name"], record["quantizer_alphabet_levels"], record["width"]) for record in results["records"]}
        rows = [row for row in results["exponents"] if row["metric"] == "relative_squared_error"]
        self.assertEqual(sorted(row["series"] for row in rows), sorted(f"{name}, levels {levels}" for name in ("msq", "gpfq", "spfq") for levels in ("infinite", 3)))
        for row in rows:
            name, levels, width = place[row["cell_id"]]
            self.assertEqual((width, row["axis"], row["points"], row["range"], row["count"]), (32, "width", 3, "all points", 20))
            points = [cells[next(cell for cell, where in place.items() if where == (name, levels, width))] for width in self.WIDTHS]
            # With x = 1, 2, 4 the slope is that through the ends.
            slopes = [(math.log(points[2][trial]) - math.log(points[0][trial])) / math.log(4) for trial in range(20)]
            error = statistics.stdev(slopes) / math.sqrt(20)
            for column, value in (("slope", statistics.fmean(slopes)), ("standard_error", error), ("low", statistics.fmean(slopes) - T19 * error),
                                  ("high", statistics.fmean(slopes) + T19 * error)):
                self.assertAlmostEqual(row[column], value, delta=1e-11, msg=column)

    def test_comparisons(self) -> None:
        results = self.results_of(SETTINGS)
        cells = self.measured(results)
        rows = [row for row in results["comparisons"] if row["metric"] == "relative_squared_error"]
        self.assertEqual(sorted((row["quantizer"], row["reference"]) for row in rows), sorted(2 * [("gpfq", "msq"), ("spfq", "msq"), ("spfq", "gpfq")]))
        levels = {record["cell_id"]: record["quantizer_alphabet_levels"] for record in results["records"]}
        for row in rows:
            self.assertEqual(levels[row["cell_id"]], levels[row["against"]])
            one, other = cells[row["cell_id"]], cells[row["against"]]
            logs = [math.log(one[trial] / other[trial]) for trial in range(20)]
            self.assertAlmostEqual(row["log_ratio"], statistics.fmean(logs), delta=1e-11)
            self.assertAlmostEqual(row["high"] - row["low"], 2 * T19 * statistics.stdev(logs) / math.sqrt(20), delta=1e-11)
            self.assertEqual((row["wins"], row["losses"], row["ties"]), (sum(log < 0 for log in logs), sum(log > 0 for log in logs), 0))

    def test_audit(self) -> None:
        results = self.results_of(SETTINGS)
        told: dict[tuple[str, str], Rows] = {}
        for row in results["bounds"]:
            if row["applies"]:
                told.setdefault((row["bound"], row["cell_id"]), []).append(row)
        rows = {(row["bound"], row["cell_id"]): row for row in results["audit"]}
        self.assertEqual(set(rows), set(told) | {(bound, None) for bound, _ in told})
        for key, bounds in told.items():
            row, kind = rows[key], bounds[0]["kind"]
            self.assertEqual((row["kind"], row["trials"], row["judged"], row["consistent"]), (kind, 20, len(bounds), True))
            if kind == "upper":
                ratios = sorted(bound["ratio"] for bound in bounds)
                self.assertEqual((row["violations"], row["rate"]), (0, 0.0))
                self.assertAlmostEqual(row["rate_high"], 1 - 0.025 ** (1 / 20), delta=1e-12)
                self.assertAlmostEqual(row["looseness_median"], statistics.median(ratios), delta=1e-11 * ratios[-1])
            else:
                summary, = [line for line in results["summary"] if (line["metric"], line["cell_id"]) == key]
                self.assertEqual(row["ratio"], summary["ratio"])
                self.assertAlmostEqual(row["ratio_high"] - row["ratio_low"], 2 * T19 * summary["ratio_error"], delta=1e-11 * row["ratio"])
        for bound in {bound for bound, _ in told}:
            parts = [row for (name, cell), row in rows.items() if name == bound and cell is not None]
            whole = rows[bound, None]
            self.assertEqual((whole["cells"], whole["trials"], whole["judged"]),
                             (len(parts), sum(row["trials"] for row in parts), sum(row["judged"] for row in parts)))
            self.assertEqual(whole["chance"], min(row["chance"] for row in parts))

    def test_rates(self) -> None:
        """A slope: in a table of its own, in the exponents, and nowhere among the bounds."""
        results = self.results_of({**SETTINGS, "bounds": "all"}, f"width={','.join(map(str, self.WIDTHS))}", "quantizer.alphabet.levels=infinite")
        self.assertFalse([row for row in results["bounds"] if "rate" in row["bound"]])
        self.assertEqual({row["rate"] for row in results["rates"] if row["applies"]}, {"spfq_rate"})
        self.assertTrue(all(row["reason"] for row in results["rates"] if not row["applies"]))
        slope, = [row["slope"] for row in results["exponents"] if row["rate"] == "spfq_rate"]
        # log N/N times the growth of the largest of N norms.
        self.assertTrue(-1 < slope < -0.4, slope)

    def test_printed(self) -> None:
        done = self.run_program(self.write("config.yaml", SETTINGS).name, "width=32,64,128", "-o", "out")
        for line in (r"\ngpfq, levels infinite +width +relative_squared_error +-0\.\d+ ", r"\ngpfq / msq +relative_squared_error +6 ",
                     r"\ngpfq_moment +upper +\d+ +\d+ +0 +0 \[0, 0\.\d+\] +at most 0\.01 .* not refuted"):
            self.assertRegex(done.out, line)
        quiet = self.run_program("config.yaml", "width=32,64,128", "-o", "out", "-q")
        self.assertEqual(quiet.out, "")


if __name__ == "__main__":
    unittest.main()
