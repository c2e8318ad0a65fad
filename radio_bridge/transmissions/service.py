"""The talks of all talkgroups, in the role `radio`: each is written down as it begins and as it ends.

A tone that tells of a patch is nobody's talk. Nothing waits for this: a button is answered before anything is
written. What begins and what ends is written together, in order, a moment later. A role that was killed in
mid-talk left the row of a talk that goes on, and the broker its last state: its next life ends both, once,
and says that it did not see the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway, WriteBehindQueue
from core.tasks import Tasks
from radio_bridge.floor.messages import TalkerBody
from radio_bridge.floor.model import NOTICE, Cause
from radio_bridge.transmissions import store
from radio_bridge.transmissions.events import TransmissionEnded
from radio_bridge.transmissions.model import Transmission

_log = logger("radio_bridge")
_talks = counter(
    "radio_bridge_transmissions", "Talks in talkgroups that are over, by why they ended", ["cause"]
)
_dropped = counter(
    "radio_bridge_transmissions_dropped", "Beginnings and ends of talks that were not written down"
)
_waiting = gauge(
    "radio_bridge_transmissions_waiting", "Beginnings and ends of talks that wait for the database"
)

MOST_WAITING: Final = 20_000
GATHER_S: Final = 0.05
SEEN_EVERY_S: Final = 1.0
"""How exactly the end of a talk is known that nobody saw."""
AGAIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class _TransmissionStep:
    """A talk begins, or is over."""

    talk: Transmission
    over: TransmissionEnded | None = None


class TransmissionService:
    """`run` names this life of the role."""

    def __init__(self, storage: Storage, clock: Clock, run: str) -> None:
        self._storage = storage
        self._clock = clock
        self._run = run
        self._open: dict[str, Transmission] = {}
        self._tasks = Tasks("talks")
        self.write_behind: WriteBehindQueue[_TransmissionStep] = WriteBehindQueue(
            self._write,
            what="a talk in a talkgroup",
            limit=MOST_WAITING,
            dropped=_dropped,
            waiting=_waiting,
            gather_s=GATHER_S,
        )

    async def start(self) -> None:
        self._tasks.forever("write", self.write_behind.run)
        self._tasks.forever("seen", self._keep_seeing)
        self._tasks.spawn("left-over", self._end_what_was_left)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.write_behind.write_last()

    # --- what floor control says ----------------------------------------------------------------------

    def began(self, group: str, talker: TalkerBody) -> None:
        if talker.party == NOTICE:
            return
        talk = Transmission(group, talker)
        self._open[group] = talk
        self.write_behind.add(_TransmissionStep(talk))

    def ended(self, group: str, talker: TalkerBody, cause: Cause) -> None:
        if talker.party == NOTICE:
            return
        talk = Transmission(group, talker)
        self._open.pop(group, None)
        self._over(talk, self._clock.now(), cause)

    def left_over(self, group: str, talker: TalkerBody, said_at: datetime) -> None:
        """The broker has kept that somebody talked in a former life of the role, which did not end it."""
        if talker.party == NOTICE:
            return
        self._over(Transmission(group, talker), said_at, Cause.RESTARTED, seen=False)

    async def see(self) -> None:
        """Write down that what goes on goes on. Raises `StorageAway`."""
        going_on = [talk.talk_id for talk in self._open.values()]
        if going_on:
            async with self._storage.write() as transaction:
                await store.seen(transaction.connection, going_on, self._clock.now())

    # --- inside ---------------------------------------------------------------------------------------

    def _over(self, talk: Transmission, at: datetime, cause: Cause, *, seen: bool = True) -> None:
        _talks.labels(cause.value or "released").inc()
        self.write_behind.add(_TransmissionStep(talk, talk.over(at, cause, seen=seen)))

    async def _write(self, batch: Sequence[_TransmissionStep]) -> None:
        """One that is known to be over is not told again: its event has the talk's id."""
        async with self._storage.write() as transaction:
            for step in batch:
                if step.over is None:
                    await store.began(transaction.connection, step.talk, self._run)
                else:
                    await store.over(transaction.connection, step.talk.talk_id)
                    await transaction.emit(step.over, stream=f"tg:{step.talk.group}")

    async def _keep_seeing(self) -> None:
        while True:
            await asyncio.sleep(SEEN_EVERY_S)
            try:
                await self.see()
            except StorageAway:
                continue

    async def _end_what_was_left(self) -> None:
        while True:
            try:
                async with self._storage.read() as connection:
                    left = await store.left_over(connection, self._run)
                break
            except StorageAway:
                await asyncio.sleep(AGAIN_S)
        for talk, seen_at in left:
            _log.info("a talk of the former run is over", talkgroup=talk.group)
            self._over(talk, seen_at, Cause.RESTARTED, seen=False)
