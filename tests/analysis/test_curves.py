"""The numbers behind the strokes: averages, conversions of lines, panels, what is left out."""
from __future__ import annotations

import math
import unittest
from typing import Any

import support

support.require("numpy")
import fake_results

from analysis.block import parse
from analysis.curves import FigureData, Line, build, fit, shared
from analysis.load import ResultsError


def figure(data: dict[str, Any], **entries: Any) -> FigureData:
    return build(data, parse({**data["context"]["config"]["plot"], **entries}, data))


def tiny() -> dict[str, Any]:
    """One cell with two trials: energies 10 and 30, relative squared errors .2 and .4, so error energies 2 and 12."""
    shared_part = {"cell_id": "c", "layer": None, "status": "ok", "width": 8, "samples": 4, "quantizer_name": "gpfq", "clipped": 0}
    records = [{**shared_part, "trial": trial, "relative_squared_error": error, "relative_error": math.sqrt(error), "signal_energy": energy,
                "error_energy": error * energy} for trial, error, energy in ((0, 0.2, 10.0), (1, 0.4, 30.0))]
    return {"schema": "pathquant-results/1", "context": {"name": "tiny", "config": {"plot": dict(fake_results.PLOT)}},
            "records": records, "bounds": [], "summary": []}


def bound(name: str, kind: str, metric: str, value: float | None, trial: int | None, applies: bool = True) -> dict[str, Any]:
    return {"cell_id": "c", "layer": None, "trial": trial, "bound": name, "kind": kind, "metric": metric, "value": value,
            "probability": 0.99, "applies": applies, "reason": None, "measured": None, "ratio": None, "holds": None}


def only_line(data: dict[str, Any], **entries: Any) -> float | None:
    lines = figure(data, **entries).panels[0].lines
    return lines[0].points[0][1] if lines else None


class Averages(unittest.TestCase):
    def test_mean_over_trials(self) -> None:
        dot = figure(tiny()).panels[0].curves[0].dots[0]
        self.assertAlmostEqual(dot.y, 0.3)
        self.assertAlmostEqual(dot.low, 0.22)
        self.assertAlmostEqual(dot.high, 0.38)

    def test_relative_error_is_a_root_mean_square(self) -> None:
        dot = figure(tiny(), y="relative_error").panels[0].curves[0].dots[0]
        self.assertAlmostEqual(dot.y, math.sqrt(0.3))
        self.assertAlmostEqual(dot.trials[1], math.sqrt(0.4))

    def test_a_measured_column_on_x_stands_at_its_mean(self) -> None:
        self.assertAlmostEqual(figure(tiny(), x="signal_energy").panels[0].curves[0].dots[0].x, 20.0)


class Conversions(unittest.TestCase):
    def line(self, kind: str, metric: str, values: dict[int | None, float], **entries: Any) -> float | None:
        data = tiny()
        data["bounds"] = [bound("line", kind, metric, value, trial) for trial, value in values.items()]
        return only_line(data, **entries)

    def test_mean_kinds_are_divided_by_the_mean_energy(self) -> None:
        for kind in ("upper_mean", "prediction", "lower_mean"):
            self.assertAlmostEqual(self.line(kind, "error_energy", {None: 8.0}), 8 / 20)
            # (5 + 11) / 2 over 20: not the mean of 5/10 and 11/30.
            self.assertAlmostEqual(self.line(kind, "error_energy", {0: 5.0, 1: 11.0}), 0.4)
            self.assertAlmostEqual(self.line(kind, "error_energy", {None: 8.0}, y="relative_error"), math.sqrt(0.4))
            self.assertAlmostEqual(self.line(kind, "error_energy", {None: 8.0}, y="error_energy"), 8.0)

    def test_conditional_means_are_relative_already(self) -> None:
        self.assertAlmostEqual(self.line("upper_mean", "relative_squared_error", {0: 0.3, 1: 0.5}), 0.4)

    def test_upper_bounds_of_single_trials(self) -> None:
        self.assertAlmostEqual(self.line("upper", "relative_squared_error", {0: 0.5, 1: 0.9}), 0.7)
        self.assertAlmostEqual(self.line("upper", "relative_squared_error", {0: 0.5, 1: 0.9}, y="relative_error"), math.sqrt(0.7))
        self.assertAlmostEqual(self.line("upper", "relative_squared_error", {0: 0.5, 1: 0.9}, y="error_energy"), (5 + 27) / 2)
        self.assertAlmostEqual(self.line("upper", "error_energy", {0: 5.0, 1: 27.0}), 0.7)

    def test_other_metrics_are_not_drawn(self) -> None:
        self.assertIsNone(self.line("upper", "max_abs_error", {0: 0.5, 1: 0.9}))
        self.assertIsNone(self.line("upper", "relative_squared_error", {0: 0.5}, y="signal_energy"))

    def test_not_drawn_where_it_does_not_apply(self) -> None:
        data = tiny()
        data["bounds"] = [bound("line", "upper", "relative_squared_error", None, None, applies=False)]
        self.assertIsNone(only_line(data))
        # Nor where it applies to one trial only: the measured mean is over both.
        data["bounds"].append(bound("line", "upper", "relative_squared_error", 0.9, 1))
        self.assertIsNone(only_line(data))

    def test_only_the_named_lines(self) -> None:
        drawn = {line.label for panel in figure(fake_results.make(trials=2), lines=["gpfq_mean", "spfq_l2"]).panels for line in panel.lines}
        self.assertEqual(drawn, {"gpfq_mean", "spfq_l2"})


class Panels(unittest.TestCase):
    data = fake_results.make(trials=3)

    def test_by_column(self) -> None:
        panels = figure(self.data, panel="quantizer_alphabet_levels").panels
        self.assertEqual([panel.title for panel in panels], ["(a) levels 3", "(b) levels infinite"])
        self.assertEqual([len(panel.curves) for panel in panels], [3, 3])

    def test_written_out(self) -> None:
        # The measured column is null for an infinite alphabet, the parameter is the word.
        for column in ("levels", "quantizer_alphabet_levels"):
            written = [{"title": "ternary", "where": {column: 3}}, {"title": "free", "where": {column: "infinite"}}]
            panels = figure(self.data, panels=written).panels
            self.assertEqual([panel.title for panel in panels], ["ternary", "free"])
            clipped = [any(dot.clipped for curve in panel.curves for dot in curve.dots) for panel in panels]
            self.assertEqual(clipped, [True, False])

    def test_a_refused_line_ends_where_it_is_refused(self) -> None:
        ternary, free = figure(self.data, panel="quantizer_alphabet_levels").panels
        reach = lambda panel: [x for line in panel.lines if line.label == "spfq_l2" for x, _ in line.points]
        self.assertEqual(reach(free), list(fake_results.WIDTHS))
        self.assertEqual(reach(ternary), [width for width in fake_results.WIDTHS if width > 256])

    def test_series_are_numbered_by_first_appearance(self) -> None:
        curves = figure(self.data, panels=[{"where": {"quantizer_name": "spfq"}}]).panels[0].curves
        self.assertEqual([(curve.series, curve.label) for curve in curves], [(2, "spfq")])

    def test_mixed_cells_are_said(self) -> None:
        self.assertEqual(figure(self.data).mixed, ["quantizer_alphabet_levels"])
        self.assertEqual(figure(self.data, panel="quantizer_alphabet_levels").mixed, [])


class Exponents(unittest.TestCase):
    def test_tail_only_where_it_has_three_points(self) -> None:
        curves = figure(fake_results.make(trials=4)).panels[0].curves
        self.assertEqual([curve.tail for curve in curves], [True] * 3)
        self.assertAlmostEqual(curves[1].exponent.slope, -1.0, delta=0.2)
        # 8 * 64 = 512: with a bend at 512 the slope is that of the five widths from there on.
        bent = fake_results.make(trials=2, quantizers=("gpfq",), levels=(3,))
        for row in bent["records"]:
            row["relative_squared_error"] = 1.0 if row["width"] < 512 else 512.0 / row["width"]
        self.assertAlmostEqual(figure(bent).panels[0].curves[0].exponent.slope, -1.0)
        for row in bent["records"]:
            row["relative_squared_error"] *= 4.0 if row["width"] == 512 else 1.0
        self.assertLess(figure(bent).panels[0].curves[0].exponent.slope, -1.1)
        short = figure(fake_results.make(trials=4, widths=(128, 256, 512, 1024))).panels[0].curves
        self.assertEqual([curve.tail for curve in short], [False] * 3)

    def test_incomplete_trials_are_not_fitted(self) -> None:
        data = fake_results.make(trials=4)
        data["records"][-1].update(status="failed", relative_squared_error=None)
        curve = figure(data, panels=[{"where": {"quantizer_alphabet_levels": "infinite"}}]).panels[0].curves[2]
        self.assertEqual((curve.exponent.trials, len(curve.dots[-1].trials), len(curve.dots[0].trials)), (3, 3, 4))

    def test_none_for_one_point_or_another_scale(self) -> None:
        self.assertIsNone(figure(tiny()).panels[0].curves[0].exponent)
        self.assertIsNone(figure(fake_results.make(trials=2), scale="semilogx").panels[0].curves[0].exponent)
        self.assertEqual(fit([], tail=True), (None, False))


class LeftOut(unittest.TestCase):
    def test_failed_trials_and_zeros(self) -> None:
        data = tiny()
        data["records"].append({**data["records"][0], "trial": 2, "status": "timeout", "relative_squared_error": None})
        data["records"].append({**data["records"][0], "cell_id": "d", "trial": 0, "width": 16, "relative_squared_error": 0.0})
        drawn = figure(data)
        self.assertEqual(drawn.left_out["timeout"], 1)
        self.assertEqual(drawn.left_out["with relative_squared_error <= 0"], 1)
        self.assertEqual(len(drawn.panels[0].curves[0].dots), 1)

    def test_nothing_to_draw(self) -> None:
        data = tiny()
        for record in data["records"]:
            record["status"] = "failed"
        with self.assertRaisesRegex(ResultsError, "no record can be drawn: 2 failed"):
            figure(data)

    def test_a_network_is_shown_as_a_whole_unless_layers_are_asked_for(self) -> None:
        data = tiny()
        data["records"] += [{**row, "layer": layer, "relative_squared_error": 0.9} for row in list(data["records"]) for layer in (1, -1)]
        self.assertAlmostEqual(figure(data).panels[0].curves[0].dots[0].y, 0.9)
        self.assertEqual([dot.x for dot in figure({**data, "records": data["records"][2:]}, x="layer").panels[0].curves[0].dots], [1])


class SharedLines(unittest.TestCase):
    def test_equal_lines_become_one(self) -> None:
        points = [(1, 0.5), (2, 0.25)]
        lines = [Line(0, "limit", "lower_mean", points, (1, 2)), Line(1, "limit", "lower_mean", points[:1], (1, 2)),
                 Line(2, "limit", "lower_mean", [(1, 0.6)], (1, 2))]
        merged = shared(lines, {0: "msq", 1: "gpfq", 2: "spfq"})
        self.assertEqual([(line.series, line.label, line.points) for line in merged],
                         [(None, "limit (msq, gpfq)", points), (2, "limit", [(1, 0.6)])])
        self.assertEqual(shared(lines[:2], {0: "msq", 1: "gpfq"})[0].label, "limit")


if __name__ == "__main__":
    unittest.main()
