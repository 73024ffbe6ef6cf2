"""The numbers of eight configs keep their bits: golden.json holds a hash of their records, taken before the code was reorganised.

`python3 test_golden.py --write` takes the hashes anew. Do that only after a change that is meant to change numbers, and say so in CHANGELOG.md.
"""
from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import support

GOLDEN = Path(__file__).with_name("golden.json")
CONFIGS = {
    "width_decay": ["width=64,512", "trials=3"],
    "distributions": ["trials=2"],
    "rivals": ["trials=1", "precision=float64,float32", "--filter", "quantizer_alphabet_bits!=2,4"],
    "samples": ["trials=2"],
    "alignment": ["trials=2", "precision=float32"],
    "zero_points": ["trials=2"],
    "weights": ["trials=2"],
    "width_decay_long": ["width=524288", "trials=1"],
}
# Names and times, which may change while the numbers do not.
NOT_HASHED = {"cell_id", "seconds", "variant", "error"}


def digest(records: list[dict[str, Any]], columns: list[str]) -> str:
    rows = [[record.get(column) for column in columns] for record in records]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


class Golden(support.InFolder):
    def records(self, name: str, *words: str) -> list[dict[str, Any]]:
        output = self.folder / name
        self.run_program(support.ROOT / "configs" / f"{name}.yaml", *CONFIGS[name], "bounds=none", "-q", "-o", output, *words)
        return support.load(output / "results.json")["records"]

    def check(self, *words: str) -> None:
        for name, golden in json.loads(GOLDEN.read_text()).items():
            with self.subTest(name):
                records = self.records(name, *words)
                self.assertEqual(len(records), golden["records"])
                self.assertEqual(digest(records, golden["columns"]), golden["sha256"])

    def test_one_worker(self) -> None:
        self.check("-j1")

    def test_two_workers_with_avx2(self) -> None:
        self.check("-j2", "--instructions", "avx2")

    def test_the_hash_sees_the_last_bit(self) -> None:
        one = [{"relative_error": 0.1}]
        other = [{"relative_error": 0.1 + 2.0**-56}]
        self.assertNotEqual(digest(one, ["relative_error"]), digest(other, ["relative_error"]))


def write() -> None:
    case = Golden()
    golden = {}
    with tempfile.TemporaryDirectory() as folder:
        case.folder = Path(folder)
        for name in CONFIGS:
            records = case.records(name, "-j2")
            columns = [column for column in records[0] if column not in NOT_HASHED]
            golden[name] = {"records": len(records), "columns": columns, "sha256": digest(records, columns)}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        unittest.main()
