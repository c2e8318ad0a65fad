"""Pauses recordings and lets them go on. What is said meanwhile is in no file, nobody writes it down, and the
ledger says that it was so.

The switch is asked first and the database afterwards: a card number does not wait. The answer waits for it a
moment, so that what was answered outlives this process. A pause that nobody ends
ends by itself at its limit, or with its call. Muting twice is muting once: what is in doubt is asked again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

from cdr import rights
from cdr.calls import store as calls
from cdr.errors import NotPaused, NotRecorded, RecorderAway, UnknownCall
from cdr.events import RecordingPaused
from cdr.recordings.control import store
from cdr.recordings.control.model import Ended, LiveLeg, RunningPause
from cdr.recordings.control.paused_times import PausedTimes, within
from cdr.recordings.control.ports import Listeners, RecordingSwitch, RunningCalls
from core.actor import Actor, Role, system
from core.errors import Forbidden, Invalid
from core.ids import uuid7
from core.log import logger
from core.metrics import counter, gauge
from core.operations import OperationReused
from core.storage import Storage, StorageAway, WriteBehindQueue
from speech.events import TranscriptGap, TranscriptSegment

_log = logger("cdr")
_paused = counter("cdr_recording_pauses", "Pauses of recordings", ["ended"])
_open = gauge("cdr_recording_pauses_open", "Recordings that are paused now")
_forgotten = counter("cdr_recording_pauses_not_written", "Pauses and acts about them not written down")
_waiting = gauge("cdr_recording_pauses_waiting", "Pauses and acts about them that wait for the database")

TICK_S = 1.0
WRITTEN_S = 0.5
"""So long an answer waits for the database at most: the switch has done by then what was asked."""
LOOKS = 5
"""A call that is not found in so many looks in a row is over."""
MOST_OPERATIONS = 5_000
MOST_BEHIND = 2_000
_SYSTEM = system("recording").id


class Filer(Protocol):
    """`Ledger.record`, as far as it is needed here."""

    def __call__(
        self,
        kind: str,
        record_id: UUID | str,
        payload: dict[str, object],
        *,
        call_ids: Sequence[UUID],
        event_id: UUID,
        at: datetime,
        facts: dict[str, object],
        label: str,
    ) -> Awaitable[bool]: ...


class Pauses:
    """`reasons` are the code words that an agent may give, `limit_s` the longest pause in seconds."""

    def __init__(
        self,
        storage: Storage,
        recorder: RecordingSwitch,
        running: RunningCalls,
        *,
        listeners: Listeners,
        file: Filer,
        tell: Callable[[RecordingPaused], None],
        limit_s: float,
        reasons: Sequence[str],
    ) -> None:
        self._storage = storage
        self._recorder = recorder
        self._running = running
        self._listeners = listeners
        self._file = file
        self._tell = tell
        self._limit = timedelta(seconds=limit_s)
        self._reasons = tuple(reasons)
        self._open: dict[UUID, RunningPause] = {}
        self._times = PausedTimes()
        self._operations: OrderedDict[UUID, RunningPause] = OrderedDict()
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        # One at a time: each has a transaction of its own.
        self.write_behind: WriteBehindQueue[Callable[[], Awaitable[object]]] = WriteBehindQueue(
            _write_each, what="a recording's pause", limit=MOST_BEHIND, dropped=_forgotten, waiting=_waiting,
            at_once=1,
        )  # fmt: skip
        self._unmarked: dict[UUID, list[tuple[LiveLeg, bool, str]]] = {}
        self._restored = False

    # --- what is asked

    async def pause(self, actor: Actor, call_id: UUID, op_id: UUID, reason: str) -> RunningPause:
        """Keep both directions of every recorded leg out of the files, and have no machine hear any leg, from
        when this returns.

        Raises `Forbidden`, `Invalid` (the reason), `UnknownCall`, `NotRecorded`, `RecorderAway`, `Conflict`.
        """
        self._allow(actor, call_id)
        if reason not in self._reasons:
            raise Invalid("no such reason", remedy=f"give one of: {', '.join(self._reasons)}")
        async with self._alone(call_id):
            before = await self._done(op_id, call_id)
            if before is not None and before.ended_at is not None:
                return before
            legs = self._running.legs(call_id)
            if legs is None:
                raise UnknownCall("no such call runs", remedy="look at the call's record: it may be over")
            now = self._storage.clock.now()
            pause = self._find(call_id)
            fresh = pause is None
            if pause is None:
                pause = RunningPause(op_id, call_id, reason, actor.id, now, now + self._limit)
                self._open[call_id] = pause
                self._times.add(pause, self._names(call_id))
            self._remember(op_id, pause)
            try:
                heard = await self._silence(pause, legs)
            except RecorderAway:
                self._write(pause)
                raise
            if fresh and not pause.muted and not heard:
                self._drop(op_id, pause)
                raise NotRecorded(remedy="there is nothing to pause")
            if not pause.told:
                self._begun(pause)
        # A centre that is killed now leaves the next one what was answered.
        await self.write_behind.write_soon(WRITTEN_S)
        return pause

    async def resume(self, actor: Actor, call_id: UUID, op_id: UUID) -> RunningPause:
        """Let the recording go on. Raises `Forbidden`, `NotPaused`, `RecorderAway`, `Conflict`."""
        self._allow(actor, call_id)
        async with self._alone(call_id):
            before = await self._done(op_id, call_id)
            if before is not None and before.ended_at is not None:
                return before
            pause = self._find(call_id)
            if pause is None:
                raise NotPaused(remedy="the pause may have ended by itself: see the call's record")
            if self._running.legs(call_id) is None:
                raise UnknownCall("no such call runs", remedy="its pause ends with it: see the call's record")
            pause.resume_op, pause.resumed_by = op_id, actor.id
            self._remember(op_id, pause)
            await self._unmute(pause, "resumed", actor.id)
        await self.write_behind.write_soon(WRITTEN_S)
        return pause

    async def overlap(self, call_id: UUID, begin: datetime, end: datetime) -> bool:
        """Whether any of this time of the call was paused, under whichever id of it. Raises `StorageAway`."""
        now = self._storage.clock.now()
        names = self._names(call_id)
        if self._times.hold(names, begin, end, now):
            return True
        async with self._storage.read() as connection:
            rows = await store.of_calls(connection, {*names, *await _written_names(connection, call_id)})
        return any(within(row.since, row.ended_at or now, begin, end) for row in rows)

    # --- what others ask at any time

    def paused(self) -> AbstractSet[UUID]:
        """The calls that are paused now."""
        return self._open.keys()

    def known(self) -> bool:
        """False until the pauses of before the start are known."""
        return self._restored

    def admit(self, event: TranscriptSegment) -> TranscriptSegment | TranscriptGap | None:
        """The part of a segment that may be stored: see `PausedTimes.admit`."""
        return self._times.admit(event, self._names(event.call_id), self._storage.clock.now())

    def told(self) -> list[RecordingPaused]:
        """Every pause that runs and that the switch took, as it was told when it began."""
        return [_told(name, pause) for pause in self._open.values() for name in pause.told]

    def told_to(self, viewer: Actor) -> list[RecordingPaused]:
        """The pauses of this viewer's calls; a supervisor sees all."""
        return [
            pause
            for pause in self.told()
            if viewer.has(Role.SUPERVISOR) or viewer.id in self._running.agents_on(pause.call_id)
        ]

    # --- what goes on by itself

    async def run(self) -> None:
        """Until cancelled: limits, ended calls and legs that came later. `behind.run` writes them down."""
        while True:
            await self.tick()
            await asyncio.sleep(TICK_S)

    async def tick(self) -> None:
        """End pauses that have lasted long enough; after a start, first read those that are open."""
        if not self._restored:
            await self._restore()
        for call_id in list(self._open):
            async with self._alone(call_id):
                pause = self._open.get(call_id)
                if pause is not None:
                    await self._look_after(pause)

    async def _look_after(self, pause: RunningPause) -> None:
        legs = self._running.legs(pause.call_id)
        if legs is None:
            # After a new start the hotline needs a moment to know what runs.
            pause.absent = pause.absent + 1 if self._running.known() else 0
            if pause.absent >= LOOKS:
                self._ended(pause, "call-ended", _SYSTEM)
            return
        pause.absent = 0
        self._times.add(pause, self._names(pause.call_id))
        try:
            if pause.resume_op is not None:
                await self._unmute(pause, "resumed", pause.resumed_by or pause.by)
            elif self._storage.clock.now() >= pause.until:
                await self._unmute(pause, "limit", _SYSTEM)
            else:
                await self._silence(pause, legs)
                if not pause.told:
                    self._begun(pause)
                await self._mark_again(pause)
                self._tell_joined(pause)
        except RecorderAway:
            return  # asked again in a second

    async def _restore(self) -> None:
        """Pauses that ran when the gateway went away: their limit still holds."""
        try:
            async with self._storage.read() as connection:
                rows = await store.open_pauses(connection, self._storage.switch)
        except StorageAway:
            return
        for row in rows:
            pause = RunningPause(row.op_id, row.call_id, row.reason, row.by, row.since, row.until)
            if self._open.setdefault(row.call_id, pause) is pause:
                self._remember(row.op_id, pause)
                self._times.add(pause, self._names(row.call_id))
        self._restored = True
        _open.set(len(self._open))

    # --- the switch

    async def _silence(self, pause: RunningPause, legs: Sequence[LiveLeg]) -> bool:
        """Neither recorded nor heard, and neither of the two waits for the other; whether anybody would have
        been heard. Raises `RecorderAway`.
        """
        muted, heard = await asyncio.gather(
            self._mute(pause, legs), self._stop_listening(pause), return_exceptions=True
        )
        if isinstance(muted, BaseException):
            raise muted
        if isinstance(heard, BaseException):
            raise heard
        return heard

    async def _stop_listening(self, pause: RunningPause) -> bool:
        return await self._listeners.stop(pause.call_id)

    async def _mute(self, pause: RunningPause, legs: Sequence[LiveLeg]) -> None:
        """Also the legs that are silent already: a leg that is moved may come out as a new channel."""
        for leg in legs:
            if not await self._recorder.mute(leg.channel, muted=True) or leg.uniqueid in pause.muted:
                continue
            pause.muted[leg.uniqueid] = leg
            await self._mark(pause, leg, paused=True, by=pause.by)

    async def _unmute(self, pause: RunningPause, how: Ended, by: str) -> None:
        """Two calls that were paused each may have become one: who lets it go on means all of it, and the
        limit of one pause leaves what the other holds.
        """
        others = [one for one in self._of(pause.call_id) if one is not pause]
        if others and how == "limit":
            self._ended(pause, how, by)
            return
        legs = self._running.legs(pause.call_id) or tuple(pause.muted.values())
        for leg in legs:
            if await self._recorder.mute(leg.channel, muted=False):
                await self._mark(pause, leg, paused=False, by=by)
        for one in (pause, *others):
            self._open.pop(one.call_id, None)
        for one in (pause, *others):
            self._ended(one, how, by)

    async def _mark(self, pause: RunningPause, leg: LiveLeg, *, paused: bool, by: str) -> None:
        try:
            await self._recorder.mark(leg, paused=paused, reason=pause.reason, by=by)
        except RecorderAway:
            self._unmarked.setdefault(pause.call_id, []).append((leg, paused, by))

    async def _mark_again(self, pause: RunningPause) -> None:
        for leg, paused, by in self._unmarked.pop(pause.call_id, []):
            await self._mark(pause, leg, paused=paused, by=by)

    # --- what is written

    def _begun(self, pause: RunningPause) -> None:
        _open.set(len(self._open))
        self._write(pause)
        self._act_of_begin(pause)
        self._tell_joined(pause)

    def _act_of_begin(self, pause: RunningPause) -> None:
        """Once, however often: the ledger knows the operation."""
        self._act(pause, "recording-pause", pause.op_id, pause.by, pause.since)

    def _tell_joined(self, pause: RunningPause) -> None:
        """To each of the calls that it concerns, and again when an agent is there who was not told: a call
        may be joined to it while it lasts, a colleague may come in.
        """
        for name in self._names(pause.call_id):
            there = self._running.agents_on(name)
            if name not in pause.told or not there <= pause.told[name]:
                pause.told[name] = pause.told.get(name, frozenset()) | there
                self._tell(_told(name, pause))

    def _ended(self, pause: RunningPause, how: Ended, by: str) -> None:
        self._times.add(pause, self._names(pause.call_id))
        if not pause.told:
            # Asked for, and perhaps never wholly taken: its words were held back all the same.
            self._act_of_begin(pause)
        pause.ended_at, pause.ended_how, pause.ended_by = self._storage.clock.now(), how, by
        self._open.pop(pause.call_id, None)
        self._unmarked.pop(pause.call_id, None)
        _open.set(len(self._open))
        _paused.labels(how).inc()
        if how == "limit":
            _log.warning("a recording that nobody resumed goes on", call_id=str(pause.call_id))
        self._write(pause)
        self._act(pause, "recording-resume", pause.resume_op or uuid7(), by, pause.ended_at)
        for name in pause.told or {pause.call_id}:
            holds = self._find(name) if how == "limit" else None
            self._tell(_told(name, holds or pause))
        self._listeners.go_on()

    def _drop(self, op_id: UUID, pause: RunningPause) -> None:
        """Drop a pause that never took effect."""
        del self._open[pause.call_id]
        self._times.remove(pause)
        self._operations.pop(op_id, None)
        self._listeners.go_on()

    def _write(self, pause: RunningPause) -> None:
        values = {
            name: getattr(pause, name) for name in ("op_id", "call_id", "reason", "by", "since", "until")
        } | {name: getattr(pause, name) for name in ("ended_at", "ended_how", "ended_by", "resume_op")}

        async def write() -> None:
            async with self._storage.write() as transaction:
                await store.keep(transaction.connection, values)

        self.write_behind.add(write)

    def _act(self, pause: RunningPause, verb: str, op_id: UUID, by: str, at: datetime) -> None:
        facts: dict[str, object] = {
            "op_id": str(op_id),
            "call_id": str(pause.call_id),
            "verb": verb,
            "actor_id": by,
            "leg_id": None,
            "outcome": pause.ended_how or "done",
            "reason": pause.reason,
        }
        self.write_behind.add(
            lambda: self._file(
                "call-act",
                op_id,
                {},
                call_ids=[pause.call_id],
                event_id=op_id,
                at=at,
                facts=facts,
                label=verb,
            )
        )

    # --- who may, and what was asked before

    def _allow(self, actor: Actor, call_id: UUID) -> None:
        rights.PAUSE_RECORDING.check(actor)
        there = (self._running.agents_on(name) for name in self._names(call_id))
        if not actor.has(Role.SUPERVISOR) and not any(actor.id in one for one in there):
            raise Forbidden("only the call's agents and supervisors may do this", remedy="ask a supervisor")

    async def _done(self, op_id: UUID, call_id: UUID) -> RunningPause | None:
        names = set(self._names(call_id))
        found = self._operations.get(op_id)
        if found is None:
            try:
                async with self._storage.read() as connection:
                    row = await store.by_op(connection, op_id)
                    names.update(await _written_names(connection, call_id))
            except StorageAway:
                return None
            if row is None:
                return None
            found = RunningPause(
                row.op_id,
                row.call_id,
                row.reason,
                row.by,
                row.since,
                row.until,
                {},
                row.ended_at,
                row.ended_how,
                row.ended_by,
                row.resume_op,
            )
        if names.isdisjoint({found.call_id, *found.names}):
            raise OperationReused("it was used for another call")
        return found

    def _remember(self, op_id: UUID, pause: RunningPause) -> None:
        self._operations[op_id] = pause
        while len(self._operations) > MOST_OPERATIONS:
            self._operations.popitem(last=False)

    def _find(self, call_id: UUID) -> RunningPause | None:
        """The pause that runs of this call, or of one that was joined to it: the one that lasts longest."""
        return max(self._of(call_id), key=lambda pause: pause.until, default=None)

    def _of(self, call_id: UUID) -> list[RunningPause]:
        """All that run of this call and of those that were joined to it."""
        return [self._open[name] for name in self._names(call_id) if name in self._open]

    def _names(self, call_id: UUID) -> Sequence[UUID]:
        """The id itself first, then the others that its call has while it runs."""
        return (call_id, *(name for name in self._running.names(call_id) if name != call_id))

    @asynccontextmanager
    async def _alone(self, call_id: UUID) -> AsyncIterator[None]:
        """Hold the lock of this call, under any of its ids."""
        while True:
            names = sorted(self._names(call_id))
            async with AsyncExitStack() as held:
                for name in names:
                    await held.enter_async_context(self._lock(name))
                if sorted(self._names(call_id)) == names:  # it was joined to none while we waited
                    yield
                    return

    def _lock(self, name: UUID) -> asyncio.Lock:
        """A lock that exists as long as it is held or waited for."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock


def _told(call_id: UUID, pause: RunningPause) -> RecordingPaused:
    return RecordingPaused(
        call_id=call_id,
        paused=pause.ended_at is None,
        reason=pause.reason,
        by=pause.ended_by or pause.by,
        until=pause.ended_at or pause.until,
    )


async def _written_names(connection: AsyncConnection, call_id: UUID) -> Sequence[UUID]:
    """The ids that the ledger knows of this call, also when it is over."""
    own = await calls.resolve(connection, call_id)
    return () if own is None else await calls.names_of(connection, own)


async def _write_each(writes: Sequence[Callable[[], Awaitable[object]]]) -> None:
    for write in writes:
        await write()
