"""Tests of sweeps: their definition, selected parts, and tasks that fail."""
from __future__ import annotations

import json
import re
import unittest
from typing import Any

import support
from support import THREE, config, npy_bytes

MARK = 12345.0  # seconds that no task takes

# A task of half a second or more, which looks at the clock every millisecond.
LONG = {"distribution": "gaussian", "samples": 512, "width": 16384}


def points(results: dict[str, Any], *columns: str) -> list[tuple[Any, ...]]:
    """These columns of every cell, in order."""
    return [tuple(record[column] for column in columns) for record in results["records"] if record["trial"] == 0]


class Blocks(support.InFolder):
    def sweep(self, blocks: Any, *words: str, **changes: Any) -> dict[str, Any]:
        return self.results_of(config(trials=1, sweep=blocks, **changes), *words)

    def test_grid(self) -> None:
        """The first key varies slowest."""
        results = self.sweep({"grid": {"width": [16, 32], "quantizer": THREE}})
        self.assertEqual(points(results, "width", "quantizer_name"), [(width, name) for width in (16, 32) for name in ("msq", "gpfq", "spfq")])
        self.assertEqual({record["quantizer_alphabet_step"] for record in results["records"]}, {0.5})

    def test_zip(self) -> None:
        results = self.sweep({"zip": {"width": [16, 32, 64], "samples": [4, 8, 12]}})
        self.assertEqual(points(results, "width", "samples"), [(16, 4), (32, 8), (64, 12)])

    def test_grid_and_zip(self) -> None:
        results = self.sweep({"grid": {"neurons": [1, 2]}, "zip": {"width": [16, 32], "samples": [4, 8]}})
        self.assertEqual(points(results, "neurons", "width", "samples"), [(1, 16, 4), (1, 32, 8), (2, 16, 4), (2, 32, 8)])

    def test_exclude(self) -> None:
        grid = {"width": [16, 32, 64], "quantizer": THREE}
        results = self.sweep({"grid": grid, "exclude": [{"quantizer": {"name": "msq"}, "width": [16, 64]}, {"quantizer.name": "spfq"}]})
        self.assertEqual(points(results, "width", "quantizer_name"), [(16, "gpfq"), (32, "msq"), (32, "gpfq"), (64, "gpfq")])
        self.assertIn("5 points are excluded", self.run_program("config.yaml", "-n").out)

    def test_blocks_are_united(self) -> None:
        results = self.sweep([{"grid": {"width": [16, 32]}}, {"grid": {"samples": [4]}, "zip": {"quantizer": [{"name": "msq"}]}}])
        self.assertEqual(points(results, "width", "samples", "quantizer_name"), [(16, 8, "gpfq"), (32, 8, "gpfq"), (32, 4, "msq")])

    def test_equal_points_count_once(self) -> None:
        results = self.sweep([{"grid": {"width": [16, 32, 16]}}, {"grid": {"width": [32], "quantizer.alphabet.step": [0.5, 0.25]}}])
        self.assertEqual(points(results, "width", "quantizer_alphabet_step"), [(16, 0.5), (32, 0.5), (32, 0.25)])
        self.assertIn("2 points of the sweep were there already", self.run_program("config.yaml", "-n").out)

    def test_a_key_below_a_swept_mapping(self) -> None:
        """Whatever the order in the file, the deeper key is set in the quantizer that the shallower one has put there."""
        results = self.sweep({"grid": {"quantizer.alphabet.step": [0.5, 0.25], "quantizer": [{"name": "msq"}, {"name": "spfq", "alignment": 2}]}})
        self.assertEqual(points(results, "quantizer_name", "quantizer_alphabet_step", "quantizer_alignment"),
                         [("msq", 0.5, None), ("spfq", 0.5, 2), ("msq", 0.25, None), ("spfq", 0.25, 2)])

    def test_no_sweep_is_one_cell(self) -> None:
        self.assertEqual(points(self.results_of(config(trials=1)), "width"), [(32,)])


class Overrides(support.InFolder):
    SETTINGS = config(trials=1, sweep={"grid": {"width": [16, 32], "quantizer": THREE}})

    def points(self, *words: str) -> list[tuple[Any, ...]]:
        return points(self.results_of(self.SETTINGS, *words), "width", "quantizer_name", "quantizer_alphabet_step")

    def test_one_value_replaces_an_axis(self) -> None:
        self.assertEqual(self.points("width=8"), [(8, name, 0.5) for name in ("msq", "gpfq", "spfq")])
        self.assertEqual(self.points("inputs.width=8"), self.points("width=8"))

    def test_a_list_is_an_axis(self) -> None:
        self.assertEqual(self.points("width=8,24", "quantizer.name=msq"), [(8, "msq", 0.5), (24, "msq", 0.5)])
        self.assertEqual([step for _, _, step in self.points("width=8", "quantizer.alphabet.step=0.5,0.25")], [0.5, 0.25] * 3)

    def test_into_every_swept_quantizer(self) -> None:
        self.assertEqual(self.points("width=8", "quantizer.alphabet.step=0.25"), [(8, name, 0.25) for name in ("msq", "gpfq", "spfq")])
        self.assertEqual(self.points("width=8", "quantizer={name: gpfq}"), [(8, "gpfq", 0.5)])

    def test_general_keys(self) -> None:
        results = self.results_of(self.SETTINGS, "trials=3", "seed=7", "bounds=msq_prediction", "name=other", "probability=0.5")
        self.assertEqual(len(results["records"]), 18)
        self.assertEqual({row["bound"] for row in results["bounds"]}, {"msq_prediction"})
        self.assertEqual((results["context"]["name"], results["context"]["seed"]), ("other", "7"))
        self.assertEqual(self.results_of(self.SETTINGS, "bounds=none")["bounds"], [])

    def test_the_name_is_the_folder(self) -> None:
        self.write("config.yaml", self.SETTINGS)
        self.run_program("config.yaml")
        self.run_program("config.yaml", "name=other")
        for name in ("config", "other"):
            self.assertTrue((self.folder / "results" / name / "results.json").exists())


class Filters(support.InFolder):
    SETTINGS = config(trials=1, sweep={"grid": {"width": [1, 16, 160], "quantizer": THREE}})

    def kept(self, *filters: str) -> list[tuple[Any, ...]]:
        name = f"out{len(list(self.folder.iterdir()))}"
        return points(self.results_of(self.SETTINGS, *(word for text in filters for word in ("--filter", text)), output=name), "width", "quantizer_name")

    def test_equal(self) -> None:
        self.assertEqual(self.kept("quantizer_name=gpfq"), [(1, "gpfq"), (16, "gpfq"), (160, "gpfq")])
        self.assertEqual(self.kept("quantizer.name=gpfq"), self.kept("quantizer_name=gpfq"))

    def test_exact(self) -> None:
        self.assertEqual({width for width, _ in self.kept("width=1")}, {1})
        self.assertEqual({width for width, _ in self.kept("width=16")}, {16})
        self.assertEqual(self.kept("quantizer_alphabet_step=0.50"), self.kept())

    def test_several_values(self) -> None:
        self.assertEqual(self.kept("width=1,160", "quantizer_name=msq"), [(1, "msq"), (160, "msq")])

    def test_not_equal(self) -> None:
        self.assertEqual(self.kept("width!=1", "quantizer_name!=msq,spfq"), [(16, "gpfq"), (160, "gpfq")])

    def test_what_is_left_out_is_missing_and_not_failed(self) -> None:
        self.write("config.yaml", self.SETTINGS)
        done = self.run_program("config.yaml", "--filter", "width=1")
        self.assertIn("6 tasks of this sweep have not been run yet", done.out)


class States(support.InFolder):
    SETTINGS = config(trials=4, sweep={"grid": {"quantizer": THREE}})

    def states(self, *words: str) -> list[str]:
        listed = self.run_program("config.yaml", "-o", "out", "-n", *words).out
        return re.findall(r"(?m)^[0-9a-f]{8}  (?:\w+ +)?(cached|todo.*)$", listed)

    def run_sweep(self, *words: str) -> None:
        self.run_program(self.write("config.yaml", self.SETTINGS), "-o", "out", *words)

    def test_dry_run(self) -> None:
        self.write("config.yaml", self.SETTINGS)
        self.assertEqual(self.states(), ["todo, 4 trials"] * 3)
        self.assertFalse((self.folder / "out").exists())
        self.run_sweep("trials=3", "--filter", "quantizer_name=msq,gpfq")
        self.assertEqual(self.states(), ["todo, 1 of 4 trials"] * 2 + ["todo, 4 trials"])
        self.assertEqual(self.states("trials=3"), ["cached", "cached", "todo, 3 trials"])
        self.assertEqual(self.states("trials=2", "--filter", "quantizer_name=msq"), ["cached"])
        listed = self.run_program("config.yaml", "-o", "out", "-n", "bounds=none").out
        self.assertRegex(listed, r"3 cells, 6 tasks to run on \d+ workers, about \d+ s")
        self.run_sweep()
        self.assertEqual(self.states(), ["cached"] * 3)
        self.assertEqual(self.states("--force"), ["todo, 4 trials"] * 3)

    def test_resuming_runs_only_what_is_new(self) -> None:
        self.run_sweep("trials=2")
        support.mark_stored_tasks(self.folder / "out", MARK)
        self.run_sweep()
        tasks = support.stored_tasks(self.folder / "out")
        cells = {record["cell_id"] for record in support.load(self.folder / "out" / "results.json")["records"]}
        again = {key for key, task in tasks.items() if task.seconds != MARK}
        self.assertEqual({key for key in again if key[0] in cells}, {(cell, trial) for cell in cells for trial in (2, 3)})

    def test_force(self) -> None:
        self.run_sweep("bounds=none")
        before = support.stored_tasks(self.folder / "out")
        support.mark_stored_tasks(self.folder / "out", MARK)
        self.run_sweep("bounds=none", "--force", "--filter", "quantizer_name=gpfq")
        after = support.stored_tasks(self.folder / "out")
        self.assertEqual(len([key for key in after if after[key].seconds != MARK]), 4)
        self.assertEqual({key: task.content for key, task in after.items()}, {key: task.content for key, task in before.items()})
        self.run_sweep("bounds=none", "-f")
        self.assertFalse([task for task in support.stored_tasks(self.folder / "out").values() if task.seconds == MARK])

    def test_nothing_random(self) -> None:
        """One trial stands for all, and the plan says so; a quantizer that draws has its trials."""
        self.write("X.npy", npy_bytes([[1.0, 2.0, -1.0], [0.5, -0.25, 2.0]]))
        self.write("W.npy", npy_bytes([[0.3, 0.7, -0.2]]))
        fixed = config(trials=5, inputs={"dataset": "npy", "path": "X.npy"}, weights={"distribution": "npy", "path": "W.npy"})
        self.write("config.yaml", fixed)
        self.assertIn("nothing random enters some cells: one trial of them is run", self.run_program("config.yaml", "-n").out)
        self.assertEqual(self.states("quantizer.name=gpfq,spfq"), ["todo, 1 trials", "todo, 5 trials"])
        self.assertEqual(len(self.results_of(fixed)["records"]), 1)
        self.assertEqual(len(self.results_of(fixed, "quantizer.name=spfq")["records"]), 5)
        self.assertEqual(len(self.results_of(fixed, "inputs.samples=1")["records"]), 5)


class Failures(support.InFolder):
    """Weights that are all 0 have no absmax step: their tasks fail."""

    def settings(self, trials: int = 1) -> dict[str, Any]:
        self.write("zeros.npy", npy_bytes([[0.0] * 32] * 3))
        return config(trials=trials, sweep={"grid": {"weights": [{"distribution": "npy", "path": "zeros.npy"}, {"distribution": "gaussian"}],
                                                     "samples": [4, 8]}},
                      weights={"neurons": 3}, quantizer={"name": "gpfq", "alphabet": {"levels": 255, "radius": {"rule": "absmax"}}}, bounds="none")

    def test_failed(self) -> None:
        results = self.results_of(self.settings(), code=1)
        self.assertEqual([record["status"] for record in results["records"]], ["failed", "failed", "ok", "ok"])
        for record in results["records"][:2]:
            self.assertEqual(record["error"], "the absmax rule gives no step: that of the layer is 0 (are all its weights 0?)")
            self.assertIsNone(record["relative_squared_error"])
        self.assertIsNone(results["records"][2]["error"])
        self.assertGreater(results["records"][2]["relative_squared_error"], 0)

    def test_the_message(self) -> None:
        self.write("config.yaml", self.settings())
        done = self.run_program("config.yaml", code=1)
        self.assertIn("2 tasks failed or timed out", done.err)
        self.assertIn("failed: the absmax rule gives no step", done.err)

    def test_failed_tasks_are_kept(self) -> None:
        """They are run again only where that is asked for, and the exit code stays."""
        self.results_of(self.settings(), code=1)
        support.mark_stored_tasks(self.folder / "out", MARK)
        self.results_of(self.settings(), code=1)
        self.assertEqual({task.seconds for task in support.stored_tasks(self.folder / "out").values()}, {MARK})
        self.results_of(self.settings(), "--rerun-failed", code=1)
        again = [task.status for task in support.stored_tasks(self.folder / "out").values() if task.seconds != MARK]
        self.assertEqual(again, ["failed", "failed"])

    def test_fail_fast(self) -> None:
        """Of twelve tasks that all fail, one worker runs one."""
        self.write("config.yaml", self.settings(trials=4))
        self.run_program("config.yaml", "-o", "out", "-x", "-j1", "samples=8", "weights.distribution=npy", "weights.path=zeros.npy",
                         "quantizer.alphabet.levels=3,5,7", code=1)
        self.assertEqual([task.status for task in support.stored_tasks(self.folder / "out").values()], ["failed"])

    def test_skipped(self) -> None:
        """XW = 0 leaves nothing to measure, which is nobody's failure."""
        self.write("X.npy", npy_bytes([[0.0] * 32] * 4))
        results = self.results_of(config(inputs={"dataset": "npy", "path": "X.npy"}))
        self.assertEqual([record["status"] for record in results["records"]], ["skipped", "skipped"])
        self.assertIn("XW = 0", results["records"][0]["error"])
        self.assertEqual(results["bounds"], [])

    def test_counted_beside_the_ok_ones(self) -> None:
        """A cell of which some trials are ok: its summary is of those, and counts the others."""
        settings = config(trials=4, bounds="none")
        self.results_of(settings)
        key = sorted(support.stored_tasks(self.folder / "out"))[1]
        database = next((self.folder / "out" / "tasks").glob("*.sqlite"))
        planted = {"status": "failed", "content": json.dumps({"error": "planted"})}
        support.change_stored_tasks(database, lambda cell, trial: planted if (cell, trial) == key else {})
        results = self.results_of(settings, code=1)
        row = next(row for row in results["summary"] if row["metric"] == "error_energy")
        ok = [record["error_energy"] for record in results["records"] if record["status"] == "ok"]
        self.assertEqual((row["count"], row["failed"], row["timeout"], row["skipped"], row["missing"]), (3, 1, 0, 0, 0))
        self.assertAlmostEqual(row["mean"], sum(ok) / 3, delta=1e-12 * row["mean"])
        self.assertEqual(self.results_of(settings, "--rerun-failed")["records"][key[1]]["status"], "ok")

    def test_a_statistic_that_timed_out(self) -> None:
        """It has no record, but its line says why it is not there and the exit code tells."""
        settings = config(trials=1, bounds=["spfq_l2"], quantizer={"name": "spfq", "alphabet": {"levels": "infinite", "step": 0.5}})
        record, = self.results_of(settings)["records"]
        planted = {"status": "timeout", "content": json.dumps({"error": "planted"})}
        database = next((self.folder / "out" / "tasks").glob("*.sqlite"))
        self.assertEqual(support.change_stored_tasks(database, lambda cell, trial: planted if cell != record["cell_id"] else {}), 1)
        line, = self.results_of(settings, code=1)["bounds"]
        self.assertEqual((line["applies"], line["value"]), (False, None))
        self.assertIn("1 computations that lines need failed or timed out", self.run_program("config.yaml", "-o", "out", code=1).err)
        line, = self.results_of(settings, "--rerun-failed")["bounds"]
        self.assertTrue(line["applies"])

    def test_timeout(self) -> None:
        settings = config(trials=1, inputs=LONG, weights={"distribution": "gaussian", "neurons": 32}, sweep={"grid": {"width": [8, LONG["width"]]}}, bounds="none")
        results = self.results_of(settings, "--timeout", "0.05s", code=1)
        self.assertEqual([record["status"] for record in results["records"]], ["ok", "timeout"])
        self.assertEqual(results["records"][1]["error"], "took longer than the limit of 0.05 s")
        self.assertIsNone(results["records"][1]["error_energy"])
        self.assertEqual(self.results_of(settings, code=1)["records"][1]["status"], "timeout")
        results = self.results_of(settings, "--rerun-failed", "--timeout", "10m")
        self.assertEqual([record["status"] for record in results["records"]], ["ok", "ok"])


class Output(support.InFolder):
    def test_context(self) -> None:
        context = self.results_of(config(), "--context", "host_group=a", "--context", "ticket=x=y", "-j2")["context"]
        self.assertEqual((context["host_group"], context["ticket"], context["threads"]), ("a", "x=y", 2))
        self.assertEqual(context["argv"][1:], ["config.yaml", "-o", "out", "--context", "host_group=a", "--context", "ticket=x=y", "-j2"])

    def test_quiet(self) -> None:
        self.write("config.yaml", config())
        for words in ((), ("--shard", "1/2"), ("--collect",), ("--force",)):
            self.assertEqual(self.run_program("config.yaml", "-q", "-o", "out", *words), (0, "", ""))

    def test_the_summary_is_printed(self) -> None:
        self.write("config.yaml", config(trials=20, sweep={"grid": {"quantizer": THREE}}))
        done = self.run_program("config.yaml", "-o", "out")
        for word in ("msq", "gpfq", "spfq", r"upper bounds: \d+ judged, 0 violated", r"out/results\.json: 60 records, \d+ bounds"):
            self.assertRegex(done.out, word)
        self.assertEqual(done.err, "")

    def test_workers_by_default(self) -> None:
        self.write("config.yaml", config())
        done = self.run_program("config.yaml", "-n", env=support.environment(SLURM_CPUS_PER_TASK="3"))
        self.assertIn("on 3 workers", done.out)


class Registries(support.InFolder):
    LISTS = {"quantizers": ("msq", "gpfq", "spfq"), "bounds": ("gpfq_mean", "spfq_l2", "msq_prediction"), "inputs": ("gaussian", "npy", "mnist"),
             "weights": ("gaussian", "uniform", "npy"), "experiments": ("layer",)}

    def names(self, *what: str) -> list[str]:
        return re.findall(r"(?m)^  (\w+)  +\S", self.run_program("list", *what).out)

    def test_lists(self) -> None:
        together = []
        for what, some in self.LISTS.items():
            names = self.names(what)
            self.assertLessEqual(set(some), set(names))
            together += names
        self.assertCountEqual(self.names(), together)

    def test_everything_is_explained(self) -> None:
        for name in sorted(set(self.names())):
            with self.subTest(name=name):
                text = self.run_program("explain", name).out
                self.assertRegex(text, rf"\A{name} \((quantizer|bound|inputs|weights|experiment)\b.*, version \d+\)\n  \S")
                self.assertIn("\nsource\n  ", text)

    def test_parameters(self) -> None:
        text = self.run_program("explain", "spfq").out
        for word in ("alignment", "alphabet.levels", "alphabet.step", "default 1", "formula", "arXiv 2309.10975"):
            self.assertIn(word, text)

    def test_help_and_version(self) -> None:
        for words in (("--help",), ("quantize", "--help"), ("--version",)):
            with self.subTest(words=words):
                self.assertNotEqual(self.run_program(*words).out, "")


if __name__ == "__main__":
    unittest.main()
