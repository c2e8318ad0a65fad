"""Fills gaps from recordings while there is room: newest first, some at a time, given up after some tries.

Who speaks now comes first: one more is begun only while a node says that it has room beside them, and it
takes the sound when its recogniser has nothing else to do, be that slower or faster than it was spoken.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from cdr.backfill import store
from cdr.backfill.model import GapSpan, RecordingPart, SpansOfRecording, backoff, leg_times, source
from cdr.backfill.ports import BackfillJob, BackfillSpeechPort
from cdr.backfill.sound import RecordingReader, pieces, seconds_of
from cdr.calls import store as calls
from cdr.errors import RecordingNotReady
from cdr.recordings import sound as sounds
from cdr.recordings import store as recordings
from cdr.recordings.store import RecordingState
from cdr.settings import CdrSettings
from core.actor import system
from core.audit import Audit
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.storage import Storage, StorageAway
from core.tasks import Tasks

_log = logger("cdr")
_tried = counter(
    "cdr_backfill_tries", "Attempts to fill a gap of a transcript from its recording", ["outcome"]
)

BY = system("late-transcripts")
LOOK_AT = 20
AT_ONCE = 8
"""Recordings on their way to all nodes together; one more in each `REPORTED_S`."""
REPORTED_S = 1.0
"""A node has said within this time that it took one."""
_FORM = ".alaw"


class TranscriptBackfill:
    def __init__(
        self, storage: Storage, settings: CdrSettings, audit: Audit, speech: BackfillSpeechPort, tasks: Tasks
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._audit = audit
        self._speech = speech
        self._tasks = tasks
        self._working: set[UUID] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                begun = await self.once()
            except StorageAway:
                begun = False
            await asyncio.sleep(REPORTED_S if begun else self._settings.late_poll_s)

    async def once(self) -> bool:
        """Begin with one gap, if there is one and room for it."""
        if not self._speech.has_room() or len(self._working) >= AT_ONCE:
            return False
        for row in await self._due():
            if row.segment_id in self._working:
                continue
            if (row.tries or 0) >= self._settings.late_tries:
                await self._settle(row, store.GIVEN_UP)
                continue
            work = await self._work(row)
            if work is None:
                await self._settle(row, store.NO_SOUND)
                continue
            self._working.add(row.segment_id)
            if not self._tasks.spawn("late", partial(self._fill, row, *work)):
                self._working.discard(row.segment_id)
            return True
        return False

    async def _due(self) -> list[Row[Any]]:
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            return await store.due(
                connection,
                since=now - timedelta(hours=self._settings.late_within_h),
                now=now,
                shortest_s=self._settings.late_shortest_s,
                limit=LOOK_AT,
                switch=self._storage.switch,
            )

    async def _work(self, row: Row[Any]) -> tuple[BackfillJob, Row[Any], SpansOfRecording] | None:
        """What is to be transcribed, from which recording; None where there is none of it."""
        async with self._storage.read() as connection:
            names = await calls.names_of(connection, row.of_call)
            legs = await calls.legs_of(connection, row.of_call)
            kept = await recordings.recordings_of(connection, names)
            heard = await store.heard_in(connection, names, row.leg_id)
            likely = await store.likely_language(connection, names)
        usable = {
            one.recording_id: one
            for one in kept
            if one.state == RecordingState.COMPLETE and one.path.endswith(_FORM) and one.leg_id is not None
        }
        gap = GapSpan(row.started_at, row.started_at + timedelta(seconds=row.end_s - row.start_s))
        wanted = source(
            gap,
            row.leg_id,
            [leg_times(leg.leg_id, str(leg.party), leg.stays, row.ended_at) for leg in legs],
            [
                RecordingPart(one.recording_id, one.leg_id, one.track, one.expected_at)
                for one in usable.values()
            ],
            [
                GapSpan(
                    datetime.fromisoformat(one["since"]),
                    datetime.fromisoformat(one["until"]) if one["until"] else row.ended_at,
                )
                for one in row.pauses
            ],
            [
                GapSpan(one.started_at, one.started_at + timedelta(seconds=one.end_s - one.start_s))
                for one in heard
            ],
        )
        if wanted is None:
            return None
        work = BackfillJob(
            gap_id=row.segment_id,
            call_id=row.call_id,
            leg_id=row.leg_id,
            speaker=row.speaker,
            likely=likely,
            began=wanted.spans[0].since,
            seconds=seconds_of(wanted.spans),
        )
        return work, usable[wanted.recording.recording_id], wanted

    async def _fill(
        self, row: Row[Any], work: BackfillJob, recording: Row[Any], wanted: SpansOfRecording
    ) -> None:
        tries = (row.tries or 0) + 1
        try:
            # Before anything is read: a crash in between costs a try and repeats nothing.
            await self._note(row, tries, work.seconds)
            taken = await self._give(work, recording, wanted)
            if not taken:
                await self._note(row, tries - 1, 0.0)
            _tried.labels("taken" if taken else "no room").inc()
        except StorageAway:
            raise
        except (SonghuaError, OSError, TimeoutError) as error:
            _tried.labels("failed").inc()
            _log.warning("a gap was not filled", gap=str(work.gap_id), cause=type(error).__name__)
        finally:
            self._working.discard(row.segment_id)

    async def _give(self, work: BackfillJob, recording: Row[Any], wanted: SpansOfRecording) -> bool:
        root = self._settings.recordings
        if root is None:
            raise RecordingNotReady(remedy="set cdr.recordings", state=recording.state)
        await self._audit.record(BY, "listen", f"recording:{recording.recording_id}")
        found = await asyncio.to_thread(sounds.find, root, recording, self._settings.recordings_key_file)
        sound = RecordingReader(pieces(found, recording.expected_at, wanted.spans))
        try:
            return await self._speech.transcribe(work, sound)
        finally:
            # A node may hang up in the middle, and a thread may still be reading then.
            await asyncio.to_thread(sound.close)

    async def _note(self, row: Row[Any], tries: int, seconds: float) -> None:
        now = self._storage.clock.now()
        next_at = now + (
            backoff(tries, seconds) if seconds else timedelta(seconds=self._settings.late_poll_s)
        )
        async with self._storage.write() as transaction:
            await store.put(
                transaction.connection, row.segment_id, store.TRYING, tries=tries, next_at=next_at, now=now
            )

    async def _settle(self, row: Row[Any], state: str) -> None:
        _tried.labels(state).inc()
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            await store.put(
                transaction.connection, row.segment_id, state, tries=row.tries or 0, next_at=now, now=now
            )
