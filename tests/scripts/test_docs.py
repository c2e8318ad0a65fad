"""The pages name tests and files: each of them exists."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.peers.checkout import CHECKOUT

PAGES = [*sorted((CHECKOUT / "docs").rglob("*.md")), CHECKOUT / "SECURITY.md"]
TEST = re.compile(r"`(test_[a-z0-9_]+)`")
FILE = re.compile(
    r"`((?:tests|scripts|docs|gateway|hotline|ivr|cdr|asterisk-conf)/[\w./-]+\.(?:py|md|yaml|j2|json))`"
)


@cache
def _tests() -> frozenset[str]:
    found = (
        re.findall(r"^ *(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE)
        for file in (CHECKOUT / "tests").rglob("test_*.py")
    )
    return frozenset(name for names in found for name in names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in TEST.findall(text) if name not in _tests()] == []
    assert [file for file in FILE.findall(text) if not (CHECKOUT / file).exists()] == []
