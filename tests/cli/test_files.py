"""Files that the program writes and reads again: whole or not at all, refused by name, and no damage that goes unseen."""
from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import unittest
from pathlib import Path
from typing import Any

import support
from support import config, npy_bytes


def numbers(rows: int, columns: int, seed: int) -> list[list[float]]:
    draw = random.Random(seed)
    return [[draw.gauss(0, 1) for _ in range(columns)] for _ in range(rows)]


class Outputs(support.InFolder):
    def setUp(self) -> None:
        super().setUp()
        self.write("W.npy", npy_bytes(numbers(5, 24, 1)))
        self.write("X.npy", npy_bytes(numbers(12, 24, 2)))
        self.layer = ["--weights", "W.npy", "--inputs", "X.npy"]
        self.quantize = ["quantize", *self.layer, "--quantizer", "ls2"]

    def test_a_device_stays_a_device(self) -> None:
        """A report that a full device does not take is an error, and the device is not replaced."""
        self.run_program(*self.quantize, "-o", "Q.npy")
        os.symlink("/dev/full", self.folder / "full")
        for words in ([*self.quantize, "-o", "Q2.npy", "--report"], [*self.quantize, "-o"], [*self.quantize, "-o", "Q2.npy", "--packed"],
                      ["audit", *self.layer, "--quantized", "Q.npy", "--report"], ["audit", *self.layer, "--quantized", "Q.npy", "--certificate"],
                      ["advise", *self.layer, "--target", "0.1", "--report"]):
            with self.subTest(words=words):
                self.assertIn("full", self.run_program(*words, "full", code=2).err)
                self.assertTrue(os.path.islink(self.folder / "full"))
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))

    def test_a_pipe_gets_the_report(self) -> None:
        os.mkfifo(self.folder / "pipe")
        got: list[str] = []
        reader = threading.Thread(target=lambda: got.append((self.folder / "pipe").read_text(encoding="utf-8")), daemon=True)
        reader.start()
        self.run_program(*self.quantize, "-o", "Q.npy", "--report", "pipe")
        reader.join(60)
        self.assertIn("relative_error", json.loads(got[0]))
        self.assertTrue((self.folder / "pipe").is_fifo())

    def test_a_full_disk_leaves_the_old_file(self) -> None:
        self.run_program(*self.quantize, "-o", "Q.npy", "--packed", "Q.planes")
        kept = {name: (self.folder / name).read_bytes() for name in ("Q.npy", "Q.planes")}
        for words in ([*self.quantize, "seed=3", "precision=float32", "-o", "Q.npy"], ["unpack", "Q.planes", "-o", "Q.npy"]):
            done = subprocess.run([support.RUNSWEEP, *words], cwd=self.folder, capture_output=True, text=True, timeout=250, check=False, restore_signals=False,
                                  env=support.environment(), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("Q.npy", done.stderr)
            self.assertEqual({name: (self.folder / name).read_bytes() for name in kept}, kept)
        self.assertEqual(len(list(self.folder.iterdir())), 4)

    def test_one_file_for_two_things(self) -> None:
        """By whatever names, an output is no input and no other output: refused before anything is written."""
        self.run_program(*self.quantize, "-o", "Q.npy", "--packed", "Q.planes")
        (self.folder / "folder").mkdir()
        os.link(self.folder / "W.npy", self.folder / "hard.npy")
        os.symlink("X.npy", self.folder / "soft.npy")
        before = {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        for words in ([*self.quantize, "-o", "W.npy"], [*self.quantize, "-o", "hard.npy"], [*self.quantize, "-o", "soft.npy"],
                      [*self.quantize, "-o", "new.npy", "--report", "./new.npy"], [*self.quantize, "-o", "new.npy", "--packed", "folder/../new.npy"],
                      [*self.quantize, "-o", "folder"], ["unpack", "Q.planes", "-o", "Q.planes"],
                      ["audit", *self.layer, "--quantized", "Q.npy", "--report", "Q.npy"],
                      ["audit", *self.layer, "--quantized", "Q.npy", "--report", "R.json", "--certificate", "R.json"],
                      ["advise", *self.layer, "--target", "0.1", "--report", "X.npy"]):
            with self.subTest(words=words):
                self.assertRegex(self.run_program(*words, code=2).err, "one file|is a folder")
                self.assertEqual({path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}, before)
        self.run_program(*self.quantize, "-o", "/dev/null", "--report", "/dev/null")

    def test_standard_output_that_is_full(self) -> None:
        """Whatever is printed and does not arrive is an error, for every command."""
        self.write("config.yaml", config())
        self.run_program(*self.quantize, "-o", "Q.npy", "--packed", "Q.planes")
        for words in (["list"], ["explain", "gpfq"], [*self.quantize, "-o", "Q2.npy"], ["audit", *self.layer, "--quantized", "Q.npy"],
                      ["advise", *self.layer, "--target", "0.1"], ["unpack", "Q.planes", "-o", "Q2.npy"], ["config.yaml"], ["config.yaml", "-n"],
                      ["--version"], ["--help"]):
            with self.subTest(words=words), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([support.RUNSWEEP, *words], cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=250, check=False,
                                      env=support.environment())
                self.assertNotEqual(done.returncode, 0)
                self.assertNotEqual(done.stderr, "")

    def test_numbers_that_float32_has_not(self) -> None:
        large = numbers(12, 24, 3)
        large[7][5] = 1e39
        self.write("large.npy", npy_bytes(large))
        words = ["quantize", "--weights", "W.npy", "--inputs", "large.npy", "--quantizer", "msq", "alphabet.levels=3", "alphabet.step=1", "-o", "Q.npy"]
        self.run_program(*words)
        self.assertIn("large.npy: overflows float32 at row 7, column 5", self.run_program(*words, "precision=float32", code=2).err)
        results = self.results_of(config(precision="float32", bounds="none", inputs={"dataset": "npy", "path": "large.npy"}), code=1)
        self.assertIn("large.npy: overflows float32 at row 7, column 5", results["records"][0]["error"])

    def test_a_q_of_values_far_apart(self) -> None:
        """No grid has them, so that they are judged as a list, at once."""
        for low, high in ((1e-10, 1.0), (1e-32, 1e33)):
            self.write("Q.npy", npy_bytes([[low if (i + j) % 2 else high for j in range(24)] for i in range(5)]))
            self.run_program("audit", *self.layer, "--quantized", "Q.npy", "--report", "R.json")
            self.assertEqual(support.load(self.folder / "R.json")["levels"], 2)


class Results(support.InFolder):
    def test_what_stands_in_the_place_of_results(self) -> None:
        """Refused by name before the sweep runs; --collect says what to do."""
        self.write("config.yaml", config())
        (self.folder / "a" / "results.json").mkdir(parents=True)
        (self.folder / "b").mkdir()
        os.mkfifo(self.folder / "b" / "results.json")
        self.write("c", "a file")
        for output in ("a", "b", "c"):
            for words in ([], ["--collect"]):
                with self.subTest(output=output, words=words):
                    done = self.run_program("config.yaml", "-o", output, *words, code=2)
                    self.assertIn("c" if output == "c" else f"{output}/results.json", done.err)
                    self.assertFalse((self.folder / output / "tasks").exists())

    def test_a_results_file_that_nests_without_end(self) -> None:
        results = self.results_of(config())
        path = self.folder / "out" / "results.json"
        path.write_text('{"schema": "pathquant-results/1", "context": ' + "[" * 100000 + "]" * 100000 + "}", encoding="utf-8")
        self.assertEqual(self.results_of(config())["records"], results["records"])


class Store(support.InFolder):
    def database(self, output: str = "out") -> Path:
        return next((self.folder / output / "tasks").glob("*.sqlite"))

    def test_damage_is_named_and_run_again(self) -> None:
        settings = config(bounds="none")
        whole = self.results_of(settings)
        damaged = self.database()  # The last run below adds a second one.
        with contextlib.closing(sqlite3.connect(damaged)) as connection, connection:
            connection.execute("UPDATE tasks SET content = replace(content, '1', '2') WHERE trial = 1")
        for words in (["-n"], ["--collect"], []):
            done = self.run_program("config.yaml", "-o", "out", *words)
            self.assertRegex(done.err, rf"{damaged.name}: what is stored of cell {whole['records'][0]['cell_id']}, trial 1 is damaged")
        again = support.load(self.folder / "out" / "results.json")
        for first, second in zip(whole["records"], again["records"], strict=True):
            self.assertEqual({**first, "seconds": 0}, {**second, "seconds": 0})
        self.assertEqual(self.run_program("config.yaml", "-o", "out").err, "")

    def test_flipped_bits(self) -> None:
        """Whatever bit of a store is flipped: never an internal error, and never another result."""
        settings = config(trials=3, bounds="none")
        self.results_of(settings)
        expected = support.comparable(self.folder / "out" / "results.json")
        database = self.database()
        kept = database.read_bytes()
        draw = random.Random(7)
        for flip in range(25):
            with self.subTest(flip=flip):
                changed = bytearray(kept)
                changed[draw.randrange(len(kept))] ^= 1 << draw.randrange(8)
                for path in database.parent.iterdir():
                    path.unlink()
                database.write_bytes(changed)
                code = self.run_program("config.yaml", "-o", "out", code=None).code
                self.assertIn(code, (0, 2))
                if code == 0:
                    self.assertEqual(support.comparable(self.folder / "out" / "results.json"), expected)

    def test_content_of_another_shape(self) -> None:
        """With a checksum that fits: refused with its cell, and --force repairs it."""
        settings = config(trials=1)
        record = self.results_of(settings)["records"][0]
        kept = self.database().read_bytes()
        content = json.loads(support.stored_tasks(self.folder / "out")[record["cell_id"], 0].content)
        layer = content["layers"][0]
        wrong: list[Any] = [[], 7, {}, {"layers": {}}, {"layers": []}, {"layers": [{**layer, "record": 3}]}, {"layers": [{**layer, "statistics": {}}]}]
        wrong += [{"layers": [{**layer, "statistics": {**layer["statistics"], key: "x"}}]} for key in sorted(layer["statistics"])]
        wrong += [{"layers": [{**layer, "record": {**layer["record"], key: {}}}]} for key in ("clipped", "rate")]
        wrong.append({"layers": [{**layer, "statistics": {**layer["statistics"], "steps": []}}]})
        for one in wrong:
            with self.subTest(one=json.dumps(one)[-300:]):
                self.database().write_bytes(kept)
                support.change_stored_tasks(self.database(), lambda cell, trial, one=one: {"content": json.dumps(one)} if cell == record["cell_id"] else {})
                self.assertIn(f"cell {record['cell_id']}, trial 0 is damaged", self.run_program("config.yaml", "-o", "out", code=2).err)
        self.run_program("config.yaml", "-o", "out", "--force")

    def test_measured_costs_of_two_runs(self) -> None:
        """They differ, and what was stored first counts; -f measures anew."""
        settings = support.config(experiment="cost", trials=1, bounds="none")
        self.both_runs(settings)

    def test_an_external_quantizer_that_draws(self) -> None:
        self.write("q.py", "import os, sys\nW = open(sys.argv[1] + '/W.npy', 'rb').read()\nn = len(W) - 128\nimport struct\n"
                           "Q = [0.5 * (b % 3 - 1) for b in os.urandom(n // 8)]\nopen(sys.argv[2], 'wb').write(W[:128] + struct.pack(f'{n // 8}d', *Q))\n")
        quantizer = {"name": "external", "command": f"{sys.executable} q.py {{problem}} {{result}}", "alphabet": {"levels": 3, "step": 0.5}}
        self.both_runs(support.config(trials=1, bounds="none", quantizer=quantizer))

    def both_runs(self, settings: dict[str, Any]) -> None:
        first = self.results_of(settings)["records"]
        second = self.results_of(settings, output="other")["records"]
        self.assertNotEqual([{**row, "seconds": 0} for row in first], [{**row, "seconds": 0} for row in second])
        shutil.copy(self.database("other"), self.folder / "out" / "tasks")
        self.assertEqual(self.results_of(settings)["records"], first)
        self.assertEqual(self.results_of(settings, "--collect")["records"], first)
        self.run_program("config.yaml", "-o", "out", "-n")
        self.results_of(settings, "-f")
        self.assertEqual(len(support.stored_tasks(self.folder / "out")), 1)

    def test_results_that_contradict_are_repaired_by_force(self) -> None:
        settings = config(trials=1, bounds="none")
        expected = self.results_of(settings)["records"]
        other = self.folder / "out" / "tasks" / "zz-other.sqlite"
        shutil.copy(self.database(), other)
        support.change_stored_tasks(other, lambda cell, trial: {"content": support.stored_tasks(self.folder / "out")[cell, trial].content.replace("1", "2")})
        self.assertIn("contradict each other", self.run_program("config.yaml", "-o", "out", code=2).err)
        again = self.results_of(settings, "-f")["records"]
        self.assertEqual([{**row, "seconds": 0} for row in again], [{**row, "seconds": 0} for row in expected])


class Replaced(support.InFolder):
    def test_a_file_that_is_replaced_meanwhile(self) -> None:
        """A quantizer replaces X, W or itself: what is read then is not what the cell's identity says, and no row of it counts."""
        script = ("import os, shutil, sys\nproblem, result, new, old = sys.argv[1:]\nnew += '.file'\nshutil.copy(problem + '/W.npy', result)\n"
                  "if os.path.exists(new):\n    os.replace(new, old)\n")
        for old in ("X.npy", "W.npy", "q.py"):
            with self.subTest(old=old):
                self.write("X.npy", npy_bytes(numbers(6, 4, 1)))
                self.write("W.npy", npy_bytes([[0.5, -0.5, 0.0, 0.5], [0.0, 0.5, 0.5, -0.5]]))
                self.write("q.py", script)
                self.write("new.file", {"X.npy": npy_bytes(numbers(6, 4, 9)), "W.npy": npy_bytes([[0.5] * 4] * 2), "q.py": script + "# other\n"}[old])
                quantizer = {"name": "external", "command": f"{sys.executable} q.py {{problem}} {{result}} new {old}", "random": True,
                             "alphabet": {"levels": 3, "step": 0.5}}
                settings = config(trials=3, bounds="none", quantizer=quantizer, inputs={"dataset": "npy", "path": "X.npy"},
                                  weights={"distribution": "npy", "path": "W.npy"})
                records = self.results_of(settings, "-j", "1", output=f"out-{old}", code=1)["records"]
                for record in records:
                    self.assertEqual(record["status"], "failed")
                    self.assertIn(f"{old}: has changed since the sweep was started", record["error"])


if __name__ == "__main__":
    unittest.main()
