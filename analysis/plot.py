#!/usr/bin/python3
"""Draws the figure that the `plot:` block of a results.json asks for: PREFIX.png and PREFIX.svg.

    analysis/plot.py results/width_decay/results.json [-o PREFIX] [key=value ...]

key=value replaces an entry of the block (a value is read as JSON where it is JSON: lines='["gpfq_mean"]').
Exit code 2: the file or the block cannot be used, or a library is missing; the reason is on stderr.
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Sequence

if __package__ in (None, ""):
    # Run as a script, Python looks for modules in this folder; the package they form lies in the one above.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from analysis.block import kind, parse, title  # noqa: E402
from analysis.load import ResultsError, read  # noqa: E402


def override(text: str) -> tuple[str, Any]:
    key, found, value = text.partition("=")
    if not found or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not key=value")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="plot.py", description="Draws the figure that the plot: block of a results.json asks for.")
    parser.add_argument("results", type=Path, metavar="RESULTS.json")
    parser.add_argument("entries", nargs="*", type=override, metavar="key=value", help="replaces an entry of the plot: block")
    parser.add_argument("-o", "--output", type=Path, metavar="PREFIX", help="default: figure, beside RESULTS.json")
    return parser.parse_intermixed_args(argv)


def plot(results: Path, prefix: Path | None = None, entries: dict[str, Any] | None = None) -> list[Path]:
    """Draws and returns the files written."""
    data = read(results)
    block = (data["context"].get("config") or {}).get("plot") or {}
    if isinstance(block, dict):
        block = {**block, **(entries or {})}
    prefix = prefix or results.with_name("figure")
    # Libraries are loaded only when the block has been checked: a wrong one is refused at once.
    if kind(block) == "audit":
        from analysis import audit

        prefix.parent.mkdir(parents=True, exist_ok=True)
        return audit.write(data, title(block, data), prefix)
    if kind(block) == "needed":
        from analysis import needed

        return needed.write(block, data, title(block, data), prefix)
    checked = parse(block, data)
    from analysis import curves, figure

    prefix.parent.mkdir(parents=True, exist_ok=True)
    built = curves.build(data, checked)
    if built.mixed:
        print(f"plot.py: warning: cells that differ in {', '.join(built.mixed)} share a point; name them in plot.series or plot.panel",
              file=sys.stderr)
    return figure.write(built, prefix)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    try:
        for path in plot(options.results, options.output, dict(options.entries)):
            print(path)
    except (ResultsError, OSError) as problem:
        print(f"plot.py: {problem}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as problem:
        print(f"plot.py: {problem.name} is not installed for {sys.executable} (Debian: python3-{problem.name})", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
