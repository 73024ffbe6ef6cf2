"""Tests of plugins: their entries work like built-in ones, and their errors fail only their own tasks, by name."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any

import support

PLUGINS = Path(os.environ.get("PLUGINS", support.ROOT / "build" / "release" / "tests" / "plugins"))
FAULTS = PLUGINS / "faults.so"
REVISIT = PLUGINS / "gpfq_revisit.so"
MAGIC = b"pathquant plugin stamp"


def sweep(*quantizers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """These beside msq, on weights alone."""
    return support.config(trials=1, quantizer={"name": "msq", "alphabet": {"levels": 7, "step": 0.5}}, bounds="none",
                          sweep={"grid": {"quantizer": [{"name": "msq"}, *quantizers]}}, **changes)


def by_fault(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {record.get("quantizer_fault") or record["quantizer_name"]: record for record in results["records"]}


class NewBound(support.InFolder):
    def test_a_new_bound_runs_no_task_again(self) -> None:
        """Its value is drawn from what is stored; where it needs a fact that is not stored, it says so; --force measures it."""
        settings = support.config(bounds="all")
        self.results_of(settings)
        before = support.stored_tasks(self.folder / "out")
        rows = {row["bound"]: row for row in self.results_of(settings, "--plugin", PLUGINS / "new_bound.so")["bounds"]}
        self.assertEqual(support.stored_tasks(self.folder / "out"), before)
        self.assertTrue(rows["new_bound"]["applies"])
        self.assertFalse(rows["new_bound_with_fact"]["applies"])
        self.assertRegex(rows["new_bound_with_fact"]["reason"], "the fact widest_weight is not stored with this layer.*--force")
        forced = self.results_of(settings, "--force", "--plugin", PLUGINS / "new_bound.so")["bounds"]
        self.assertTrue({row["bound"]: row for row in forced}["new_bound_with_fact"]["applies"])


class Faults(support.InFolder):
    def test_every_fault_is_its_own_tasks(self) -> None:
        """One sweep of all faults finishes: each record says which plugin and why, and the others are what they are without it."""
        expected = {
            "throw": "this layer is too hard", "throw_a_number": "no std::exception",
            "shape": "Q has 33 features x 3 neurons where the layer has 32 x 3", "nan": "Q has a NaN or an infinity",
            "outside": "feature 1 of neuron 0, which is no level of its alphabet", "beyond": "no level of its alphabet",
            "crash": "(crashed: signal 6|ended with exit code)", "exit": "ended with exit code 3",
            "flood": "wrote more than 16 MiB and was stopped; it wrote: I have a lot to say"}
        right = ("none", "cost", "stray_answer")
        settings = sweep(*({"name": "faulty", "fault": fault} for fault in (*expected, *right)), plugins=str(FAULTS))
        results = self.results_of(settings, "-j2", code=1)
        records = by_fault(results)
        for fault, reason in expected.items():
            with self.subTest(fault=fault):
                record = records[fault]
                self.assertEqual(record["status"], "failed")
                self.assertRegex(record["error"], rf"^plugin faults 7\.0 \({FAULTS.resolve()}\)")
                self.assertRegex(record["error"], reason)
                self.assertLess(len(record["error"]), 4096)
                self.assertEqual(record["quantizer_plugin"], "faults 7.0")
        for fault in right:
            with self.subTest(fault=fault):
                self.assertEqual(records[fault]["status"], "ok", records[fault]["error"])
                self.assertEqual(records[fault]["error_energy"], records["msq"]["error_energy"])
        self.assertNotIn("quantizer_plugin", {key for key, value in records["msq"].items() if value is not None})
        self.assertEqual(results["context"]["plugins"][0]["name"], "faults")
        self.assertEqual(results["context"]["plugins"][0]["version"], "7.0")

        before = support.stored_tasks(self.folder / "out")
        again = self.results_of(settings, "-j2", code=1)
        self.assertEqual(again["records"], results["records"])
        self.assertEqual(support.stored_tasks(self.folder / "out"), before)

    def test_hang(self) -> None:
        """Its time limit is kept although it never asks for the time."""
        results = self.results_of(sweep({"name": "faulty", "fault": "hang"}, plugins=str(FAULTS)), "--timeout", "1s", code=1)
        records = by_fault(results)
        self.assertEqual([records[name]["status"] for name in ("msq", "hang")], ["ok", "timeout"])
        self.assertRegex(records["hang"]["error"], r"^plugin faults 7\.0 \(.*\): took longer than the limit of 1 s")

    def test_numbers_are_those_of_one_process(self) -> None:
        """In processes of their own, many at once, tasks come to what they come to in this one."""
        settings = support.config(trials=6, quantizer={"name": "gpfq", "alphabet": {"levels": 7, "step": 0.25}}, bounds="none",
                                  sweep={"grid": {"width": [16, 48], "quantizer": [{"name": "gpfq"}, {"name": "gpfq_revisit", "passes": 0},
                                                                                   {"name": "gpfq_revisit", "passes": 3}]}})
        one = self.results_of(settings, "--plugin", REVISIT, "-j1", output="one")
        four = self.results_of(settings, f"--plugin={REVISIT}", "-j4", output="four")
        here = self.results_of(settings, "--plugin", REVISIT, "--in-process", output="here")
        strip = lambda results: [{key: value for key, value in record.items() if key != "seconds"} for record in results["records"]]
        self.assertEqual(strip(one), strip(four))
        self.assertEqual(strip(one), strip(here))
        self.assertIn("--plugin", here["context"]["argv"])
        errors: dict[Any, dict[Any, float]] = {}
        for record in one["records"]:
            errors.setdefault((record["width"], record["trial"]), {})[record.get("quantizer_passes")] = record["error_energy"]
        for of_one in errors.values():
            self.assertEqual(of_one[None], of_one[0])
            self.assertLessEqual(of_one[3], of_one[0])
        self.assertTrue(any(of_one[3] < 0.9 * of_one[0] for of_one in errors.values()))


class Refused(support.InFolder):
    def refused(self, plugin: Path, name: str, reason: str, also: str | None = None) -> None:
        """The sweep goes on without it: only what it would have brought fails, and says why."""
        names = [name] + ([also] if also else [])
        results = self.results_of(sweep(*({"name": each} for each in names)), "--plugin", plugin, code=1)
        records = {record["quantizer_name"]: record for record in results["records"]}
        self.assertEqual(records["msq"]["status"], "ok")
        for each in names:
            self.assertEqual(records[each]["status"], "failed")
            self.assertIn(f"plugin {plugin.resolve()} is refused: ", records[each]["error"])
            self.assertRegex(records[each]["error"], reason)
        self.assertRegex(self.run_program("list", "--plugin", plugin, code=2).err, reason)

    def patched(self, offset: int, new: bytes) -> Path:
        """A copy with other bytes so far behind the start of its stamp."""
        content = bytearray(FAULTS.read_bytes())
        at = content.index(MAGIC) + offset
        content[at:at + len(new)] = new
        return self.write("patched.so", bytes(content))

    def test_built_for_another(self) -> None:
        for offset, new, reason in ((32, b"\x63\0\0\0", "version 99, this program has version 1 of the interface"),
                                    (60, b"0123456789abcdef", "headers of another version"), (56, b"\x40\0\0\0", "aligned to 64"),
                                    (128, b"g++ 99.1.0\0", "with g\\+\\+ 99.1.0, this program with"), (40, b"\x01\0\0\0", "another standard library")):
            with self.subTest(offset=offset):
                shutil.rmtree(self.folder / "out", ignore_errors=True)
                self.refused(self.patched(offset, new), "faulty", reason)

    def test_taken_name(self) -> None:
        """A second library with the same names: neither its names nor any of its others are believed."""
        copy = self.folder / "copy.so"
        shutil.copy(FAULTS, copy)
        self.write("config.yaml", sweep({"name": "faulty"}, {"name": "gpfq"}))
        done = self.run_program("config.yaml", "-o", "out", "--plugin", FAULTS, "--plugin", copy, code=1)
        self.assertIn("the name 'faulty' is already in use", done.err)
        records = {record["quantizer_name"]: record for record in support.load(self.folder / "out" / "results.json")["records"]}
        self.assertEqual([records[name]["status"] for name in ("msq", "gpfq", "faulty")], ["ok", "ok", "failed"])
        self.assertIn(str(copy.resolve()), records["faulty"]["error"])

    def test_cannot_be_loaded(self) -> None:
        self.refused(PLUGINS / "missing_symbol.so", "mine", "undefined symbol: .*nobody_has_this")
        shutil.rmtree(self.folder / "out")
        self.refused(self.write("text.so", "this is no library"), "mine", "it is not a plugin")
        self.write("config.yaml", sweep({"name": "faulty"}))
        done = self.run_program("config.yaml", "-o", "crash", "--plugin", FAULTS, code=1, env=support.environment(FAULTS_AT_LOAD="1"))
        self.assertRegex(done.err, r"is refused: loading it (crashed|ended)")

    def test_mistakes(self) -> None:
        self.write("config.yaml", sweep({"name": "faulty", "fault": "thorw"}, {"name": "faulty", "falt": "throw"}, plugins=[str(FAULTS), "no.so"]))
        done = self.run_program("config.yaml", code=2)
        for complaint in ("no.so is not a file", "must be one of none, throw", "did you mean 'fault'?"):
            self.assertIn(complaint, done.err)
        self.assertIn("--plugin: 1 required FILE.so", self.run_program("config.yaml", "--plugin", code=2).err)


class LikeOurOwn(support.InFolder):
    def test_list_and_explain(self) -> None:
        self.assertRegex(self.run_program("list", "quantizers", "--plugin", FAULTS).out, r"faulty +msq with a fault \[plugin faults 7\.0\]")
        told = self.run_program("explain", "faulty", "--plugin", FAULTS).out
        for part in ("faulty (quantizer, version 1)", "q = R(w)", "what goes wrong", "these tests", f"faults 7.0, {FAULTS.resolve()}"):
            self.assertIn(part, told)

    def test_laws_and_lines(self) -> None:
        """Ones times thirds, rounded to 0: the error is all of the signal, which is what the plugin's line says."""
        settings = support.config(
            trials=3, plugins=str(FAULTS), inputs={"distribution": "ones", "samples": 5}, weights={"distribution": "third", "neurons": 2},
            quantizer={"name": "msq", "alphabet": {"levels": 3, "step": 1.0}}, sweep={"grid": {"width": [12, 48]}}, bounds=["all_of_it"])
        results = self.results_of(settings)
        self.assertEqual([record["inputs_plugin"] for record in results["records"]], ["faults 7.0"] * 2)
        narrow, wide = results["records"]
        self.assertAlmostEqual(narrow["error_energy"], 12 ** 2 / 9 * 10, places=9)
        rows = {row["cell_id"]: row for row in results["bounds"]}
        self.assertTrue(rows[narrow["cell_id"]]["holds"])
        self.assertIn("plugin faults 7.0", rows[wide["cell_id"]]["reason"])
        self.assertIn("too wide for me", rows[wide["cell_id"]]["reason"])

    def test_identity(self) -> None:
        """Another build is another quantizer; the path of the library is no part of it."""
        def cells(plugin: Path) -> list[str]:
            self.write("config.yaml", sweep({"name": "faulty"}))
            out = self.run_program("config.yaml", "-n", "--plugin", plugin).out
            return [line.split()[0] for line in out.splitlines() if "faulty" in line]
        other = self.folder / "other.so"
        shutil.copy(FAULTS, other)
        self.assertEqual(cells(FAULTS), cells(other))
        other.write_bytes(FAULTS.read_bytes() + b"\0")
        self.assertNotEqual(cells(FAULTS), cells(other))


class Ending(support.InFolder):
    def children_of_ours(self) -> list[str]:
        """Command lines of processes whose working directory is this test's folder."""
        found = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and Path(os.readlink(process / "cwd")) == self.folder.resolve():
                    found.append((process / "cmdline").read_bytes().decode())
            except OSError:
                continue
        return found

    def start(self) -> subprocess.Popen[str]:
        self.write("config.yaml", sweep({"name": "faulty", "fault": "hang"}))
        process = subprocess.Popen([support.RUNSWEEP, "config.yaml", "-o", "out", "-j2", "--plugin", FAULTS], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=support.environment())
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while len(self.children_of_ours()) < 4:  # the sweep, its helper, the watch and the task
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return process

    def assert_all_gone(self) -> None:
        deadline = time.monotonic() + 30
        while self.children_of_ours():
            self.assertLess(time.monotonic(), deadline, self.children_of_ours())
            time.sleep(0.05)

    def test_ctrl_c_twice(self) -> None:
        """What hangs is dropped, what is finished stays, and the next start goes on."""
        process = self.start()
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        self.assert_all_gone()
        done = self.run_program("config.yaml", "-o", "out", "--plugin", FAULTS, "--timeout", "0.5s", code=1)
        self.assertIn("took longer than the limit of 0.5 s", done.err)
        self.assertEqual(len(support.load(self.folder / "out" / "results.json")["records"]), 2)

    def test_killed(self) -> None:
        """Nothing that was started for a sweep outlives it, not even what hangs."""
        process = self.start()
        process.kill()
        process.wait(60)
        self.assert_all_gone()


if __name__ == "__main__":
    unittest.main()
