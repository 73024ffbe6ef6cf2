"""Exponents: exact on exact power laws, with intervals that cover as often as they say."""
from __future__ import annotations

import unittest

import support

support.require("numpy")
import numpy as np

from analysis import fits

# 97.5 % points of Student's t, as printed in tables.
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 12: 2.179, 15: 2.131,
         19: 2.093, 20: 2.086, 25: 2.060, 29: 2.045, 30: 2.042, 40: 2.021, 60: 2.000, 120: 1.980}
TABLE_99 = {1: 63.657, 2: 9.925, 5: 4.032, 10: 3.169, 19: 2.861, 30: 2.750, 120: 2.617}
X = [64, 128, 256, 512, 1024]


class StudentT(unittest.TestCase):
    def test_tables(self) -> None:
        for level, table in ((0.95, TABLE), (0.99, TABLE_99)):
            for degrees, printed in table.items():
                with self.subTest(level=level, degrees=degrees):
                    self.assertAlmostEqual(fits.t_quantile(level, degrees), printed, delta=0.00051)

    def test_closed_forms(self) -> None:
        # One degree: tan; two: sqrt(2) p / sqrt(1 - p^2).
        self.assertAlmostEqual(fits.t_quantile(0.9, 1), np.tan(np.pi * 0.45), places=10)
        self.assertAlmostEqual(fits.t_quantile(0.9, 2), np.sqrt(2) * 0.9 / np.sqrt(1 - 0.81), places=10)

    def test_tends_to_the_normal(self) -> None:
        self.assertAlmostEqual(fits.t_quantile(0.95, 200_000), 1.959964, places=4)

    def test_refuses_what_has_no_quantile(self) -> None:
        for level, degrees in ((0.0, 3), (1.0, 3), (0.95, 0)):
            with self.assertRaises(ValueError):
                fits.t_quantile(level, degrees)


class Exponents(unittest.TestCase):
    def test_exact_power_laws(self) -> None:
        for power in (-1.0, -0.5, 0.0, 2.0):
            y = np.array([[factor * x ** power for x in X] for factor in (0.1, 1.0, 30.0)])
            fit = fits.exponent(X, y)
            self.assertAlmostEqual(fit.slope, power, places=12)
            self.assertAlmostEqual(fit.half_width, 0.0, places=12)
            self.assertEqual(fit.trials, 3)

    def test_hand_computed(self) -> None:
        # Slopes -1 and -2: mean -1.5, standard error 1/2, t with one degree 12.706.
        y = np.array([[1.0, 0.5], [1.0, 0.25]])
        fit = fits.exponent([1, 2], y)
        self.assertAlmostEqual(fit.slope, -1.5)
        self.assertAlmostEqual(fit.half_width, 6.353, places=3)

    def test_one_trial_has_no_interval(self) -> None:
        self.assertIsNone(fits.exponent(X, np.array([[1.0 / x for x in X]])).half_width)

    def test_coverage(self) -> None:
        """4000 sweeps of 8 trials whose points share an error, as nested widths do: 95 % cover.

        The number of covering intervals is binomial: standard error sqrt(.95 * .05 / 4000) = .0034, tolerance 4 of them.
        """
        random = np.random.default_rng(1)
        sweeps, trials, covered = 4000, 8, 0
        for _ in range(sweeps):
            walk = np.cumsum(random.normal(0, 0.1, (trials, len(X))), axis=1)
            fit = fits.exponent(X, np.exp(walk) / np.array(X))
            covered += abs(fit.slope + 1) <= fit.half_width
        self.assertAlmostEqual(covered / sweeps, 0.95, delta=4 * 0.0034)

    def test_text(self) -> None:
        text = lambda slope, width: fits.text(fits.Exponent(slope, width, 20))
        self.assertEqual(text(-1.00004, 0.0042), "\u22121.000 ± 0.004")
        self.assertEqual(text(-1.00004, 0.00042), "\u22121.0000 ± 0.0004")
        self.assertEqual(text(-0.5, 0.23), "\u22120.50 ± 0.23")
        self.assertEqual(text(-0.0001, 0.01), "0.000 ± 0.010")
        self.assertEqual(text(-0.5, None), "\u22120.500")


if __name__ == "__main__":
    unittest.main()
