"""Downloads one published file and checks it before it gets its name."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from analysis.published import Published

SECONDS = 60  # that a server may be silent
ANOTHER = "it is another file, and nothing of it is kept"


class FetchError(Exception):
    """A file that could not be fetched. `keep`: the bytes so far may be right, and the next download goes on from them."""

    def __init__(self, text: str, keep: bool = False) -> None:
        super().__init__(text)
        self.keep = keep


def opener() -> urllib.request.OpenerDirector:
    """Of http and https only: a server cannot redirect to a file of this machine."""
    director = urllib.request.OpenerDirector()
    for handler in ("Proxy", "HTTP", "HTTPS", "HTTPRedirect", "HTTPDefaultError", "Unknown"):
        director.add_handler(getattr(urllib.request, f"{handler}Handler")())
    director.add_handler(urllib.request.HTTPErrorProcessor())
    return director


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def show_progress(name: str, done: int, size: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{name} {100 * done // size:3} % of {size / 1e6:.1f} MB", end="\n" if done == size else "", file=sys.stderr, flush=True)


def append_rest(url: str, file: BinaryIO, expected: Published) -> None:
    """Adds the bytes that follow those in the file."""
    start = file.tell()
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        with contextlib.closing(opener().open(request, timeout=SECONDS)) as answer:
            if answer.status != http.client.PARTIAL_CONTENT:  # the server sends all of the file
                file.truncate(0)
                file.seek(0)
            while block := answer.read(1 << 16):
                try:
                    file.write(block)
                except OSError as problem:
                    raise FetchError(f"cannot write {file.name}: {problem.strerror}", keep=True) from None
                if file.tell() > expected.size:
                    raise FetchError(f"{url} has more than the {expected.size} bytes that were published: {ANOTHER}")
                show_progress(expected.name, file.tell(), expected.size)
            if answer.length:
                raise FetchError(f"{url} was not fetched: the connection ended early", keep=True)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        refused = isinstance(problem, (urllib.error.HTTPError, ValueError))
        raise FetchError(f"{url} was not fetched: {problem}", keep=not refused) from None


def complete(url: str, file: BinaryIO, expected: Published) -> None:
    """Fetches what the file lacks, and raises FetchError unless it is then the published one."""
    if file.tell() < expected.size:
        append_rest(url, file, expected)
    file.flush()
    if file.tell() != expected.size:
        raise FetchError(f"{url} has {file.tell()} bytes where {expected.size} were published: {ANOTHER}")
    if (found := sha256_of(Path(file.name))) != expected.sha256:
        raise FetchError(f"{url} is not the file that was published, and nothing of it is kept: "
                         f"its sha256 is {found} where {expected.sha256} is expected")


def download(url: str, target: Path, expected: Published) -> None:
    part = target.with_name(target.name + ".part")
    with part.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FetchError(f"{target} is being fetched already: wait for that, or stop it", keep=True) from None
        resumed = file.tell() > 0
        try:
            try:
                complete(url, file, expected)
            except FetchError as problem:
                if problem.keep or not resumed:
                    raise
                file.truncate(0)  # what was left there may be of another file
                file.seek(0)
                complete(url, file, expected)
        except FetchError as problem:
            if problem.keep and file.tell() > 0:
                raise FetchError(f"{problem}. {file.tell()} of {expected.size} bytes are there, "
                                 "and the same command again goes on from them", keep=True) from None
            part.unlink()
            raise
        os.fsync(file.fileno())
        part.replace(target)
