#!/usr/bin/python3
"""Runs the tests of a module in this folder: run_module.py MODULE. Says at the end which were skipped, and why.

Exit codes: 0 all that could run passed, 1 some failed or there are none, 77 everything was skipped.
"""
from __future__ import annotations

import os
import sys
import unittest
from typing import Any

ALL_SKIPPED = 77


class Result(unittest.TextTestResult):
    """Counts what ran to its end: tests, and parts of tests whose other parts were skipped."""

    passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, error: Any) -> None:
        super().addSubTest(test, subtest, error)
        self.passed += error is None

    def addExpectedFailure(self, test: unittest.TestCase, error: Any) -> None:
        super().addExpectedFailure(test, error)
        self.passed += 1


def status(result: Result) -> int:
    if not result.wasSuccessful():
        return 1
    if result.passed:
        return 0
    return ALL_SKIPPED if result.skipped else 1


def main(module: str) -> int:
    sys.path[0] = os.getcwd()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(module)
    except unittest.SkipTest as reason:
        print(f"skipped the whole module: {reason}", file=sys.stderr)
        return ALL_SKIPPED
    result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(suite)
    if result.skipped:
        print(f"skipped {len(result.skipped)}; passed {result.passed}", file=sys.stderr)
        for test, reason in result.skipped:
            print(f"  {test}: {reason}".replace("\n", " "), file=sys.stderr)
    if not result.passed and not result.skipped and result.wasSuccessful():
        print("no test was found", file=sys.stderr)
    return status(result)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
