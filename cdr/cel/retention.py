"""Asterisk's files of lines are rotated and, once they were read to their end and kept long enough, deleted.

Nothing is rewritten: a line is known by its place in its file, so a shorter file would be another one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import delete

from cdr.cel import files, store
from cdr.cel.codec import CelParser
from core.clock import Clock
from core.files import file_holds
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway

_log = logger("cdr")
_deleted = counter("cdr_cel_files_deleted", "Asterisk's files of lines that were read and deleted")
_kept_too_long = gauge("cdr_cel_files_kept_too_long", "Such files that are older than they should be")

EVERY_S: Final = 60.0
QUIET_S: Final = 3.0
"""Asterisk opens the file for each line: one that was renamed gets its last line at once."""
PARTS: Final = 4
"""The live file holds a quarter of the time: what is deleted is never much older than it should be."""
_HEAD: Final = 64 * 1024


async def forget_rejects(storage: Storage, days: float) -> int:
    """Delete damaged lines that were kept so long; how many. Raises `StorageAway`."""
    before = storage.clock.now() - timedelta(days=days)
    async with storage.write() as transaction:
        gone = await transaction.connection.execute(
            delete(store.quarantine).where(store.quarantine.c.at < before)
        )
    return int(gone.rowcount)


@dataclass(frozen=True, slots=True)
class _Seen:
    path: Path
    live: bool
    mtime: float
    holds: bool


class CelRetention:
    """`kept_h` hours after its last line a file goes; 0: whoever runs the switch rotates and deletes."""

    def __init__(
        self, storage: Storage, live: Path, system_name: str, *, kept_h: float, clock: Clock
    ) -> None:
        self._storage = storage
        self._live = live
        self._system_name = system_name
        self._kept_s = kept_h * 3_600
        self._clock = clock
        self.trouble = ""

    async def run(self) -> None:
        """Keep house until cancelled."""
        while True:
            try:
                await self.sweep()
            except StorageAway:
                _log.warning("the database is away: no file of lines is deleted")
            await asyncio.sleep(EVERY_S)

    async def sweep(self) -> int:
        """Rotate the live file if it is old, delete what was kept long enough; how many went."""
        if not self._kept_s:
            return 0
        now = self._clock.now()
        try:
            if await asyncio.to_thread(self._is_old, now):
                await asyncio.to_thread(self._rotate, now)
            due = [
                one
                for one in await asyncio.to_thread(self._look, ())
                if not one.live and time.time() - one.mtime > self._kept_s
            ]
            gone = [await self._delete(one.path) for one in due]
        except OSError as error:
            self.trouble = (
                f"Asterisk's lines cannot be deleted ({error.strerror}): give the service's user the right "
                f"to write in {self._live.parent}, or set cdr.cel_kept_h to 0 and delete them yourself"
            )
            return 0
        self.trouble = ""
        _kept_too_long.set(len(gone) - sum(gone))
        return sum(gone)

    async def erase(self, words: Sequence[bytes]) -> str:
        """Have every file with one of these words gone. Empty when none is left, else why."""
        if not words:
            return ""
        try:
            found = [one for one in await asyncio.to_thread(self._look, words) if one.holds]
            if any(one.live for one in found):
                await asyncio.to_thread(self._rotate, self._clock.now())
            gone = [await self._delete(one.path) for one in found if not one.live]
        except OSError as error:
            return f"{error.filename}: {error.strerror}: run it as a user who may write there"
        if len(gone) == len(found) and all(gone):
            return ""
        return "lines are read to their end first: the service must run, it takes some seconds"

    def _look(self, words: Sequence[bytes]) -> list[_Seen]:
        found = []
        for path in files.candidates(self._live):
            try:
                mtime = path.stat().st_mtime
                holds = file_holds(path, words)
            except FileNotFoundError:
                continue
            found.append(_Seen(path, path == self._live, mtime, holds))
        return found

    def _is_old(self, now: datetime) -> bool:
        """Whether its first line is."""
        try:
            with self._live.open("rb") as stream:
                first = CelParser().feed(stream.read(_HEAD))
        except FileNotFoundError:
            return False
        began = next((item.row.at for item in first if hasattr(item, "row")), None)
        return began is not None and (now - began).total_seconds() > self._kept_s / PARTS

    def _rotate(self, now: datetime) -> None:
        """Asterisk begins a new file with its next line."""
        target = self._live.with_name(f"{self._live.name}-{now:%Y%m%dT%H%M%S%f}")
        if self._live.exists():
            self._live.rename(target)

    async def _delete(self, path: Path) -> bool:
        """False while it was not read to its end, or may still grow."""
        file = await asyncio.to_thread(files.look, path, self._system_name)
        if file is None:
            # No line of it was ever complete: it is decided when it is settled, and read by nobody then.
            return not await asyncio.to_thread(path.exists)
        if time.time() - await asyncio.to_thread(_last_change, path) < QUIET_S:
            return False
        async with self._storage.read() as connection:
            place = await store.position_of(
                connection, self._system_name, file.stream, file.device, file.inode, str(path)
            )
        if place.position < file.size:
            return False
        await asyncio.to_thread(path.unlink, missing_ok=True)
        _deleted.inc()
        return True


def _last_change(path: Path) -> float:
    """Its last line, or its new name: who opened it before may still have written then."""
    stat = path.stat()
    return max(stat.st_mtime, stat.st_ctime)
