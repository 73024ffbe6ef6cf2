"""The configs that come with the project are valid, and the one on width shows what the theory says."""
from __future__ import annotations

import functools
import math
import statistics
import tempfile
import unittest
from pathlib import Path
from typing import Any

import support

CONFIGS = sorted((support.ROOT / "configs").glob("*.yaml"))
WIDTHS = (512, 1024, 2048, 4096)

Rows = list[dict[str, Any]]


class Valid(support.InFolder):
    def test_dry_run(self) -> None:
        self.assertGreater(len(CONFIGS), 0)
        for path in CONFIGS:
            with self.subTest(config=path.name):
                done = self.run_program(path, "-n", code=None)
                if "was not found. Looked at:" in done.err:
                    self.skipTest(f"{path.name}: {done.err.splitlines()[0]}")
                self.assertEqual(done.code, 0, done.err)
                self.assertRegex(done.out, r"\n\d+ cells, \d+ tasks to run")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_named_like_their_files(self) -> None:
        for path in CONFIGS:
            with self.subTest(config=path.name):
                self.assertIn(f"\nname: {path.stem}\n", path.read_text(encoding="utf-8"))


@functools.cache
def width_decay() -> dict[str, Any]:
    case = support.InFolder()
    with tempfile.TemporaryDirectory() as folder:
        case.folder = Path(folder)
        case.run_program(support.ROOT / "configs" / "width_decay.yaml", "trials=20", f"width={','.join(map(str, WIDTHS))}", "-o", "out")
        return support.load(case.folder / "out" / "results.json")


def slope(x: list[float], y: list[float]) -> float:
    """Of the least-squares line through the logarithms."""
    x, y = [math.log(value) for value in x], [math.log(value) for value in y]
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


class WidthDecay(unittest.TestCase):
    PANELS = {"(a)": "infinite", "(b)": 3}

    def records(self, levels: Any, quantizer: str) -> Rows:
        return [record for record in width_decay()["records"] if (record["quantizer_alphabet_levels"], record["quantizer_name"]) == (levels, quantizer)]

    def test_all_is_there(self) -> None:
        self.assertEqual(len(width_decay()["records"]), 2 * 3 * len(WIDTHS) * 20)
        self.assertEqual({record["status"] for record in width_decay()["records"]}, {"ok"})
        self.assertEqual({record["clipped"] for quantizer in ("msq", "gpfq", "spfq") for record in self.records("infinite", quantizer)}, {0})

    def test_exponents(self) -> None:
        """Fitted in every trial by itself, for the widths of one trial share their first columns."""
        for panel, levels in self.PANELS.items():
            for quantizer, exponent in (("msq", 0), ("gpfq", -1), ("spfq", -1)):
                with self.subTest(panel=panel, quantizer=quantizer):
                    records = self.records(levels, quantizer)
                    slopes = []
                    for trial in range(20):
                        points = {record["width"]: record["relative_squared_error"] for record in records if record["trial"] == trial}
                        self.assertEqual(tuple(points), WIDTHS)
                        slopes.append(slope(list(points), list(points.values())))
                    self.assertAlmostEqual(statistics.fmean(slopes), exponent, delta=0.02)

    def cells(self) -> dict[str, dict[str, Any]]:
        return {record["cell_id"]: record for record in width_decay()["records"]}

    def test_predictions(self) -> None:
        """Right to two per cent, as far as 20 trials can tell."""
        seen = set()
        for row in width_decay()["summary"]:
            if row["kind"] != "prediction":
                continue
            cell = self.cells()[row["cell_id"]]
            seen.add((cell["quantizer_name"], cell["quantizer_alphabet_levels"], cell["width"]))
            with self.subTest(line=row["metric"], width=cell["width"]):
                self.assertEqual((row["count"], cell["clipped"]), (20, 0))
                measured_over_predicted = 1 / row["ratio"]
                error = row["ratio_error"] / row["ratio"] ** 2
                self.assertLess(error, 0.02)
                self.assertLessEqual(abs(measured_over_predicted - 1), 0.02 + 3 * error)
        self.assertLessEqual({(quantizer, "infinite", width) for quantizer in ("msq", "gpfq", "spfq") for width in WIDTHS}, seen)

    def test_upper_lines(self) -> None:
        """Some line applies wherever path following is covered, and every line that applies holds."""
        bounds: Rows = width_decay()["bounds"]
        for levels, quantizers in (("infinite", ("gpfq", "spfq")), (3, ("gpfq",))):
            for quantizer in quantizers:
                for cell, record in self.cells().items():
                    if (record["quantizer_alphabet_levels"], record["quantizer_name"]) != (levels, quantizer):
                        continue
                    with self.subTest(levels=levels, quantizer=quantizer, width=record["width"]):
                        trials = {row["trial"] for row in bounds if row["cell_id"] == cell and row["kind"] == "upper" and row["applies"]}
                        self.assertEqual(trials, set(range(20)))
        judged = [row for row in bounds if row["applies"] and row["kind"] == "upper"]
        self.assertEqual([row for row in judged if row["holds"] is not True], [])

    def test_mean_lines(self) -> None:
        rows = [row for row in width_decay()["summary"] if row["kind"] in ("upper_mean", "lower_mean")]
        self.assertGreaterEqual(len(rows), 2 * len(WIDTHS))
        self.assertEqual([row for row in rows if row["holds"] is not True], [])

    def test_what_clips_is_not_covered(self) -> None:
        clipping = {record["cell_id"] for record in self.records(3, "spfq") if record["clipped"] > 0}
        self.assertEqual(len(clipping), len(WIDTHS))
        rows = [row for row in width_decay()["bounds"] if row["cell_id"] in clipping]
        self.assertTrue(rows)
        self.assertFalse([row for row in rows if row["applies"]])


if __name__ == "__main__":
    unittest.main()
