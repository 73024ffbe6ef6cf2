"""Tests of adaptive trials: the same trials and the same bytes, however the sweep was run."""
from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import time
import unittest
from typing import Any

import support
from support import RUNSWEEP, THREE, comparable, config, environment

T = {9: 2.2621571627409915, 19: 2.093024054408263, 29: 2.045229642132703, 39: 2.022690920036762}  # 97.5 % points of Student's t
RULE = {"until": 0.15, "of": "relative_squared_error", "max": 70, "batch": 10}
SWEEP = config(trials=RULE, weights={"distribution": "uniform", "neurons": 3}, bounds=["spfq_l2", "spfq_prediction", "gpfq_mean", "msq_prediction"],
               sweep={"grid": {"width": [24, 48, 96], "quantizer": THREE}})


class Adaptive(support.InFolder):
    def run_in(self, output: str, *words: str, settings: dict[str, Any] = SWEEP, code: int = 0) -> str:
        done = self.run_program(self.write("config.yaml", settings).name, "-o", output, *words, code=code)
        return done.out

    def text(self, output: str) -> str:
        return comparable(self.folder / output / "results.json")

    def trials(self, output: str) -> dict[str, int]:
        counts: dict[str, int] = {}
        for record in support.load(self.folder / output / "results.json")["records"]:
            counts[record["cell_id"]] = max(counts.get(record["cell_id"], 0), record["trial"] + 1)
        return counts

    def test_every_cell_stops_at_the_first_batch_that_will_do(self) -> None:
        out = self.run_in("out", "-j2")
        results = support.load(self.folder / "out" / "results.json")
        self.assertEqual(results["context"]["config"]["trials"], RULE)
        ends = []
        for cell, count in self.trials("out").items():
            values = [record["relative_squared_error"] for record in results["records"] if record["cell_id"] == cell]
            self.assertEqual(len(values), count)
            width = lambda n: T.get(n - 1, 2.0) * statistics.stdev(values[:n]) / n ** 0.5 / statistics.fmean(values[:n])
            for earlier in range(10, min(count, 41), 10):
                self.assertEqual(width(earlier) <= RULE["until"], earlier == count, (cell, earlier))
            row, = [row for row in results["summary"] if row["cell_id"] == cell and row["metric"] == "relative_squared_error"]
            self.assertEqual((row["count"], row["missing"]), (count, 0))
            if count < RULE["max"]:
                self.assertLessEqual((row["high"] - row["low"]) / 2, RULE["until"] * row["mean"] * (1 + 1e-12))
            ends.append(count)
        self.assertGreater(len(set(ends)), 2, "cells of one sweep stop at different places")
        stopped = sum(count == 70 for count in ends)
        if stopped:
            self.assertRegex(out, r"\d+ cells have 70 trials, the most, and the interval of their mean relative_squared_error is still wider than 15 %")

    def test_same_bytes(self) -> None:
        self.run_in("one", "-j1")
        reference = self.text("one")
        self.run_in("two", "-j2")
        for shard in ("2/3", "3/3", "1/3"):
            self.run_in("shards", "--shard", shard)
        self.run_in("shards", "--collect")
        path = self.write("config.yaml", SWEEP)
        running = [subprocess.Popen([RUNSWEEP, path, "-o", self.folder / "side", "--shard", f"{k}/2", "-q"], cwd=self.folder, env=environment()) for k in (1, 2)]
        self.assertEqual([process.wait(timeout=100) for process in running], [0, 0])
        self.run_in("side", "--collect")
        self.run_in("fixed", "trials=3")
        self.run_in("fixed", "trials=90", "--filter", "width=48")
        self.run_in("fixed")
        self.run_in("pieces", "--filter", "quantizer_name=spfq")
        self.run_in("pieces")
        self.run_in("forced")
        self.run_in("forced", "--force")
        self.run_in("narrow", "trials.until=0.1")
        self.run_in("narrow")
        for output in ("two", "shards", "side", "fixed", "pieces", "forced", "narrow"):
            with self.subTest(output=output):
                self.assertEqual(self.text(output), reference)
        before = (self.folder / "two" / "results.json").read_bytes()
        self.run_in("two", "-j2")
        self.assertEqual((self.folder / "two" / "results.json").read_bytes(), before)

    def test_killed(self) -> None:
        settings = config(trials={"until": 0.02, "of": "relative_squared_error", "max": 40, "batch": 10},
                          inputs={"distribution": "gaussian", "samples": 64, "width": 2048}, weights={"distribution": "gaussian", "neurons": 16},
                          sweep={"grid": {"quantizer": THREE}}, bounds="none")
        start = time.monotonic()
        self.run_in("one", "-j1", settings=settings)
        whole = time.monotonic() - start
        path = self.write("config.yaml", settings)
        chance = random.Random(2)
        for _ in range(6):
            process = subprocess.Popen([RUNSWEEP, path, "-o", self.folder / "out", "-j1", "-q"], cwd=self.folder, env=environment(),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.communicate(timeout=chance.uniform(0.1, 0.4) * whole)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate(timeout=100)
        self.run_in("out", "-j2", settings=settings)
        self.assertEqual(self.text("out"), self.text("one"))

    def test_dry_run(self) -> None:
        """Says what is known: how many trials there will be is not."""
        out = self.run_in("out", "-n")
        self.assertEqual(out.count("todo, at least 10 trials"), 9)
        self.assertRegex(out, r"9 cells, at least \d+ tasks to run")
        self.assertIn("trials: 10 at a time, at most 70, until the 95 % interval of the mean relative_squared_error is within 15 % of it", out)
        self.assertFalse((self.folder / "out").exists())
        self.run_in("out", "trials=10")
        out = self.run_in("out", "-n")
        waiting = re.findall(r"todo, at least 10 trials after 10, \+-([0-9.]+) %", out)
        self.assertGreater(len(waiting), 0)
        self.assertTrue(all(float(width) > 15 for width in waiting))
        self.run_in("out")
        out = self.run_in("out", "-n")
        self.assertRegex(out, r"9 cells, 0 tasks to run")
        done = re.findall(r"cached, (\d+) trials, \+-([0-9.]+) %(, not reached)?", out)
        self.assertEqual(len(done), 9)
        for trials, width, missed in done:
            self.assertEqual((float(width) > 15, int(trials) == 70 and bool(missed)), (bool(missed), bool(missed)))
        self.assertEqual(self.run_in("out", "-n", "--force").count("todo, at least 10 trials"), 9)

    def test_failures(self) -> None:
        """A trial that fails is one of its batch, is not run again by itself, and does not run for ever when it is asked to."""
        settings = config(trials={"until": 0.5, "of": "error_energy", "max": 9, "batch": 3}, inputs={"distribution": "gaussian", "samples": 3, "width": 6, "sigma": 1e200},
                          quantizer={"name": "msq", "alphabet": {"levels": 3, "step": 1}})
        for words in ((), (), ("--rerun-failed",)):
            with self.subTest(words=words):
                self.run_in("out", *words, settings=settings, code=1)
                records = support.load(self.folder / "out" / "results.json")["records"]
                self.assertEqual([record["status"] for record in records], ["failed"] * 9)
        self.run_in("fast", "-x", "-j1", settings=settings, code=1)
        self.assertEqual(len(support.stored_tasks(self.folder / "fast")), 1)

    def test_where_nothing_is_random(self) -> None:
        self.write("X.npy", support.npy_bytes([[1.0, 2.0], [3.0, -1.0]]))
        self.write("W.npy", support.npy_bytes([[0.5, 0.25]]))
        settings = config(trials=RULE, inputs={"dataset": "npy", "path": "X.npy"}, weights={"distribution": "npy", "path": "W.npy"})
        self.run_in("out", settings=settings)
        self.assertEqual(list(self.trials("out").values()), [1])
        self.assertIn("cached", self.run_in("out", "-n", settings=settings))

    def test_json_of_the_rule(self) -> None:
        stored = json.dumps(SWEEP["trials"])
        self.run_in("out", "trials.max=20", "trials.batch=20")
        rule = support.load(self.folder / "out" / "results.json")["context"]["config"]["trials"]
        self.assertEqual(rule, {**RULE, "max": 20, "batch": 20})
        self.assertEqual(set(self.trials("out").values()), {20})
        self.assertEqual(json.dumps(SWEEP["trials"]), stored)


if __name__ == "__main__":
    unittest.main()
