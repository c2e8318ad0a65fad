"""One drain at a time. It is in memory and in the switch alone: a start of the service ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.operations import OperationMemory
from core.room import Health
from core.storage import StorageAway
from hotline import rights
from hotline.calls.model import CallsState
from hotline.drain.events import DrainChanged, DrainView
from hotline.drain.model import HOLDS_S, DrainSpan, counted
from hotline.drain.ports import DrainSwitch

_log = logger("hotline")

LOOK_EVERY_S: Final = 0.5


class Drain:
    """`changed` is called when it begins or ends: callbacks are offered to nobody in between."""

    def __init__(
        self,
        switch: DrainSwitch,
        *,
        calls: CallsState,
        audit: Audit,
        bus: Bus,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._switch = switch
        self._calls = calls
        self._audit = audit
        self._bus = bus
        self._clock = clock
        self._changed = changed
        self._span: DrainSpan | None = None
        self._told: tuple[int, DrainSpan | None] | None = None
        self._shown: DrainView | None = None
        self._answers: OperationMemory[bool] = OperationMemory()

    @property
    def on(self) -> bool:
        return self._span is not None

    def view(self) -> DrainView:
        span = self._span
        if span is None:
            return DrainView(on=False, since=None, until=None, by="", left=0, kept_waiting=0)
        left, kept = counted(self._calls, span.since.timestamp())
        return DrainView(
            on=True, since=span.since, until=span.until, by=span.by, left=left, kept_waiting=kept
        )

    def seen_by(self, actor: Actor) -> DrainView:
        """Raises `Forbidden`."""
        rights.DRAIN.check(actor)
        return self.view()

    async def begin(self, actor: Actor, op_id: UUID, within_s: float) -> DrainView:
        """Returns when the switch keeps new callers away. Raises `Forbidden`, `StorageAway`, and what the
        switch refuses: then nothing has changed.
        """
        rights.DRAIN.check(actor)
        what = ("begin", within_s)
        if self._answers.known(op_id, what) is None:
            now = self._clock.now()
            span = DrainSpan(now, now + timedelta(seconds=within_s + HOLDS_S), actor.id)
            await self._audit.record(actor, "drain", "hotline", {"within_s": within_s})
            await self._tell(span)
            self._answers.keep(op_id, what, True)
        return self.view()

    async def end(self, actor: Actor, op_id: UUID) -> DrainView:
        """Calls go to agents again. A switch that is away is told when it is back. Raises `Forbidden`."""
        rights.DRAIN.check(actor)
        if self._answers.known(op_id, "end") is None:
            try:
                await self._audit.record(actor, "end-drain", "hotline")
            except StorageAway:
                # Callers wait: they are not kept waiting for a database.
                _log.warning("a drain was ended, and the audit trail could not be told", by=actor.id)
            self._span = None
            self._answers.keep(op_id, "end", True)
            self._changed()
            await self._follow()
            self._show()
        return self.view()

    def health(self) -> list[Health]:
        if self._span is None:
            return []
        why = (
            f"no new call reaches an agent before {self._span.until:%H:%M} UTC: songhua drain --off ends that"
        )
        return [Health("drain", "degraded", why)]

    async def run(self) -> None:
        """Until cancelled: the switch follows, the desks are told, and a drain that was forgotten ends."""
        while True:
            if self._span is not None and self._clock.now() >= self._span.until:
                _log.warning("the drain ends by itself", by=self._span.by)
                self._span = None
                self._changed()
            await self._follow()
            self._show()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tell(self, span: DrainSpan) -> None:
        await self._switch.keep_away(int(span.since.timestamp()), int(span.until.timestamp()))
        self._span = span
        self._told = (self._switch.epoch, span)
        self._changed()
        self._show()

    async def _follow(self) -> None:
        """A switch that is new to us is told anew: what it was told by a process before this one is over."""
        epoch, span = self._switch.epoch, self._span
        if not epoch or self._told == (epoch, span):
            return
        try:
            if span is None:
                await self._switch.keep_away(0, 0)
            else:
                await self._switch.keep_away(int(span.since.timestamp()), int(span.until.timestamp()))
        except SonghuaError as error:
            _log.warning("the switch was not told of the drain", error=error.kind)
            return
        self._told = (epoch, span)

    def _show(self) -> None:
        seen = self.view()
        if seen != self._shown and (seen.on or (self._shown is not None and self._shown.on)):
            self._bus.publish(DrainChanged(at=self._clock.now(), drain=seen))
        self._shown = seen
