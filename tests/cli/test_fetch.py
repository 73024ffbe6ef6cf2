"""Tests of `runsweep fetch` against a local server on the loopback interface."""
import hashlib
import http.server
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

RUNSWEEP = os.environ["RUNSWEEP"]


class Mirror(http.server.ThreadingHTTPServer):
    """Answers with the content of `files` by path; `promise` adds to the length it announces."""

    def __init__(self, files, promise=0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.promise, self.asked = files, promise, []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __exit__(self, *ignored):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + self.server.promise))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored):
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.cache = pathlib.Path(self.folder.name) / "pathquant"

    def fetch(self, name, mirror):
        environment = {**os.environ, "XDG_CACHE_HOME": self.folder.name, "PATHQUANT_MIRROR": mirror, "no_proxy": "*"}
        return subprocess.run([RUNSWEEP, "fetch", name], env=environment, capture_output=True, text=True, timeout=60)

    def left(self, name):
        return sorted(path.name for path in (self.cache / name).iterdir())

    def test_wrong_bytes_are_refused_and_nothing_is_left(self):
        for body in (b"x", b"x" * 9912422):
            with Mirror({"/mnist/train-images-idx3-ubyte.gz": body}) as mirror:
                result = self.fetch("mnist", mirror.url)
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertIn("nothing of it is kept", result.stderr)
            self.assertIn("/mnist/train-images-idx3-ubyte.gz", result.stderr)
            self.assertEqual(self.left("mnist"), [])

    def test_a_body_that_ends_early_is_kept_for_later_under_another_name(self):
        with Mirror({"/mnist/train-images-idx3-ubyte.gz": b"x" * 1000}, promise=50) as mirror:
            result = self.fetch("mnist", mirror.url)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("1000 of 9912422 bytes are there", result.stderr)
        self.assertEqual(self.left("mnist"), ["train-images-idx3-ubyte.gz.part"])

    def test_a_file_that_is_not_there(self):
        with Mirror({}) as mirror:
            result = self.fetch("cifar10", mirror.url + "/")
        self.assertEqual(mirror.asked, ["/cifar10/cifar-10-binary.tar.gz"])
        self.assertEqual(result.returncode, 1)
        self.assertIn("404", result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(self.left("cifar10"), [])

    def test_another_file_under_the_name_is_left_alone(self):
        target = self.cache / "mnist" / "train-images-idx3-ubyte.gz"
        target.parent.mkdir(parents=True)
        target.write_bytes(b"mine")
        with Mirror({}) as mirror:
            result = self.fetch("mnist", mirror.url)
        self.assertEqual(mirror.asked, [])
        self.assertEqual(result.returncode, 1)
        self.assertIn("is not the file that was published", result.stderr)
        self.assertEqual(target.read_bytes(), b"mine")

    def test_bad_usage(self):
        result = self.fetch("mnits", "http://127.0.0.1:9")
        self.assertEqual(result.returncode, 2)
        self.assertIn("mnist", result.stderr)
        self.assertEqual(subprocess.run([RUNSWEEP, "fetch"], capture_output=True).returncode, 2)
        self.assertFalse(self.cache.exists())

    def test_the_published_files(self):
        source = pathlib.Path(os.environ.get("PATHQUANT_DATA", "/nonexistent")) / "fashion"
        names = [f"{split}-{kind}-ubyte.gz" for split in ("t10k", "train") for kind in ("images-idx3", "labels-idx1")]
        if not all((source / name).exists() for name in names):
            self.skipTest("the published files are not here")
        files = {f"/fashion/{name}": (source / name).read_bytes() for name in names}
        if hashlib.md5(files["/fashion/train-images-idx3-ubyte.gz"]).hexdigest() != "8d4fb7e6c68d591d4c3dfef9ec88bf0d":
            self.skipTest("the files here are packed anew")
        with Mirror(files) as mirror:
            result = self.fetch("fashion", mirror.url)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout.count("sha256 as published"), 4)
            self.assertEqual(self.left("fashion"), names)
            asked = len(mirror.asked)
            self.assertEqual(asked, 4)
            again = self.fetch("fashion", mirror.url)
            self.assertEqual(again.returncode, 0)
            self.assertEqual(again.stdout.count("was there"), 4)
            self.assertEqual(len(mirror.asked), asked)


if __name__ == "__main__":
    unittest.main()
