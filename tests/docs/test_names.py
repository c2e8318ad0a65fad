"""The pages name tests, files and commands: each of them exists."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import documents, pages
from tests.peers.checkout import CHECKOUT

TEST: Final = re.compile(r"`(test_[a-z0-9_]+)`")
FILE: Final = re.compile(
    r"`((?:[a-z_]+|asterisk-conf)/[\w./-]+\.(?:py|md|yaml|yml|toml|j2|json|ts|vue|service|conf))`"
)
RELATIVE: Final = ("dialplan/", "drivers/", "floor/", "sound/", "talk/", "map/", "recordings/", "log/")
"""Folders that a page names below another one, or on the operator's machine."""


@cache
def _tests() -> frozenset[str]:
    found = (
        re.findall(r"^ *(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE)
        for file in (CHECKOUT / "tests").rglob("*.py")
    )
    return frozenset(name for names in found for name in names)


@pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)
def test_the_tests_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in TEST.findall(text) if name not in _tests()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    named = FILE.findall(page.read_text(encoding="utf-8"))
    whole = [file for file in named if not file.startswith(RELATIVE)]
    assert [file for file in whole if not (CHECKOUT / file).exists()] == []


def test_no_record_of_a_decision_names_a_test_file_that_is_gone() -> None:
    for record in (CHECKOUT / "docs" / "decisions").glob("*.md"):
        named = [
            file for file in FILE.findall(record.read_text(encoding="utf-8")) if file.startswith("tests/")
        ]
        assert [file for file in named if not (CHECKOUT / file).exists()] == [], record.name
