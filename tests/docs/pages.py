"""Which pages there are, and how many words of each a person wrote."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.peers.checkout import CHECKOUT

GENERATED: Final = frozenset({
    "case-functions.md", "city-functions.md", "desk-clauses.md", "desk-operations.md", "drivers.md",
    "events.md", "glossary.md", "mutation.md", "personal-data.md", "ports.md", "problems.md", "prometheus.md",
    "prompts.md", "rights.md", "security.md",
})  # fmt: skip
"""Pages that a command writes as a whole; a test of each compares it with its source."""
MOST_WORDS: Final = 1500
LAB: Final = frozenset({"drafting.md", "quality.md"})
"""Pages about drafting, which the lab writes."""
_BLOCK: Final = re.compile(r"<!-- ([\w ]+): begin -->.*?<!-- \1: end -->", re.DOTALL)
_TABLE: Final = re.compile(r"<!-- (\w[\w-]*) -->.*?<!-- /\1 -->", re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)


def pages() -> list[Path]:
    """Every page for readers: README, CONTRIBUTING, SECURITY and `docs/` without its records of decisions."""
    docs = CHECKOUT / "docs"
    found = (page for page in docs.rglob("*.md") if "decisions" not in page.parts and page.name not in LAB)
    return [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", CHECKOUT / "SECURITY.md", *sorted(found)]


def documents() -> list[Path]:
    """All of them, with the records and the lab's pages."""
    records = sorted((CHECKOUT / "docs" / "decisions").glob("*.md"))
    return [*pages(), *records, *(CHECKOUT / "docs" / name for name in sorted(LAB))]


def by_hand(text: str) -> str:
    """The text without generated blocks and comments."""
    return _COMMENT.sub("", _TABLE.sub("", _BLOCK.sub("", text)))


def words(page: Path) -> int:
    """Words that a person wrote, as `wc -w` counts; 0 for a generated page."""
    return 0 if page.name in GENERATED else len(by_hand(page.read_text(encoding="utf-8")).split())
