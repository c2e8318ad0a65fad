"""Dials what was accepted: once each, after it is written down; what is in doubt is settled and never sent
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from core.clock import Clock
from core.log import logger
from core.storage import StorageAway
from core.tasks import Tasks
from hotline.outbound.callbacks.model import Book, Entry
from hotline.outbound.callbacks.signals import (
    AgentUp,
    Alive,
    AttemptOver,
    CitizenUp,
    Dial,
    PlaceInDoubt,
    PlaceRefused,
    Signal,
)
from hotline.outbound.callbacks.switch import Present
from hotline.outbound.callbacks.writing import Line, Writer
from hotline.outbound.ports import Dialler, Placed

_log = logger("hotline")

WRITTEN_WITHIN_S: Final = 5.0
FRESH_S: Final = 10.0
"""A snapshot of the switch may be older than an attempt that was sent in the last seconds."""


class Dialling:
    """`take` gives a signal to the book."""

    def __init__(
        self,
        dialler: Dialler,
        *,
        book: Book,
        writer: Writer,
        clock: Clock,
        tasks: Tasks,
        take: Callable[[Signal], object],
        ring_s: float,
    ) -> None:
        self._dialler = dialler
        self._book = book
        self._writer = writer
        self._clock = clock
        self._tasks = tasks
        self._take = take
        self._ring_s = ring_s
        self._unsent: set[str] = set()
        self._settling: set[str] = set()

    async def dial(self, dial: Dial, line: Line | None) -> None:
        """Ring the agent. Raises `StorageAway` when the attempt could not be written down: nothing rings."""
        channel = dial.attempt.channel_id
        self._unsent.add(channel)
        try:
            if line is None or not await self._writer.written(line, within_s=WRITTEN_WITHIN_S):
                self._take(PlaceRefused(channel))
                raise StorageAway(
                    "the attempt could not be written down", remedy="try again; nothing was dialled"
                )
        finally:
            self._unsent.discard(channel)
        placed = await self._ring(dial)
        if placed == "refused":
            self._take(PlaceRefused(channel))
        elif placed == "in_doubt":
            self._take(PlaceInDoubt(channel))
            self.settle(channel)

    async def _ring(self, dial: Dial) -> Placed:
        attempt = dial.attempt
        try:
            return await self._dialler.ring(
                endpoint=attempt.endpoint,
                number=dial.entry.dial,
                channel_id=attempt.channel_id,
                ring_s=self._ring_s,
            )
        except Exception:  # noqa: BLE001  # whatever it was, it may have been sent
            _log.exception("placing a callback failed")
            return "in_doubt"

    def reconcile(self, entry: Entry, present: Mapping[str, Present]) -> None:
        """A live attempt, and all channels that the switch has, by Uniqueid."""
        attempt = entry.attempts[-1]
        channel = attempt.channel_id
        if channel in self._unsent:
            return
        if channel in present:
            self._take(Alive(channel))
            if present[channel].up:
                self._take(AgentUp(channel))
            if present[channel].bridged:
                self._take(CitizenUp(channel))
        elif entry.stage == "placing" and attempt.in_doubt:
            self.settle(channel)
        elif self._clock.now().timestamp() - attempt.began < FRESH_S:
            self._tasks.spawn("settle-later", partial(self._settle_later, channel))
        else:
            self._take(AttemptOver(channel))

    def settle(self, channel: str) -> None:
        """Find out what became of an attempt in doubt; returns at once."""
        if channel not in self._settling:
            self._tasks.spawn("settle", partial(self._settle, channel))

    async def _settle_later(self, channel: str) -> None:
        await self._clock.sleep(FRESH_S)
        entry = self._book.of_channel(channel)
        if entry is not None and entry.stage == "placing":
            self._take(PlaceInDoubt(channel))
            await self._settle(channel)

    async def _settle(self, channel: str) -> None:
        self._settling.add(channel)
        try:
            found = await self._dialler.settle(channel, within_s=self._book.rules.doubt_s)
        finally:
            self._settling.discard(channel)
        entry = self._book.of_channel(channel)
        if entry is None or not entry.attempts[-1].in_doubt:
            return
        if found == "alive":
            self._take(Alive(channel))
        elif found == "gone":
            self._take(AttemptOver(channel))
        elif found == "never" and entry.stage == "placing":
            self._take(PlaceRefused(channel))
