"""Tests that the configs of the project are valid."""
from __future__ import annotations

import unittest

import support

CONFIGS = sorted((support.ROOT / "configs").glob("*.yaml"))


class Valid(support.InFolder):
    def test_dry_run(self) -> None:
        self.assertGreater(len(CONFIGS), 0)
        for path in CONFIGS:
            with self.subTest(config=path.name):
                done = self.run_program(path, "-n", code=None)
                if "was not found. Looked at:" in done.err:
                    self.skipTest(f"{path.name}: {done.err.splitlines()[0]}")
                self.assertEqual(done.code, 0, done.err)
                self.assertRegex(done.out, r"\n\d+ cells, \d+ tasks to run")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_named_like_their_files(self) -> None:
        for path in CONFIGS:
            with self.subTest(config=path.name):
                self.assertIn(f"\nname: {path.stem}\n", path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
