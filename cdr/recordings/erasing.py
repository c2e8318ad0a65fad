"""Deletes the sound of recordings that are given up. A row says `erased` only when no file of it is left;
until then it says `erasing`, and it is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, update

from cdr.recordings import audio
from cdr.recordings.store import RECORDINGS, RecordingState, recordings
from core.files import sync
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway, Transaction

_log = logger("cdr")
_waiting = gauge("cdr_recordings_erasing", "Recordings that are given up and whose files are still there")
_failed = counter("cdr_recordings_erase_failures", "Attempts to delete the file of a recording that failed")

AGAIN_S: Final = 30.0
PAGE: Final = 200


async def give_up(transaction: Transaction, ids: Sequence[UUID], now: datetime) -> None:
    """Mark these recordings as erased; `SoundEraser` deletes their files after the commit."""
    await transaction.connection.execute(
        update(recordings)
        .where(recordings.c.recording_id.in_(ids))
        .values(state=RecordingState.ERASING.value, settled_at=now)
    )
    await RECORDINGS.seal(transaction, ids, now)


@dataclass(slots=True)
class SoundEraser:
    """`root` is None where no folder of recordings is set: then there is no file that could be deleted.

    `trouble` says why files are still there, for health.
    """

    storage: Storage
    root: Path | None
    trouble: str = ""
    _told: set[UUID] = field(default_factory=set)

    async def run(self, every_s: float = AGAIN_S) -> None:
        while True:
            with contextlib.suppress(StorageAway):  # the rows still say it
                await self.finish()
            await asyncio.sleep(every_s)

    async def finish(self, only: Sequence[UUID] | None = None) -> str:
        """Delete the files of recordings that are given up (of all, or of these); why some are still there,
        empty when none is. Raises `StorageAway`.
        """
        first, last = "", UUID(int=0)
        while True:
            rows = await self._page(last, only)
            if not rows:
                break
            last = rows[-1].recording_id
            gone: list[UUID] = []
            for row in rows:
                why = await asyncio.to_thread(self._delete, row.path)
                if not why:
                    gone.append(row.recording_id)
                    continue
                first = first or why
                self._complain(row.recording_id, why)
            await self._note(gone)
        if only is None:
            self.trouble = first
        await self._count()
        return first

    def _delete(self, path: str) -> str:
        """Why it is still there; empty when it is gone. Blocking."""
        if self.root is None:
            return ""
        try:
            remove_sound(self.root, path)
        except OSError as error:
            return (
                f"an erased recording is still on disk: {error.filename or path}: {error.strerror}; let the "
                f"service's user write below {self.root} (under systemd: ReadWritePaths=): it is tried again"
            )
        return ""

    def _complain(self, recording: UUID, why: str) -> None:
        _failed.inc()
        if recording not in self._told:
            self._told = {recording} if len(self._told) >= 10 * PAGE else self._told | {recording}
            _log.error(
                "a recording is given up and its file is still there", recording=str(recording), why=why
            )

    async def _page(self, last: UUID, only: Sequence[UUID] | None) -> Sequence[Row[Any]]:
        wanted = [recordings.c.state == RecordingState.ERASING.value, recordings.c.recording_id > last]
        if only is not None:
            wanted.append(recordings.c.recording_id.in_(only))
        if self.storage.switch:
            # The files of another switch are on its own machine, where its centre deletes them.
            wanted.append(recordings.c.system_name == self.storage.switch)
        async with self.storage.read() as connection:
            found = await connection.execute(
                select(recordings).where(*wanted).order_by(recordings.c.recording_id).limit(PAGE)
            )
            return found.all()

    async def _note(self, gone: Sequence[UUID]) -> None:
        if not gone:
            return
        async with self.storage.write() as transaction:
            await transaction.connection.execute(
                update(recordings)
                .where(
                    recordings.c.recording_id.in_(gone), recordings.c.state == RecordingState.ERASING.value
                )
                .values(state=RecordingState.ERASED.value)
            )
            await RECORDINGS.seal(transaction, gone, self.storage.clock.now())

    async def _count(self) -> None:
        async with self.storage.read() as connection:
            left = await connection.scalar(
                select(func.count()).where(recordings.c.state == RecordingState.ERASING.value)
            )
        _waiting.set(left or 0)


def remove_sound(root: Path, path: str) -> None:
    """Delete the plain file and every encrypted one of this recording. Blocking. Raises `OSError`."""
    file = audio.inside(root, path)
    if file is None or not file.parent.is_dir():
        return
    for one in (file, *file.parent.glob(f"{glob.escape(file.name)}.*.enc*")):
        one.unlink(missing_ok=True)
    sync(file.parent)
