"""The numbers behind the strokes: averages, conversions of lines, panels, what is left out."""
from __future__ import annotations

import math
import unittest
from typing import Any

import support

support.require("numpy")
import fake_results

from analysis.block import parse
from analysis import captions, names
from analysis.columns import declared
from analysis.curves import Exponent, FigureData, Line, build, shared
from analysis.load import ResultsError


def figure(data: dict[str, Any], **entries: Any) -> FigureData:
    return build(data, parse({**data["context"]["config"]["plot"], **entries}, data))


def tiny() -> dict[str, Any]:
    """One cell with two trials: energies 10 and 30, relative squared errors .2 and .4, so error energies 2 and 12."""
    shared_part = {"cell_id": "c", "layer": None, "status": "ok", "width": 8, "samples": 4, "quantizer_name": "gpfq", "clipped": 0}
    records = [{**shared_part, "trial": trial, "relative_squared_error": error, "relative_error": math.sqrt(error), "signal_energy": energy,
                "error_energy": error * energy} for trial, error, energy in ((0, 0.2, 10.0), (1, 0.4, 30.0))]
    return {"schema": "pathquant-results/1", "context": {"name": "tiny", "columns": list(fake_results.COLUMNS), "config": {"plot": dict(fake_results.PLOT)}},
            "records": records, "bounds": [], "summary": [], "rates": [], "exponents": [], "comparisons": [], "audit": []}


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
        # The band is of the roots: .8 and .2 of the way between them.
        self.assertAlmostEqual(dot.high, 0.9 * math.sqrt(0.4) + 0.1 * math.sqrt(0.2))

    def test_a_measured_column_on_x_stands_at_its_mean(self) -> None:
        self.assertAlmostEqual(figure(tiny(), x="signal_energy").panels[0].curves[0].dots[0].x, 20.0)


# Columns that an experiment measures, and of which the trials of a cell differ.
MEASURED = ("levels_used", "damping", "direction_error", "alignment_residual", "cpu_seconds", "memory", "bias_corrected_relative_squared_error",
            "bias_corrected_fresh_relative_squared_error", "budget_alignment", "budget_rounding_clipping", "row_space_error", "never_heard_of")


class MeasuredColumns(unittest.TestCase):
    """On any axis, in a series, a panel or a condition a cell stands at the mean over its trials, never at its first trial's value."""

    def data(self, column: str, kind: str = "measured") -> dict[str, Any]:
        """Trials of cell c measure 4 and 6, those of cell d 7 and 9; the trial that failed measured nothing."""
        data = tiny()
        data["context"]["columns"].append(fake_results.measured(column, kind))
        data["records"] = [{**row, "cell_id": cell, "width": width, column: low + 2 * row["trial"]}
                           for cell, width, low in (("c", 8, 4), ("d", 16, 7)) for row in data["records"]]
        data["records"].insert(0, {**data["records"][0], "trial": 2, "status": "failed", column: None, "relative_squared_error": None})
        return data

    def test_x(self) -> None:
        for column in MEASURED:
            for kind in ("measured", "error", "cost"):
                with self.subTest(column=column, kind=kind):
                    self.assertEqual([dot.x for dot in figure(self.data(column, kind), x=column).panels[0].curves[0].dots], [5.0, 8.0])

    def test_y(self) -> None:
        for column in MEASURED:
            with self.subTest(column=column):
                self.assertEqual([dot.y for dot in figure(self.data(column), y=column).panels[0].curves[0].dots], [5.0, 8.0])

    def test_series(self) -> None:
        for column in MEASURED:
            with self.subTest(column=column):
                labels = [curve.label for curve in figure(self.data(column), series=column).panels[0].curves]
                self.assertEqual([label.rsplit(" ", 1)[1] for label in labels], ["5", "8"])

    def test_panel(self) -> None:
        for column in MEASURED:
            with self.subTest(column=column):
                self.assertEqual([panel.title.rsplit(" ", 1)[1] for panel in figure(self.data(column), panel=column).panels], ["5", "8"])

    def test_condition(self) -> None:
        written = [{"title": "(a)", "where": {"levels_used": 5}}, {"title": "(b)", "x": "samples", "where": {"levels_used": 8}}]
        found = figure(self.data("levels_used"), panels=written)
        self.assertEqual([[dot.x for dot in panel.curves[0].dots] for panel in found.panels], [[8], [4]])
        self.assertEqual([panel.curves[0].dots[0].trials for panel in found.panels], [2, 2])

    def test_a_parameter_is_not_averaged(self) -> None:
        """Nor is what is the same in all trials changed by rounding."""
        data = self.data("rate")
        for row in data["records"]:
            row["rate"] = math.log2(3)
        self.assertEqual(figure(data, panel="rate").panels[0].curves[0].dots[0].x, 8)
        self.assertEqual({dot.x for dot in figure(data, x="rate").panels[0].curves[0].dots}, {math.log2(3)})


class Declarations(unittest.TestCase):
    def test_a_file_that_declares_none_is_refused(self) -> None:
        data = tiny()
        del data["context"]["columns"]
        with self.assertRaisesRegex(ResultsError, r"context.columns is missing: .*runsweep CONFIG --collect"):
            figure(data)

    def test_a_column_that_is_not_declared_is_refused(self) -> None:
        data = tiny()
        data["records"][1]["forgotten"] = 1.0
        with self.assertRaisesRegex(ResultsError, "does not declare forgotten"):
            figure(data)

    def test_the_axis_has_the_label_and_the_unit(self) -> None:
        columns = declared(tiny())
        self.assertEqual(names.axis(columns["width"]), "width $N$ (input features)")
        self.assertEqual(names.axis(columns["clipped"]), "clipped")
        self.assertEqual(names.axis(columns["layer"]), "layer")


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


class Mixing(unittest.TestCase):
    def test_a_measured_column_is_no_parameter(self) -> None:
        """Whatever its name and its place."""
        data = tiny()
        data["context"]["columns"].append(fake_results.measured("a_new_measurement"))
        data["records"] = [{**record, "levels": None, "a_new_measurement": record["trial"]} for record in data["records"]]
        data["records"].append({**data["records"][0], "cell_id": "d", "a_new_measurement": 7})
        self.assertEqual(figure(data).mixed, [])


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

    def test_axes_of_their_own(self) -> None:
        """A panel with another axis: its own numbers and slopes, and nothing of the first panel's is missed there."""
        data = fake_results.make(trials=2)
        for record in data["records"]:
            record["neurons"] = 3 * record["width"] if record["quantizer_alphabet_levels"] == 3 else None
        data["exponents"] += [{**row, "axis": "neurons", "slope": 5.0, "from": 3.0 * row["from"], "to": 3.0 * row["to"]}
                              for row in data["exponents"] if row["cell_id"].split("-")[1] == "3"]
        written = [{"title": "(a)", "where": {"quantizer_alphabet_levels": "infinite"}}, {"title": "(b)", "x": "neurons", "where": {"quantizer_alphabet_levels": 3}}]
        found = figure(data, panels=written)
        self.assertEqual([panel.x for panel in found.panels], ["width", "neurons"])
        for panel, factor in zip(found.panels, (1, 3)):
            self.assertEqual([dot.x for dot in panel.curves[0].dots], [factor * width for width in fake_results.WIDTHS])
        self.assertEqual([curve.exponent.slope for curve in found.panels[1].curves], [5.0] * 3)
        self.assertEqual(sum(found.left_out.values()), 0)
        self.assertFalse(any(entry.startswith("neurons") for entry in found.fixed))
        with self.assertRaisesRegex(ResultsError, "axes of numbers"):
            figure(data, panels=[written[0], {"x": "quantizer_name", "where": {"quantizer_alphabet_levels": 3}}])

    def test_mixed_cells_are_said(self) -> None:
        self.assertEqual(figure(self.data).mixed, ["quantizer_alphabet_levels"])
        self.assertEqual(figure(self.data, panel="quantizer_alphabet_levels").mixed, [])


def ternary(data: dict[str, Any], **entries: Any) -> FigureData:
    return figure(data, panels=[{"where": {"quantizer_alphabet_levels": 3}}], **entries)


class Exponents(unittest.TestCase):
    """They are read from the results, for the curve that they are about."""

    def test_of_the_series(self) -> None:
        for y, factor in (("relative_squared_error", 1.0), ("relative_error", 0.5)):
            curves = ternary(fake_results.make(trials=2), y=y).panels[0].curves
            self.assertEqual([curve.exponent.slope for curve in curves], [0.0, -factor, -factor])
            self.assertEqual((curves[0].exponent.reach, curves[0].exponent.start), ("width >= 8 samples", 512.0))

    def test_none_for_other_points(self) -> None:
        """Nor where a curve mixes cells, has lost a point, is cut by its panel, or is drawn on another scale."""
        data = fake_results.make(trials=2)
        self.assertEqual([curve.exponent for curve in figure(data).panels[0].curves], [None] * 3)
        self.assertEqual([curve.exponent for curve in ternary(data, scale="semilogx").panels[0].curves], [None] * 3)
        self.assertEqual([curve.exponent for curve in ternary(data, y="max_abs_error").panels[0].curves], [None] * 3)
        cut = figure(data, panels=[{"where": {"quantizer_alphabet_levels": 3, "width": [256, 512, 1024, 2048]}}])
        self.assertEqual([curve.exponent for curve in cut.panels[0].curves], [None] * 3)
        for record in data["records"]:
            if record["cell_id"] == "gpfq-3-1024":
                record["relative_squared_error"] = 0.0
        self.assertEqual([curve.exponent is None for curve in ternary(data).panels[0].curves], [False, True, False])

    def test_none_where_no_power_meets_the_points(self) -> None:
        data = fake_results.make(trials=2)
        for row in data["exponents"]:
            if row["cell_id"].startswith("spfq"):
                row["off_by"] = 1.3
        drawn = ternary(data)
        self.assertEqual([curve.exponent is None for curve in drawn.panels[0].curves], [False, False, True])
        self.assertIn("none where no power of x meets the points within 20 %", " ".join(captions.footer(drawn, [])))

    def test_text(self) -> None:
        text = lambda slope, width: captions.slope(Exponent(slope, width, 20, "all points", 1.0, 2.0))
        self.assertEqual(text(-1.00004, 0.0042), "\u22121.000 ± 0.004")
        self.assertEqual(text(-1.00004, 0.00042), "\u22121.0000 ± 0.0004")
        self.assertEqual(text(-0.5, 0.23), "\u22120.50 ± 0.23")
        self.assertEqual(text(-0.0001, 0.01), "0.000 ± 0.010")
        self.assertEqual(text(-0.5, None), "\u22120.500")

    def test_the_footer_says_what_was_fitted(self) -> None:
        data = fake_results.make(trials=2)
        self.assertIn("in each trial, where width \u2265 8 samples; ±", " ".join(captions.footer(ternary(data), [])))
        for row in data["exponents"]:
            if row["cell_id"].startswith("msq"):
                row["range"] = "all points"
        self.assertIn("where width \u2265 8 samples, over all points where fewer than three are; ±", " ".join(captions.footer(ternary(data), [])))
        for row in data["exponents"]:
            row["range"] = "all points"
        self.assertIn("in each trial, over all points; ±", " ".join(captions.footer(ternary(data), [])))


class Rates(unittest.TestCase):
    def test_only_when_asked_for_and_anchored_at_a_measured_point(self) -> None:
        data = fake_results.make(trials=2)
        self.assertEqual(ternary(data).panels[0].rates, [])
        drawn = ternary(data, lines=["all", "gpfq_rate", "silent_rate"])
        (rate,) = drawn.panels[0].rates
        gpfq = drawn.panels[0].curves[1]
        self.assertEqual((rate.series, rate.label), (1, "gpfq_rate: slope \u22120.75"))
        # The middle of 512, .., 8192.
        self.assertEqual(rate.start, (2048, next(dot.y for dot in gpfq.dots if dot.x == 2048)))
        self.assertEqual(rate.end[0], 8192)
        self.assertAlmostEqual(rate.end[1] / rate.start[1], 4 ** -0.75)
        self.assertEqual(drawn.silent, ["silent_rate"])
        self.assertGreater(len(drawn.panels[0].lines), 5)
        self.assertEqual(ternary(data, lines="gpfq_rate").panels[0].lines, [])

    def test_a_root_has_half_the_slope(self) -> None:
        (rate,) = ternary(fake_results.make(trials=2), lines="gpfq_rate", y="relative_error").panels[0].rates
        self.assertAlmostEqual(rate.end[1] / rate.start[1], 4 ** -0.375)


class SeveralColumns(unittest.TestCase):
    def test_same_series_other_variant(self) -> None:
        """Two columns on the vertical axis: each series twice, the lines of each column beside its own curve."""
        data = fake_results.make(trials=2)
        for record in data["records"]:
            record["fresh_relative_squared_error"] = 2 * record["relative_squared_error"] if record["quantizer_name"] != "msq" else None
        data["bounds"] += [{**row, "bound": "fresh_line", "metric": "fresh_relative_squared_error"} for row in data["bounds"]
                           if row["bound"] == "spfq_l2"]
        drawn = ternary(data, y=["relative_squared_error", "fresh_relative_squared_error"])
        curves = drawn.panels[0].curves
        self.assertEqual([(curve.series, curve.variant, curve.label) for curve in curves],
                         [(0, 0, "msq, calibration data"), (1, 0, "gpfq, calibration data"), (2, 0, "spfq, calibration data"),
                          (1, 1, "gpfq, fresh data"), (2, 1, "spfq, fresh data")])
        self.assertAlmostEqual(curves[3].dots[0].y, 2 * curves[1].dots[0].y)
        self.assertEqual({line.label: line.variant for line in drawn.panels[0].lines}["fresh_line"], 1)
        self.assertEqual({line.variant for line in drawn.panels[0].lines if line.label == "spfq_l2"}, {0})
        self.assertEqual(drawn.left_out["without fresh_relative_squared_error"], 2 * 2 * len(fake_results.WIDTHS))

    def test_a_failed_trial_counts_once(self) -> None:
        data = tiny()
        data["records"].append({**data["records"][0], "trial": 2, "status": "timeout", "relative_squared_error": None})
        self.assertEqual(figure(data, y=["relative_squared_error", "relative_error"]).left_out["timeout"], 1)


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

    def test_lines_that_meet_somewhere_are_two(self) -> None:
        lines = [Line(0, "mean", "upper_mean", [(1, 0.5), (2, 0.25)], (1, 2)), Line(1, "mean", "upper_mean", [(1, 0.5), (3, 0.3)], (1, 3))]
        self.assertEqual(shared(lines, {0: "soft", 1: "hard"}), lines)


if __name__ == "__main__":
    unittest.main()
