"""The bench `radio`, as far as its parts are there: button → grant, emergency → the former talker is told,
and unit events a second.

`scripts/bench radio` (about four minutes), `--presses N`, `--groups N`, `--units N`, `--rounds N`. The role
`radio` is the real one as a process of its own, the broker a real Mosquitto with the service's own accounts;
terminals are real MQTT clients in the bench's process, so their time is in the figures. Beside it, in the
same run, a bare aiomqtt loop that answers at once and keeps nothing. No sound is measured: there is none yet.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.companion import Companion
from tests.bench.radio import events
from tests.bench.radio.probe import Probe
from tests.mqtt.broker import TENANT
from tests.mqtt.handset import Handset
from tests.peers.checkout import HOME
from tests.real.radio.stage import Stage

GRANT_GOAL_MS = 50.0
EMERGENCY_GOAL_MS = 150.0
EVENTS_GOAL = 2000.0
FIELD = "app:field"
LOUD_GROUPS = 16
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


async def measure(stage: Stage, presses: int, groups: int, units: int, rounds: int) -> dict[str, Any]:
    group, (first, second, _) = "app:group-0", members(0)
    pair = Probe(first, stage.account(first), group), Probe(second, stage.account(second), group)
    for probe in pair:
        await stage.may_hear(probe.uid, group)
        await probe.start()
    found: dict[str, Any] = {}
    with Companion("tests.bench.radio.bare", str(stage.broker.port), TENANT, log=stage.log("bare")) as bare:
        bare.write(stage.broker.rendered.passwords["radio"])
        assert bare.read().strip() == "listening"
        await echoes(pair[0], 20)
        found["bare"] = await echoes(pair[0], presses)
        found["bare_events"] = await asyncio.to_thread(taken, stage, units, bare.pid, rounds)
    await asyncio.to_thread(stage.start_radio)
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
    found["events"] = await asyncio.to_thread(taken, stage, units, stage.radio.pid, rounds)
    return found


def taken(stage: Stage, units: int, receiver: int, rounds: int) -> dict[str, dict[str, Any]]:
    with events.field(stage, names(0, units)[FIELD]) as companion:
        return events.measure(companion, receiver, rounds)


def quantile(values: Sequence[float], share: float) -> float:
    """Nearest rank: a value that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def table(found: dict[str, Any], groups: int) -> str:
    rows = (
        ("bare loop: press → sent back", "bare"),
        ("press → granted, nobody else talks", "one_talkgroup"),
        (f"press → granted, {groups - 1} other talkgroups with a talker each", "all_talkgroups"),
        ("emergency press → granted, somebody talks", "emergency_granted"),
        ("emergency press → former talker told", "emergency_told"),
    )
    lines = ["| | n | p50 ms | p95 ms | max ms |", "|---|---|---|---|---|"]
    for title, key in rows:
        values = found[key]
        figures = [
            statistics.median(values) if values else float("nan"),
            quantile(values, 0.95),
            max(values, default=float("nan")),
        ]
        lines.append(f"| {title} | {len(values)} | " + " | ".join(f"{one:.1f}" for one in figures) + " |")
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--presses", type=int, default=400)
    arguments.add_argument("--groups", type=int, default=LOUD_GROUPS)
    arguments.add_argument("--units", type=int, default=40, help="that say events all the time")
    arguments.add_argument("--rounds", type=int, default=25, help="of each of them, for each load")
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-radio-", dir=HOME) as name:
        stage = Stage(Path(name), groups=names(chosen.groups, chosen.units))
        try:
            stage.start(radio=False)
            found = asyncio.run(measure(stage, chosen.presses, chosen.groups, chosen.units, chosen.rounds))
        finally:
            stage.close()
    found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count(), "load_before": load}
    found["asked"] = {
        "presses": chosen.presses, "groups": chosen.groups, "units": chosen.units, "rounds": chosen.rounds,
    }  # fmt: skip
    chosen.out.write_text(json.dumps(found, indent=1))
    print(f"load before {load:.1f}; {found['lost']} presses without an answer\n")
    print(table(found, chosen.groups) + "\n")
    print(events.rows(found) + "\n")
    return judge(found)


def judge(found: dict[str, Any]) -> int:
    """Say of each goal whether it is reached; 0 when all are."""
    granted = max(quantile(found[key], 0.95) for key in ("one_talkgroup", "all_talkgroups"))
    told = quantile(found["emergency_told"], 0.95)
    mixed, reports = (found["events"][load]["per_cpu_second"] for load in ("mixed", "reports"))
    unheard = sum(load["lost"] for load in found["events"].values())
    goals = (
        (granted < GRANT_GOAL_MS, f"press → granted, p95 < {GRANT_GOAL_MS:g} ms: {granted:.1f} ms"),
        (told < EMERGENCY_GOAL_MS, f"emergency → talker told, p95 < {EMERGENCY_GOAL_MS:g} ms: {told:.1f} ms"),
        (mixed >= EVENTS_GOAL, f"{EVENTS_GOAL:g} mixed events/s of one core: {mixed:.0f}"),
        (reports >= EVENTS_GOAL, f"{EVENTS_GOAL:g} texts/s of one core: {reports:.0f}"),
        (not found["lost"] and not unheard, f"none lost: {found['lost']} presses, {unheard} texts"),
    )
    for reached, words in goals:
        print(f"{'reached' if reached else 'MISSED '} {words}")
    return 0 if all(reached for reached, _ in goals) else 1


if __name__ == "__main__":
    raise SystemExit(main())
