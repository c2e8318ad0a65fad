"""Crews with the unit's page in real browsers, whose microphones speak a tone each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.console.ear import Ear, voice
from tests.console.page import Page, new_page
from tests.console.seats import take_terminal
from tests.peers.chromium import ChromiumPeer
from tests.real.radio.stage import TalkgroupStage

_COUNTED: Final = "document.querySelector('[data-testid=talkgroups]').dataset.state === 'counted'"
TONES: Final = {"app:17": 1000.0, "app:18": 700.0}
AIR: Final = 1300.0
"""What the radio says."""
DESK: Final = 500.0
"""What a dispatcher says."""


@dataclass(frozen=True, slots=True)
class Crew:
    """A unit's page that is signed in and listens."""

    uid: str
    page: Page
    ear: Ear

    @property
    def tone(self) -> float:
        return TONES[self.uid]

    async def until(self, state: str, *, seconds: float = 10) -> None:
        await self.page.until_attribute("talk", "data-state", state, seconds=seconds)

    async def state(self) -> str:
        return await self.page.attribute("talk", "data-state")


class Browsers:
    """One for each crew: a browser has one microphone."""

    def __init__(self, folder: Path, uids: Sequence[str] = tuple(TONES)) -> None:
        self._peers: dict[str, ChromiumPeer] = {}
        for uid in uids:
            home = folder / uid.replace(":", "-")
            home.mkdir(parents=True)
            speech = voice(home / "voice.wav", TONES[uid])
            self._peers[uid] = ChromiumPeer(home, speech=speech, extra=("--accept-lang=zh-CN",))

    def start(self) -> None:
        for peer in self._peers.values():
            peer.start()

    def close(self) -> None:
        for peer in self._peers.values():
            peer.close()

    def __getitem__(self, uid: str) -> ChromiumPeer:
        return self._peers[uid]


@contextlib.asynccontextmanager
async def crew(
    stage: TalkgroupStage, browsers: Browsers, uid: str, *groups: str, script: str = ""
) -> AsyncIterator[Crew]:
    """The page of a unit that listens to these groups; nobody waits for the voice here. `script` runs in the
    page before its own.
    """
    async with new_page(browsers[uid]) as page:
        ear = Ear(page, (*TONES.values(), AIR, DESK))
        await ear.open()
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=script)
        await take_terminal(page, stage.service.address, uid, stage.password(uid))
        await page.click("view-groups")
        for group in groups:
            await tick(page, group)
        yield Crew(uid, page, ear)
        await page.click("sign-out")
        await asyncio.sleep(0.2)


async def tick(page: Page, group: str) -> None:
    """Until the centre counts the unit as listening: a list of before may come after the first click."""
    async with asyncio.timeout(20):
        while not await page.run(f"({_box(group)}?.checked ?? false) && {_COUNTED}"):
            if await page.run(f"{_box(group)} && !{_box(group)}.checked"):
                await page.click(f"group-{group}")
            await asyncio.sleep(0.3)


def _box(group: str) -> str:
    return f"document.querySelector('[data-testid={_quoted(f'group-{group}')}]')"


def _quoted(text: str) -> Any:
    return f'"{text}"'
