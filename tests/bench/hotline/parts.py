"""The three parts: many calls for long, growth, and agents whose state must be right at every look."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from core.ids import leg_id
from tests.bench.hotline import record
from tests.bench.hotline.sample import Sampler, memory, share_of_core
from tests.bench.hotline.sip import Callers
from tests.bench.hotline.stage import Plan, Stage
from tests.bench.hotline.units import Units
from tests.peers.checkout import HOME
from tests.peers.program import PeerFailed

STATES = {"Up": "up", "Ringing": "ringing"}
CHANNEL = re.compile(r"^PJSIP/")
SETTLE_S = 20.0
"""After the start and after a level: sign-ins, snapshots and the ledger's last lines are over then."""
IDLE_S = 10.0
DRAIN_S = 60.0
FEWEST = 20
"""Calls in a window of the growth table: fewer say nothing."""


@contextmanager
def staged(folder: Path, plan: Plan, as_units: bool) -> Iterator[Stage]:
    """`as_units`: switch and centre share the cores as deployed, see `units.py`."""
    with ExitStack() as stack:
        stage = Stage(folder, plan, stack)
        if as_units:
            stage.units = stack.enter_context(Units())
            for name, pid in stage.pids().items():
                stage.units.add(name, pid)
        try:
            yield stage
        except BaseException:
            stage.keep_logs(HOME / "bench" / "hotline-logs")
            raise


def load(
    folder: Path, *, calls: int, rate: float, minutes: float, taps: int, desks: int, as_units: bool
) -> dict[str, Any]:
    """`calls` at once, `rate` a second, for `minutes` after the ramp."""
    stay = calls / rate
    count = int(rate * (minutes * 60 + stay))
    plan = Plan(
        calls=int(calls * 1.15) + 10, agents=int(calls * 1.1) + 10, desks=min(desks, calls), taps=taps
    )
    with staged(folder, plan, as_units) as stage, Sampler(stage, "load") as sampler:
        callers = Callers(
            folder / "callers", stage.switch, rate=rate, count=count, stay_s=stay,
            at_once=int(calls * 1.15) + 10, speech=stage.speech,
        )  # fmt: skip
        try:
            sampler.line = lambda: f"| SIPp {callers.now} now, {callers.placed}/{count} placed"
            began = time.time()
            stage.dial(callers)
            callers.wait(count / rate + stay + 120)
            ended = time.time()
            failed, placed = callers.failed, callers.placed
            left = still_open(stage)
        finally:
            callers.close()
        kept = record.settle(stage, placed)
        steady = sampler.seen.between(began + stay, ended - stay)
        seen = stage.desks.end()
        centre, switch = share_of_core(steady)
        return {
            "asked": {"calls": calls, "rate": rate, "minutes": minutes, "taps": taps, "desks": plan.desks},
            "placed": placed,
            "failed": failed,
            "open_after": left,
            "most_at_once": max((one.calls for one in sampler.seen.samples), default=0),
            "most_taps": max((one.taps for one in sampler.seen.samples), default=0),
            "centre_cores": round(centre, 3),
            "switch_cores": round(switch, 3),
            "centre_ms_a_call": round(centre / rate * 1000, 1),
            "memory": memory(steady),
            "pop": record.pops(stage, seen),
            "lag": record.lags(seen),
            "record": kept,
            "shed": sampler.seen.shed,
            "first_shed_s": sampler.seen.first_shed_s,
            "sink": stage.sink.end(),
            "troubles": sampler.troubles,
            "samples": [[round(one.at - began, 1), round(one.cpu_s, 2), round(one.rss_mb, 1), one.calls,
                         one.taps] for one in sampler.seen.samples],
        }  # fmt: skip


def growth(
    folder: Path, *, levels: list[int], stay: float, desks: int, as_units: bool
) -> list[dict[str, Any]]:
    """The same calls (`stay` seconds each), more of them at once: centre's processor time for one."""
    found = []
    most = max(levels)
    plan = Plan(calls=int(most * 1.15) + 10, agents=int(most * 1.1) + 10, desks=desks, taps=0)
    with staged(folder, plan, as_units) as stage, Sampler(stage, "growth") as sampler:
        for level in levels:
            time.sleep(SETTLE_S + IDLE_S)
            idle = share_of_core(sampler.seen.between(time.time() - IDLE_S, time.time()))[0]
            rate = level / stay
            window = max(stay, FEWEST / rate)
            callers = Callers(
                folder / f"callers-{level}", stage.switch, rate=rate, count=int(rate * (stay + window)) + 1,
                stay_s=stay, at_once=int(level * 1.15) + 10, speech=stage.speech,
            )  # fmt: skip
            try:
                sampler.line = partial(_at_level, callers, level)
                stage.dial(callers)
                time.sleep(stay)
                since, before = time.time(), callers.placed
                time.sleep(window)
                until, after = time.time(), callers.placed
                callers.wait(stay + 60)
                failed = callers.failed
                left = still_open(stage)
            finally:
                callers.close()
            steady = sampler.seen.between(since, until)
            centre, switch = share_of_core(steady)
            calls = max(1, after - before)
            found.append({
                "at_once": level, "rate": round(rate, 3), "window_s": round(until - since, 1), "calls": calls,
                "failed": failed, "open_after": left,
                "really_at_once": max((one.calls for one in steady), default=0),
                "idle_cores": round(idle, 4), "centre_cores": round(centre, 4),
                "centre_ms_a_call": round((centre - idle) * (until - since) / calls * 1000, 1),
                "switch_ms_a_call_second": round(switch / max(1, level) * 1000, 2),
            })  # fmt: skip
            print(f"growth: {found[-1]}", flush=True)
    return found


def still_open(stage: Stage) -> int:
    """Channels that a switch which fell behind has open a minute after the last caller went."""
    with suppress(PeerFailed):
        stage.switch.wait_idle(DRAIN_S)
    return stage.switch.channels()


def _at_level(callers: Callers, level: int) -> str:
    return f"| level {level}: SIPp {callers.now} now"


def agents(
    folder: Path, *, agents: int, rate: float, seconds: float, stay: float, desks: int, as_units: bool
) -> dict[str, Any]:
    """`agents` signed in, short calls through the queue, each disposed of; hotline and switch compared."""
    at_once = int(rate * (stay + 10)) + 20
    plan = Plan(calls=at_once, agents=agents, desks=min(desks, agents), taps=0, signed_in=True)
    with staged(folder, plan, as_units) as stage:
        looks = Looks(stage)
        with Sampler(stage, "agents", also=looks.look) as sampler:
            callers = Callers(
                folder / "callers", stage.switch, rate=rate, count=int(rate * seconds),
                stay_s=(stay / 2, stay), at_once=at_once,
            )  # fmt: skip
            try:
                sampler.line = lambda: f"| SIPp {callers.now} now, {callers.placed} placed, {looks.said}"
                began = time.time()
                stage.dial(callers)
                callers.wait(seconds + stay + 90)
                ended = time.time()
                failed, placed = callers.failed, callers.placed
                left = still_open(stage)
                time.sleep(3)
                looks.look()
                looks.look()
            finally:
                callers.close()
        kept = record.settle(stage, placed)
        seen = stage.desks.end()
        centre, switch = share_of_core(sampler.seen.between(began, ended))
        return {
            "asked": {"agents": agents, "rate": rate, "seconds": seconds, "stay": stay},
            "placed": placed,
            "failed": failed,
            "open_after": left,
            "centre_cores": round(centre, 3),
            "switch_cores": round(switch, 3),
            "centre_ms_a_call": round(centre / rate * 1000, 1),
            "looks": looks.count,
            "in_motion": looks.in_motion,
            "wrong": looks.wrong,
            "disposed": seen["disposed"],
            "refused": seen["refused"],
            "pop": record.pops(stage, seen),
            "lag": record.lags(seen),
            "record": kept,
            "shed": sampler.seen.shed,
            "troubles": sampler.troubles,
        }


class Looks:
    """Compares what the hotline shows with what the switch has. Calls move while one looks at two things, so
    what differs is *in motion* if the next look, a second later, finds it right or gone, and *wrong* if not.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._differed: dict[str, tuple[str, str]] = {}
        self.count = self.in_motion = 0
        self.wrong: list[str] = []

    @property
    def said(self) -> str:
        return f"{self.count} looks, {self.in_motion} in motion, {len(self.wrong)} wrong"

    def look(self) -> None:
        shown = self._shown()
        there = self._there()
        again = self._shown()
        now: dict[str, tuple[str, str]] = {}
        for key in shown.keys() | there.keys() | again.keys():
            told = {shown.get(key, "none"), again.get(key, "none")}
            real = there.get(key, "none")
            if real not in told:
                now[key] = (" or ".join(sorted(told)), real)
        self.count += 1
        self.in_motion += len(now.keys() - self._differed.keys())
        for key in now.keys() & self._differed.keys():
            if now[key] == self._differed[key]:
                self.wrong.append(f"{key}: hotline {now[key][0]}, switch {now[key][1]}")
        self._differed = now

    def _shown(self) -> dict[str, str]:
        """Legs by id, and each agent's telephone: `on` when the ledger has it ringing or on a call."""
        calls = self._stage.supervisor.get("/api/calls")["calls"]
        found = {leg["leg_id"]: leg["state"] for call in calls for leg in call["legs"]}
        for one in self._stage.supervisor.get("/api/agents")["agents"]:
            if one["state"] in {"ringing", "talking", "hold"}:
                found[f"agent {one['endpoint']}"] = "on"
        return found

    def _there(self) -> dict[str, str]:
        found: dict[str, str] = {}
        text = self._stage.switch.rx("core show channels concise")
        rows = [line.split("!") for line in text.splitlines() if CHANNEL.match(line)]
        if not rows and "rror" in text[:200]:
            raise PeerFailed(text[:200])
        for row in rows:
            if len(row) > 10:
                found[str(leg_id("songhua", row[-1]))] = STATES.get(row[4], "dialling")
                if row[0].startswith("PJSIP/agent-"):
                    found[f"agent {row[0].removeprefix('PJSIP/').rpartition('-')[0]}"] = "on"
        return found
