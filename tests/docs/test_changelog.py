"""The change log's newest entry is of the program's version, and versions have their form."""

from __future__ import annotations

import re
import tomllib

from tests.peers.checkout import CHECKOUT

ENTRY = re.compile(r"^## (\d+\.\d+\.\d+)(?:, (?:not yet released|\d{4}-\d\d-\d\d))$", re.MULTILINE)


def test_the_newest_entry_is_of_this_version() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## .+$", text, re.MULTILINE)
    versions = ENTRY.findall(text)
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert versions[0] == project["version"]
    assert len(versions) == len(headings)
    numbers = [tuple(map(int, one.split("."))) for one in versions]
    assert numbers == sorted(numbers, reverse=True)
