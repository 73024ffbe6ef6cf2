"""Tests of docs/theory.md and its chapters: every citation in the sources has its statement, and every link its target."""
from __future__ import annotations

import re
import unittest

from theory_citations import ROOT, THEORY, anchors, cited, citing_files, links


class Anchors(unittest.TestCase):
    def test_defined_once(self) -> None:
        every = [anchor for path in THEORY for anchor in anchors(path)]
        self.assertEqual(sorted(every), sorted(set(every)))

    def test_all_in_the_lookup_tables(self) -> None:
        index = THEORY[0].read_text(encoding="utf-8")
        for path in THEORY:
            target = "" if path == THEORY[0] else path.relative_to(THEORY[0].parent).as_posix()
            for anchor in anchors(path):
                self.assertIn(f"\n| [{anchor}]({target}#{anchor}) |", index)

    def test_links(self) -> None:
        for path in THEORY:
            for text, target in links(path):
                file, _, anchor = target.partition("#")
                goal = (path.parent / file).resolve() if file else path
                with self.subTest(document=path.name, link=target):
                    self.assertTrue(goal.is_file())
                    if anchor:
                        self.assertIn(anchor, anchors(goal))
                        if text in {label for document in THEORY for label in anchors(document)}:
                            self.assertEqual(text, anchor)

    def test_statements_are_complete(self) -> None:
        """Each labelled statement says what it claims and where it comes from."""
        for path in THEORY[1:]:
            parts = re.split(r'<a id="([^"]+)"></a>', path.read_text(encoding="utf-8"))
            for label, text in zip(parts[1::2], parts[2::2]):
                if re.match(r"[A-Z]", label):
                    with self.subTest(label=label):
                        self.assertRegex(text.lstrip(), rf"^#+ {re.escape(label)} \w")
                        self.assertIn("**Statement", text)
                        if label != "L3":  # a remark on L1 and L2
                            self.assertIn("**Source.**", text)


class Citations(unittest.TestCase):
    def test_forms(self) -> None:
        for text, labels in {
            "// Source: theory, L1 to L3.": {"L1", "L3"},
            "// Source: derived from theory, F1, 0.2 and S8.": {"F1", "0.2", "S8"},
            "// (source: theory, sections 0 and 0.1)": {"0", "0.1"},
            '"proved in our theory, T2.1 and "\n         "T2.3); s^2 = 1/m"': {"T2.1", "T2.3"},
            "// Source: theory,\n// the last row of 0.2.": {"0.2"},
            "// (Theory, 6.1 and O4; lambda adds its row.)": {"6.1", "O4"},
            '"theory, S2\' with S <= kappa^2 I (F3) and tr S <= 2"': {"S2'", "F3"},
            "# T1.5 at eta = 1e-3; T2.1's Gaussian form": {"T1.5", "T2.1"},
            "// O4: Qronos's error": {"O4"},
            "// half precision, F16 and F32; L2 cache; theory promises 0.5": set(),
            "theory, L2: 0.865 of the variance": {"L2"},
            '"theory (white noise): E||U||_F^2 = sum_j"': {"0.2"},
            "// Sharper than S3.\n// Source: theory, S6.": {"S3", "S6"},
        }.items():
            self.assertEqual(cited(text), labels, text)

    def test_every_label_has_a_statement(self) -> None:
        known = {anchor for path in THEORY for anchor in anchors(path)}
        found = set()
        for path in citing_files():
            labels = cited(path.read_text(encoding="utf-8"))
            found |= labels
            self.assertLessEqual(labels, known, f"{path.relative_to(ROOT)} cites what docs/theory.md does not state")
        self.assertGreater(len(found), 20, "the sources cite the theory")
        self.assertEqual(cited('"theory, T1.6 and "\n"T9.9; cf. arXiv"') - known, {"T9.9"})
        self.assertEqual(cited("// S77: no such statement (theory, 0.9)") - known, {"S77", "0.9"})
        self.assertEqual(cited("// S77: no such statement") - known, {"S77"})

    def test_names_of_bounds(self) -> None:
        """The lines that the lookup table names are registered."""
        registered = set()
        for path in (ROOT / "core").rglob("*.cpp"):
            registered |= set(re.findall(r'\.name = "(\w+)"', path.read_text(encoding="utf-8")))
        rows = re.findall(r"^\| \[[FLOSTU][^|]*\|[^|]*\|[^|]*\|([^|]*)\|$", THEORY[0].read_text(encoding="utf-8"), re.MULTILINE)
        named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
        self.assertTrue(named)
        self.assertLessEqual(named, registered)


if __name__ == "__main__":
    unittest.main()
