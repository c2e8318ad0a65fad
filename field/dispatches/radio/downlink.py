"""The task that sends what is due: at once when something is new, again after the network was away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from core.errors import Unavailable
from core.log import logger

_log = logger("field")

POLL_S = 1.0


class Downlink:
    """`offers` are what sends, each in its turn; the first that finds the network away ends the round."""

    def __init__(self, *offers: Callable[[], Awaitable[int]]) -> None:
        self._offers = offers
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something may be due now."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                for offer in self._offers:
                    await offer()
            except Unavailable as error:
                _log.info("what is for units waits: a part is away", error=error.kind)
            try:
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            except TimeoutError:
                continue
