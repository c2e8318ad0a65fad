"""A tab of Firefox with the methods of `tests.console.page.Page`; Chromium's own protocol is refused."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from tests.console.page import Page, PageFault, place_of
from tests.peers.checkout import program
from tests.peers.program import PeerFailed

FOLDER: Final = Path(__file__).parent
START_S: Final = 60.0
ANSWER_S: Final = 60.0
LINE: Final = 64 * 1024 * 1024
INSERT: Final = "document.execCommand('insertText', false, {text})"


class FirefoxTab(Page):
    """`errors` has what its console shows in red, once `look` has asked for it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._wishes = itertools.count(1)
        self._one_at_a_time = asyncio.Lock()
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.version = ""

    async def ask(self, act: str, **more: Any) -> Any:
        """One wish after the other; raises `PageFault` when the browser refuses it."""
        async with self._one_at_a_time:
            number = next(self._wishes)
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"id": number, "act": act, **more}).encode() + b"\n")
            await self._process.stdin.drain()
            answer = await self.answer(ANSWER_S)
        if "error" in answer:
            raise PageFault(f"{act}: {answer['error']}")
        return answer["value"]

    async def answer(self, within: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), within)
        if not line:
            raise PeerFailed("Firefox ended; its log is firefox.log in the folder of the test")
        found: dict[str, Any] = json.loads(line)
        return found

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        raise PageFault(f"{method} is of Chromium's protocol")

    async def open(self, url: str) -> None:
        await self.ask("open", url=url)

    async def run(self, script: str) -> Any:
        return await self.ask("run", script=script)

    async def size(self, width: int, height: int) -> None:
        await self.ask("size", width=width, height=height)

    async def click(self, testid: str, *, hold_s: float = 0.0) -> None:
        await self.ask("click", hold=hold_s, **await place_of(self, testid))

    async def fill(self, testid: str, text: str) -> None:
        await self.focus(testid)
        await self.run("document.activeElement.select?.()")
        await self.run(INSERT.format(text=json.dumps(text)))

    async def press(
        self, key: str, *, ctrl: bool = False, alt: bool = False, shift: bool = False, hold_s: float = 0.0
    ) -> None:
        held = {"Control": ctrl, "Alt": alt, "Shift": shift}
        modifiers = [name for name, down in held.items() if down]
        await self.ask("press", key=key, modifiers=modifiers, hold=hold_s)

    async def picture(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(await self.ask("picture")))

    async def look(self) -> list[str]:
        """What its console has shown in red until now."""
        self.errors[:] = await self.ask("errors")
        return self.errors


@contextlib.asynccontextmanager
async def firefox_tab(folder: Path) -> AsyncIterator[FirefoxTab]:
    """A browser with a profile of its own; it ends with the block."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    firefox = program("firefox-esr", package="firefox-esr")
    with (folder / "firefox.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "node", "drive.mjs", str(firefox), str(profile),
            cwd=FOLDER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, limit=LINE,
        )  # fmt: skip
        try:
            tab = FirefoxTab(process)
            tab.version = str((await tab.answer(START_S))["value"])
            yield tab
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()
