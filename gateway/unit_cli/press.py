"""One press of push-to-talk from the command line, until it is released."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from gateway.unit_cli.button import ButtonState
from gateway.unit_cli.screen import Screen
from gateway.unit_cli.talk import News, TerminalFloor

TOLD_MOST: Final = 100


class OnePress:
    """`tell` is what the `TerminalFloor` is given."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._told: asyncio.Queue[ButtonState] = asyncio.Queue(TOLD_MOST)

    def tell(self, news: News) -> None:
        self._screen.floor(news)
        if isinstance(news, ButtonState):
            with contextlib.suppress(asyncio.QueueFull):
                self._told.put_nowait(news)

    async def hold(
        self, talk: TerminalFloor, group: str, seconds: float, *, emergency: bool, timeout_s: float
    ) -> bool:
        """Whether it had the floor of `group` for `seconds`."""
        try:
            async with asyncio.timeout(timeout_s):
                await talk.link.wait_connected(None)
                talk.press(group, emergency=emergency)
                if not await self._granted():
                    return False
        except TimeoutError:
            self._screen.line("floor_silent", talk.link.health().why)
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._told.get()
        except TimeoutError:
            talk.let_go()
            self._screen.line("floor_let_go")
            return True
        return False

    async def _granted(self) -> bool:
        while True:
            told = await self._told.get()
            if told.kind != "queued":
                return told.kind == "granted"
