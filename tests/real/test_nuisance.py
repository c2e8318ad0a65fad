"""Numbers of malicious callers at run time: listed and lifted while calls go on, for the next call on."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.real.control_world import ControlWorld
from tests.real.desk_screen import DeskScreen
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

WARNED_S = 20.0
"""Until a caller who is asked to be polite waits in the queue."""

LEVEL = 100_000_000
"""The switch's order is the level and, behind it, since when he waits (dialplan/reach.conf)."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path) as world:
        yield world


def _place(world: ControlWorld) -> int:
    """Dials, waits in the queue of nobody, and hangs up: the level that he had in the switch."""
    citizen = world.dial()
    found: list[str] = []

    def waits() -> bool:
        found[:] = re.findall(r"prio: ([0-9]+)", world.switch.rx("queue show hotline"))
        return bool(found)

    wait(waits, "a caller in the queue", WARNED_S)
    citizen.hang_up()
    world.switch.wait_idle()
    wait(lambda: world.calls() == [], "the end of the call", 5)
    return int(found[0]) // LEVEL


def _next_number(world: ControlWorld) -> str:
    return f"1390451{world._callers + 1:04d}"


def test_a_listed_number_is_last_in_the_line_from_the_next_call_until_it_is_lifted(
    world: ControlWorld,
) -> None:
    chief = DeskScreen(world.service.address, world.chief.visitor)
    assert _place(world) == 1
    until = datetime.now(UTC) + timedelta(hours=1)
    op = str(uuid.uuid4())
    body = {"op_id": op, "number": _next_number(world), "reason": "辱骂", "until": until.isoformat()}
    assert world.chief.visitor.post("/api/nuisance", body)["state"] == "in_force"
    assert _place(world) == 0
    assert len(chief.of("ivr.caller_marked", mark="nuisance")) == 1

    add = ("nuisance", "add", "-m", "辱骂", "--days", "1", "--json")
    world.service.run(*add, _next_number(world))
    assert _place(world) == 0
    number = _next_number(world)
    added = json.loads(world.service.run(*add, number))
    world.service.run("nuisance", "lift", number, "-m", "换了机主")
    assert _place(world) == 1
    assert len(chief.of("ivr.caller_marked", mark="nuisance")) == 2
    chief.close()
    rows = world.chief.visitor.get("/api/nuisance?ended=true")["numbers"]
    states = {one["listing_id"]: one["state"] for one in rows}
    assert (states[op], states[added["listing_id"]]) == ("in_force", "lifted")
