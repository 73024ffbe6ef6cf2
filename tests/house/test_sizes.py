"""Files hold one concept: no file of core/ or experiments/ is over 300 lines, no function over 60."""
from __future__ import annotations

import os
import re
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("PATHQUANT_SOURCE_DIR", Path(__file__).resolve().parents[2]))
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
# The first line of a definition at namespace or class level, as clang-format sets it; not a type, a namespace or an initialiser.
DEFINITION = re.compile(r"^( {0,4})(?!namespace|class|struct|enum|union|extern|const |constexpr [^(]*[{=]|static const [^(]*[({]|for|if|while|switch|return|//|#|\})\S.*\(")


def files() -> list[Path]:
    return [file for part in ("core", "experiments") for file in sorted((ROOT / part).rglob("*")) if file.suffix in (".hpp", ".cpp", ".inl")]


def long_functions(text: str) -> list[tuple[str, int]]:
    """(first line, number of lines) of functions that are too long: from the definition to the closing brace at its indentation."""
    lines = text.splitlines()
    found = []
    at = 0
    while at < len(lines):
        match = DEFINITION.match(lines[at])
        opening = at
        while match and opening < len(lines) and not lines[opening].rstrip().endswith(("{", ";", "}", ",\n")):
            opening += 1
        if match and opening < len(lines) and lines[opening].rstrip().endswith("{"):
            end = opening + 1
            while end < len(lines) and not re.match(rf"^{match[1]}\}}", lines[end]):
                end += 1
            if end - at + 1 > LONGEST_FUNCTION:
                found.append((lines[at].strip(), end - at + 1))
            at = end
        at += 1
    return found


class Sizes(unittest.TestCase):
    def test_no_file_is_too_long(self) -> None:
        long = {file.relative_to(ROOT).as_posix(): length for file in files() if (length := len(file.read_text().splitlines())) > LONGEST_FILE}
        self.assertEqual(long, {})

    def test_no_function_is_too_long(self) -> None:
        long = {f"{file.relative_to(ROOT)}: {name}": length for file in files() for name, length in long_functions(file.read_text())}
        self.assertEqual(long, {})

    def test_a_long_function_is_found(self) -> None:
        body = "  x();\n" * LONGEST_FUNCTION
        self.assertEqual(len(long_functions(f"void f(int a) {{\n{body}}}\n")), 1)
        self.assertEqual(len(long_functions(f"class A {{\n  int f(int a,\n        int b) {{\n{body}  }}\n}};\n")), 1)
        self.assertEqual(long_functions("void f(int a) {\n  x();\n}\n" * 40), [])


if __name__ == "__main__":
    unittest.main()
