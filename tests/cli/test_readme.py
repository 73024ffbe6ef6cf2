"""Tests of README's instructions for a new quantizer, exactly as written there."""
from __future__ import annotations

import re
import subprocess
import unittest

import support


class OwnQuantizer(support.InFolder):
    def test_five_steps(self) -> None:
        """Outside of the tree, against the installed package: made, built, tested, run, compared."""
        if support.RUNSWEEP != (support.ROOT / "build" / "release" / "runsweep").resolve():
            self.skipTest("README speaks of the release build")
        section = (support.ROOT / "README.md").read_text(encoding="utf-8").split("\n## A quantizer of your own\n")[1].split("\n## ")[0]
        steps = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]
        self.assertEqual(re.findall(r"# (\d)\. ", steps), ["1", "2", "3", "4", "5"])
        done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", steps], cwd=support.ROOT, capture_output=True, text=True, timeout=280,
                              env=support.environment(HOME=str(self.folder), CLICOLOR="0"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("100% tests passed, 0 tests failed out of 3", done.stdout)
        results = support.load(self.folder / "mine" / "results" / "compare" / "results.json")
        self.assertEqual({record["status"] for record in results["records"]}, {"ok"})
        self.assertEqual({record["quantizer_name"] for record in results["records"]}, {"msq", "gpfq", "mine"})
        self.assertEqual({record["quantizer_plugin"] for record in results["records"] if record["quantizer_name"] == "mine"}, {"mine 0.1"})
        self.assertTrue(any("mine" in row["quantizer"] for row in results["comparisons"]), results["comparisons"][:1])
        headers = {str(path.relative_to(self.folder / "pathquant" / "include" / "pathquant")) for path in (self.folder / "pathquant").rglob("*.?pp")
                   if "include" in path.parts}
        self.assertIn("core/plugin.hpp", headers)
        self.assertFalse([name for name in headers if name.endswith(".cpp") or name.startswith(("experiments", "tests"))])

    def test_names(self) -> None:
        for name, complaint in (("gpfq", "there is a quantizer 'gpfq' already"), ("Mine", "small letters"), ("a-b", "small letters"), ("2nd", "small letters")):
            self.assertIn(complaint, self.run_program("new", "quantizer", name, code=2).err)
        self.run_program("new", "quantizer", "of_my_own", "--directory", "deep/down")
        source = (self.folder / "deep" / "down" / "of_my_own" / "of_my_own.cpp").read_text(encoding="utf-8")
        self.assertIn("class OfMyOwn final", source)
        self.assertNotIn("my_quantizer", source)
        self.assertIn("is there already", self.run_program("new", "quantizer", "of_my_own", "--in", "deep/down", code=2).err)


if __name__ == "__main__":
    unittest.main()
