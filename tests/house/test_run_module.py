"""Skipped tests are reported as skipped: by the runner of the Python tests, and by the program of the unit tests."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUNNER = Path(__file__).resolve().parents[1] / "run_module.py"
UNIT_TESTS = Path(os.environ.get("UNIT_TESTS", RUNNER.parents[1] / "build" / "release" / "tests" / "unit_tests"))
PASSES = "    def test_passes(self): pass\n"
FAILS = "    def test_fails(self): self.fail()\n"
SKIPS = "    def test_skips(self): self.skipTest('the files are not here')\n"
PARTS = ("    def test_parts(self):\n        for part in (1, 2):\n            with self.subTest(part=part):\n"
         "                if part == 1: self.skipTest('part 1 is not here')\n")


class Runner(unittest.TestCase):
    def run_module(self, body: str, head: str = "") -> tuple[int, str]:
        """The exit code and what was printed, for a module with one class of these tests."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "test_it.py").write_text(f"import unittest\n{head}class T(unittest.TestCase):\n    x = 0\n{body}")
            done = subprocess.run([sys.executable, RUNNER, "test_it"], cwd=folder, capture_output=True, text=True)
        return done.returncode, done.stderr

    def test_what_ran_decides(self) -> None:
        for body, code in ((PASSES, 0), (FAILS, 1), (PASSES + FAILS, 1), (SKIPS, 77), (SKIPS + PASSES, 0), (SKIPS + FAILS, 1), ("", 1)):
            with self.subTest(body=body):
                self.assertEqual(self.run_module(body)[0], code)

    def test_the_skipped_are_counted_with_their_reasons(self) -> None:
        said = self.run_module(SKIPS + PASSES)[1]
        self.assertIn("skipped 1; passed 1\n", said)
        self.assertRegex(said, r"\n  test_skips .*: the files are not here\n")
        self.assertNotIn("skipped 1;", self.run_module(PASSES)[1])

    def test_a_module_that_skips_itself(self) -> None:
        code, said = self.run_module(PASSES, "raise unittest.SkipTest('no library')\n")
        self.assertEqual(code, 77)
        self.assertIn("no library", said)

    def test_a_module_that_cannot_be_imported_fails(self) -> None:
        self.assertEqual(self.run_module(PASSES, "import a_module_that_is_nowhere\n")[0], 1)

    def test_a_part_that_is_skipped_is_not_the_whole(self) -> None:
        code, said = self.run_module(PARTS)
        self.assertEqual(code, 0)
        self.assertIn("part 1 is not here", said)

    def test_a_failure_to_set_up_is_no_skip(self) -> None:
        self.assertEqual(self.run_module("    @classmethod\n    def setUpClass(cls): raise OSError('broken')\n" + PASSES)[0], 1)


class UnitTests(unittest.TestCase):
    def run_cases(self, *cases: str) -> tuple[int, str]:
        """Without any data."""
        with tempfile.TemporaryDirectory() as empty:
            nowhere = {"PATHQUANT_DATA": empty, "XDG_CACHE_HOME": empty, "HOME": empty}
            done = subprocess.run([UNIT_TESTS, f"--test-case={','.join(cases)}"], capture_output=True, text=True, env={**os.environ, **nowhere})
        return done.returncode, done.stdout

    def setUp(self) -> None:
        if not UNIT_TESTS.is_file():
            self.skipTest("the unit tests are not built")

    def test_skipped_alone_and_beside_others(self) -> None:
        needs_data, needs_nothing = "MNIST has its published size*", "columns: chosen by kind*"
        code, said = self.run_cases(needs_data)
        self.assertEqual(code, 77)
        self.assertRegex(said, r"skipped 1 of 1 test cases\n  MNIST has .*mnist")
        code, said = self.run_cases(needs_data, needs_nothing)
        self.assertEqual(code, 0)
        self.assertIn("skipped 1 of 2 test cases\n", said)
        self.assertEqual(self.run_cases(needs_nothing)[0], 0)


if __name__ == "__main__":
    unittest.main()
