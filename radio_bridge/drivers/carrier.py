"""What all carriers of a session do alike: open its link when it asks, keep its time, carry out in order what
it asks for.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from core.clock import Clock

Effect = TypeVar("Effect")
Asked_co = TypeVar("Asked_co", covariant=True)


class LinkSession(Protocol[Asked_co]):
    """A pure session that asks for its link by an effect."""

    def start(self) -> Iterable[Asked_co]:
        """Effects of the beginning."""
        ...

    def tick(self) -> Iterable[Asked_co]:
        """Effects of deadlines that have passed."""
        ...

    def stop(self) -> Iterable[Asked_co]:
        """Effects of a farewell."""
        ...

    def wakeup(self) -> float | None:
        """When `tick` is due, on the session's clock; None: nothing is."""
        ...


class LinkCarrier(ABC, Generic[Effect]):
    """Run `run` for as long as it lives."""

    def __init__(self, session: LinkSession[Effect], clock: Clock) -> None:
        self.session = session
        self._clock = clock
        self._connect_asked = False
        self._changed = asyncio.Event()
        self._waiting: deque[Effect] = deque()
        self._doing = False

    def do(self, effects: Iterable[Effect]) -> None:
        """Carry out what the session asks for, in order; what is asked meanwhile comes after it."""
        self._waiting.extend(effects)
        if self._doing:
            return
        self._doing = True
        try:
            while self._waiting:
                self._do(self._waiting.popleft())
        finally:
            self._doing = False
        self._changed.set()

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        try:
            self.do(self.session.start())
            while True:
                if self._connect_asked:
                    self._connect_asked = False
                    await self._open()
                self.do(self.session.tick())
                self._changed.clear()
                if self._connect_asked:
                    continue
                due = self.session.wakeup()
                pause = None if due is None else max(0.0, due - self._clock.monotonic())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._changed.wait()
        finally:
            self.do(self.session.stop())

    def _connect(self) -> None:
        """The session asks for its link: it is opened in the next round."""
        self._connect_asked = True

    @abstractmethod
    def _do(self, effect: Effect) -> None:
        """One thing that the session asks for or tells. It does not wait."""

    @abstractmethod
    async def _open(self) -> None:
        """Open the link and tell the session what became of it."""
