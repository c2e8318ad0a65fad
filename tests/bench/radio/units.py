"""Unit events a second of one core: the role `radio` with de-duplication, rules and database, beside a bare
aiomqtt loop in the same run. What `press` has among its figures, alone and as long as it is asked for.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from tests.bench.companion import Companion
from tests.bench.radio import events
from tests.bench.radio.figures import Goal
from tests.bench.radio.press import EVENTS_GOAL, FIELD
from tests.mqtt.broker import TENANT
from tests.real.radio.stage import TalkgroupStage


def run(folder: Path, given: Namespace) -> dict[str, Any]:
    names = [f"app:field-{number}" for number in range(given.units)]
    stage = TalkgroupStage(folder, groups={FIELD: names})
    try:
        stage.start(radio=False)
        with Companion(
            "tests.bench.radio.bare", str(stage.broker.port), TENANT, log=stage.folder / "bare.log"
        ) as bare:
            bare.write(stage.broker.rendered.passwords["radio"])
            assert bare.read().strip() == "listening"
            with events.field(stage, names) as companion:
                found: dict[str, Any] = {"bare_events": events.measure(companion, bare.pid, given.rounds)}
        stage.radio.start()
        with events.field(stage, names) as companion:
            found["events"] = events.measure(companion, stage.radio.program.pid, given.rounds)
    finally:
        stage.close()
    return {**found, "asked": {"units": given.units, "rounds": given.rounds}}


def tell(found: dict[str, Any]) -> list[str]:
    return [events.rows(found)]


def goals(found: dict[str, Any]) -> list[Goal]:
    mixed, texts = (found["events"][load]["per_cpu_second"] for load in ("mixed", "reports"))
    lost = sum(load["lost"] for load in found["events"].values())
    return [
        (mixed >= EVENTS_GOAL, f"{EVENTS_GOAL:g} mixed events/s of one core: {mixed:.0f}"),
        (texts >= EVENTS_GOAL, f"{EVENTS_GOAL:g} texts/s of one core: {texts:.0f}"),
        (not lost, f"no text without its receipt: {lost}"),
    ]
