"""Telephones that are members in the switch's own configuration, so that they ring without a gateway:
with one they follow the ledger while somebody is signed in there, and are given back afterwards.
"""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator

import pytest

from gateway.asterisk.settings import QueueSettings
from tests.real.service import Seat, WholeService, wait

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    queue = QueueSettings(name="hotline", ring_seconds=20, fallback_members=("agent-1",))
    with WholeService(tmp_path_factory.mktemp("service"), agents=2, queues=(queue,)) as whole:
        yield whole


def member(world: WholeService, seat: Seat) -> str:
    lines = world.switch.rx("queue show hotline").splitlines()
    return next((line for line in lines if f"PJSIP/{seat.endpoint}" in line), "")


def state(seat: Seat, wanted: str) -> None:
    seat.visitor.post("/api/agents/me/state", {"op_id": str(uuid.uuid4()), "state": wanted})


def test_a_signed_in_agent_at_a_fallback_telephone_is_ranked_and_paused_like_any_other(
    world: WholeService,
) -> None:
    first, second = world.seats
    wait(lambda: "penalty" not in member(world, first), "rank of an agent", 5)
    state(second, "rest")
    citizen = world.dial()
    call = world.talking(citizen)
    assert world.seat_on(call) is first
    wait(lambda: "paused:talking" in member(world, first), "pause in a call", 3)
    world.hang_up_all(citizen)
    rung = world.rung_legs()
    waiting = world.dial()
    wait(lambda: world.supervisor.get("/api/queues/waiting")["waiting"], "a caller who waits", 10)
    time.sleep(3)
    assert world.rung_legs() == rung, "nobody rings an agent in after-call work"
    world.dispose(first, call)
    state(first, "ready")
    assert world.seat_on(world.talking(waiting)) is first
    world.hang_up_all(waiting)
    world.ready(first)
    world.ready(second)


def test_at_sign_out_a_fallback_telephone_is_given_back_as_the_last_to_ring(world: WholeService) -> None:
    first, second = world.seats
    first.visitor.post("/api/agents/me/sign-out", {})
    wait(lambda: "penalty 100" in member(world, first), "place of a fallback", 5)
    assert "paused" not in member(world, first)
    citizen = world.dial()
    assert world.seat_on(world.talking(citizen)) is second
    world.hang_up_all(citizen)
    world.ready(second)
    first.visitor.post("/api/agents/me/sign-in", {})
    world.ready(first)


def test_who_sat_at_a_fallback_telephone_is_known_after_a_restart(world: WholeService) -> None:
    first, _ = world.seats
    state(first, "study")
    wait(lambda: "paused:study" in member(world, first), "pause", 5)
    wait(
        lambda: world.ask_database(
            f"SELECT 1 FROM hotline_agents WHERE agent_id = '{first.person.id}' AND state = 'study'"
        ),
        "row of the agent",
        5,
    )
    centre = world.process("centre")
    time.sleep(max(0.0, 20.5 - (time.time() - centre.create_time())))
    os.kill(centre.pid, signal.SIGKILL)
    wait(world.service.health, "service that answers again", 60)
    wait(world.linked, "link to the switch", 20)

    def studies() -> bool:
        rows = world.supervisor.get("/api/agents")["agents"]
        return any(row["agent_id"] == first.person.id and row["state"] == "study" for row in rows)

    wait(studies, "the state from before", 5)
    world.ready(first)
    first.visitor.post("/api/agents/me/sign-out", {})
    wait(lambda: "penalty 100" in member(world, first), "place of a fallback", 5)
