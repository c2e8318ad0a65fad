"""The order of test files: what takes longest begins first, so that no lane ends long after the others.

`seconds.json` holds each file's seconds in the last run whose times were kept (`scripts/test --keep-times`).
A file that it does not know stands in front.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

SECONDS = Path(__file__).with_name("seconds.json")


@cache
def known_seconds() -> dict[str, float]:
    if not SECONDS.exists():
        return {}
    found: dict[str, float] = json.loads(SECONDS.read_text(encoding="utf-8"))
    return found


def longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Tests keep their order within a file."""
    known = known_seconds()
    return sorted(items, key=lambda item: -known.get(file_of(item.nodeid), float("inf")))


def file_of(test: str) -> str:
    return test.partition("::")[0]


def keep(seconds: Iterable[tuple[str, float]]) -> None:
    """Write the seconds of each test's file; files that are gone go, too."""
    total: dict[str, float] = {}
    for test, taken in seconds:
        total[file_of(test)] = total.get(file_of(test), 0.0) + taken
    rows = {file: round(total[file], 1) for file in sorted(total)}
    SECONDS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
