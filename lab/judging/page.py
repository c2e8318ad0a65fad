"""Writes tables between the markers of docs/quality.md; every word around them is written by hand."""

from __future__ import annotations

from pathlib import Path


class NoMarker(Exception):
    """The page has no place for this table."""


def put(page: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- NAME -->` and `<!-- /NAME -->`. Raises `NoMarker`."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not begin or not end:
        raise NoMarker(f"{page.name} has no markers {name!r}")
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")
