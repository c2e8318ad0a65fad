"""Button → grant, emergency → the former talker is told, and unit events a second; without sound.

The role `radio` is the real one as a process of its own, the broker a real Mosquitto with the service's
own accounts; terminals are real MQTT clients in the bench's process, so their time is in the figures.
Beside it, in the same run, a bare aiomqtt loop that answers at once and keeps nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from tests.bench.companion import Companion
from tests.bench.radio import events
from tests.bench.radio.figures import Goal, quantile, table
from tests.bench.radio.probe import Probe
from tests.mqtt.broker import TENANT
from tests.mqtt.handset import Handset
from tests.real.radio.stage import TalkgroupStage

GRANT_GOAL_MS = 50.0
EMERGENCY_GOAL_MS = 150.0
EVENTS_GOAL = 2000.0
FIELD = "app:field"
PAUSE_S = 0.02
TALK_S = (1.0, 4.0)


def members(number: int) -> list[str]:
    """The units of a group: two that are measured, one that talks."""
    return [f"app:{number}-{role}" for role in ("a", "b", "talker")]


def names(groups: int, units: int) -> dict[str, list[str]]:
    loud = {f"app:group-{number}": members(number) for number in range(groups)}
    return {**loud, FIELD: [f"app:field-{number}" for number in range(units)]}


async def grants(probe: Probe, presses: int) -> list[float]:
    """Milliseconds from press to grant, one after the other on a free floor."""
    found: list[float] = []
    for _ in range(presses):
        request, took = await probe.press()
        if took is not None:
            found.append(took * 1000)
        await probe.let_go(request)
        await asyncio.sleep(PAUSE_S * random.random())
    return found


async def echoes(probe: Probe, presses: int) -> list[float]:
    """The same towards the bare loop, which knows no release."""
    found: list[float] = []
    for _ in range(presses):
        _, took = await probe.press()
        if took is not None:
            found.append(took * 1000)
        await asyncio.sleep(PAUSE_S * random.random())
    return found


async def pre_emptions(talker: Probe, alarmed: Probe, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the emergency press until the former talker is told, and until it is granted."""
    told, granted = [], []
    for _ in range(times):
        held, _ = await talker.press()
        revoked = talker.awaits(held, "revoked")
        began = time.perf_counter()
        pressing = asyncio.ensure_future(alarmed.press(emergency=True))
        at = await talker.got(revoked)
        request, took = await pressing
        if at is not None and took is not None:
            told.append((at - began) * 1000)
            granted.append(took * 1000)
        await alarmed.let_go(request)
        await asyncio.sleep(PAUSE_S)
    return told, granted


async def chatter(handset: Handset) -> None:
    """Talk for a while, be silent for a while, without end."""
    while True:
        await handset.press()
        await asyncio.sleep(random.uniform(*TALK_S))
        await handset.let_go()
        await asyncio.sleep(random.uniform(0.1, 1.0))


async def measure(
    stage: TalkgroupStage, presses: int, groups: int, units: int, rounds: int
) -> dict[str, Any]:
    group, (first, second, _) = "app:group-0", members(0)
    pair = Probe(first, stage.account(first), group), Probe(second, stage.account(second), group)
    for probe in pair:
        await stage.may_hear(probe.uid, group)
        await probe.start()
    found: dict[str, Any] = {}
    with Companion(
        "tests.bench.radio.bare", str(stage.broker.port), TENANT, log=stage.folder / "bare.log"
    ) as bare:
        bare.write(stage.broker.rendered.passwords["radio"])
        assert bare.read().strip() == "listening"
        await echoes(pair[0], 20)
        found["bare"] = await echoes(pair[0], presses)
        found["bare_events"] = await asyncio.to_thread(taken, stage, units, bare.pid, rounds)
    await asyncio.to_thread(stage.radio.start)
    watcher = await stage.handset(members(0)[2], group)
    await grants(pair[0], 20)
    found["one_talkgroup"] = await grants(pair[0], presses)
    found["emergency_told"], found["emergency_granted"] = await pre_emptions(*pair, presses // 4)
    talkers = [await stage.handset(members(number)[2], f"app:group-{number}") for number in range(1, groups)]
    chatting = [asyncio.ensure_future(chatter(one)) for one in talkers]
    await asyncio.sleep(TALK_S[1])
    found["all_talkgroups"] = await grants(pair[0], presses)
    for one in chatting:
        one.cancel()
    await asyncio.gather(*chatting, return_exceptions=True)
    found["lost"] = sum(probe.lost for probe in pair)
    found["seen"] = len(watcher.states)
    for probe in pair:
        await probe.stop()
    await stage.mend()
    found["events"] = await asyncio.to_thread(taken, stage, units, stage.radio.program.pid, rounds)
    return found


def taken(stage: TalkgroupStage, units: int, receiver: int, rounds: int) -> dict[str, dict[str, Any]]:
    with events.field(stage, names(0, units)[FIELD]) as companion:
        return events.measure(companion, receiver, rounds)


def run(folder: Path, given: Namespace) -> dict[str, Any]:
    """Everything on a stage of its own."""
    stage = TalkgroupStage(folder, groups=names(given.groups, given.units))
    try:
        stage.start(radio=False)
        found = asyncio.run(measure(stage, given.presses, given.groups, given.units, given.rounds))
    finally:
        stage.close()
    found["asked"] = {
        "presses": given.presses, "groups": given.groups, "units": given.units, "rounds": given.rounds,
    }  # fmt: skip
    return found


def tell(found: dict[str, Any]) -> list[str]:
    others = found["asked"]["groups"] - 1
    titles = {
        "bare": "bare loop: press → sent back",
        "one_talkgroup": "press → granted, nobody else talks",
        "all_talkgroups": f"press → granted, {others} other talkgroups with a talker each",
        "emergency_granted": "emergency press → granted, somebody talks",
        "emergency_told": "emergency press → former talker told",
    }
    rows = table((title, found[key]) for key, title in titles.items())
    return [f"{found['lost']} presses without an answer", "", *rows, "", events.rows(found)]


def goals(found: dict[str, Any]) -> list[Goal]:
    granted = max(quantile(found[key], 0.95) for key in ("one_talkgroup", "all_talkgroups"))
    told = quantile(found["emergency_told"], 0.95)
    mixed, reports = (found["events"][load]["per_cpu_second"] for load in ("mixed", "reports"))
    unheard = sum(load["lost"] for load in found["events"].values())
    return [
        (granted < GRANT_GOAL_MS, f"press → granted, p95 < {GRANT_GOAL_MS:g} ms: {granted:.1f} ms"),
        (told < EMERGENCY_GOAL_MS, f"emergency → talker told, p95 < {EMERGENCY_GOAL_MS:g} ms: {told:.1f} ms"),
        (mixed >= EVENTS_GOAL, f"{EVENTS_GOAL:g} mixed events/s of one core: {mixed:.0f}"),
        (reports >= EVENTS_GOAL, f"{EVENTS_GOAL:g} texts/s of one core: {reports:.0f}"),
        (not found["lost"] and not unheard, f"none lost: {found['lost']} presses, {unheard} texts"),
    ]
