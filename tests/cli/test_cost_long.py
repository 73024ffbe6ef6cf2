"""Tests of the claims of configs/cost.yaml on measured time, for a machine that is not too busy."""
import unittest

import support


class CostOfTime(support.InFolder):
    def test_what_the_config_says(self) -> None:
        self.run_program(support.ROOT / "configs" / "cost.yaml", "trials=3", "-j", 1, "-o", "out", "-q")
        slope = support.slopes(support.load(self.folder / "out" / "results.json"))
        for name in ("gpfq", "spfq"):
            self.assertAlmostEqual(slope["cpu_seconds", "width", name], 1, delta=0.35)
            self.assertLess(slope["cpu_seconds", "samples", name], 1.25)
            self.assertLess(slope["cpu_seconds", "neurons", name], 1.1)
        for name in ("msq", "gpfq", "spfq", "optq"):
            self.assertLess(slope["cpu_seconds", "quantizer_alphabet_bits", name], 0.3)
        self.assertAlmostEqual(slope["cpu_seconds", "samples", "msq"], 0, delta=0.3)
        self.assertGreater(slope["cpu_seconds", "width", "optq"], 1.7)


if __name__ == "__main__":
    unittest.main()
