"""Converts traditional to simplified characters: models mix them, readers expect the latter."""

from __future__ import annotations

from functools import cache
from typing import Any


def simplified(text: str) -> str:
    """Convert by words where they decide better than characters."""
    return text if text.isascii() else str(_converter().convert(text))


@cache
def _converter() -> Any:
    import opencc  # noqa: PLC0415  # its tables are read in the process that needs them

    return opencc.OpenCC("t2s")
