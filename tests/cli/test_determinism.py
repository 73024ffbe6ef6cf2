"""Tests of determinism: results.json does not depend on workers, shards, pieces, resumes or kills."""
from __future__ import annotations

import functools
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import support
from support import RUNSWEEP, THREE, comparable, config, environment

# Every kind of task: two precisions, X != Xq, clipping, random decisions, and lines that need the path covariance.
SWEEP: dict[str, Any] = config(
    trials=6,
    sweep=[{"grid": {"width": [32, 64], "quantizer": THREE, "precision": ["float64", "float32"]}},
           {"grid": {"inputs.mismatch": [0.0, 0.125], "quantizer.alphabet.levels": [3], "quantizer": THREE}}],
    bounds=["msq_prediction", "gpfq_prediction", "gpfq_moment", "gpfq_mean", "gpfq_deterministic", "spfq_prediction", "spfq_mean", "spfq_l2"])

# Tasks of some 10 to 60 ms, about two seconds together on one worker.
TRIALS = 40
SLOW: dict[str, Any] = config(trials=TRIALS, inputs={"distribution": "gaussian", "samples": 128, "width": 4096},
                              weights={"distribution": "gaussian", "neurons": 32}, sweep={"grid": {"quantizer": THREE}}, bounds="none")


@functools.cache
def undisturbed(slow: bool) -> tuple[str, float]:
    """What one worker finds without a break, and the time it takes."""
    case = support.InFolder()
    with tempfile.TemporaryDirectory() as folder:
        case.folder = Path(folder)
        start = time.monotonic()
        case.results_of(SLOW if slow else SWEEP, "-j1")
        return comparable(case.folder / "out" / "results.json"), time.monotonic() - start


class InAnyOrder(support.InFolder):
    def assert_same(self, output: str = "out") -> None:
        self.assertEqual(comparable(self.folder / output / "results.json"), undisturbed(False)[0])

    def sweep(self, *words: str, code: int = 0) -> None:
        self.run_program(self.write("config.yaml", SWEEP).name, "-o", "out", *words, code=code)

    def test_the_reference_is_not_empty(self) -> None:
        text = undisturbed(False)[0]
        self.assertEqual(text.count('"status":"ok"'), (2 * 3 * 2 + 2 * 3) * 6)
        self.assertGreater(text.count('"applies":true'), 100)
        self.assertGreater(text.count('"applies":false'), 0)

    def test_workers(self) -> None:
        for jobs in ("1", "2", "3"):
            with self.subTest(jobs=jobs):
                self.run_program(self.write("config.yaml", SWEEP).name, "-j", jobs, "-o", "out" + jobs)
                self.assert_same("out" + jobs)

    def test_running_twice_changes_no_byte(self) -> None:
        self.sweep("-j2")
        before = (self.folder / "out" / "results.json").read_bytes()
        self.sweep("-j2")
        self.assertEqual((self.folder / "out" / "results.json").read_bytes(), before)
        self.assert_same()

    def test_running_by_force(self) -> None:
        self.sweep("-j2")
        self.sweep("-j2", "--force")
        self.assert_same()

    def test_two_shards(self) -> None:
        for shard in ("1/2", "2/2"):
            self.sweep("--shard", shard)
            self.assertFalse((self.folder / "out" / "results.json").exists())
        self.sweep("--collect")
        self.assert_same()

    def test_shards_side_by_side(self) -> None:
        path = self.write("config.yaml", SWEEP)
        running = [subprocess.Popen([RUNSWEEP, path, "-o", self.folder / "out", "--shard", f"{k}/2", "-q"], cwd=self.folder,
                                    env=environment()) for k in (1, 2)]
        self.assertEqual([process.wait(timeout=100) for process in running], [0, 0])
        self.sweep("--collect")
        self.assert_same()

    def test_three_shards_in_another_order(self) -> None:
        for shard in ("3/3", "1/3", "2/3"):
            self.sweep("--shard", shard, "-j1")
        self.sweep("--collect")
        self.assert_same()

    def test_a_missing_shard_is_run_by_the_plain_command(self) -> None:
        self.sweep("--shard", "2/3")
        self.sweep("--collect")
        self.assertNotEqual(comparable(self.folder / "out" / "results.json"), undisturbed(False)[0])
        self.sweep()
        self.assert_same()

    def test_raised_trials(self) -> None:
        self.sweep("trials=3")
        few = support.load(self.folder / "out" / "results.json")
        self.assertEqual(len(few["records"]), (2 * 3 * 2 + 2 * 3) * 3)
        kept = support.stored_tasks(self.folder / "out")
        self.sweep("trials=6")
        self.assert_same()
        after = support.stored_tasks(self.folder / "out")
        self.assertEqual({key: after[key] for key in kept}, kept)

    def test_pieces_by_filter(self) -> None:
        for piece in ("quantizer_name=spfq", "quantizer_name!=spfq,msq", "quantizer_name=msq"):
            self.sweep("--filter", piece)
        self.assert_same()

    def test_two_sweeps_at_once_in_one_folder(self) -> None:
        path = self.write("config.yaml", SWEEP)
        command = [RUNSWEEP, path, "-o", self.folder / "out", "-j1", "-q"]
        running = [subprocess.Popen(command, cwd=self.folder, env=environment()) for _ in range(2)]
        self.assertEqual([process.wait(timeout=100) for process in running], [0, 0])
        self.assert_same()


class Interrupted(support.InFolder):
    def start(self) -> subprocess.Popen[str]:
        path = self.write("config.yaml", SLOW)
        return subprocess.Popen([RUNSWEEP, path, "-o", self.folder / "out", "-j1", "-q"], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())

    def finish(self) -> None:
        """The same command once more completes the sweep."""
        before = support.stored_tasks(self.folder / "out")
        self.assertGreater(len(before), 0)
        self.assertLess(len(before), 3 * TRIALS)
        _, errors = (process := self.start()).communicate(timeout=200)
        self.assertEqual(process.returncode, 0, errors)
        after = support.stored_tasks(self.folder / "out")
        self.assertEqual(len(after), 3 * TRIALS)
        self.assertEqual({key: after[key] for key in before}, before)
        self.assertEqual(comparable(self.folder / "out" / "results.json"), undisturbed(True)[0])

    def test_killed_at_random_moments(self) -> None:
        """At least six times, and until something was kept; a run that came to its end meanwhile is begun anew."""
        whole = undisturbed(True)[1]
        chance = random.Random(1)
        kills = 0
        while kills < 6 or not support.stored_tasks(self.folder / "out"):
            process = self.start()
            try:
                process.communicate(timeout=chance.uniform(0.02, 0.25) * whole)
                self.assertEqual(process.returncode, 0)
                shutil.rmtree(self.folder / "out")
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate(timeout=100)
                self.assertEqual(process.returncode, -signal.SIGKILL)
                kills += 1
        self.finish()

    def stopped_by(self, *signals: signal.Signals) -> tuple[int, str]:
        process = self.start()
        deadline = time.monotonic() + 100
        while not any(path.stat().st_size > 0 for path in self.folder.glob("out/tasks/*.sqlite")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        for number in signals:
            process.send_signal(number)
        _, errors = process.communicate(timeout=100)
        return process.returncode, errors

    def test_interrupt(self) -> None:
        code, errors = self.stopped_by(signal.SIGINT)
        self.assertEqual(code, 130, errors)
        self.assertRegex(errors, r"stopping: finishing the running tasks")
        self.assertRegex(errors, r"stopped: \d+ tasks were finished and are safe; the same command goes on from there")
        self.finish()

    def test_the_second_signal_drops_the_running_task(self) -> None:
        """Two different ones, for two equal ones may arrive as one; which comes first is the system's choice."""
        code, errors = self.stopped_by(signal.SIGINT, signal.SIGTERM)
        self.assertIn(code, (130, 143), errors)
        self.assertIn("dropping the running tasks", errors)

    def test_terminated(self) -> None:
        code, errors = self.stopped_by(signal.SIGTERM)
        self.assertEqual(code, 143, errors)
        self.assertIn("the same command goes on from there", errors)
        self.finish()


if __name__ == "__main__":
    unittest.main()
