"""Helpers for the tests of the documents: citations of the theory in a text, and the statements that the documents define."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parents[2]
THEORY = (ROOT / "docs" / "theory.md", *sorted((ROOT / "docs" / "theory").glob("*.md")))

STATEMENT = r"\b(?:T\d\.\d+|[FLOSU]\d{1,2}(?:'(?!\w))?)(?!\w)"
SECTION = r"(?<![\w.])\d{1,2}(?:\.\d)?(?!\.?\d)"
LABEL = rf"(?:(?:the )?(?:last row of |sections? ))*(?:{STATEMENT}|{SECTION})"
# "theory, O1 and O3", "theory, last row of 0.2", "Theory F1", "theory, sections 5 and 9", "theory, L1 to L3".
CITATION = re.compile(rf"\btheory,?\s+\(?{LABEL}(?:(?:,|;)?\s+(?:(?:and|to|or)\s+)?{LABEL})*", re.IGNORECASE)
# Without the word: T1.6 anywhere, other labels in brackets or as the title of a comment: "(S8)", "// O4: ...".
BARE = re.compile(rf"\bT\d\.\d\b|(?<=\(){STATEMENT}(?=[),;:])|^\s*(?://+|#)\s*(?P<title>{STATEMENT})(?=: )", re.MULTILINE)

TEXTS = {".cpp", ".hpp", ".inl", ".py", ".yaml", ".md"}


def joined(text: str) -> str:
    """The text with string literals and comments that are broken over lines in one piece each."""
    text = re.sub(r'"\s*\n\s*"', "", text)
    return re.sub(r"\n[ \t]*(?:///?<?|#)?[ \t]*", " ", text).replace("theory (white noise)", "theory, 0.2")


def cited(text: str) -> set[str]:
    """The labels that a source or document cites; in one that names the theory, every statement's label counts."""
    citations = [citation[0] for citation in CITATION.finditer(joined(text))]
    labels = {label for citation in citations for label in re.findall(SECTION, citation)}
    if citations:
        return labels | set(re.findall(STATEMENT, text))
    return {bare["title"] or bare[0] for bare in BARE.finditer(text)}


def citing_files() -> Iterator[Path]:
    """Everything that may cite the theory, wherever it lies in its folder."""
    for name in ("core", "experiments", "configs", "analysis", "plugins", "tests"):
        for path in sorted((ROOT / name).rglob("*")):
            if path.suffix in TEXTS and path.parent != Path(__file__).resolve().parent:
                yield path
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))


def anchors(path: Path) -> list[str]:
    return re.findall(r'<a id="([^"]+)"></a>', path.read_text(encoding="utf-8"))


def links(path: Path) -> list[tuple[str, str]]:
    """(text, target) of every link that does not leave the documents."""
    found = re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    return [(text, target) for text, target in found if "://" not in target]
