"""Tests of `runsweep bench`: its rows, its refusals, and a wide gate on the speed of path following."""
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

    def test_speed(self) -> None:
        """Medians on a busy machine; the bench itself says how fast a quiet one is."""
        for case, gate in (("q_and_u", 2.4), ("q_and_u_mismatch", 3.6)):
            report = self.bench(case, "--pairs", "9", "--shape", "1024x512x512", "--threads", "1")
            self.assertEqual([row["precision"] for row in report["rows"]], ["float32", "float64"])
            for row in report["rows"]:
                self.assertAlmostEqual(row["ratio"], row["seconds"] / row["product_seconds"], delta=0.3)
                self.assertLessEqual(row["ratio_quartiles"][0], row["ratio"])
                if report["instructions"] != "none":
                    self.assertLess(row["ratio"], gate)

    def test_binary(self) -> None:
        report = self.bench("binary_product", "--pairs", "5", "--threads", "1")
        self.assertEqual([row["case"] for row in report["rows"]], ["sign_product", "signed_sums"])
        if report["instructions"] != "none":
            self.assertLess(report["rows"][0]["ratio"], 1 / 3)

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
