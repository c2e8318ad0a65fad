"""Corpora are JSON Lines: one call, report or group of sentences a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def parsed(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]


def read(path: Path) -> list[dict[str, Any]]:
    return parsed(path.read_bytes())


def written(rows: Iterable[Mapping[str, Any]]) -> str:
    """The text of a file with these rows; the same rows make the same text."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
