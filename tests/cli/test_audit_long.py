"""Audit of every bound over at least 1000 trials of the whole program: violation rates as stated, and predictions as accurate as stated."""
from __future__ import annotations

import json
import math
import re
import unittest
from typing import Any

import support

TRIALS = 2000
AUDIT = support.ROOT / "configs" / "audit.yaml"

Rows = list[dict[str, Any]]


def tail(k: int, n: int, p: float) -> float:
    """P(at least k of n), term by term."""
    if k == 0:
        return 1.0
    if p == 0:
        return 0.0
    log_term = lambda i: math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)
    return math.fsum(math.exp(log_term(i)) for i in range(k, n + 1))


class Audit(support.InFolder):
    def table(self, name: str) -> Rows:
        """One table of the file, which has a row a line: the bounds alone are several hundred thousand."""
        rows: Rows = []
        reading = False
        with (self.folder / "out" / "results.json").open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith('"'):
                    reading = line.startswith(f'"{name}": [')
                elif line.startswith("]"):
                    reading = False
                elif reading:
                    rows.append(json.loads(line.strip().rstrip(",")))
        return rows

    def test_every_line(self) -> None:
        listed = re.findall(r"^  (\S+) .*\[(\w+)\]$", self.run_program("list", "bounds").out, re.MULTILINE)
        names = {name for name, kind in listed if kind != "rate"} - {"weights_limit", "weights_population"}  # of the weights experiment
        exceeded = {}
        for probability in (0.5, 0.9, 0.99):
            self.run_program(AUDIT, "-o", "out", "-q", f"trials={TRIALS}", "seed=7", f"probability={probability}")
            rows = self.table("audit")
            whole = {row["bound"]: row for row in rows if row["cell_id"] is None}
            self.assertEqual(set(whole), names, "configs/audit.yaml has a cell for every line that is not a rate")
            for name, row in whole.items():
                with self.subTest(line=name, probability=probability):
                    self.assertGreaterEqual(row["judged"], 1000)
                    self.assertIs(row["consistent"], True)
            self.upper([row for row in rows if row["kind"] == "upper"], probability)
            self.means([row for row in rows if row["kind"] != "upper"])
            exceeded[probability] = sum(row["violations"] for row in whole.values() if row["kind"] == "upper")
        # The audit looks where it may be: bounds at one half are exceeded sometimes, and less so at .9.
        self.assertGreater(exceeded[0.5], 50)
        self.assertLess(exceeded[0.9], exceeded[0.5])

    def upper(self, rows: Rows, probability: float) -> None:
        """Counted here once more, trial by trial; lines that hold for certain are attained, up to the rounding of single precision."""
        above: dict[tuple[str, str], int] = {}
        for row in self.table("bounds"):
            if row["applies"] and row["kind"] == "upper":
                above.setdefault((row["bound"], row["cell_id"]), 0)
                above[row["bound"], row["cell_id"]] += row["measured"] > row["value"] * (1 + (1e-4 if row["probability"] == 1 else 1e-9))
        cells = {(row["bound"], row["cell_id"]): row for row in rows if row["cell_id"] is not None}
        self.assertEqual(set(above), set(cells))
        for key, row in cells.items():
            self.assertEqual((row["violations"], row["trials"]), (above[key], TRIALS))
            self.assertAlmostEqual(row["eta"], 0.0 if row["probability"] == 1 else 1 - probability, delta=1e-15)
            self.assertAlmostEqual(row["chance"], tail(row["violations"], TRIALS, row["eta"]), delta=1e-6)

    def means(self, rows: Rows) -> None:
        for row in rows:
            if row["cell_id"] is None:
                continue
            with self.subTest(line=row["bound"], cell=row["cell_id"]):
                error = (row["ratio_high"] - row["ratio_low"]) / 4
                self.assertLess(error, 0.02 if row["kind"] == "prediction" else 0.1)
                if row["kind"] == "prediction":
                    self.assertLessEqual(abs(row["ratio"] - 1), 0.05 + 3 * error)
                elif row["kind"] == "lower_mean":
                    self.assertLessEqual(row["ratio"], 1 + 3 * error)
                else:
                    self.assertGreaterEqual(row["ratio"], 1 - 3 * error)


if __name__ == "__main__":
    unittest.main()
