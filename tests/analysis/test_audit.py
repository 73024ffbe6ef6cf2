"""Tests of the audit's figure."""
from __future__ import annotations

import contextlib
import io
import re
import tempfile
import unittest
from pathlib import Path
from typing import Any

import support

support.require("numpy", "matplotlib")
import fake_results

from analysis.audit import Lines, Sheet
from analysis.plot import main

# line -> kind, number of cells
TOLD = {"gpfq_mean": ("upper_mean", 2), "gpfq_moment": ("upper", 3), "gpfq_prediction": ("prediction", 2), "spfq_l2": ("upper", 1)}


def row(bound: str, kind: str, cell: str | None) -> dict[str, Any]:
    upper = kind == "upper"
    return {"cell_id": cell, "layer": None, "bound": bound, "kind": kind, "metric": "error_energy", "probability": 0.9 if upper else None,
            "eta": 0.1 if upper else None, "cells": None, "trials": 1000, "judged": 1000, "violations": 4 if upper else None, "rate": 0.004 if upper else None,
            "rate_low": 0.001 if upper else None, "rate_high": 0.01 if upper else None, "ratio": None if upper else 1.01,
            "ratio_low": None if upper else 0.99, "ratio_high": None if upper else 1.03, "chance": 1.0, "consistent": True,
            "looseness_least": 1.2 if upper else None, "looseness_q05": 2.0 if upper else None, "looseness_median": 3.0 if upper else None,
            "looseness_q95": 8.0 if upper else None, "worst_cell": None if cell else "a0"}


def audited(told: dict[str, tuple[str, int]]) -> dict[str, Any]:
    data = fake_results.make({"kind": "audit"}, trials=1, widths=(64,))
    data["audit"] = [row(bound, kind, cell) for bound, (kind, count) in told.items() for cell in [None, *(f"a{i}" for i in range(count))]]
    return data


class Figure(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def run_plot(self, data: dict[str, Any], *words: str) -> tuple[int, str]:
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            return main([str(fake_results.save(data, self.folder)), *words]), errors.getvalue()

    def texts(self, data: dict[str, Any], *words: str) -> list[str]:
        self.assertEqual(self.run_plot(data, *words), (0, ""))
        self.assertTrue((self.folder / "figure.png").read_bytes().startswith(b"\x89PNG"))
        return re.findall(r"<!-- (.*?) -->", (self.folder / "figure.svg").read_text(encoding="utf-8"))

    def test_every_line_has_its_row(self) -> None:
        written = self.texts(audited(TOLD), "title=All of them")
        for text in (*TOLD, "(a) upper bounds: how loose", "(b) upper bounds: how often exceeded", "(c) means", "(d) predictions", "All of them",
                     "upper bound of the mean", "stated probability to fail"):
            self.assertEqual(written.count(text), 1, text)
        self.assertNotIn("refuted", written)

    def test_a_refuted_line_is_seen(self) -> None:
        data = audited(TOLD)
        data["audit"][-1]["consistent"] = False
        self.assertIn("refuted", self.texts(data))
        self.assertIn("#c00000", (self.folder / "figure.svg").read_text(encoding="utf-8"))

    def test_all_stands_on_the_sheet(self) -> None:
        data = audited({**TOLD, "water_filling": ("lower_mean", 1)})
        data["audit"][-1]["consistent"] = False
        sheet = Sheet(data, "All of them")
        figure = sheet.draw()
        page = figure.bbox
        for artist in (*figure.legends, *figure.texts):
            box = artist.get_window_extent(sheet.renderer)
            self.assertTrue(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, artist)
            self.assertFalse([axes for axes in figure.axes if axes.get_tightbbox(sheet.renderer).overlaps(box)], artist)

    def test_some_kinds_only(self) -> None:
        for told in ({"spfq_l2": ("upper", 1)}, {"gpfq_mean": ("upper_mean", 1)}, {"gpfq_prediction": ("prediction", 4)}):
            written = self.texts(audited(told))
            self.assertEqual("stated probability to fail" in written, "spfq_l2" in told)

    def test_refusals(self) -> None:
        for data, words, said in ((audited({}), (), "audit is empty"), (audited(TOLD), ("kind=audits",), "did you mean 'audit'"),
                                  (audited(TOLD), ("x=width",), "plot.x: a plot of kind audit takes a title only")):
            code, errors = self.run_plot(data, *words)
            self.assertEqual(code, 2)
            self.assertIn(said, errors)

    def test_cells_of_a_line_stand_apart_within_its_row(self) -> None:
        places = Lines(audited({"one": ("upper", 1), "many": ("upper", 9), "mean": ("upper_mean", 5)})["audit"], ("upper",)).places()
        self.assertEqual(places[0][0], 0)
        many = [y for y, _ in places[1:]]
        self.assertEqual(len(set(many)), 9)
        self.assertTrue(all(0.6 < y < 1.4 for y in many))


if __name__ == "__main__":
    unittest.main()
