"""Who phones: the caller's history, looked up when the call appears, so that the pop has it already."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from core.metrics import counter
from core.tasks import Tasks
from hotline.calls.model import Call, CallsState
from hotline.events import CallerContext, CallerContextFound
from hotline.ports import CallerHistory

_late = counter("hotline_history_late", "Look-ups of a caller's history that took too long")


class Callers:
    """`contexts` holds what was found for live calls."""

    def __init__(
        self,
        history: CallerHistory,
        *,
        calls: CallsState,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
        deadline_s: float,
    ) -> None:
        self.contexts: dict[UUID, CallerContext] = {}
        self._asked: set[UUID] = set()
        self._history = history
        self._calls = calls
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._deadline_s = deadline_s

    def appeared(self, call: Call) -> None:
        """Look the caller up, once his number is known; returns at once. What is found after the pop follows
        as an event.
        """
        if call.caller and call.id not in self._asked:
            self._asked.add(call.id)
            self._tasks.spawn("caller-history", partial(self._look_up, call.id, call.caller))

    def gone(self, call_id: UUID) -> None:
        """The call is over: forget its caller's context."""
        self._asked.discard(call_id)
        self.contexts.pop(call_id, None)

    async def _look_up(self, call_id: UUID, caller: str) -> None:
        try:
            async with asyncio.timeout(self._deadline_s):
                context = await self._history.lookup(caller)
        except TimeoutError:
            _late.inc()
            return
        call = self._calls.by_id.get(call_id)
        if call is None:
            return
        self.contexts[call_id] = context
        if any(leg.popped for leg in call.legs.values()):
            self._bus.publish(CallerContextFound(at=self._clock.now(), call_id=call_id, context=context))
