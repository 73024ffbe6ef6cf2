"""Tests of the cost experiment: time and memory of a quantizer, measured in a separate process for each task."""
from __future__ import annotations

import unittest
from typing import Any

import support


def settings(**changes: Any) -> dict[str, Any]:
    return support.config(**{"experiment": "cost", "trials": 1, "inputs": {"distribution": "gaussian", "samples": 32, "width": 512},
                             "weights": {"distribution": "gaussian", "neurons": 64}, "bounds": "none", **changes})


def is_counted(results: dict[str, Any]) -> bool:
    """Sanitizers bring an allocator of their own, which is not measured."""
    flags = str(results["context"]["compiler_flags"])
    return not any(f"-fsanitize={name}" in flags for name in ("address", "thread"))


class Cost(support.InFolder):
    def test_columns(self) -> None:
        """Of time only what follows from the others; memory at least Q, and no more than Q and a few copies of what is given."""
        for precision, size in (("float64", 8), ("float32", 4)):
            results = self.results_of(settings(precision=precision, sweep={"grid": {"quantizer": [*support.THREE, {"name": "optq"}, {"name": "ls2"}]}}),
                                      output=precision)
            self.assertEqual([record["quantizer_name"] for record in results["records"]], ["msq", "gpfq", "spfq", "optq", "ls2"])
            for record in results["records"]:
                with self.subTest(precision=precision, quantizer=record["quantizer_name"]):
                    self.assertEqual((record["status"], record["weights"]), ("ok", 512 * 64))
                    self.assertGreaterEqual(record["repetitions"], 3)
                    self.assertGreater(record["cpu_seconds"], 0)
                    self.assertAlmostEqual(record["nanoseconds_per_weight"] * 512 * 64 / record["cpu_seconds"] / 1e9, 1, places=9)
                    self.assertAlmostEqual(record["nanoseconds_per_weight_sample"] * 32 / record["nanoseconds_per_weight"], 1, places=9)
                    if is_counted(results):
                        given = size * (512 * 64 + 512 * 32)
                        self.assertGreaterEqual(record["memory"], size * 512 * 64)
                        # Error feedback holds two N x N matrices in double precision.
                        squares = 8 * 512 * 512 if record["quantizer_name"] == "optq" else 0
                        self.assertLessEqual(record["memory"], 6 * given + 3 * squares + 2 ** 18)
                    else:
                        self.assertIsNone(record["memory"])

    def test_the_error_is_the_layers(self) -> None:
        """The same X, W and draws: the error beside the cost is that of the layer experiment to the last bit."""
        sweep = {"grid": {"quantizer": [*support.THREE, {"name": "optq"}]}}
        errors = {name: [(record["quantizer_name"], record["trial"], record["relative_squared_error"], record["variant"])
                         for record in self.results_of(settings(experiment=name, trials=2, sweep=sweep), output=name)["records"]]
                  for name in ("layer", "cost")}
        self.assertEqual(len(errors["cost"]), 8)
        self.assertEqual(errors["cost"], errors["layer"])

    def test_grows(self) -> None:
        """64 times the width takes more than 8 times as long; memory is Q and more, so it grows 16 times at least. As printed."""
        done = self.run_program(self.write("config.yaml", settings(trials=2, sweep={"grid": {"width": [256, 2048, 16384], "quantizer": [
            {"name": "msq"}, {"name": "gpfq"}]}}, plot={"x": "width", "y": "cpu_seconds"})).name, "-o", "out")
        results = support.load(self.folder / "out" / "results.json")
        columns = ["cpu_seconds", "memory"] if is_counted(results) else ["cpu_seconds"]
        for name in ("msq", "gpfq"):
            for column, factor in zip(columns, (8, 16)):
                cost = {record["width"]: record[column] for record in results["records"] if record["quantizer_name"] == name and record["trial"] == 0}
                self.assertGreater(cost[16384], factor * cost[256], (name, column))
                row, = [row for row in results["exponents"] if row["series"].endswith(name) and (row["axis"], row["metric"]) == ("width", column)]
                # All points, though of an error those with width >= 8 samples would be fitted.
                self.assertEqual((row["points"], row["range"], row["count"]), (3, "all points", 2))
                self.assertRegex(done.out, rf"\n{name} +width +{column} +{row['slope']:.4f} ")
        self.assertIn("slopes of log cost over log axis", done.out)
        self.assertRegex(done.out, r"width +quantizer_name +trials +rel\. sq\. error +\+- +cpu_seconds +memory\n")
        self.assertTrue((self.folder / "out" / "figure.png").exists())

    def test_memory_is_the_tasks_own(self) -> None:
        """Whatever else runs: the same with one worker and with four. Without a process of its own it is not known."""
        config = settings(trials=4, sweep={"grid": {"width": [512, 4096]}})
        results = {workers: self.results_of(config, "-j", workers, output=f"out{workers}") for workers in (1, 4)}
        for one, four in zip(results[1]["records"], results[4]["records"]):
            if is_counted(results[1]):
                self.assertLessEqual(abs(one["memory"] - four["memory"]), 2 ** 15, one["width"])
        for record in self.results_of(config, "--in-process", output="in_process")["records"]:
            self.assertEqual((record["status"], record["memory"]), ("ok", None))
            self.assertGreater(record["cpu_seconds"], 0)

    def test_goes_on(self) -> None:
        """What is stored is not measured again, so the numbers stay."""
        config = self.write("config.yaml", settings(trials=2)).name
        for _ in range(2):
            self.run_program(config, "-o", "out")
        first = support.load(self.folder / "out" / "results.json")["records"]
        self.run_program(config, "-o", "out", "trials=3")
        self.assertEqual(support.load(self.folder / "out" / "results.json")["records"][:2], first)

    def test_what_the_config_says_of_memory(self) -> None:
        """configs/cost.yaml, one trial of it; of time: test_cost_long.py."""
        self.run_program(support.ROOT / "configs" / "cost.yaml", "trials=1", "-j", 1, "-o", "out", "-q")
        results = support.load(self.folder / "out" / "results.json")
        self.assertEqual({record["status"] for record in results["records"]}, {"ok"})
        self.assertTrue((self.folder / "out" / "figure.png").exists())
        slope = support.slopes(results)
        if is_counted(results):
            for name, exponent in (("msq", 1), ("gpfq", 1), ("spfq", 1), ("optq", 1.8)):
                self.assertAlmostEqual(slope["memory", "width", name], exponent, delta=0.1)

    def test_refusals(self) -> None:
        for changes, complaints in (
                ({"measure": "error_budget", "quantizer": {"name": "gfpq", "alphabet": {"step": 1.0}}}, ("unknown key 'measure'", "did you mean 'gpfq'")),
                ({"inputs": {"distribution": "gaussian", "samples": 8, "width": 32, "fresh": 9}}, ("no fresh rows",)),
                ({"inputs": {"distribution": "gaussian", "samples": 8, "width": 2 ** 18 + 1}}, ("width at most 262144",)),
                ({"quantizer": {"name": "external", "command": "true {problem} {result}", "alphabet": {"levels": 3, "step": 1.0}}}, ("runs another program",))):
            with self.subTest(changes=changes):
                self.write("config.yaml", settings(**changes))
                said = self.run_program("config.yaml", code=2).err
                for complaint in complaints:
                    self.assertIn(complaint, said)

    def test_it_is_listed(self) -> None:
        self.assertRegex(self.run_program("list").out, r"\n +cost +.*the time and the memory")
        self.assertIn("not the same bytes in another run", " ".join(self.run_program("explain", "cost").out.split()))


if __name__ == "__main__":
    unittest.main()
