"""Tests that CITATION.cff and LICENSE agree with each other and with the project's version."""
from __future__ import annotations

import re
import unittest

from theory_citations import ROOT

try:
    import yaml
except ModuleNotFoundError:
    yaml = None


@unittest.skipIf(yaml is None, "the package python3-yaml is not installed")
class Citation(unittest.TestCase):
    def setUp(self) -> None:
        self.content = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    def test_required_keys(self) -> None:
        self.assertEqual(self.content["cff-version"], "1.2.0")
        for key in ("message", "title", "authors"):
            self.assertTrue(self.content[key])
        for reference in self.content["references"]:
            for key in ("type", "title", "authors"):
                self.assertTrue(reference[key])

    def test_version(self) -> None:
        project = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        self.assertEqual(self.content["version"], re.search(r"^project\(pathquant VERSION ([\d.]+)", project, re.MULTILINE)[1])

    def test_license(self) -> None:
        text = (ROOT / "LICENSE").read_text(encoding="utf-8")
        self.assertTrue(text.startswith(f"{self.content['license']} License\n"))
        self.assertIn(self.content["authors"][0]["name"], text)


if __name__ == "__main__":
    unittest.main()
