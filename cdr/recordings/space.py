"""The disk that recordings go to. Asterisk says nothing when it is full: what people say is lost then."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Final

from core.log import logger
from core.metrics import UNKNOWN, gauge

_free = gauge("cdr_recordings_disk_free_bytes", "Free space where Asterisk writes recordings")
_free.set(UNKNOWN)
_log = logger("cdr")

LOOK_EVERY_S: Final = 5.0
FULL_BYTES: Final = 1_000_000
"""With less than this nothing is recorded any more: a minute of a call, both directions."""
_MB: Final = 1_000_000


class RecordingSpace:
    """`warn_mb`: less free space is said in health, once in the log, and by the alert of
    deploy/prometheus/songhua.yml.
    """

    def __init__(self, folder: Path, warn_mb: int) -> None:
        self._folder = folder
        self._warn_bytes = warn_mb * _MB
        self._left: int | None = None
        self._said = ""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        self._left = await asyncio.to_thread(_free_bytes, self._folder)
        trouble = self.trouble()
        kind = "full" if self._full else "low" if trouble else ""
        if kind and kind != self._said:
            _log.error("the disk of the recordings is full or nearly full", free_bytes=self._left)
        self._said = kind

    def trouble(self) -> str:
        """Empty while there is room, or where the folder is not there: other parts say that."""
        if self._left is None or self._left >= self._warn_bytes:
            return ""
        if self._full:
            return f"the disk of {self._folder} is full: calls are not recorded; free space now"
        return (
            f"{self._left // _MB} MB left for recordings in {self._folder}: free space, or shorten retention"
        )

    @property
    def _full(self) -> bool:
        return self._left is not None and self._left < FULL_BYTES


def _free_bytes(folder: Path) -> int | None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    _free.set(free)
    return free
