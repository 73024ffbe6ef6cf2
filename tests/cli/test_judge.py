"""Tests of `audit`: its evaluation of an existing quantized layer, and the verification of certificates."""
from __future__ import annotations

import json
import math
import unittest
from typing import Any

import support

QUANTIZER = ("--quantizer", "gpfq", "alphabet.levels=15", "alphabet.step=0.25")


class Judge(support.InFolder):
    def setUp(self) -> None:
        super().setUp()
        self.W = [[math.sin(11 * j + i * i) for i in range(24)] for j in range(5)]
        self.X = [[math.cos(i * i * i + 5 * j) for i in range(24)] for j in range(30)]
        self.write("W.npy", support.npy_bytes(self.W))
        self.write("X.npy", support.npy_bytes(self.X))
        self.layer = ("--weights", "W.npy", "--inputs", "X.npy")
        self.run_program("quantize", *self.layer, *QUANTIZER, "-o", "Q.npy", "--report", "quantized.json")

    def audit(self, *words: Any, code: int = 0, quantized: str = "Q.npy") -> tuple[dict[str, Any], str]:
        done = self.run_program("audit", *self.layer, "--quantized", quantized, "--report", "R.json", *words, code=code)
        return support.load(self.folder / "R.json"), done.out

    def test_a_strangers_q(self) -> None:
        """Every metric is that of `quantize`; nothing is assumed of how it was made; its rank is what the table says."""
        quantized = support.load(self.folder / "quantized.json")
        report, out = self.audit()
        for name in ("relative_squared_error", "error_energy", "signal_energy", "max_abs_error", "median_neuron_error", "sparsity"):
            self.assertEqual(report[name], quantized[name])
        self.assertAlmostEqual(report["step"], 0.25, places=12)
        self.assertEqual(report["levels"], quantized["levels_used"])
        self.assertEqual([row["bound"] for row in report["bounds"] if row["applies"]], ["input_box"])
        ranking = report["ranking"]
        errors = [row["relative_squared_error"] for row in ranking["compared"]]
        self.assertEqual(errors, sorted(errors))
        self.assertEqual(ranking["rank"], 1 + sum(error < report["relative_squared_error"] for error in errors))
        self.assertEqual(ranking["of"], 1 + len(errors))
        names = {(row["quantizer"], row["step"]) for row in ranking["compared"]}
        self.assertLessEqual({("gpfq", "as Q"), ("gpfq", "mse"), ("msq", "as Q"), ("msq", "mse"), ("ls1", "its own")}, names)
        self.assertTrue(all(row["rate"] <= report["rate"] for row in ranking["compared"]))
        self.assertIn(f"rank {ranking['rank']} of {ranking['of']}", out)

    def test_a_q_that_is_claimed(self) -> None:
        report, out = self.audit(*QUANTIZER)
        self.assertIn("to the last bit", out)
        self.assertEqual(report["bounds"], support.load(self.folder / "quantized.json")["bounds"])
        self.assertTrue([row for row in report["bounds"] if row["applies"] and row["bound"].startswith("gpfq")])
        report, out = self.audit("--quantizer", "msq", "alphabet.levels=15", "alphabet.step=0.25", code=1)
        self.assertRegex(out, r"not what msq with these parameters makes: \d+ entries differ")
        self.assertEqual([row["bound"] for row in report["bounds"] if row["applies"]], ["input_box"])

    def test_any_values(self) -> None:
        """W itself has no step: errors of 0, a list of values as its alphabet."""
        report, _ = self.audit(quantized="W.npy")
        self.assertEqual((report["error_energy"], report["levels"]), (0, len({value for row in self.W for value in row})))
        self.assertEqual(report["ranking"]["rank"], 1)
        self.write("small.npy", support.npy_bytes([row[1:] for row in self.W]))
        done = self.run_program("audit", *self.layer, "--quantized", "small.npy", code=2)
        self.assertIn("Q is of 5 outputs x 23 inputs, but W of 5 x 24", done.err)
        self.assertIn("--quantizer", self.run_program("audit", *self.layer, "--quantized", "Q.npy", "alphabet.levels=3", code=2).err)

    def check(self, code: int, certificate: str = "C.json", weights: str = "W.npy", quantized: str = "Q.npy") -> str:
        return self.run_program("audit", "--weights", weights, "--inputs", "X.npy", "--quantized", quantized, "--check", certificate, code=code).out

    def refused_certificates(self, certificate: dict[str, Any]) -> None:
        """Whatever is not of the shape that is written: exit code 2, with the file's name."""
        shapes = []
        for key in certificate:
            shapes.append({k: v for k, v in certificate.items() if k != key})
            shapes += [{**certificate, key: wrong} for wrong in ([], [1], {"a": 1}, -1.5, True, "other", None, [[[]]])
                       if type(wrong) is not type(certificate[key])
                       and not (key in ("quantizer", "probability") and wrong in (None, -1.5))]
        quantizer = certificate["quantizer"]
        shapes += [{**certificate, "quantizer": {**quantizer, **wrong}}
                   for wrong in ({"name": 1}, {"name": "no_such"}, {"parameters": 1}, {"parameters": {"alphabet.levels": []}},
                                 {"parameters": {"nothing": 1}}, {"parameters": {"order": "'"}}, {"parameters": None})]
        shapes += [{**certificate, "seed": -1}, {**certificate, "contents": {}}, {**certificate, "measured": {"levels": "many"}}]
        texts = [json.dumps(shape) for shape in shapes]
        start = json.dumps(certificate)[:-1]
        texts += ["", "{", "[" * 100000, start + ', "deep": ' + "[" * 100000 + "]" * 100000 + "}",
                  start + ', "deep": ' + '{"a":' * 100000 + "1" + "}" * 100001]
        for text in texts:
            with self.subTest(text=text[-200:]):
                self.write("wrong.json", text)
                done = self.run_program("audit", *self.layer, "--quantized", "Q.npy", "--check", "wrong.json", code=2)
                self.assertIn("wrong.json", done.err)
        self.run_program("audit", *self.layer, "--quantized", "Q.npy", "--check", ".", code=2)

    def test_certificates(self) -> None:
        """One holds for its files in whatever format; anything else that is changed is told."""
        self.audit("--quantizer", "spfq", "alphabet.levels=15", "alphabet.step=0.25", "seed=7", "--certificate", "other.json", code=1)
        self.assertIn("holds", self.check(0, "other.json"))
        self.run_program("quantize", *self.layer, "--quantizer", "spfq", "alphabet.levels=15", "alphabet.step=0.25", "seed=7", "-o", "Q.npy")
        self.assertIn("reproduced is false, but true is found", self.check(1, "other.json"))
        self.audit("--quantizer", "spfq", "alphabet.levels=15", "alphabet.step=0.25", "seed=7", "--certificate", "C.json")
        certificate = json.loads((self.folder / "C.json").read_text(encoding="utf-8"))
        self.assertEqual(certificate["decisions"], "seed=7/trial=0/layer=0/decision")
        self.assertTrue(certificate["reproduced"])
        self.assertIn("holds", self.check(0))
        self.write("fortran.npy", support.npy_bytes(self.W, fortran=True))
        self.assertIn("holds", self.check(0, weights="fortran.npy"))

        self.write("W2.npy", support.npy_bytes([[self.W[0][0] + 1e-15, *self.W[0][1:]], *self.W[1:]]))
        self.assertIn("contents/weights is", self.check(1, weights="W2.npy"))
        self.assertIn("contents/quantized is", self.check(1, quantized="W.npy"))
        for change, told in ((lambda c: c["measured"].update(error_energy=1.0), "measured/error_energy is 1.0"),
                             (lambda c: c.update(seed=8), "is found"), (lambda c: c["bounds"].pop(), "bounds/")):
            changed = json.loads(json.dumps(certificate))
            change(changed)
            self.write("changed.json", changed)
            out = self.check(1, "changed.json")
            self.assertIn("sha256 is not that of its text", out)
            self.assertIn(told, out)
        self.refused_certificates(certificate)
        self.write("no.json", {"schema": "another"})
        self.assertIn("is no certificate", self.run_program("audit", *self.layer, "--quantized", "Q.npy", "--check", "no.json", code=2).err)


if __name__ == "__main__":
    unittest.main()
