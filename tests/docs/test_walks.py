"""The walks of docs/architecture.md name files and names that are in the code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.peers.checkout import CHECKOUT

PAGE: Final = CHECKOUT / "docs" / "architecture.md"
WALKS: Final = ("Ring to pop", "Word to draft field", "Unit status to case")
STEP: Final = re.compile(r"^\d+\. .*?(?=^\d+\. |\Z)", re.MULTILINE | re.DOTALL)
FILE: Final = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|ts|vue|j2|yaml|conf))`((?:,? `[\w.]+`)*)")
"""`path/file.py` and, after it, the names in it: `Class.method`, `name`."""


@cache
def _steps() -> dict[str, list[str]]:
    text = PAGE.read_text(encoding="utf-8")
    sections = {walk: text.split(f"\n## {walk}\n")[1].split("\n## ")[0] for walk in WALKS}
    return {walk: STEP.findall(section) for walk, section in sections.items()}


def _defined(file: Path, name: str) -> bool:
    last = name.rsplit(".", maxsplit=1)[-1]
    definition = rf"\b(?:def|class|function|const|type)\s+{last}\b|^\s*{last}\b.*[=:({{]|^\[{last}\]"
    return re.search(definition, file.read_text(encoding="utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize("walk", WALKS)
def test_each_step_names_a_file(walk: str) -> None:
    steps = _steps()[walk]
    assert len(steps) >= 5
    assert [step for step in steps if not FILE.search(step)] == []


@pytest.mark.parametrize("walk", WALKS)
def test_what_a_walk_names_is_in_the_code(walk: str) -> None:
    for step in _steps()[walk]:
        for file, names in FILE.findall(step):
            assert (CHECKOUT / file).is_file(), file
            missing = [
                name for name in re.findall(r"`([\w.]+)`", names) if not _defined(CHECKOUT / file, name)
            ]
            assert missing == [], f"{file} has no {missing}"
