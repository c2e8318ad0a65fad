"""Mouth to ear through a patch, by the beginnings of bursts of a tone: telephone → radio and radio →
telephone.

Between bursts the radio hums quietly, so that its squelch stays open and a talk goes on; the beginning of
a radio's talk, where the squelch opens and the floor is taken, is a figure of its own.
"""

from __future__ import annotations

import random
import time
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from tests.bench.radio.city import City, Telephone, group_of
from tests.bench.radio.clocked import heard_at_radio, said_at_radio
from tests.bench.radio.figures import Goal, table
from tests.bench.radio.onsets import bursts, delays, looks, onsets
from tests.peers.audio import RATE
from tests.peers.svxlink import CARD_RATE, SvxLinkPeer

AIR_HZ: Final = 1300.0
PHONE_HZ: Final = 1000.0
WITHIN_S: Final = 0.55
"""Shorter than from one burst to the next."""
AFTER_S: Final = 1.0
TITLES: Final = {
    "phone_to_radio": "telephone → radio, in a talk",
    "radio_to_phone": "radio → telephone, in a talk",
    "radio_to_phone_first": "radio → telephone, the first sound of a talk",
}


def measure(city: City, times: int) -> dict[str, Any]:
    """Milliseconds, each with how many bursts never came."""
    radio = city.radios[0]
    citizen, seat = city.put_through(group_of(0))
    found: dict[str, Any] = {}
    city.until_quiet(radio)
    time.sleep(AFTER_S)
    found["radio_to_phone"] = _radio_talks(radio, citizen, times)
    found["radio_to_phone_first"] = _radio_begins(city, radio, citizen, times)
    city.until_quiet(radio)
    city.key(seat, group_of(0), down=True)
    time.sleep(AFTER_S)
    found["phone_to_radio"] = _phone_talks(radio, citizen, times)
    city.key(seat, group_of(0), down=False)
    citizen.hang_up()
    city.switch.wait_idle(20)
    return found


def _gaps(times: int) -> list[float]:
    """Of no whole number of frames: a burst begins anywhere in one."""
    return [random.uniform(0.4, 0.6) for _ in range(times)]


def _radio_talks(radio: SvxLinkPeer, citizen: Telephone, times: int) -> dict[str, Any]:
    began = time.monotonic()
    # The first two make the talk.
    radio.say_sound(bursts(CARD_RATE, AIR_HZ, _gaps(times + 2), level=0.3, hum=0.15))
    _wait_until_said(radio)
    said = onsets(looks(said_at_radio(radio, began), CARD_RATE, AIR_HZ))
    heard = onsets(looks(citizen.line.heard(began), RATE, AIR_HZ))
    return _told(said[2:], heard)


def _radio_begins(city: City, radio: SvxLinkPeer, citizen: Telephone, times: int) -> dict[str, Any]:
    said: list[float] = []
    heard: list[float] = []
    for _ in range(times):
        city.until_quiet(radio)
        time.sleep(random.uniform(0.3, 0.4))
        began = time.monotonic()
        radio.say(AIR_HZ, 0.4)
        _wait_until_said(radio)
        said += onsets(looks(said_at_radio(radio, began), CARD_RATE, AIR_HZ))
        heard += onsets(looks(citizen.line.heard(began), RATE, AIR_HZ))
    return _told(said, heard)


def _phone_talks(radio: SvxLinkPeer, citizen: Telephone, times: int) -> dict[str, Any]:
    radio.listen_anew()
    began = time.monotonic()
    sound = bursts(RATE, PHONE_HZ, _gaps(times), level=0.3)
    citizen.line.say_sound(sound)
    time.sleep(len(sound) / RATE + AFTER_S)
    said = onsets(looks(citizen.line.said(began), RATE, PHONE_HZ))
    return _told(said, onsets(looks(heard_at_radio(radio), CARD_RATE, PHONE_HZ)))


def _wait_until_said(radio: SvxLinkPeer) -> None:
    while radio.speaking:
        time.sleep(0.05)
    time.sleep(AFTER_S)


def _told(said: list[float], heard: list[float]) -> dict[str, Any]:
    found, lost = delays(said, heard, within=WITHIN_S)
    return {"ms": [one * 1000 for one in found], "lost": lost}


def run(folder: Path, given: Namespace) -> dict[str, Any]:
    with City(folder) as city:
        return measure(city, given.times)


def tell(found: dict[str, Any]) -> list[str]:
    return table((title, found[key]["ms"]) for key, title in TITLES.items())


def goals(found: dict[str, Any]) -> list[Goal]:
    """How long it takes has no goal; that it comes has."""
    lost = sum(found[key]["lost"] for key in TITLES)
    came = sum(len(found[key]["ms"]) for key in TITLES)
    return [(bool(came) and not lost, f"every burst is heard: {lost} of {came + lost} were not")]
