"""A person's day at a page: each press, click, choice and typed text is counted, and so is what was shown."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.console.page import Page, new_page
from tests.console.seats import fill_in
from tests.peers.chromium import ChromiumPeer
from tests.peers.songhua import Person
from tests.scripts.desk_clauses import observed

AT_LEAST: Final = 40
QUALITY: Final = 70
SETTLES_S: Final = 0.7
"""Until the page has drawn itself in the other language, its map too."""


@dataclass(slots=True)
class Day:
    """`story` names the rows of the table that it must show; `acts` are the actions in their order."""

    story: str
    acts: list[str] = field(default_factory=list)
    keys: int = 0
    shown: set[str] = field(default_factory=set)

    @contextlib.contextmanager
    def shows(self, row: str) -> Iterator[None]:
        """The steps in this block show that what was observed in this row is mended."""
        assert row in observed(self.story), f"{self.story} has no row {row}"
        yield
        self.shown.add(row)

    @contextlib.contextmanager
    def presses(self, most: int) -> Iterator[None]:
        """By keys alone, and not by more of them."""
        acts, keys = len(self.acts), self.keys
        yield
        done = self.acts[acts:]
        assert len(done) == self.keys - keys, f"not by keys alone: {done}"
        assert len(done) <= most, done

    def ends(self) -> None:
        """It was a whole day, and showed each of its rows."""
        assert len(self.acts) >= AT_LEAST, f"{len(self.acts)} actions"
        assert self.shown == observed(self.story), observed(self.story) - self.shown


class Hand:
    """A page, and the hand that works at it. `page` is looked at without being counted."""

    def __init__(self, page: Page, day: Day) -> None:
        self.page = page
        self.day = day

    async def open(self, url: str) -> None:
        self.day.acts.append(f"open {url}")
        await self.page.open(url)

    async def click(self, testid: str, *, hold_s: float = 0.0) -> None:
        self.day.acts.append(f"click {testid}")
        one = f"document.querySelector('[data-testid=\"{testid}\"]')"
        await self.page.until(f"{one} && !{one}.disabled", f"{testid} to press", seconds=40)
        await self.page.click(testid, hold_s=hold_s)

    async def fill(self, testid: str, text: str) -> None:
        self.day.acts.append(f"fill {testid}")
        await self.page.fill(testid, text)

    async def choose(self, testid: str, value: str) -> None:
        self.day.acts.append(f"choose {testid}")
        await self.page.choose(testid, value)

    async def press(
        self, key: str, *, ctrl: bool = False, alt: bool = False, shift: bool = False, hold_s: float = 0.0
    ) -> None:
        self.day.acts.append(f"press {key}")
        self.day.keys += 1
        await self.page.press(key, ctrl=ctrl, alt=alt, shift=shift, hold_s=hold_s)

    async def sees(self, testid: str, *, seconds: float = 20) -> None:
        await self.page.until(
            f"document.querySelector('[data-testid=\"{testid}\"]') !== null", testid, seconds=seconds
        )

    async def misses(self, testid: str, *, seconds: float = 20) -> None:
        await self.page.until(
            f"document.querySelector('[data-testid=\"{testid}\"]') === null", f"no {testid}", seconds=seconds
        )

    async def reads(self, testid: str, words: str, *, seconds: float = 20) -> None:
        text = f"(document.querySelector('[data-testid=\"{testid}\"]')?.innerText ?? '')"
        await self.page.until(f"{text}.includes('{words}')", f"{words} in {testid}", seconds=seconds)

    async def state(self, testid: str, name: str, wanted: str, *, seconds: float = 30) -> None:
        await self.page.until_attribute(testid, f"data-{name}", wanted, seconds=seconds)

    async def workspace(self, name: str) -> None:
        await self.click(f"view-{name}")
        await self.page.until(f"document.querySelector('main[data-workspace={name}]')?.children.length", name)

    async def picture(self, name: str, *languages: str) -> None:
        """In both languages, where pictures are wanted: `python -m tests.real.stories.pictures`."""
        folder = os.environ.get("SONGHUA_PICTURES")
        if not folder or type(self.page) is not Page:
            return
        for language in languages or ("en", "zh"):
            if await self.page.has("language"):
                await self.page.choose("language", language)
            await asyncio.sleep(SETTLES_S)
            shot = await self.page.command("Page.captureScreenshot", format="webp", quality=QUALITY)
            (Path(folder) / f"{name}-{language}.webp").write_bytes(base64.b64decode(shot["data"]))

    async def sign_in(self, address: str, person: Person) -> None:
        await self.page.size(1440, 900)
        await self.open(f"{address}/desk/")
        await fill_in(self.page, person.id, person.password)
        self.day.acts += ["fill sign-in-user", "fill sign-in-password", "click sign-in-submit"]
        await self.state("link-state", "state", "live")


@contextlib.asynccontextmanager
async def hand_at(browser: ChromiumPeer, day: Day) -> AsyncIterator[Hand]:
    """In a tab with cookies of its own."""
    async with new_page(browser) as page:
        yield Hand(page, day)
