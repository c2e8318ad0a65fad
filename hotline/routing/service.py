"""The priority of a caller who has just phoned: from what this process saw and, in time, from the history."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from core.clock import Clock
from core.log import logger
from core.metrics import counter
from hotline.events import CallerContext, CallOutcome
from hotline.ports import CallerHistory
from hotline.routing.model import EVERYBODY, Earlier, LatelyCalled, PriorityRules, from_history, priority

_log = logger("hotline")
_late = counter("hotline_priority_history_late", "Priorities given without the caller's history")
_given = counter("hotline_priorities", "Priorities given to callers", ["kind"])


MOST_RAISED = 5_000
"""Numbers remembered whose last call was put before others; the oldest are forgotten."""


class Priorities:
    """Nothing here is waited for longer than `rules.deadline_s`: the caller is on the line."""

    def __init__(self, rules: PriorityRules, history: CallerHistory, clock: Clock) -> None:
        self._ordinary = self._rules = rules
        self._history = history
        self._clock = clock
        self._lately = LatelyCalled()
        self._raised: dict[str, None] = {}

    def use(self, levels: Mapping[str, int]) -> None:
        """These levels instead of the ordinary ones, from the next caller on; empty: the ordinary ones."""
        self._rules = self._ordinary.model_copy(update=dict(levels)) if levels else self._ordinary

    def raised(self, number: str) -> bool:
        """Whether this caller's last call was put before others."""
        return number in self._raised

    def ended(self, number: str, outcome: CallOutcome, at: datetime) -> None:
        """An inbound call of this number is over."""
        self._lately.add(number, Earlier(at, abandoned=outcome is CallOutcome.ABANDONED))

    async def look_up(self, number: str) -> str:
        """Digits 1–20 for a caller's number; never raises. A withheld number is like everybody's."""
        if not number:
            return str(EVERYBODY)
        context = await self._context(number)
        mine = self._lately.of(number)
        told = [] if context is None else from_history(context)
        # The ledger and this process know the same call by slightly different times: count it once.
        earlier = mine if len(mine) >= len(told) else told
        found = priority(self._rules, self._clock.now(), earlier, context)
        _given.labels("raised" if found > EVERYBODY else "usual").inc()
        self._raised.pop(number, None)
        if found > EVERYBODY:
            self._raised[number] = None
            if len(self._raised) > MOST_RAISED:
                del self._raised[next(iter(self._raised))]
        return str(found)

    async def _context(self, number: str) -> CallerContext | None:
        try:
            async with asyncio.timeout(self._rules.deadline_s):
                return await self._history.whole(number)
        except TimeoutError:
            _late.inc()
        except Exception as error:  # noqa: BLE001  # a history that fails must not keep a caller waiting
            _late.inc()
            _log.warning("no history for a caller's priority", error=type(error).__name__)
        return None
