"""A second file of heads, on another mount, that only grows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from cdr.chain.heads import Head


class SecondFile:
    whole = True
    newest_only = False
    every_s = 0.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"file:{path}"

    async def take(self, heads: Sequence[Head]) -> None:
        await asyncio.to_thread(self._append, b"".join(head.line() for head in heads))

    def _append(self, lines: bytes) -> None:
        """Opened to append and nothing else, which `chattr +a` allows. The folder must be there: a mount that
        is away is not replaced by a folder on the system's own disk.
        """
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        with os.fdopen(handle, "wb") as stream:
            stream.write(lines)
            stream.flush()
            os.fsync(stream.fileno())
