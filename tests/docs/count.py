"""Counts the words of `docs/`: `python -m tests.docs.count`.

Prose is what a person wrote outside tables and outside generated pages and blocks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.docs.pages import GENERATED, by_hand
from tests.peers.checkout import CHECKOUT

DOCS = CHECKOUT / "docs"


def prose(page: Path) -> int:
    """Words outside tables; 0 for a generated page."""
    if page.name in GENERATED:
        return 0
    lines = by_hand(page.read_text(encoding="utf-8")).splitlines()
    return sum(len(line.split()) for line in lines if not line.startswith("|"))


def main() -> int:
    pages = sorted(DOCS.rglob("*.md"))
    all_words = sum(len(page.read_text(encoding="utf-8").split()) for page in pages)
    records = sum(prose(page) for page in pages if page.parent.name == "decisions")
    total = sum(prose(page) for page in pages)
    sys.stdout.write(
        f"{all_words:,} words in {len(pages)} pages; prose {total:,}, of it in decisions {records:,}\n"
    )
    for count, page in sorted(((prose(page), page) for page in pages), reverse=True)[:10]:
        sys.stdout.write(f"{count:6,} {page.relative_to(DOCS)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
