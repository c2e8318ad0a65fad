"""Every page names its reader, is short, and its links lead somewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.count import DOCS, prose
from tests.docs.pages import GENERATED, MOST_WORDS, by_hand, documents, pages, words

LINK: Final = re.compile(r"(?<!`)\[[^\]\n]*\]\(([^)\s]+)\)")
MOST_PROSE: Final = 90_000
"""Words of prose in `docs/`, decision records included."""
CODE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING: Final = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@cache
def _anchors(page: Path) -> frozenset[str]:
    headings = HEADING.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    return frozenset(
        re.sub(r"[^\w\- ]", "", one.lower().replace("`", "")).replace(" ", "-") for one in headings
    )


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_is_short(page: Path) -> None:
    assert words(page) <= MOST_WORDS


def test_the_documentation_stays_short() -> None:
    assert sum(prose(page) for page in DOCS.rglob("*.md")) <= MOST_PROSE, "shorten a page: tests.docs.count"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_names_its_reader_first(page: Path) -> None:
    text = by_hand(page.read_text(encoding="utf-8"))
    if page.name in {"README.md", *GENERATED}:
        return
    assert re.match(r"# [^\n]+\n\n(\*\*)?(For |写给)", text), (
        "the first sentence says for whom the page is: For …"
    )


@pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or file.suffix != ".md" or anchor in _anchors(file), target
