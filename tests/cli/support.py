"""Helpers for the tests of the command line: running the program in a temporary folder, and reading its output."""
from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import os
import re
import sqlite3
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable, Iterable, NamedTuple, Sequence

ROOT = Path(__file__).resolve().parents[2]
RUNSWEEP = Path(os.environ.get("RUNSWEEP", ROOT / "build" / "release" / "runsweep")).resolve()
SHARED = Path(os.environ["SHARED"]) if os.environ.get("SHARED") else None

# A layer whose task takes less than a millisecond, and that nothing clips.
BASE: dict[str, Any] = {
    "experiment": "layer",
    "trials": 2,
    "inputs": {"distribution": "gaussian", "samples": 8, "width": 32},
    "weights": {"distribution": "gaussian", "neurons": 3},
    "quantizer": {"name": "gpfq", "alphabet": {"levels": "infinite", "step": 0.5}},
}
THREE = [{"name": "msq"}, {"name": "gpfq"}, {"name": "spfq"}]


def config(**changes: Any) -> dict[str, Any]:
    """The base with other values for some of its keys."""
    return {**copy.deepcopy(BASE), **changes}


class Finished(NamedTuple):
    code: int
    out: str
    err: str


class StoredTask(NamedTuple):
    status: str
    content: str
    seconds: float
    written: int


def environment(**changes: str | None) -> dict[str, str]:
    """The test's own, with what a batch system would say left out; None removes a variable."""
    merged = {**os.environ, "SLURM_CPUS_PER_TASK": None, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def load(path: Path) -> dict[str, Any]:
    def refuse(token: str) -> None:
        raise ValueError(f"{path}: {token} is not JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def comparable(path: Path) -> str:
    """The text of a results.json that must not depend on how the sweep was run: no context, no times."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r'"seconds":[^,]+,', "", text[text.index('\n"records": ['):])


def slopes(results: dict[str, Any]) -> dict[tuple[str, str, str], float]:
    """Of the fitted exponents, by metric, axis and quantizer."""
    quantizer = {record["cell_id"]: record["quantizer_name"] for record in results["records"]}
    return {(row["metric"], row["axis"], quantizer[row["cell_id"]]): row["slope"] for row in results["exponents"]}


def stored_tasks(folder: Path) -> dict[tuple[str, int], StoredTask]:
    """What the databases of a results' folder hold. A writer that was killed before its first commit leaves one without a table."""
    tasks = {}
    for path in sorted((folder / "tasks").glob("*.sqlite")):
        with contextlib.closing(sqlite3.connect(path)) as database:
            if database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                continue
            for cell, trial, *rest in database.execute("SELECT cell_id, trial, status, content, seconds, written FROM tasks"):
                tasks[cell, trial] = StoredTask(*rest)
    return tasks


def checksum(cell: str, trial: int, status: str, content: str, seconds: float, written: int) -> str:
    """What a row of a store must carry: experiments/store/stored_row.hpp."""
    texts = "".join(f" {len(text.encode())}:{text}" for text in (cell, status, content))
    bits, = struct.unpack("<Q", struct.pack("<d", seconds))
    return hashlib.sha256(f"{trial} {written} {bits:016x}{texts}".encode()).hexdigest()[:16]


def change_stored_tasks(database: Path, change: Callable[[str, int], dict[str, Any]]) -> int:
    """Other fields for stored tasks, as if they had been written so; returns for how many."""
    changed = 0
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        names = ("cell_id", "trial", "status", "content", "seconds", "written")
        for values in connection.execute(f"SELECT {', '.join(names)} FROM tasks").fetchall():
            fields = {**dict(zip(names, values)), **change(values[0], values[1])}
            if tuple(fields.values()) == values:
                continue
            connection.execute("UPDATE tasks SET status = ?, content = ?, seconds = ?, written = ?, checksum = ? WHERE cell_id = ? AND trial = ?",
                               (*(fields[name] for name in names[2:]), checksum(*fields.values()), *values[:2]))
            changed += 1
    return changed


def mark_stored_tasks(folder: Path, seconds: float) -> None:
    """Gives every stored task a time that no run takes, so that one that was run again can be told."""
    for path in (folder / "tasks").glob("*.sqlite"):
        change_stored_tasks(path, lambda cell, trial: {"seconds": seconds})


def npy_bytes(rows: Sequence[Sequence[float]], descr: str = "<f8", fortran: bool = False, shape: Iterable[int] | None = None) -> bytes:
    """An NPY file as numpy.save writes it; a shape of one's own may lie."""
    columns = len(rows[0]) if rows else 0
    shape = (len(rows), columns) if shape is None else tuple(shape)
    numbers = [rows[i][j] for j in range(columns) for i in range(len(rows))] if fortran else [number for row in rows for number in row]
    kind = {"f4": "f", "f8": "d", "i8": "q"}[descr[1:]]
    header = repr({"descr": descr, "fortran_order": fortran, "shape": shape}).encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"{descr[0]}{len(numbers)}{kind}", *numbers)


class InFolder(unittest.TestCase):
    """Every test has a folder of its own and runs the program there."""

    maxDiff = 2000

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def write(self, name: str, content: str | bytes | dict[str, Any]) -> Path:
        """A config may be given as a dictionary: JSON is YAML."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_program(self, *words: Any, code: int | None = 0, env: dict[str, str] | None = None) -> Finished:
        done = subprocess.run([RUNSWEEP, *map(str, words)], cwd=self.folder, capture_output=True, text=True, timeout=250,
                              env=env or environment())
        if code is not None:
            self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}{done.stderr}")
        return Finished(done.returncode, done.stdout, done.stderr)

    def results_of(self, settings: dict[str, Any], *words: Any, output: str = "out", code: int = 0) -> dict[str, Any]:
        """Runs the sweep of `settings` and returns its results.json, parsed."""
        self.run_program(self.write("config.yaml", settings).name, "-o", output, *words, code=code)
        return load(self.folder / output / "results.json")
