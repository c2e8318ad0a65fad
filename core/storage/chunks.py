"""So many rows at a time that one statement holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

CHUNK: Final = 500

T = TypeVar("T")


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """All of them in their order, `CHUNK` at a time; the last has what is left."""
    listed = list(items)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
