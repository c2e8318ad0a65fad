"""Waits until the switch shows what was asked of it: an answer says what is, not what was wished for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class ControlWatch:
    """`look` is called whenever a call has changed."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], Callable[[], bool]] = {}

    def look(self) -> None:
        """Complete the acts whose result the switch has shown."""
        for future, seen in list(self._waiting.items()):
            if not future.done() and seen():
                future.set_result(None)

    async def until(self, seen: Callable[[], bool], within_s: float) -> bool:
        """True as soon as `seen` holds, False when it did not within the time."""
        if seen():
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[future] = seen
        try:
            async with asyncio.timeout(within_s):
                await future
        except TimeoutError:
            return seen()
        finally:
            del self._waiting[future]
        return True
