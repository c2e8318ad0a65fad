"""Pre-emption, heard: emergency request of a unit → the former talker is silent at the radio's
transmitter and at another terminal in the conference.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from tests.bench.radio.city import City, group_of, unit
from tests.bench.radio.clocked import heard_at_radio
from tests.bench.radio.figures import Goal, below, table
from tests.bench.radio.onsets import Look, last_heard, looks
from tests.bench.radio.talk import HZ, TONE
from tests.bench.radio.terminal import Terminal
from tests.peers.audio import RATE
from tests.peers.svxlink import CARD_RATE

GOAL_MS: Final = 150.0
HEARD_S: Final = 0.3
"""Somebody who was not heard within this time before the cut cannot be cut off."""
TALK_S: Final = 1.0
AFTER_S: Final = 0.8


async def measure(city: City, times: int) -> dict[str, Any]:
    """Milliseconds from the press; `lost` counts ears that did not hear the talker at all."""
    radio = city.radios[0]
    talker, alarmed, listener = (
        Terminal(city, unit(0, name), group_of(0)) for name in ("talker", "alarmed", "listener")
    )
    terminals = (talker, alarmed, listener)
    found: dict[str, Any] = {"granted": [], "at_radio": [], "at_terminal": [], "lost": 0}
    try:
        for one in terminals:
            await one.start()
        talker.line.say_sound(TONE, again=True)
        for number in range(times + 1):
            await asyncio.to_thread(city.until_quiet, radio)
            radio.listen_anew()
            began, _ = await talker.press()
            await asyncio.sleep(TALK_S)
            pressed, granted = await alarmed.press(emergency=True)
            await asyncio.sleep(AFTER_S)
            ears = {
                "at_radio": looks(heard_at_radio(radio), CARD_RATE, HZ),
                "at_terminal": looks(listener.line.heard(began), RATE, HZ),
            }
            await alarmed.let_go()
            if not number:
                continue
            found["granted"].append((granted - pressed) * 1000)
            for ear, seen in ears.items():
                silent = _silent(seen, pressed)
                if silent is None:
                    found["lost"] += 1
                else:
                    found[ear].append(silent * 1000)
    finally:
        for one in terminals:
            await one.stop()
    return found


def _silent(seen: list[Look], pressed: float) -> float | None:
    """Seconds from the press to the end of the tone; None when it was not there before the press."""
    before = [one for one in seen if pressed - HEARD_S <= one[0] < pressed]
    end = last_heard(seen)
    if end is None or last_heard(before) is None:
        return None
    return max(0.0, end - pressed)


def run(folder: Path, given: Namespace) -> dict[str, Any]:
    with City(folder, telephones=0) as city:
        return asyncio.run(measure(city, given.times))


def tell(found: dict[str, Any]) -> list[str]:
    titles = {
        "granted": "emergency press → granted",
        "at_terminal": "emergency press → former talker silent at a terminal",
        "at_radio": "emergency press → former talker silent at the radio's transmitter",
    }
    return table((title, found[key]) for key, title in titles.items())


def goals(found: dict[str, Any]) -> list[Goal]:
    ears = {"at_terminal": "at a terminal", "at_radio": "at a radio"}
    heard = (not found["lost"], f"the talker was heard before: {found['lost']} times not")
    cuts = [
        below(found[key], GOAL_MS, f"emergency press → former talker silent {where}")
        for key, where in ears.items()
    ]
    return [*cuts, heard]
