"""The configs that come with the project, at small sizes: no line that they draw is refuted."""
from __future__ import annotations

import re
import unittest
from pathlib import Path

import support

CONFIGS = sorted((support.ROOT / "configs").glob("*.yaml"))
WIDEST, MOST_SAMPLES, TRIALS = 1100, 128, 20


def smaller(text: str) -> str:
    """The config with fewer and smaller sizes on its axes, fewer neurons, and as many trials as it takes to judge a mean."""
    def shortened(match: re.Match[str]) -> str:
        name, values = match[1], [int(value) for value in match[2].split(",")]
        limit = WIDEST if name == "width" else MOST_SAMPLES
        kept = [value for value in values if value <= limit] or values[:1]
        return f"{name}: {[kept[0], *kept[-2:]] if len(kept) > 3 else kept}"

    text = re.sub(r"\b(width|samples): \[([\d, ]+)\]", shortened, text)
    text = re.sub(r"\bneurons: (\d+)", lambda match: f"neurons: {min(int(match[1]), 16)}", text)
    return re.sub(r"^trials: \d+", f"trials: {TRIALS}", re.sub(r"^plot:.*", "", text, flags=re.MULTILINE | re.DOTALL), flags=re.MULTILINE)


class NothingRefuted(support.InFolder):
    def test_configs(self) -> None:
        judged = 0
        for path in CONFIGS:
            text = path.read_text(encoding="utf-8")
            if "\nbounds: none" in text:
                continue
            with self.subTest(config=path.name):
                config: Path = self.write(path.name, smaller(text))
                done = self.run_program(config.name, "-o", path.stem, code=None)
                if "was not found. Looked at:" in done.err:
                    continue
                self.assertEqual(done.code, 0, done.err)
                self.assertNotRegex(done.out, r"(?m)^.*REFUTED *$")
                judged += done.out.count("not refuted")
        self.assertGreater(judged, 40)


if __name__ == "__main__":
    unittest.main()
