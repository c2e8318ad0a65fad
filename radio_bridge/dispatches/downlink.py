"""The task that sends what is due: at once when something is new, again after the network was away."""

from __future__ import annotations

import asyncio

from core.errors import Unavailable
from core.log import logger
from radio_bridge.dispatches.service import Dispatches

_log = logger("radio_bridge")

POLL_S = 1.0


class Downlink:
    def __init__(self, dispatches: Dispatches) -> None:
        self._dispatches = dispatches
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something may be due now."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._dispatches.offer_due()
            except Unavailable as error:
                _log.info("jobs wait: a part is away", error=error.kind)
            try:
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            except TimeoutError:
                continue
