"""Tests of the include tree: rooms.txt lists which room may include which, and no file includes anything else of the project."""
from __future__ import annotations

import os
import re
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("PATHQUANT_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SUFFIXES = {".hpp", ".cpp", ".inl"}
GENERATED = {"generated/plugin_interface.hpp", "generated/provenance.hpp"}


def allowed() -> dict[str, set[str]]:
    """Room -> rooms that it may include, from rooms.txt."""
    rooms: dict[str, set[str]] = {}
    for line in (Path(__file__).with_name("rooms.txt")).read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        room, _, others = line.partition(":")
        part = room.split("/")[0]
        rooms[room] = {f"{part}/{other}" for other in others.split() if other != "-"}
    return rooms


def room_of(path: str) -> str:
    """core/layer/layer_problem.hpp -> core/layer; core/types.hpp -> core/ground."""
    parts = path.split("/")
    return f"{parts[0]}/{parts[1] if len(parts) > 2 else 'ground'}"


def includes() -> list[tuple[str, str]]:
    """(file, file of the project that it includes)."""
    found = []
    for part in ("core", "experiments"):
        for file in sorted((ROOT / part).rglob("*")):
            if file.suffix in SUFFIXES:
                name = file.relative_to(ROOT).as_posix()
                found += [(name, other) for other in re.findall(r'^#include "([^"]+)"', file.read_text(), re.MULTILINE)]
    return found


def forbidden(pairs: list[tuple[str, str]], rooms: dict[str, set[str]]) -> list[str]:
    """The includes that the table does not allow."""
    bad = []
    for file, other in pairs:
        if other in GENERATED:
            continue
        room, target = room_of(file), room_of(other)
        down = room.startswith("experiments/") and target.startswith("core/")
        if room != target and not down and target not in rooms.get(room, set()):
            bad.append(f"{file} includes {other}: {room} may not include {target}")
    return bad


class Includes(unittest.TestCase):
    def test_every_include_is_allowed(self) -> None:
        self.assertEqual(forbidden(includes(), allowed()), [])

    def test_an_include_that_runs_back_up_is_found(self) -> None:
        pair = ("core/kernels/vec.hpp", "core/quantizers/quantizer.hpp")
        self.assertEqual(len(forbidden([pair], allowed())), 1)
        self.assertEqual(len(forbidden([("core/types.hpp", "experiments/plan/plan.hpp")], allowed())), 1)

    def test_the_table_is_a_tree(self) -> None:
        """A room includes only rooms that stand above it in the table, so no circle is possible."""
        seen: set[str] = set()
        for room, others in allowed().items():
            self.assertLessEqual(others, seen, room)
            seen.add(room)

    def test_every_room_is_in_the_table(self) -> None:
        rooms = {room_of(file) for file, _ in includes()}
        self.assertEqual(rooms - set(allowed()), set())
        self.assertEqual(set(allowed()) - rooms, set())

    def test_every_permission_is_used(self) -> None:
        used = {(room_of(file), room_of(other)) for file, other in includes() if other not in GENERATED}
        unused = [f"{room} -> {other}" for room, others in allowed().items() for other in others if (room, other) not in used]
        self.assertEqual(unused, [])


if __name__ == "__main__":
    unittest.main()
