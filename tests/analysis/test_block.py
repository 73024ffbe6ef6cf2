"""Tests of the `plot:` block: accepted and refused settings, and the error messages."""
from __future__ import annotations

import unittest
from typing import Any

import support

support.require("numpy")
import fake_results

from analysis.block import Panel, matches, parse
from analysis.load import ResultsError

DATA = fake_results.make(trials=1, widths=(64, 128))


def block(**entries: Any) -> Any:
    return parse({**fake_results.PLOT, **entries}, DATA)


class Accepted(unittest.TestCase):
    def test_defaults(self) -> None:
        parsed = parse({"x": "width", "y": "relative_error"}, DATA)
        self.assertEqual((parsed.series, parsed.scale, parsed.lines, parsed.title), (("quantizer_name",), "loglog", None, "width_decay"))

    def test_dots_of_the_config_and_several_series(self) -> None:
        parsed = block(series=["quantizer.name", "samples"], panel="quantizer.alphabet.levels")
        self.assertEqual((parsed.series, parsed.panel), (("quantizer_name", "samples"), "quantizer_alphabet_levels"))

    def test_panels_under_either_key(self) -> None:
        listed = [{"title": "(a)", "where": {"width": 64}}]
        self.assertEqual(block(panels=listed).panels, (Panel("(a)", {"width": 64}),))
        self.assertEqual(block(panels=[{**listed[0], "x": "quantizer.alphabet.levels"}]).panels[0].x, "quantizer_alphabet_levels")
        self.assertEqual(block(panel=listed), block(panels=listed))

    def test_lines(self) -> None:
        self.assertEqual(block(lines="none").lines, ())
        self.assertEqual(block(lines="gpfq_mean").lines, ("gpfq_mean",))
        self.assertIsNone(block(lines="all").lines)
        self.assertEqual((block(lines=["all", "gpfq_rate"]).lines, block(lines=["all", "gpfq_rate"]).rates), (None, ("gpfq_rate",)))
        self.assertEqual((block(lines="gpfq_rate").lines, block(lines="all").rates), ((), ()))

    def test_several_columns_on_the_vertical_axis(self) -> None:
        parsed = block(y=["relative_squared_error", "max_abs_error"])
        self.assertEqual((parsed.y, parsed.also), ("relative_squared_error", ("max_abs_error",)))
        self.assertEqual(block().also, ())

    def test_no_title(self) -> None:
        self.assertEqual(block(title="").title, "")


class Where(unittest.TestCase):
    def test_matching(self) -> None:
        for content, wanted, expected in ((3, 3, True), (3, 3.0, True), (3, "3", False), (1, True, False), ("a", ["a", "b"], True),
                                          (None, None, True), (None, "infinite", True), ("infinite", "infinite", True),
                                          ("infinite", None, False), (3, "infinite", False), (3, None, False), (3, [3, "infinite"], True)):
            with self.subTest(content=content, wanted=wanted):
                self.assertIs(matches(content, wanted), expected)

    def test_all_conditions_hold(self) -> None:
        panel = Panel("", {"width": 64, "levels": "infinite"})
        self.assertTrue(panel.holds({"width": 64, "levels": None}))
        self.assertFalse(panel.holds({"width": 64, "levels": 3}))


class Refused(unittest.TestCase):
    def test_words(self) -> None:
        for entries, words in (({"x": None}, "plot.x is missing"), ({"y": None}, "plot.y is missing"),
                               ({"x": "widht"}, "did you mean 'width'"), ({"y": "relative_eror"}, "did you mean 'relative_error'"),
                               ({"scale": "log"}, "plot.scale"), ({"lines": ["gpfq_maen"]}, "did you mean 'gpfq_mean'"),
                               ({"lines": 3}, "plot.lines"), ({"y": ["relative_error", "max_abs_eror"]}, "did you mean 'max_abs_error'"), ({"colour": "red"}, "unknown key"), ({"serie": "x"}, "did you mean 'series'"),
                               ({"panels": [{"title": "a"}]}, "each panel is"), ({"panels": [{"where": {"x": 1}}]}, "no column"),
                               ({"panel": "width", "panels": [{"where": {"width": 1}}]}, "either")):
            with self.subTest(entries=entries), self.assertRaisesRegex(ResultsError, words):
                block(**entries)

    def test_no_block_and_no_records(self) -> None:
        for raw in (None, {}, []):
            with self.assertRaisesRegex(ResultsError, "plot is missing"):
                parse(raw, DATA)
        with self.assertRaisesRegex(ResultsError, "records is empty"):
            parse(fake_results.PLOT, {**DATA, "records": []})


if __name__ == "__main__":
    unittest.main()
