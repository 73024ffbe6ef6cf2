"""The figure of how much it takes."""
from __future__ import annotations

import unittest
from typing import Any

import support

support.require("numpy", "matplotlib")
import fake_results

from analysis.columns import averaged, declared
from analysis.needed import needed

BLOCK = {"of": "levels_used", "target": 0.3, "y": "relative_squared_error", "x": "width", "series": "quantizer_name"}


def found(errors: dict[str, tuple[tuple[float, float], ...]]) -> Any:
    """By cell, (levels_used, relative_squared_error) of its trials."""
    records = [{"cell_id": cell, "trial": trial, "layer": None, "status": "ok", "width": 8, "quantizer_name": "msq", "levels_used": levels,
                "relative_squared_error": error} for cell, trials in errors.items() for trial, (levels, error) in enumerate(trials)]
    data = {"context": {"columns": [*fake_results.COLUMNS, fake_results.measured("levels_used")]}, "records": records}
    return needed(BLOCK, list(averaged(records, declared(data)).values()))


class Needed(unittest.TestCase):
    def test_a_measured_column_is_its_mean(self) -> None:
        """The trials of a cell stay together, whatever each of them measured: its mean error is what is compared."""
        self.assertEqual(found({"a": ((3, 0.1), (5, 0.4)), "b": ((7, 0.1), (9, 0.2))}), {"msq": {8: 4.0}})
        self.assertEqual(found({"a": ((3, 0.1), (5, 0.6)), "b": ((7, 0.1), (9, 0.2))}), {"msq": {8: 8.0}})

    def test_none_where_no_cell_reaches_it(self) -> None:
        self.assertEqual(found({"a": ((3, 0.4), (3, 0.4))}), {"msq": {8: None}})


if __name__ == "__main__":
    unittest.main()
