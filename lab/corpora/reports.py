"""Reports told in one breath, each with the right answer; a key that is absent is not judged."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from lab.corpora import lines

FOLDER = Path(__file__).parent / "reports"


def reports(set_name: str) -> list[dict[str, Any]]:
    """The reports of one set, from every file."""
    return [report for report in _every() if report["set"] == set_name]


@lru_cache(maxsize=1)
def _every() -> list[dict[str, Any]]:
    return [report for path in sorted(FOLDER.glob("*.jsonl")) for report in lines.read(path)]
