#!/usr/bin/python3
"""Downloads the public files of a data set into a folder and checks their sha256; `runsweep fetch NAME` calls it with the cache folder.

    analysis/fetch.py cifar10|fashion|mnist FOLDER

A file has its name only when all its bytes are there and right; until then it is NAME.part, and an interrupted download goes on from it.
PATHQUANT_MIRROR replaces the publishers' servers; it has a folder for each data set. Exit code 1: something could not be fetched.
"""
from __future__ import annotations

import argparse
import os
import signal
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Sequence

if __package__ in (None, ""):
    # Run as a script, Python looks for modules in this folder; the package they form lies in the one above.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from analysis.download import FetchError, download, sha256_of  # noqa: E402
from analysis.published import DATASETS, Published  # noqa: E402


def unpack(archive: Path, members: Sequence[str], size: int) -> None:
    """Writes the wanted members beside the archive, whatever folder they have in it; none where one is missing."""
    try:
        with tarfile.open(archive) as tar:
            present = {Path(member.name).name: member for member in tar if member.isfile() and member.size == size}
            if missing := [name for name in members if name not in present]:
                raise FetchError(f"{archive} holds no {missing[0]} of {size} bytes")
            for name in members:
                part = archive.with_name(name + ".part")
                with part.open("wb") as file:
                    file.write(tar.extractfile(present[name]).read())
                part.replace(archive.with_name(name))
    except (tarfile.TarError, EOFError, zlib.error) as problem:
        raise FetchError(f"{archive} is no tar archive, or a damaged one: {problem}") from None


def servers_of(name: str) -> list[str]:
    mirror = os.environ.get("PATHQUANT_MIRROR")
    return [f"{mirror.rstrip('/')}/{name}"] if mirror else list(DATASETS[name].servers)


def download_from_any(servers: Sequence[str], target: Path, expected: Published) -> None:
    for number, server in enumerate(servers, 1):
        url = f"{server}/{expected.name}"
        print(f"fetching {url}", file=sys.stderr)
        try:
            return download(url, target, expected)
        except FetchError as problem:
            if number == len(servers):
                raise
            print(problem, file=sys.stderr)


def fetch_file(servers: Sequence[str], folder: Path, expected: Published) -> None:
    target = folder / expected.name
    unpacked = [folder / member for member in expected.members]
    if unpacked and all(path.is_file() and path.stat().st_size == expected.member_size for path in unpacked):
        print(f"{target}: unpacked already")
        return
    present = target.exists()
    if not present:
        download_from_any(servers, target, expected)
    elif sha256_of(target) != expected.sha256:
        raise FetchError(f"{target} is there, but it is not the file that was published (another sha256 than {expected.sha256}): "
                         "move it away to fetch that")
    print(f"{target}: {expected.size} bytes, sha256 as published{' (was there)' if present else ''}")
    if expected.members:
        unpack(target, expected.members, expected.member_size)
        target.unlink()
        print(f"{target}: unpacked into {', '.join(expected.members)}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="runsweep fetch", description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(DATASETS))
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        for expected in DATASETS[options.name].files:
            fetch_file(servers_of(options.name), options.folder, expected)
    except (FetchError, OSError) as problem:
        print(f"runsweep: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
