"""The unit's page in a real Chromium, in one talkgroup; its talk button is pressed by a mouse."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.radio.city import City
from tests.console.page import Page, new_page
from tests.console.seats import take_terminal
from tests.peers.audio import RATE, write_wav
from tests.peers.chromium import ChromiumPeer
from tests.real.radio.crew_pages import tick

TONES: Final = (1000.0, 700.0)
"""What its microphone says, by turns of 100 ms without a pause: a tone that stays would be suppressed as
noise, and a pause at the moment of the grant would be waited for.
"""


@contextlib.asynccontextmanager
async def page_of(city: City, uid: str, group: str) -> AsyncIterator[Page]:
    """Signed in, and its leg is in the conference."""
    home = city.folder / "page"
    home.mkdir()
    browser = ChromiumPeer(home, speech=_voice(home / "voice.wav"), extra=("--accept-lang=zh-CN",))
    await asyncio.to_thread(browser.start)
    try:
        async with new_page(browser) as page:
            await take_terminal(page, city.service.address, uid, city.password(uid))
            await page.click("view-groups")
            await tick(page, group)
            await until_idle(page)
            yield page
    finally:
        await asyncio.to_thread(browser.close)


async def until_idle(page: Page) -> None:
    await page.until_attribute("talk", "data-state", "idle", seconds=20)


def _voice(path: Path) -> Path:
    times = np.arange(RATE) / RATE
    first = (times % 0.2) < 0.1
    waves = [np.sin(2 * np.pi * hz * times) for hz in TONES]
    return write_wav(path, 0.5 * np.where(first, *waves))
