"""Finds recordings of talkgroup conferences by their file names, which hold everything that a row needs.

So a recording that was made while no gateway ran, or that a killed Asterisk left, is found as any other.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, select

from cdr.ports import LiveCalls
from cdr.recordings import audio, store
from cdr.recordings.settling import settle
from cdr.recordings.store import MIX, RecordingState, recordings
from core.metrics import counter
from core.storage import Storage, StorageAway
from core.storage.dialect import insert_missing

_settled = counter(
    "cdr_talkgroup_recordings", "Pieces of talkgroups' recordings that are finished", ["state"]
)

FOLDER: Final = "tg-"
"""Begins the name of a day's folder."""
NEWEST: Final = 2
"""New files come in the folders of the newest days; older ones are looked into once, at the start."""
BATCH: Final = 200
SCAN_MOST: Final = 100_000
_FILE: Final = re.compile(
    r"(?P<network>[a-z][a-z0-9]*)\*(?P<gid>[A-Za-z0-9][A-Za-z0-9_.-]{0,39})"
    r"\.(?P<began>\d{13})\.(?P<leg>tap-rec-[0-9a-f-]{36}-2)\.alaw"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
RATE: Final = 8_000
LATE_S: Final = 2.0
"""A recorder that has come hears something within so long."""


@dataclass(frozen=True, slots=True)
class RecorderFileName:
    """What the name of a file says: `leg` is the uniqueid of the recorder's leg in the switch."""

    path: str
    talkgroup: str
    began_at: datetime
    leg: str


def named(path: str) -> RecorderFileName | None:
    """What `tg-20261126/app*daoli.1795612161123.tap-rec-….alaw` says; None for any other file."""
    folder, _, name = path.rpartition("/")
    found = _FILE.fullmatch(name)
    if found is None or not folder.startswith(FOLDER):
        return None
    began = _EPOCH + timedelta(milliseconds=int(found["began"]))
    return RecorderFileName(path, f"{found['network']}:{found['gid']}", began, found["leg"])


def sound_begins(came_at: datetime, written_at: datetime, samples: int) -> datetime:
    """When the first of `samples` samples was heard by a recorder that came at `came_at`, of which the last
    was written at `written_at`. Asterisk writes nothing of the first half second. Where the two times do not
    fit (a file that was copied, a switch that stood still), it is when the recorder came.
    """
    began = written_at - timedelta(seconds=samples / RATE)
    late = (began - came_at).total_seconds()
    return began if 0 <= late <= LATE_S else came_at


@dataclass(slots=True)
class TalkgroupFiles:
    """`look` writes down files that are new, `settle` hashes those that are finished: nobody wrote to them
    for `still_s`, and the switch knows their leg no more. Without a link to the switch, after `blind_s`.
    """

    storage: Storage
    root: Path
    system_name: str
    still_s: float
    blind_s: float
    live: LiveCalls
    _known: set[str] = field(default_factory=set)
    _first: bool = True

    async def run(self, poll_s: float) -> None:
        while True:
            try:
                await self.look()
                done = await self.settle()
            except StorageAway:
                done = 0
            if done < BATCH:
                await asyncio.sleep(poll_s)

    async def look(self) -> int:
        """How many files were new."""
        there = await asyncio.to_thread(_files, self.root, None if self._first else NEWEST)
        new = [one for name in sorted(there - self._known) if (one := named(name)) is not None]
        for begin in range(0, len(new), BATCH):
            await self._expect(new[begin : begin + BATCH])
        self._known, self._first = there, False
        return len(new)

    async def settle(self) -> int:
        """How many were finished."""
        done = 0
        live: frozenset[str] | None = None
        asked = False
        for row in await self._waiting():
            name = named(row.path)
            file = audio.inside(self.root, row.path)
            if name is None or file is None:
                continue
            age = await asyncio.to_thread(_still_for, file)
            if age is not None and age < self.still_s:
                continue
            if not asked:
                live, asked = await self._live(), True
            if live is not None and name.leg in live:
                continue
            if live is None and (age is None or age < self.blind_s):
                continue
            if age is None:
                await self._settle(row, RecordingState.MISSING, None, None)
            else:
                found = await asyncio.to_thread(_finished, file)
                if found is None:
                    continue
                await self._settle(row, RecordingState.COMPLETE, *found)
            done += 1
        return done

    async def _live(self) -> frozenset[str] | None:
        snapshot = await self.live.snapshot()
        return None if snapshot is None else snapshot.ids

    async def _expect(self, new: list[RecorderFileName]) -> None:
        rows = [
            {
                "recording_id": store.recording_id(self.system_name, one.path),
                "track": MIX,
                "system_name": self.system_name,
                "path": one.path,
                "state": RecordingState.EXPECTED.value,
                "expected_at": one.began_at,
                "talkgroup": one.talkgroup,
                "began_at": one.began_at,
            }
            for one in new
        ]
        async with self.storage.write() as transaction:
            await insert_missing(transaction.connection, recordings, rows)

    async def _waiting(self) -> list[Row[Any]]:
        async with self.storage.read() as connection:
            found = await connection.execute(
                select(recordings)
                .where(
                    recordings.c.system_name == self.system_name,
                    recordings.c.state == RecordingState.EXPECTED.value,
                    recordings.c.talkgroup.is_not(None),
                )
                .order_by(recordings.c.began_at)
                .limit(BATCH)
            )
            return list(found)

    async def _settle(
        self, row: Row[Any], state: RecordingState, found: audio.AudioFacts | None, ended_at: datetime | None
    ) -> None:
        times = {"ended_at": row.began_at if ended_at is None else max(ended_at, row.began_at)}
        if found is not None and ended_at is not None:
            times["began_at"] = sound_begins(row.began_at, ended_at, found.size)
        await settle(self.storage, row, state, found, times)
        _settled.labels(state).inc()


def _files(root: Path, newest: int | None) -> set[str]:
    """The sounds in the folders of talkgroups, all or the newest ones, as paths below `root`."""
    found: set[str] = set()
    try:
        folders = [one.name for one in os.scandir(root) if one.name.startswith(FOLDER) and one.is_dir()]
    except OSError:
        return found
    for folder in sorted(folders, reverse=True)[:newest]:
        try:
            found |= {f"{folder}/{one.name}" for one in os.scandir(root / folder) if _is_sound(one.name)}
        except OSError:
            continue
        if len(found) >= SCAN_MOST:
            break
    return found


def _is_sound(name: str) -> bool:
    return name.endswith(".alaw")


def _still_for(file: Path) -> float | None:
    """Seconds since it was last written to; None when it is not there."""
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return None


def _finished(file: Path) -> tuple[audio.AudioFacts, datetime] | None:
    """Its sound and when it was last written to; None when it cannot be read."""
    try:
        ended = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        return audio.measure(file), ended
    except OSError:
        return None
