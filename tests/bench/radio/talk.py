"""Talk button → a radio's transmitter keyed, and the first sound there; beside it, by turns in the same
run, a radio that speaks to another one by the reflector alone, with nothing of ours.
"""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench.radio.city import City, group_of, unit
from tests.bench.radio.clocked import heard_at_radio
from tests.bench.radio.figures import Goal, below, ratio, table
from tests.bench.radio.onsets import looks, onsets
from tests.bench.radio.page import TONES, page_of, until_idle
from tests.bench.radio.terminal import Terminal
from tests.console.hand import mouse, place
from tests.console.page import Page
from tests.peers.audio import RATE
from tests.peers.svxlink import CARD_RATE, SvxLinkPeer

HZ: Final = 1000.0
GOAL_MS: Final = 300.0
TALK_S: Final = 0.8
TITLES: Final = {
    "granted": "terminal's talk button → granted",
    "keyed": "terminal's talk button → radio's transmitter keyed",
    "sound": "terminal's talk button → first sound at the radio's transmitter",
    "page_keyed": "button of the page in Chromium → radio's transmitter keyed",
    "page_sound": "button of the page in Chromium → first sound there",
    "bare_keyed": "radio speaks → other radio's transmitter keyed, reflector alone",
    "bare_sound": "radio speaks → first sound there, reflector alone",
}
TONE: Final = 0.3 * np.sin(2 * np.pi * HZ * np.arange(RATE) / RATE)


async def measure(city: City, times: int) -> dict[str, Any]:
    """Milliseconds; `lost` counts talks of which nothing was heard."""
    radio, other = city.radios
    found: dict[str, Any] = {"lost": 0, **{key: [] for key in TITLES}}
    terminal = Terminal(city, unit(0, "talker"), group_of(0))
    await terminal.start()
    terminal.line.say_sound(TONE, again=True)
    try:
        async with page_of(city, unit(0, "listener"), group_of(0)) as page:
            # The first round makes ways that are there afterwards.
            for number in range(times + 1):
                took = await _terminal(city, radio, terminal)
                took |= await _page(city, radio, page)
                took |= await _bare(city, radio, other)
                for key, value in took.items() if number else ():
                    if value is None:
                        found["lost"] += 1
                    else:
                        found[key].append(value)
    finally:
        await terminal.stop()
    return found


async def _terminal(city: City, radio: SvxLinkPeer, terminal: Terminal) -> dict[str, float | None]:
    await asyncio.to_thread(city.until_quiet, radio)
    radio.listen_anew()
    began, granted = await terminal.press()
    await asyncio.sleep(TALK_S)
    await terminal.let_go()
    return {"granted": (granted - began) * 1000, **_heard(radio, began, "keyed", "sound")}


async def _page(city: City, radio: SvxLinkPeer, page: Page) -> dict[str, float | None]:
    await asyncio.to_thread(city.until_quiet, radio)
    await until_idle(page)
    at = await place(page, "talk-button")
    radio.listen_anew()
    began = time.monotonic()
    await mouse(page, "mousePressed", at)
    await asyncio.sleep(TALK_S)
    await mouse(page, "mouseReleased", at)
    return _heard(radio, began, "page_keyed", "page_sound", hz=TONES)


async def _bare(city: City, radio: SvxLinkPeer, other: SvxLinkPeer) -> dict[str, float | None]:
    await asyncio.to_thread(city.until_quiet, radio)
    radio.listen_anew()
    began = time.monotonic()
    other.say(HZ, TALK_S)
    await asyncio.sleep(TALK_S + 0.3)
    return _heard(radio, began, "bare_keyed", "bare_sound")


def _heard(
    radio: SvxLinkPeer, began: float, keyed: str, sound: str, *, hz: Sequence[float] = (HZ,)
) -> dict[str, float | None]:
    """Milliseconds until then; the sound is any of these tones."""
    blocks = heard_at_radio(radio)
    first = sorted(at for one in hz for at in onsets(looks(blocks, CARD_RATE, one)))
    return {
        keyed: None if radio.keyed_at is None else (radio.keyed_at - began) * 1000,
        sound: (first[0] - began) * 1000 if first else None,
    }


def run(folder: Path, given: Namespace) -> dict[str, Any]:
    with City(folder, telephones=0) as city:
        return asyncio.run(measure(city, given.times))


def tell(found: dict[str, Any]) -> list[str]:
    ratios = [
        f"{who} p{share * 100:g} {ratio(found[key], found['bare_sound'], share):.2f}"
        for who, key in (("terminal", "sound"), ("page", "page_sound"))
        for share in (0.5, 0.95)
    ]
    return [
        *table((title, found[key]) for key, title in TITLES.items()),
        "",
        f"first sound, ours to the reflector alone: {', '.join(ratios)}; {found['lost']} not heard",
    ]


def goals(found: dict[str, Any]) -> list[Goal]:
    ways = {"sound": "a terminal", "page_sound": "the page"}
    return [
        below(found[key], GOAL_MS, f"talk button of {who} → first sound at a radio", found["lost"])
        for key, who in ways.items()
    ]
