"""Part `taps`: how many taps a real switch takes before its calls are heard worse.

The whole centre on a real Asterisk (`tests/bench/hotline/stage.py`): SIPp's citizens speak A-law, SIPp's
phones answer and echo, every call is recorded, and a tap is put on each of its two legs as the centre does it
(Originate of an AudioSocket channel with ChanSpy). The speech node is **simulated**: it takes the taps' sound
and recognises nothing. Two of the calls are this process's own: a tone that goes to the phone and comes back,
RTP packet by packet.

Steps of ever more taps, until what comes back is no longer clean, or the machine has nothing left. The last
step is done once more without taps, so that it can be seen whether they were the reason. A step that cannot
be measured, because a full machine sets up no call, ends the steps and leaves those before it.
"""

from __future__ import annotations

import contextlib
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from tests.bench.hotline.parts import staged
from tests.bench.hotline.sip import Callers
from tests.bench.hotline.stage import Plan, Stage
from tests.bench.speech.figures import Cleanness, Goal, cleanness
from tests.bench.speech.line import Citizen
from tests.bench.speech.usage import cpu_s
from tests.peers import audio
from tests.peers.handset import encode
from tests.peers.program import PeerFailed
from tests.real.service import wait

LEVELS: Final = (10, 20, 40, 80, 160, 240, 320)
PROBES: Final = 2
TONE_HZ: Final = 1000.0
RAMP_S: Final = 8.0
HOLD_S: Final = 12.0
REACHED_S: Final = 15.0
STAY_S: Final = 120.0
"""Longer than a step takes: who is on the line is hung up by the switch."""
LOOK_S: Final = 0.3
MOST_UNHEARD: Final = 0.005
LEAST_TONE: Final = 0.97
FULL: Final = 98.0
"""Per cent of the machine: there is nothing left to share."""
COLUMNS: Final = {
    "taps": "taps", "running": "running", "calls": "calls", "failed": "failed", "unheard": "frames not heard",
    "worst_gap_ms": "worst gap, ms", "tone": "tone heard", "switch_cores": "switch, cores",
    "centre_cores": "centre, cores", "node_cores": "node, cores", "machine_busy_percent": "machine busy, %",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """One step. `tone` is the share of the time in which the tone was heard, the worst of the own calls."""

    asked: int
    running: int
    calls: int
    failed: int
    unheard: float
    worst_gap_s: float
    tone: float
    switch_cores: float
    centre_cores: float
    node_cores: float
    busy: float

    @property
    def heard_well(self) -> bool:
        return not self.failed and self.unheard <= MOST_UNHEARD and self.tone >= LEAST_TONE

    @property
    def clean(self) -> bool:
        return self.heard_well and self.running >= self.asked

    @property
    def is_last(self) -> bool:
        return not self.clean or self.busy >= FULL

    def row(self) -> dict[str, Any]:
        return {
            "taps": self.asked, "running": self.running, "calls": self.calls, "failed": self.failed,
            "unheard": round(self.unheard, 5), "worst_gap_ms": round(self.worst_gap_s * 1000, 1),
            "tone": round(self.tone, 4), "switch_cores": round(self.switch_cores, 3),
            "centre_cores": round(self.centre_cores, 3), "node_cores": round(self.node_cores, 3),
            "machine_busy_percent": round(self.busy, 1), "clean": self.clean,
        }  # fmt: skip


def most_clean(levels: Sequence[Level]) -> int:
    """The most taps of the steps up to the first that was not clean."""
    most = 0
    for level in levels:
        if not level.clean:
            break
        most = level.running
    return most


def taps(folder: Path, levels: Sequence[int], *, as_units: bool) -> dict[str, Any]:
    most = max(levels) // 2
    plan = Plan(calls=most + 20, agents=most + 20, desks=2, taps=2 * most + 20)
    found: list[Level] = []
    without: Level | None = None
    broken = ""
    with staged(folder, plan, as_units) as stage:
        asked = 0
        try:
            for asked in sorted(levels):
                found.append(one_level(stage, folder / f"level-{asked}", asked, asked))
                print(f"taps: {found[-1].row()}", flush=True)
                if found[-1].is_last:
                    break
            if not found[-1].clean:
                stage.sink.close()  # without a node nobody is tapped
                without = one_level(stage, folder / "without", asked, 0)
                print(f"taps: the same calls without: {without.row()}", flush=True)
        except PeerFailed as error:
            if not found:
                raise
            broken = f"{asked} taps{'' if found[-1].asked < asked else ', the same without'}: {error}"
            print(f"taps: {broken}", flush=True)
    return {
        "most_clean": most_clean(found),
        "levels": [level.row() for level in found],
        "without_taps": None if without is None else without.row(),
        "limits": {"unheard": MOST_UNHEARD, "tone": LEAST_TONE, "busy": FULL},
        "ended_because": why(found[-1]),
        "not_measured": broken.splitlines()[0] if broken else "",
    }


def why(last: Level) -> str:
    if not last.heard_well:
        return "the tone was not clean" if not last.failed else "calls failed"
    if last.running < last.asked:
        return "not all taps came up"
    return "the machine was full" if last.busy >= FULL else "the last step was clean"


def one_level(stage: Stage, folder: Path, asked: int, taps_wanted: int) -> Level:
    """`asked` // 2 calls, both legs tapped; measured once all of them are there, then all hang up."""
    calls = asked // 2
    others = calls - PROBES
    with probes(stage, folder) as own, ExitStack() as stack:
        callers = Callers(
            folder / "callers", stage.switch, rate=max(1.0, others / RAMP_S), count=others, stay_s=STAY_S,
            at_once=others + 5, speech=stage.speech,
        )  # fmt: skip
        stack.callback(callers.close)
        stage.dial(callers)
        deadline = time.monotonic() + RAMP_S + REACHED_S
        while time.monotonic() < deadline and not there(stage, calls, taps_wanted):
            time.sleep(LOOK_S)
        level = replace(measured(stage, own, asked, calls), failed=max(0, others - callers.now))
        stage.switch.rx("channel request hangup all")
        with contextlib.suppress(PeerFailed):
            stage.switch.wait_idle(20)
    return level


def there(stage: Stage, calls: int, taps_wanted: int) -> bool:
    figures = metrics(stage)
    talking = figures.get("hotline_calls", 0.0) >= calls
    return talking and figures.get("hotline_taps_running", 0.0) >= taps_wanted


def metrics(stage: Stage) -> dict[str, float]:
    with urllib.request.urlopen(f"{stage.service.address}/metrics", timeout=10) as answer:
        rows = [line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[:8] == "songhua_"]
    return {name.removeprefix("songhua_"): float(value) for name, value in rows}


def measured(stage: Stage, own: Sequence[Citizen], asked: int, calls: int) -> Level:
    parts = {"switch": stage.switch.program.pid, "centre": stage.process().pid, "node": stage.sink.pid}
    used = {name: cpu_s([pid]) for name, pid in parts.items()}
    psutil.cpu_percent()
    since = time.monotonic()
    time.sleep(HOLD_S)
    span = time.monotonic() - since
    busy = psutil.cpu_percent()
    cores = {name: (cpu_s([pid]) - used[name]) / span for name, pid in parts.items()}
    heard = [clean_of(citizen, since) for citizen in own]
    return Level(
        asked=asked,
        running=int(metrics(stage).get("hotline_taps_running", 0.0)),
        calls=calls,
        failed=0,
        unheard=max(one.unheard for one in heard),
        worst_gap_s=max(one.worst_gap_s for one in heard),
        tone=min(audio.tone_seconds(one.line.samples(since), TONE_HZ) / span for one in own),
        switch_cores=cores["switch"],
        centre_cores=cores["centre"],
        node_cores=cores["node"],
        busy=busy,
    )


def clean_of(citizen: Citizen, since: float) -> Cleanness:
    return cleanness([one for one in list(citizen.line.packets) if one.at >= since])


@contextlib.contextmanager
def probes(stage: Stage, folder: Path) -> Iterator[list[Citizen]]:
    """Calls of our own with a tone that comes back."""
    tone = encode(0.3 * np.sin(2 * np.pi * TONE_HZ * np.arange(audio.RATE) / audio.RATE))
    own: list[Citizen] = []
    try:
        for number in range(PROBES):
            own.append(
                Citizen(
                    folder / f"probe-{number}", switch_port=stage.switch.ports.sip,
                    caller=f"138000000{number:02d}", seconds=120,
                )
            )  # fmt: skip
            own[-1].dial()
        for one in own:
            one.line.say(tone, again=True, within=10.0)
        for one in own:
            wait(lambda one=one: comes_back(one), "tone that comes back", 20)  # type: ignore[misc]
        yield own
    finally:
        for one in own:
            one.hang_up()


def comes_back(citizen: Citizen) -> bool:
    """The phone has answered and echoes."""
    heard = citizen.line.samples(time.monotonic() - 1.0)
    return audio.tone_seconds(heard[-audio.RATE :], TONE_HZ) >= 0.5


def goals(found: dict[str, Any]) -> list[Goal]:
    """None was set: the number is what is asked for."""
    del found
    return []


def tell(found: dict[str, Any]) -> list[str]:
    rows = [*found["levels"], *([found["without_taps"]] if found["without_taps"] else [])]
    return [
        "| " + " | ".join(COLUMNS.values()) + " |",
        "|" + "---|" * len(COLUMNS),
        *(f"| {' | '.join(str(row[name]) for name in COLUMNS)} |" for row in rows),
        "",
        f"most taps with clean calls: {found['most_clean']} ({found['ended_because']})",
        *([f"not measured: {found['not_measured']}"] if found["not_measured"] else []),
    ]
