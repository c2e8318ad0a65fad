"""Many talkgroups with a talker each, two of them patched to telephones: frames that we drop, and what it
takes.

In the first talkgroup a radio talks and a telephone hears, in the second one a telephone talks, in the
others units' terminals. Each talker says a tone for the same time after he was granted the floor. What we
drop is told by the role's own counters; what is missing at the far ends (where the switch, the reflector
and this machine have a part in it as well) by how long the tone was there.
"""

from __future__ import annotations

import asyncio
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench.companion import Companion
from tests.bench.radio.city import City, Telephone, group_of, unit
from tests.bench.radio.clocked import ClockedLine
from tests.bench.radio.figures import Goal
from tests.bench.radio.onsets import Block, looks, loud_s
from tests.bench.radio.steady import SteadyRadio
from tests.bench.radio.terminal import Terminal
from tests.bench.speech.usage import cpu_s
from tests.peers.audio import RATE
from tests.peers.handset import encode
from tests.real.service import Seat

HZ: Final = 1000.0
SETTLED_S: Final = 1.5
TAIL_S: Final = 1.5
FRAME_MS: Final = 20
FRAMES_A_SECOND: Final = 50
EDGE: Final = 3
"""Frames by which the window may be cut otherwise than a leg's clock."""


async def measure(city: City, seconds: float) -> dict[str, Any]:
    """`seconds` of tone from each talker."""
    listening, speaking = await asyncio.to_thread(_patches, city)
    terminals = [Terminal(city, unit(number, "talker"), group_of(number)) for number in range(2, city.groups)]
    with Companion("tests.bench.radio.hearer", log=city.folder / "hearer.log") as hearer:
        settings = {"port": city.reflector.port, "talkgroups": city.lines("EAR")}
        assert (await asyncio.to_thread(hearer.ask, settings=settings, hz=HZ))["up"] == city.groups
        try:
            for one in terminals:
                await one.start()
            await asyncio.to_thread(city.key, speaking[1], group_of(1), down=True)
            await asyncio.gather(*(one.press() for one in terminals))
            await asyncio.sleep(SETTLED_S)
            await asyncio.to_thread(hearer.ask)
            mouths = [speaking[0].line, *(one.line for one in terminals)]
            found = await _said(city, mouths, listening[0], seconds)
            at_reflector = await asyncio.to_thread(hearer.ask)
            found["missing"] = {
                group: _missing(at_reflector.get(group, 0.0), seconds)
                for group in (group_of(number) for number in range(city.groups))
            }
            for one in terminals:
                await one.let_go()
            await asyncio.to_thread(city.key, speaking[1], group_of(1), down=False)
        finally:
            for one in terminals:
                await one.stop()
    for citizen in (listening[0], speaking[0]):
        citizen.hang_up()
    return found


def _patches(city: City) -> tuple[tuple[Telephone, Seat], tuple[Telephone, Seat]]:
    return city.put_through(group_of(0)), city.put_through(group_of(1))


async def _said(
    city: City, mouths: Sequence[ClockedLine], telephone: Telephone, seconds: float
) -> dict[str, Any]:
    """All talk for so long; counters and processor time of it."""
    tone = encode(0.3 * np.sin(2 * np.pi * HZ * np.arange(round(seconds * RATE)) / RATE))
    pids = {
        "radio": city.radio.pid,
        "centre": city.service.program.pid,
        "switch": city.switch.program.pid,
    }
    counted = await asyncio.to_thread(city.counted)
    cpu = {name: cpu_s([pid]) for name, pid in pids.items()}
    began = time.monotonic()
    talking = city.radios[0]
    await asyncio.to_thread(talking.say, HZ, seconds)
    await asyncio.gather(*(asyncio.to_thread(mouth.say, tone) for mouth in mouths))
    await asyncio.sleep(seconds + TAIL_S)
    took = time.monotonic() - began
    used = {name: (cpu_s([pid]) - cpu[name]) / took for name, pid in pids.items()}
    after = await asyncio.to_thread(city.counted)
    change = {name: value - counted.get(name, 0.0) for name, value in after.items()}
    window = time.monotonic() - began
    assert isinstance(talking, SteadyRadio)
    microphone_late_s = await asyncio.to_thread(talking.late_s)
    on_telephone = looks(telephone.line.heard(began), RATE, HZ)
    return {
        "seconds": seconds,
        "cores": used,
        "mouths_late_ms": 1000 * max(_longest_pause(mouth.said(began)) for mouth in mouths),
        "microphone_late_ms": 1000 * microphone_late_s,
        "missing_at_telephone": _missing(1000 * loud_s(on_telephone), seconds),
        **_counted(change, window),
    }


def _longest_pause(said: Sequence[Block]) -> float:
    """Seconds between two frames beyond their length: what this process was held up."""
    return max((after - before for (before, _), (after, _) in pairwise(said)), default=0.0) - FRAME_MS / 1000


def _counted(change: Mapping[str, float], window: float) -> dict[str, Any]:
    """What went through us and what did not. The leg of the talkgroup in which a radio talks is silent
    outwards: so many frames are none that were dropped.
    """

    def of(name: str, **labels: str) -> int:
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return round(sum(
            value for row, value in change.items()
            if row.startswith(f"songhua_{name}_total") and all(one in row for one in wanted)
        ))  # fmt: skip

    silent = of("radio_bridge_conference_frames", way="out", fate="silent")
    dropped = {
        "out: not carried": max(0, silent - round(window * FRAMES_A_SECOND) - EDGE),
        "out: without a floor": of("radio_bridge_network_frames", way="unspoken"),
        "in: not carried": of("radio_bridge_conference_frames", way="in", fate="silent"),
        "in: pushed out": of("radio_bridge_conference_frames", way="in", fate="late"),
        "malformed": of("radio_bridge_network_malformed"),
    }
    return {
        "out": of("radio_bridge_conference_frames", way="out", fate="carried"),
        "in": of("radio_bridge_conference_frames", way="in", fate="carried"),
        "dropped": dropped,
        "legs_ended": of("radio_bridge_conference_legs_ended"),
    }


def _missing(heard_ms: float, seconds: float) -> int:
    return max(0, round((seconds * 1000 - heard_ms) / FRAME_MS))


def run(folder: Path, given: Namespace) -> dict[str, Any]:
    with City(folder, groups=given.groups, telephones=2, radio=SteadyRadio, recorded=True) as city:
        return asyncio.run(measure(city, given.seconds))


def tell(found: dict[str, Any]) -> list[str]:
    missing = found["missing"]
    return [
        f"| {len(missing)} talkgroups, a talker each for {found['seconds']:g} s, two patched | |",
        "|---|---|",
        f"| frames carried to the reflector, from it | {found['out']}, {found['in']} |",
        *(f"| dropped by us, {why} | {count} |" for why, count in found["dropped"].items()),
        f"| legs to the role radio that ended | {found['legs_ended']} |",
        f"| frames missing at a listener of the reflector | {sum(missing.values())} |",
        f"| the same in the worst talkgroup | {max(missing.values())} |",
        f"| a mouth of this process was late by at most | {found['mouths_late_ms']:.0f} ms |",
        f"| what the radio was fed with was late by at most | {found['microphone_late_ms']:.0f} ms |",
        f"| frames missing at the telephone that hears a radio | {found['missing_at_telephone']} |",
        *(f"| cores taken by {'the switch' if who == 'switch' else f'role {who}'} | {cores:.2f} |"
          for who, cores in found["cores"].items()),
    ]  # fmt: skip


def goals(found: dict[str, Any]) -> list[Goal]:
    dropped = sum(found["dropped"].values()) + found["legs_ended"]
    expected = round(found["seconds"] * FRAMES_A_SECOND) * (len(found["missing"]) - 1)
    return [
        (not dropped, f"no frame dropped by us: {dropped}"),
        (found["out"] >= expected, f"all talkers were carried: {found['out']} frames, {expected} were said"),
    ]
