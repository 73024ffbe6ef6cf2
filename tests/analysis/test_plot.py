"""The command: its pictures, their determinism, its refusals."""
from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import support

support.require("numpy", "matplotlib")
import fake_results

from analysis import names
from analysis.curves import Line, PanelData
from analysis.panel import named, runs, spread
from analysis.plot import main

PANELS = [{"title": "(a) ternary", "where": {"quantizer_alphabet_levels": 3}},
          {"title": "(b) infinite", "where": {"quantizer_alphabet_levels": "infinite"}}]


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def run_plot(self, data: dict[str, Any], *words: str) -> tuple[int, str]:
        path = fake_results.save(data, self.folder)
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            code = main([str(path), *words])
        return code, errors.getvalue()

    def svg(self, data: dict[str, Any], *words: str) -> str:
        code, errors = self.run_plot(data, *words)
        self.assertEqual((code, errors), (0, ""))
        return (self.folder / "figure.svg").read_text(encoding="utf-8")


def texts(svg: str) -> list[str]:
    """Letters are drawn as paths; matplotlib leaves what was written in a comment beside them."""
    return re.findall(r"<!-- (.*?) -->", svg)


class Pictures(InFolder):
    def test_two_panels(self) -> None:
        svg = self.svg(fake_results.make({**fake_results.PLOT, "panels": PANELS}))
        written = texts(svg)
        for name in ("(a) ternary", "(b) infinite", "gpfq_moments", "spfq_paper_l2", "upper bound, probability 0.99", "predicted mean",
                     "lower limit of the mean", "measured, mean of 20 trials", "hollow: some decisions clipped"):
            self.assertIn(name, written)
        for quantizer in fake_results.QUANTIZERS:
            self.assertEqual(len([text for text in written if re.match(rf"{quantizer}   slope \S+ ± \d", text)]), 2)
        self.assertFalse([text for text in written if "rate" in text], "rates are drawn when they are asked for")
        # The limit that is the same for all is one line in each panel.
        self.assertEqual(written.count("waterfill"), 2)
        self.assertTrue((self.folder / "figure.png").read_bytes().startswith(b"\x89PNG"))

    def test_panels_that_have_the_same_key_share_it(self) -> None:
        data = fake_results.make({**fake_results.PLOT, "panels": PANELS})
        data["exponents"] = []
        written = texts(self.svg(data))
        for quantizer in fake_results.QUANTIZERS:
            self.assertEqual(written.count(quantizer), 1)
        one = {**PANELS[0], "where": {**PANELS[0]["where"], "quantizer_name": fake_results.QUANTIZERS[0]}}
        data["context"]["config"]["plot"]["panels"] = [one, PANELS[1]]
        self.assertEqual(texts(self.svg(data)).count(fake_results.QUANTIZERS[0]), 2)

    def test_strokes(self) -> None:
        """Dashes in the series' colour, dots for predictions; solid curves have no dash array."""
        svg = self.svg(fake_results.make(levels=("infinite",)))
        strokes = re.findall(r'style="([^"]*)"', svg)
        self.assertTrue(any("stroke-dasharray: 6.25,2.5" in style and "#0072b2" in style for style in strokes))
        dots = [style for style in strokes if "stroke-dasharray: 1.8,2.34" in style]
        self.assertGreaterEqual(len(dots), 4)
        self.assertTrue(any("stroke: #0072b2" in style and "dasharray" not in style for style in strokes))

    def test_rates(self) -> None:
        written = texts(self.svg(fake_results.make(levels=("infinite",)), 'lines=["all", "gpfq_rate", "silent_rate"]'))
        for text in ("gpfq_rate: slope \u22120.75", "rate without its constant: a slope only", "gpfq_moments"):
            self.assertIn(text, written)
        self.assertTrue([text for text in written if "hypotheses fail: silent_rate." in text])

    def test_two_columns_in_one_panel(self) -> None:
        both = {**fake_results.PLOT, "y": ["relative_squared_error", "fresh_relative_squared_error"]}
        for plot, widths in ((both, fake_results.WIDTHS), ({**both, "x": "quantizer_name", "scale": "semilogy"}, (64,))):
            data = fake_results.make(plot, levels=("infinite",), widths=widths, trials=3)
            for record in data["records"]:
                record["fresh_relative_squared_error"] = 1.5 * record["relative_squared_error"]
            written = texts(self.svg(data))
            self.assertIn("relative squared error", written)
            if plot is both:
                self.assertTrue([text for text in written if text.startswith("gpfq, calibration data   slope")])
                self.assertIn("gpfq, fresh data", written)

    def test_the_axis_of_two_columns_names_what_they_share(self) -> None:
        columns = ("fresh_relative_squared_error", "relative_squared_error")
        self.assertEqual(names.axis_of_several(columns), "relative_squared_error")
        self.assertEqual(names.axis_of_several(columns[:1]), columns[0])

    def test_clipped_points_are_hollow(self) -> None:
        hollow = lambda levels: len(re.findall(r"fill: #ffffff; stroke: #009e73", self.svg(fake_results.make(levels=levels))))
        self.assertEqual(hollow(("infinite",)), 0)
        self.assertGreater(hollow((3,)), 0)

    def test_lines_none_draws_none(self) -> None:
        written = texts(self.svg(fake_results.make(levels=(3,)), "lines=none"))
        self.assertFalse([text for text in written if "bound" in text or text in fake_results.LINES["gpfq"]])

    def test_any_results(self) -> None:
        """Categories, one point, one trial, failures, every scale: a figure comes out, and says what it left out."""
        point = {"widths": (64,), "levels": (3,)}
        for plot, make in (({"x": "quantizer_name"}, point), ({"x": "quantizer_alphabet_levels"}, {"widths": (64,)}),
                           ({}, {**point, "trials": 1}), ({"y": "relative_error"}, {"levels": (3,), "trials": 1}),
                           ({"scale": "linear"}, {"levels": (3,)}), ({"scale": "semilogy", "x": "samples"}, point),
                           ({"y": "seconds", "series": []}, {"quantizers": ("msq",), "levels": (3,)}),
                           ({"panel": "width", "x": "quantizer_alphabet_step"}, {"levels": (3,)})):
            with self.subTest(plot=plot, make=make):
                self.svg(fake_results.make({**fake_results.PLOT, **plot}, **{"trials": 3, **make}))

    def test_failures_are_counted(self) -> None:
        data = fake_results.make(levels=(3,), trials=3)
        data["records"][0].update(status="failed", relative_squared_error=None)
        self.assertTrue([text for text in texts(self.svg(data)) if "Left out: 1 failed." in text])

    def test_mixing_warns(self) -> None:
        code, errors = self.run_plot(fake_results.make(trials=2))
        self.assertEqual(code, 0)
        self.assertIn("warning: cells that differ in quantizer_alphabet_levels", errors)


class Determinism(InFolder):
    def test_same_bytes(self) -> None:
        """In processes of their own, so that no counter or hash seed is shared, and from a folder that is not the root."""
        path = fake_results.save(fake_results.make({**fake_results.PLOT, "panels": PANELS}, trials=4), self.folder)
        made = []
        for prefix in ("one", "two"):
            subprocess.run([sys.executable, support.ROOT / "analysis" / "plot.py", path, "-o", self.folder / prefix], check=True,
                           cwd=self.folder, stdout=subprocess.DEVNULL)
            made.append([(self.folder / (prefix + ending)).read_bytes() for ending in (".png", ".svg")])
        self.assertEqual(made[0], made[1])
        self.assertNotIn(b"<dc:date>", made[0][1])


class Refusals(InFolder):
    def refused(self, words: str, data: dict[str, Any], *entries: str) -> None:
        code, errors = self.run_plot(data, *entries)
        self.assertEqual(code, 2)
        self.assertRegex(errors, words)
        self.assertNotIn("Traceback", errors)

    def test_exit_code_2(self) -> None:
        data = fake_results.make(trials=1, widths=(64,))
        self.refused("plot.x is missing", data, "x=null")
        self.refused("no column 'hight'", data, "y=hight")
        self.refused("unknown key", data, "colour=red")
        self.refused("records is empty", {**data, "records": []})
        self.refused("plot is missing", {**data, "context": {}})
        self.refused("schema", {**data, "schema": "other/1"})
        self.refused("no panel has a record|no record can be drawn", data, 'panels=[{"where": {"width": 65}}]')

    def test_unreadable_files(self) -> None:
        broken = self.folder / "broken.json"
        broken.write_text("{", encoding="utf-8")
        for path, words in ((self.folder / "absent.json", "No such file"), (broken, "not JSON")):
            errors = io.StringIO()
            with contextlib.redirect_stderr(errors):
                self.assertEqual(main([str(path)]), 2)
            self.assertIn(words, errors.getvalue())


class Gaps(unittest.TestCase):
    def test_a_line_is_broken_where_it_does_not_apply(self) -> None:
        line = Line(0, "bound", "upper", [(x, 1.0) for x in (1, 2, 8, 32, 64)], (1, 2, 4, 8, 16, 32, 64))
        self.assertEqual([[x for x, _ in run] for run in runs(line)], [[1, 2], [8], [32, 64]])


class Names(unittest.TestCase):
    def test_categories_are_named_where_their_lines_change(self) -> None:
        grid = ("gaussian", "ball", "sphere", "ar1")
        prediction = Line(0, "prediction", "prediction", [(x, 1.0) for x in grid], grid)
        moment = Line(0, "moment", "upper", [("gaussian", 3.0), ("ball", 3.0)], grid)
        other = Line(1, "l2", "upper", [(x, 2.0) for x in grid], grid)
        panel = PanelData("", [], [prediction, moment, other])
        self.assertEqual([[x for x, _ in named(panel, line)] for line in panel.lines], [["gaussian", "sphere"], ["gaussian"], ["gaussian"]])


class Spread(unittest.TestCase):
    def test_apart_and_near(self) -> None:
        self.assertEqual(spread([0.1, 0.5, 0.9], 0.1, 0, 1), [0.1, 0.5, 0.9])
        for got, wanted in zip(spread([0.5, 0.5, 0.5], 0.1, 0, 1), (0.4, 0.5, 0.6)):
            self.assertAlmostEqual(got, wanted)
        self.assertEqual(spread([], 0.1, 0, 1), [])

    def test_within_the_limits(self) -> None:
        wanted = [0.0, 0.01, 0.02, 0.3, 0.31, 0.97, 0.99, 1.0]
        got = spread(wanted, 0.1, 0, 1)
        self.assertTrue(all(b - a > 0.1 - 1e-12 for a, b in zip(got, got[1:])))
        self.assertTrue(got[0] >= 0 and got[-1] <= 1 + 1e-12)


class Load(InFolder):
    def test_frames(self) -> None:
        support.require("pandas")
        from analysis.load import load

        data = fake_results.make(trials=2, widths=(64, 128))
        loaded = load(fake_results.save(data, self.folder))
        self.assertEqual(len(loaded.records), len(data["records"]))
        self.assertEqual(list(loaded.bounds.columns), list(data["bounds"][0]))
        self.assertEqual(loaded.context["name"], "width_decay")
        self.assertTrue(loaded.summary.empty)
        self.assertEqual(json.loads(loaded.records.to_json(orient="records"))[0]["width"], 64)


if __name__ == "__main__":
    unittest.main()
