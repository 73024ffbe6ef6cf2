"""Tests of `runsweep bench`: its rows and its refusals. How fast the program is depends on the processor: the bench says it."""
import json
import unittest

import support


class Bench(support.InFolder):
    def bench(self, *words: str) -> dict:
        run = self.run_program("bench", *words, "--json", "bench.json", code=None)
        if "libopenblas0-openmp" in run.err:
            self.skipTest("no OpenBLAS with threads is here")
        self.assertEqual(run.code, 0, run.err)
        with open(self.folder / "bench.json", encoding="utf-8") as file:
            return json.load(file)

    def test_rows(self) -> None:
        report = self.bench("numbers", "one_neuron", "--pairs", "1")
        rows = report["rows"]
        self.assertEqual({row["case"] for row in rows}, {"words", "uniforms", "normals", "one_neuron"})
        for row in rows:
            self.assertAlmostEqual(row["seconds_per_unit"], row["seconds"] / row["count"])
            self.assertGreater(row["seconds"], 0)
            self.assertIsNone(row["ratio"])

    def test_ratios(self) -> None:
        cases = (("q_and_u", ["q_and_u"] * 2, "1024x512x512"), ("q_and_u_mismatch", ["q_and_u_mismatch"] * 2, "1024x512x512"),
                 ("binary_product", ["sign_product", "signed_sums"], None))
        for case, rows, shape in cases:
            report = self.bench(case, "--pairs", "3", "--threads", "1", *(["--shape", shape] if shape else []))
            self.assertEqual([row["case"] for row in report["rows"]], rows)
            for row in report["rows"]:
                # The ratio is the median over pairs, not the ratio of medians.
                low, high = row["ratio_quartiles"]
                self.assertLessEqual(low, row["ratio"])
                self.assertLessEqual(row["ratio"], high)
                self.assertGreater(row["product_seconds"], 0)

    def test_refused(self) -> None:
        for words, part in ((("nothing",), "there is no bench 'nothing'"), (("numbers", "--shape", "1x2x3"), "no layer of shape 1x2x3"),
                            (("--instructions", "mmx"), "one of avx512, avx2, none"), (("--pairs", "0"), "pairs")):
            run = self.run_program("bench", *words, code=None)
            if "libopenblas0-openmp" in run.err:
                self.skipTest("no OpenBLAS with threads is here")
            self.assertEqual(run.code, 2, run.out + run.err)
            self.assertIn(part, run.out + run.err)


if __name__ == "__main__":
    unittest.main()
