"""Tests of quantizers in other languages, and of existing quantized layers."""
from __future__ import annotations

import json
import math
import sys
import unittest
from typing import Any

import support

PYTHON = sys.executable
EXAMPLE = support.ROOT / "plugins" / "external" / "path_following.py"

try:
    import numpy as np
except ImportError:
    np = None


def external(*words: str, **parameters: Any) -> dict[str, Any]:
    return {"name": "external", "command": " ".join(words), **parameters}


def settings(*quantizers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return support.config(quantizer={"name": "gpfq", "alphabet": {"levels": 7, "step": 0.25}}, bounds="none",
                          sweep={"grid": {"quantizer": list(quantizers)}}, **changes)


class External(support.InFolder):
    def script(self, text: str, name: str = "q.py") -> str:
        self.write(name, text)
        return f"{PYTHON} {name} {{problem}} {{result}}"

    @unittest.skipIf(np is None, "numpy is not there")
    def test_the_example_is_gpfq(self) -> None:
        """In another language, with products summed in another order: the same Q, for both types, Xq and every kind of alphabet."""
        command = f"{PYTHON} {EXAMPLE} {{problem}} {{result}}"
        for changes, alphabet in (({"precision": "float32"}, {"levels": 7, "step": 0.25}), ({"inputs": {"distribution": "gaussian", "samples": 9, "width": 20,
                                  "mismatch": 0.1}}, {"kind": "midrise", "bits": 3, "step": 0.3}), ({}, {"kind": "list", "values": "-1,-0.2,0.3,1", "step": 1.0})):
            with self.subTest(changes=changes, alphabet=alphabet):
                both = settings({"name": "gpfq", "alphabet": alphabet}, external(command, alphabet=alphabet), **changes)
                both["quantizer"] = {"name": "gpfq", "alphabet": alphabet}
                records = self.results_of(both, output=f"out{len(alphabet)}{len(changes)}")["records"]
                ours = {r["trial"]: r["error_energy"] for r in records if r["quantizer_name"] == "gpfq"}
                theirs = {r["trial"]: r["error_energy"] for r in records if r["quantizer_name"] == "external"}
                self.assertEqual(len(theirs), 2)
                for trial, error in ours.items():
                    self.assertAlmostEqual(theirs[trial] / error, 1, delta=1e-6)

    def test_what_goes_wrong(self) -> None:
        """A failed task with what the command wrote, and the others go on."""
        faults = {
            "import sys; sys.stderr.write('no luck today'); sys.exit(4)": "ended with exit code 4; it wrote: no luck today",
            "print('done')": "wrote no Q.npy to {result}; it wrote: done",
            "import sys; open(sys.argv[2], 'w').write('Q')": "Q.npy",
            "import os\nwhile True: os.write(1, b'more' * 9999)": "exceeded the output limit",
            "import sys; open(sys.argv[2], 'wb').write(open(sys.argv[1] + '/W.npy', 'rb').read())": "no level of its alphabet",
            "import sys; open(sys.argv[2], 'wb').write(open(sys.argv[1] + '/X.npy', 'rb').read())": "Q has 32 features x 8 neurons where the layer has 32 x 3",
            "import os; os.kill(os.getpid(), 9)": "crashed: signal 9"}
        commands = [self.script(text, f"q{i}.py") for i, text in enumerate(faults)]
        good = external("no_such_program {problem} {result}")
        results = self.results_of(settings({"name": "msq"}, *map(external, commands), good, trials=1), "-j4", code=1)
        records = {record.get("quantizer_command"): record for record in results["records"]}
        self.assertEqual(records[None]["status"], "ok")
        for command, (text, reason) in zip(commands, faults.items()):
            with self.subTest(text=text):
                self.assertEqual(records[command]["status"], "failed")
                self.assertIn(reason, records[command]["error"])
                self.assertRegex(records[command]["error"], "^external: ")
                self.assertLess(len(records[command]["error"]), 4096)
        self.assertIn("no_such_program cannot be started", records[good["command"]]["error"])

        results = self.results_of(settings(external(self.script("import time; time.sleep(1000)")), trials=1), "--timeout", "1s", output="late", code=1)
        self.assertEqual(results["records"][0]["status"], "timeout")
        self.assertIn("external: took longer than the limit of 1 s", results["records"][0]["error"])

    def test_what_it_is_given(self) -> None:
        """Everything that the layer is, and a folder of its own that is gone afterwards; no shell reads the words."""
        command = self.script("""
import json, os, sys
problem, result, quoted = sys.argv[1:]
assert quoted == "$HOME; a|b", quoted
parameters = json.load(open(problem + "/parameters.json"))
parameters["files"] = sorted(os.listdir(problem))
parameters["folder"] = problem
print(json.dumps(parameters))
sys.exit(1)
""") + " '$HOME; a|b'"
        results = self.results_of(settings(external(command, random=True), inputs={"distribution": "gaussian", "samples": 4, "width": 5, "mismatch": 0.5}),
                                  code=1, output="first")
        found = [json.loads(record["error"].split("it wrote: ")[1]) for record in results["records"]]
        for one in found:
            self.assertEqual((one["samples"], one["width"], one["neurons"], one["precision"]), (4, 5, 3, "float64"))
            self.assertEqual(one["alphabet"], {"kind": "midtread", "levels": 7, "half_levels": 3, "steps": [0.25] * 3, "ties_to_lower": False})
            self.assertEqual(one["files"], ["W.npy", "X.npy", "Xq.npy", "parameters.json"])
            self.assertFalse(support.Path(one["folder"]).exists())
        self.assertNotEqual(found[0]["seed"], found[1]["seed"])

    def test_identity_and_mistakes(self) -> None:
        command = self.script("1")
        cells = lambda: [line.split()[0] for line in self.run_program("config.yaml", "-n").out.splitlines() if "external" in line or "q.py" in line]
        self.write("config.yaml", settings({"name": "gpfq"}, external(command)))
        before = cells()
        self.script("2")
        self.assertNotEqual(before, cells())
        self.script("1")
        self.assertEqual(before, cells())
        for wrong, complaint in (("q.py {problem}", "the command must say {result}"), ("'q.py {problem} {result}", "quote"), ("", "command must be a text")):
            self.write("config.yaml", settings(external(wrong)))
            self.assertIn(complaint, self.run_program("config.yaml", code=2).err)


class OneLayer(support.InFolder):
    def test_quantize(self) -> None:
        """A command serves one layer as well; one that fails is no error of the program."""
        self.write("W.npy", support.npy_bytes([[0.4, -0.6, 1.1], [0.0, 0.2, -0.9]]))
        self.write("X.npy", support.npy_bytes([[1.0, 2.0, 3.0]]))
        layer = ("quantize", "--weights", "W.npy", "--inputs", "X.npy", "--quantizer", "external", "alphabet.levels=5", "alphabet.step=0.5", "-o", "Q.npy")
        self.write("q.npy", support.npy_bytes([[0.5, -0.5, 1.0], [0.0, 0.0, -1.0]]))
        self.write("q.py", "import shutil, sys; shutil.copy('q.npy', sys.argv[2])")
        self.run_program(*layer, f"command={PYTHON} q.py {{problem}} {{result}}")
        numbers = 6 * 8  # bytes, at the end of the file
        self.assertEqual((self.folder / "Q.npy").read_bytes()[-numbers:], (self.folder / "q.npy").read_bytes()[-numbers:])
        self.assertIn("external: the command ended with exit code 1", self.run_program(*layer, "command=false {problem} {result}", code=1).err)


class File(support.InFolder):
    def test_a_curve_of_a_stored_q(self) -> None:
        """Its errors are those of the quantizer that made it; its content is part of the identity."""
        rows = [[math.sin(3 * j + i) for i in range(20)] for j in range(4)]
        self.write("W.npy", support.npy_bytes(rows))
        self.write("X.npy", support.npy_bytes([[math.cos(i * i + 7 * j) for i in range(20)] for j in range(9)]))
        self.run_program("quantize", "--weights", "W.npy", "--inputs", "X.npy", "--quantizer", "gpfq", "alphabet.levels=15", "alphabet.step=0.15", "-o", "Q.npy")
        config = settings({"name": "gpfq", "alphabet": {"levels": 15, "step": 0.15}}, {"name": "file", "path": "Q.npy"},
                          inputs={"dataset": "npy", "path": "X.npy"}, weights={"distribution": "npy", "path": "W.npy"})
        config["bounds"] = "all"
        results = self.results_of(config)
        ours, stored = results["records"]
        for column in ("error_energy", "relative_squared_error", "max_abs_error", "sparsity", "step"):
            self.assertAlmostEqual(stored[column], ours[column], delta=1e-12, msg=column)
        self.assertEqual((stored["quantizer_name"], stored["levels"]), ("file", ours["levels_used"]))
        self.assertFalse([row for row in results["bounds"] if row["cell_id"] == stored["cell_id"] and row["applies"] and row["kind"] != "lower_mean"
                          and row["bound"] != "input_box"])
        before = {record["cell_id"] for record in results["records"]}
        self.write("Q.npy", support.npy_bytes(rows))
        results = self.results_of(config, output="again")
        self.assertEqual(len(before & {record["cell_id"] for record in results["records"]}), 1)
        self.assertEqual(results["records"][1]["error_energy"], 0)

        self.write("Q.npy", support.npy_bytes([row[:-1] for row in rows]))
        results = self.results_of(config, output="shape", code=1)
        self.assertIn("Q.npy holds 4 outputs x 19 inputs, but the layer has 4 x 20", results["records"][1]["error"])
        (self.folder / "Q.npy").unlink()
        self.assertIn("Q.npy", self.run_program("config.yaml", code=2).err)


if __name__ == "__main__":
    unittest.main()
