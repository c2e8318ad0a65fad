"""Orders password hashing. A hash takes a core for a while: only a few are computed at once and the others
wait in fair order, so that a flood of guesses does not delay sign-ins.

Each address waits in a lane of its own, each known device too. Lanes are served one after the other, those of
known devices twice as often as all others together. A lane holds a few; who finds it full is refused.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.metrics import counter, gauge
from identity.errors import TooManyAttempts

PER_LANE = 64
"""Who wait in one lane: a shift that signs in together behind one address."""
IN_ALL = 1_000
KNOWN_IN_A_ROW = 2

_waiting = gauge("identity_sign_ins_waiting", "Sign-ins that wait for their password to be compared")
_full = counter("identity_sign_ins_crowded_out", "Sign-ins refused because too many wait already")


class SignInTurns:
    """Gives `at_once` turns at a time."""

    def __init__(self, at_once: int, *, per_lane: int = PER_LANE, in_all: int = IN_ALL) -> None:
        self._free = at_once
        self._per_lane = per_lane
        self._in_all = in_all
        self._known: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._others: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._known_in_a_row = 0
        self._count = 0

    @asynccontextmanager
    async def turn(self, lane: str, *, known: bool) -> AsyncIterator[None]:
        """Wait for a turn. Raises `TooManyAttempts` when the lane is full."""
        if self._free > 0:
            self._free -= 1
        else:
            await self._wait(self._known if known else self._others, lane)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, lanes: OrderedDict[str, deque[asyncio.Future[None]]], lane: str) -> None:
        waiting = lanes.setdefault(lane, deque())
        if len(waiting) >= self._per_lane or self._count >= self._in_all:
            if not waiting:
                del lanes[lane]
            _full.inc()
            raise TooManyAttempts(remedy="wait 10 s")
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(mine)
        self._counted(1)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """The turn that ends goes to the next who still waits."""
        while self._known or self._others:
            known = bool(self._known) and (not self._others or self._known_in_a_row < KNOWN_IN_A_ROW)
            self._known_in_a_row = self._known_in_a_row + 1 if known else 0
            lanes = self._known if known else self._others
            lane, waiting = lanes.popitem(last=False)
            first = waiting.popleft()
            if waiting:
                lanes[lane] = waiting
            self._counted(-1)
            if not first.done():
                first.set_result(None)
                return
        self._free += 1

    def _counted(self, change: int) -> None:
        self._count += change
        _waiting.set(self._count)
