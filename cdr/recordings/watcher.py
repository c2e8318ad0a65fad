"""Settles recordings: hashes finished files, marks missing ones, and looks for orphaned files and rows."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from cdr.calls.store import aliases, calls, legs
from cdr.recordings import audio, sound, store
from cdr.recordings.settling import settle
from cdr.recordings.store import RecordingState, RecordingTrack, recordings
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway

_log = logger("cdr")
_settled = counter("cdr_recordings_settled", "Recordings whose fate became known", ["state"])
_open = gauge("cdr_recordings_missing", "Recordings of ended calls that are missing or lost")

BATCH = 100
SWEEP_LIMIT = 100_000
_NAME = re.compile(r"(?P<uniqueid>.+)-(?P<track>in|out)\.(?:alaw|wav)$")


@dataclass(frozen=True, slots=True)
class WatchTimes:
    """Seconds. A file is finished when its call is over and it was still for `still_s`; it is missing
    `missing_s` after the call; a file of which no call speaks is an orphan after `orphan_s`.
    """

    still_s: float = 2.0
    missing_s: float = 60.0
    orphan_s: float = 600.0
    sweep_s: float = 3_600.0


@dataclass(slots=True)
class Watcher:
    """`run` settles every few seconds and sweeps every hour; `settle_once` and `sweep` do it now."""

    storage: Storage
    root: Path
    system_name: str
    times: WatchTimes = field(default_factory=WatchTimes)
    missing: int = 0

    async def run(self, poll_s: float) -> None:
        swept = -self.times.sweep_s
        while True:
            try:
                done = await self.settle_once()
                if time.monotonic() - swept >= self.times.sweep_s:
                    swept = time.monotonic()
                    await self.sweep()
            except StorageAway:
                done = 0
            if done < BATCH:
                await asyncio.sleep(poll_s)

    async def settle_once(self) -> int:
        """Settle what can be; how many were."""
        now = self.storage.clock.now()
        async with self.storage.read() as connection:
            waiting = (
                await connection.execute(
                    select(recordings, calls.c.ended_at.label("call_ended_at"))
                    .join(aliases, aliases.c.alias == recordings.c.call_id)
                    .join(calls, calls.c.call_id == aliases.c.call_id)
                    .where(
                        recordings.c.system_name == self.system_name,
                        recordings.c.state == RecordingState.EXPECTED.value,
                        calls.c.ended_at.is_not(None),
                        calls.c.ended_at <= now - timedelta(seconds=self.times.still_s),
                    )
                    .order_by(recordings.c.expected_at)
                    .limit(BATCH)
                )
            ).all()
        done = 0
        for row in waiting:
            found = await self._measure(row.path)
            late = row.call_ended_at <= now - timedelta(seconds=self.times.missing_s)
            if found is None and not late:
                continue
            await self._settle(row, RecordingState.COMPLETE if found else RecordingState.MISSING, found)
            done += 1
        return done

    async def sweep(self) -> int:
        """Files without a row, rows without a file, missing files that came late, and files that have grown
        since they were settled; how many changed.
        """
        files = dict(await asyncio.to_thread(audio.walk, self.root, SWEEP_LIMIT))
        changed = await self._adopt_orphans(files)
        changed += await self._compare(files)
        async with self.storage.read() as connection:
            gone = await connection.execute(
                select(recordings.c.recording_id).where(
                    recordings.c.system_name == self.system_name,
                    recordings.c.state.in_([RecordingState.MISSING.value, RecordingState.LOST.value]),
                )
            )
            self.missing = len(gone.all())
        _open.set(self.missing)
        return changed

    async def _adopt_orphans(self, files: Mapping[str, os.stat_result]) -> int:
        old = time.time() - self.times.orphan_s
        names = [name for name, stat in files.items() if stat.st_mtime < old]
        changed = 0
        for begin in range(0, len(names), BATCH):
            page = names[begin : begin + BATCH]
            async with self.storage.read() as connection:
                known = set(
                    (
                        await connection.execute(
                            select(recordings.c.path).where(
                                recordings.c.system_name == self.system_name, recordings.c.path.in_(page)
                            )
                        )
                    ).scalars()
                )
            for name in page:
                if name not in known:
                    changed += await self._adopt(name)
        return changed

    async def _adopt(self, path: str) -> int:
        found = await self._measure(path)
        if found is None:
            return 0
        name = _NAME.search(path.rpartition("/")[2])
        async with self.storage.write() as transaction:
            leg = None
            if name is not None:
                leg = (
                    await transaction.connection.execute(
                        select(legs.c.leg_id, legs.c.call_id)
                        .where(legs.c.uniqueid == name["uniqueid"])
                        .limit(1)
                    )
                ).one_or_none()
            now = self.storage.clock.now()
            wanted = store.recording_id(self.system_name, path)
            state = RecordingState.COMPLETE if leg else RecordingState.ORPHAN
            await transaction.connection.execute(
                insert(recordings).values(
                    recording_id=wanted,
                    call_id=leg.call_id if leg else None,
                    leg_id=leg.leg_id if leg else None,
                    track=name["track"] if name else RecordingTrack.IN.value,
                    system_name=self.system_name,
                    path=path,
                    state=state.value,
                    expected_at=now,
                    settled_at=now,
                    sha256=found.sha256,
                    size=found.size,
                    duration_s=found.duration_s,
                )
            )
            await store.RECORDINGS.seal(transaction, [wanted], now)
        _settled.labels(state).inc()
        return 1

    async def _compare(self, files: Mapping[str, os.stat_result]) -> int:
        changed = 0
        last: UUID | None = None
        while True:
            page = await self._page(last)
            if not page:
                return changed
            last = page[-1].recording_id
            for row in page:
                there = row.path in files or await asyncio.to_thread(self._exists, row)
                if there and row.state in {RecordingState.MISSING, RecordingState.LOST}:
                    changed += await self._found_again(row)
                elif not there and row.state in {RecordingState.COMPLETE, RecordingState.ORPHAN}:
                    _log.error("a recording's file has gone", recording=str(row.recording_id))
                    await self._settle(row, RecordingState.LOST, None)
                    changed += 1
                elif row.state in {RecordingState.COMPLETE, RecordingState.ORPHAN} and _is_longer(
                    files.get(row.path), row
                ):
                    changed += await self._grown(row)

    async def _page(self, last: UUID | None) -> Sequence[Row[Any]]:
        statement = (
            select(recordings)
            .where(
                recordings.c.system_name == self.system_name,
                recordings.c.state != RecordingState.EXPECTED.value,
            )
            .order_by(recordings.c.recording_id)
            .limit(BATCH)
        )
        if last is not None:
            statement = statement.where(recordings.c.recording_id > last)
        async with self.storage.read() as connection:
            return (await connection.execute(statement)).all()

    async def _settle(self, row: Row[Any], state: RecordingState, found: audio.AudioFacts | None) -> None:
        await settle(self.storage, row, state, found)
        _settled.labels(state).inc()

    async def _measure(self, path: str) -> audio.AudioFacts | None:
        """The file's audio; None while it is not there, not still, or cannot be read."""
        file = audio.inside(self.root, path)
        if file is None:
            return None
        try:
            stat = await asyncio.to_thread(file.stat)
            if time.time() - stat.st_mtime < self.times.still_s:
                return None
            return await asyncio.to_thread(audio.measure, file)
        except OSError:
            return None

    async def _found_again(self, row: Row[Any]) -> int:
        """A file that came late, or came back: plain sound is measured, an encrypted one must be the same."""
        if row.key_id is None:
            found = await self._measure(row.path)
        else:
            same = await asyncio.to_thread(self._is_same, row)
            found = audio.AudioFacts(row.size, row.sha256, row.duration_s) if same else None
        if found is None:
            return 0
        await self._settle(row, RecordingState.COMPLETE, found)
        return 1

    async def _grown(self, row: Row[Any]) -> int:
        """Sound that came after its file was settled, and before or while it was encrypted: it is settled
        again as plain sound, and encrypted anew. A file that begins differently is no longer recording.
        """
        found = await self._measure(row.path)
        if found is None or not await asyncio.to_thread(self._begins_as_settled, row):
            return 0
        _log.warning("a recording has grown since it was settled", recording=str(row.recording_id))
        plain: dict[str, object] = {"key_id": None, "cipher_sha256": None, "cipher_size": None}
        if row.talkgroup is not None:
            plain["ended_at"] = row.began_at + timedelta(seconds=found.duration_s)
        await settle(self.storage, row, RecordingState(row.state), found, plain)
        _settled.labels("grown").inc()
        return 1

    def _begins_as_settled(self, row: Row[Any]) -> bool:
        file = audio.inside(self.root, row.path)
        try:
            return file is not None and audio.measure(file, row.size).sha256 == row.sha256
        except OSError:
            return False

    def _exists(self, row: Row[Any]) -> bool:
        file = sound.locate(self.root, row)
        return file is not None and file.is_file()

    def _is_same(self, row: Row[Any]) -> bool:
        file = sound.locate(self.root, row)
        try:
            return file is not None and audio.measure(file).sha256 == row.cipher_sha256
        except OSError:
            return False


def _is_longer(file: os.stat_result | None, row: Row[Any]) -> bool:
    """Whether the plain file holds more than was settled."""
    return file is not None and file.st_size > row.size
