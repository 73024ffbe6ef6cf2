"""Helpers for the tests of analysis/: the path of the package, and skipping where a library is missing."""
from __future__ import annotations

import importlib.util
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def require(*modules: str) -> None:
    """Skips the importing test file, and says so where it is seen without -v."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        reason = f"{', '.join(missing)} not installed for {sys.executable}"
        print(f"skipped: {reason}", file=sys.stderr)
        raise unittest.SkipTest(reason)
