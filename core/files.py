"""File helpers of several rooms. Blocking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

CHUNK: Final = 1 << 20


def sync(path: Path) -> None:
    """A file, or the entries of a folder, are on the disk when it returns. Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes:
        """The next bytes, `size` at most; empty at the end."""
        ...


def file_holds(path: Path, words: Sequence[bytes]) -> bool:
    """Whether one of these words stands in the file, in small or capital letters. Raises `OSError`."""
    if not words:
        return False
    with path.open("rb") as stream:
        return holds(stream, words)


def holds(stream: Readable, words: Sequence[bytes]) -> bool:
    """Whether one of these words stands in what is left to read, in small or capital letters (ASCII). Raises
    `OSError`.

    Each word is looked for by itself: no other thread runs while a pattern is searched, and one of many words
    takes long over a megabyte.
    """
    small = [word.lower() for word in words]
    overlap = max(map(len, small), default=1) - 1
    before = b""
    while piece := stream.read(CHUNK):
        text = before + piece.lower()
        if any(word in text for word in small):
            return True
        before = text[max(0, len(text) - overlap) :]
    return False
