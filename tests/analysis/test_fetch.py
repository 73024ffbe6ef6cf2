"""Downloads from a server on this machine's loopback: what is kept, what is refused, and what leaves an archive."""
from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.server
import io
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from analysis import download
from analysis.download import FetchError
from analysis.fetch import fetch_file, unpack
from analysis.published import DATASETS, Published

CONTENT = bytes(i * i % 251 for i in range(20000))
EXPECTED = Published("file.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Server(http.server.ThreadingHTTPServer):
    """Answers each request with the next of (status, headers, body); the body may be shorter than its announced length."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.ranges = list(answers), []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file.bin"

    def __exit__(self, *ignored: Any) -> None:
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        status, headers, body = self.server.answers.pop(0) if self.server.answers else (500, {}, b"")
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored: Any) -> None:
        pass


def whole(body: bytes, announced: int | None = None) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Length": str(len(body) if announced is None else announced)}, body


def rest(start: int) -> tuple[int, dict[str, str], bytes]:
    return 206, {"Content-Range": f"bytes {start}-19999/20000"}, CONTENT[start:]


class Download(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.target = self.folder / "file.bin"
        self.part = self.folder / "file.bin.part"
        no_proxy = mock.patch.dict("os.environ", {"no_proxy": "*"})
        no_proxy.start()
        self.addCleanup(no_proxy.stop)

    def refused(self, url: str, pattern: str) -> None:
        with self.assertRaisesRegex(FetchError, pattern):
            download.download(url, self.target, EXPECTED)
        self.assertFalse(self.target.exists())

    def has_it(self) -> None:
        self.assertEqual(self.target.read_bytes(), CONTENT)
        self.assertFalse(self.part.exists())

    def test_wrong_bytes_are_refused_and_nothing_of_them_stays(self) -> None:
        wrong = CONTENT[:777] + bytes([CONTENT[777] ^ 1]) + CONTENT[778:]
        for body, pattern in ((wrong, "is not the file that was published"), (CONTENT[1:], "has 19999 bytes where 20000"),
                              (CONTENT + b"x", "has more than the 20000 bytes"), (b"", "has 0 bytes")):
            with self.subTest(pattern), Server(whole(body)) as server:
                self.refused(server.url, pattern)
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_what_is_not_there_or_is_another_protocol(self) -> None:
        secret = self.folder / "secret"
        secret.write_bytes(CONTENT)
        with Server((404, {}, b"sorry"), (302, {"Location": secret.as_uri()}, b"")) as server:
            self.refused(server.url, "404")
            self.refused(server.url, "was not fetched")
        self.refused(server.url, "was not fetched")  # the server has ended
        self.refused(secret.as_uri(), "was not fetched")
        self.assertEqual(list(self.folder.iterdir()), [secret])

    def test_an_interrupted_download_goes_on(self) -> None:
        with Server(whole(CONTENT[:5000], announced=20000), rest(5000)) as server:
            self.refused(server.url, "5000 of 20000 bytes are there")
            self.assertEqual(self.part.read_bytes(), CONTENT[:5000])
            download.download(server.url, self.target, EXPECTED)
            self.assertEqual(server.ranges, [None, "bytes=5000-"])
        self.has_it()

    def test_a_silent_server_does_not_hang_it(self) -> None:
        release = threading.Event()
        with Server() as server, mock.patch.object(download, "SECONDS", 0.2), \
                mock.patch.object(Handler, "do_GET", lambda handler: release.wait(30)):
            self.refused(server.url, "was not fetched: .*timed out")
            release.set()

    def test_bytes_of_another_file_are_fetched_anew(self) -> None:
        for left in (CONTENT[:400], b"x" * 400, CONTENT + b"more", b"x" * 20000):
            with self.subTest(left[:5]), Server(whole(CONTENT), whole(CONTENT)) as server:  # without ranges
                self.part.write_bytes(left)
                download.download(server.url, self.target, EXPECTED)
                self.has_it()
                self.target.unlink()
        with Server(rest(400), whole(CONTENT)) as server:
            self.part.write_bytes(b"x" * 400)
            download.download(server.url, self.target, EXPECTED)
            self.has_it()

    def test_all_bytes_were_there_already(self) -> None:
        self.part.write_bytes(CONTENT)
        with Server() as server:
            download.download(server.url, self.target, EXPECTED)
            self.assertEqual(server.ranges, [])
        self.has_it()

    def test_two_downloads_of_one_file_do_not_mix(self) -> None:
        with self.part.open("ab") as other, Server(whole(CONTENT)) as server:
            fcntl.flock(other, fcntl.LOCK_EX)
            self.refused(server.url, "is being fetched already")


class Archive(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "inner"
        self.folder.mkdir()
        self.archive = self.folder / "archive.tar.gz"

    def pack(self, **contents: bytes) -> None:
        with tarfile.open(self.archive, "w:gz") as tar:
            for name, content in contents.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))

    def test_the_wanted_members_lie_beside_the_archive(self) -> None:
        self.pack(**{"deep/a.bin": b"1" * 700, "readme": b"9", "../b.bin": b"2" * 700})
        unpack(self.archive, ["a.bin", "b.bin"], 700)
        self.assertEqual((self.folder / "a.bin").read_bytes(), b"1" * 700)
        self.assertEqual((self.folder / "b.bin").read_bytes(), b"2" * 700)
        self.assertEqual(sorted(path.name for path in self.folder.parent.rglob("*")), ["a.bin", "archive.tar.gz", "b.bin", "inner"])

    def test_a_missing_member_or_a_damaged_archive_leaves_nothing(self) -> None:
        self.pack(**{"a.bin": b"1" * 700})
        for members, size, pattern in ((["a.bin", "b.bin"], 700, "holds no b.bin"), (["a.bin"], 701, "holds no a.bin of 701")):
            with self.assertRaisesRegex(FetchError, pattern):
                unpack(self.archive, members, size)
        for damaged in (b"x" * 600, self.archive.read_bytes()[:60]):
            self.archive.write_bytes(damaged)
            with self.assertRaisesRegex(FetchError, "no tar archive"):
                unpack(self.archive, ["a.bin"], 700)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["archive.tar.gz"])

    def test_an_archive_goes_when_its_members_are_there(self) -> None:
        self.pack(**{"a.bin": b"1" * 700})
        content = self.archive.read_bytes()
        published = Published(self.archive.name, len(content), hashlib.sha256(content).hexdigest(), ("a.bin",), 700)
        for _ in range(2):  # the second time there is nothing to do
            with contextlib.redirect_stdout(io.StringIO()):
                fetch_file([], self.folder, published)
            self.assertEqual([path.name for path in self.folder.iterdir()], ["a.bin"])


class Table(unittest.TestCase):
    def test_published_files_have_sizes_and_sums(self) -> None:
        for dataset in DATASETS.values():
            self.assertTrue(dataset.servers)
            for file in dataset.files:
                self.assertGreater(file.size, 0)
                self.assertRegex(file.sha256, r"\A[0-9a-f]{64}\Z")
                self.assertEqual(bool(file.members), file.member_size > 0)


if __name__ == "__main__":
    unittest.main()
