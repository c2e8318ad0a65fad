"""Unit events a second: what the role `radio` takes with de-duplication, rules and database, beside a bare
aiomqtt loop that keeps nothing. Counted by processor time of the one process, so that what the units, the
broker and the machine need besides matters little; by the wall clock as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psutil

from tests.bench.companion import Companion
from tests.mqtt.broker import TENANT
from tests.real.radio.stage import TalkgroupStage

LOADS: Mapping[str, int] = {"reports": 0, "mixed": 19}
"""Positions for each report: none, and what a crew that is followed says."""
WARM_UP = 3


@contextmanager
def field(stage: TalkgroupStage, units: list[str]) -> Iterator[Companion]:
    """The units, connected."""
    with Companion("tests.bench.radio.field", log=stage.folder / "field.log") as companion:
        accounts = {uid: stage.account(uid).password.get_secret_value() for uid in units}
        assert companion.ask(port=stage.broker.port, tenant=TENANT, units=accounts)["units"] == len(units)
        yield companion


def measure(companion: Companion, receiver: int, rounds: int) -> dict[str, dict[str, Any]]:
    """What the process `receiver` takes, for each load; `rounds` of each unit."""
    found: dict[str, dict[str, Any]] = {}
    process = psutil.Process(receiver)
    for load, positions in LOADS.items():
        companion.ask(rounds=WARM_UP, positions=positions)
        before = sum(process.cpu_times()[:2])
        said = companion.ask(rounds=rounds, positions=positions)
        # Positions are written each second: what is not written yet is in the next load's time.
        said["cpu_s"] = sum(process.cpu_times()[:2]) - before
        said["per_cpu_second"] = said["events"] / max(said["cpu_s"], 0.001)
        said["per_second"] = said["events"] / said["seconds"]
        found[load] = said
    return found


def rows(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    titles = {
        "reports": "texts alone, each once, kept and receipted",
        "mixed": f"{LOADS['mixed']} positions for each text",
    }
    whose = {"bare_events": "bare aiomqtt loop", "events": "role radio"}
    lines = [
        "| load | taken by | events | of one core, events/s | by the clock, events/s | no receipt |",
        "|---|---|---|---|---|---|",
    ]
    for load, title in titles.items():
        for key, who in whose.items():
            one = found[key][load]
            lines.append(
                f"| {title} | {who} | {one['events']} | {one['per_cpu_second']:.0f} | "
                f"{one['per_second']:.0f} | {one['lost']} |"
            )
    return "\n".join(lines)
