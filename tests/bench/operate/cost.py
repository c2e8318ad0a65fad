"""What a call costs the centre in processor time, from few calls to the most of a mega-city, and where it
goes.

Real switch with SIPp's callers and phones, every call recorded, fifty desks whose live view is read. The
figures are the centre's own, without what it takes while nobody calls. The profile is of a run of its own:
to sample costs something as well.
"""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

from tests.bench.hotline.parts import SETTLE_S, growth, staged
from tests.bench.hotline.sip import Callers
from tests.bench.hotline.stage import Plan, cpu_seconds
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal
from tests.waiting import wait_for

GOAL_MS = 60.0
STAY_S = 20.0
RATES = (0.1, 0.3, 1.0, 3.0)
DESKS = 50
TOLD = 12


def run(folder: Path, short: bool) -> Found:
    rates = (1.0,) if short else RATES
    levels = [round(rate * STAY_S) for rate in rates]
    rows = growth(
        folder / "growth", levels=levels, stay=STAY_S, desks=min(DESKS, _agents(max(levels))), as_units=False
    )
    seconds, settle_s = (10.0, 5.0) if short else (90.0, SETTLE_S)
    return {"levels": rows, "profile": _profile(folder / "profile", seconds=seconds, settle_s=settle_s)}


def _agents(at_once: int) -> int:
    """As `growth` seats them."""
    return int(at_once * 1.1) + 10


def _profile(folder: Path, *, seconds: float, settle_s: float, rate: float = 1.0) -> Found:
    folder.mkdir(parents=True)
    told = folder / "profile.json"
    at_once = int(rate * STAY_S)
    plan = Plan(
        calls=at_once * 2, agents=_agents(at_once), desks=min(DESKS, _agents(at_once)), taps=0,
        entry=("tests.bench.operate.profiled", str(told)),
    )  # fmt: skip
    with staged(folder, plan, as_units=False) as stage:
        time.sleep(settle_s)
        centre = stage.process()
        callers = Callers(
            folder / "callers", stage.switch, rate=rate, count=int(rate * (seconds + 2 * STAY_S)),
            stay_s=STAY_S, speech=stage.speech,
        )  # fmt: skip
        try:
            stage.dial(callers)
            time.sleep(STAY_S)
            centre.send_signal(signal.SIGUSR1)
            wait_for(told.exists, "the first samples")
            told.unlink()
            used, placed = cpu_seconds(centre), callers.placed
            time.sleep(seconds)
            used, placed = cpu_seconds(centre) - used, callers.placed - placed
            centre.send_signal(signal.SIGUSR1)
            wait_for(told.exists, "the samples")
        finally:
            callers.close()
        found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return {"calls": placed, "ms_a_call": round(used / max(1, placed) * 1000, 1), **found}


def tell(found: Found) -> list[str]:
    names = ("rate", "calls", "failed", "idle_cores", "centre_cores", "centre_ms_a_call")
    profile = found["profile"]
    return [
        "| calls/s | calls | failed | centre idle, cores | centre, cores | centre, ms a call |",
        "|" + "---|" * len(names),
        *("| " + " | ".join(str(one[name]) for name in names) + " |" for one in found["levels"]),
        "",
        *headed(
            f"share of {profile['ms_a_call']} ms a call ({profile['samples']} samples)",
            *(row(name, f"{share:.1%}") for name, share in profile["packages"][:TOLD]),
        ),
        "",
        *headed(
            "share of our own functions, with what they call of others",
            *(row(f"`{name}`", f"{share:.1%}") for name, share in profile["places"][:TOLD]),
        ),
    ]


def goals(found: Found) -> list[Goal]:
    worst = max(one["centre_ms_a_call"] for one in found["levels"])
    failed = sum(one["failed"] for one in found["levels"])
    rates = ", ".join(f"{one['rate']:g}" for one in found["levels"])
    return [
        (
            worst < GOAL_MS and not failed,
            (
                f"centre's processor time for a call < {GOAL_MS:g} ms at {rates} calls/s: "
                f"{worst:.0f} ms at most, {failed} failed"
            ),
        )
    ]
