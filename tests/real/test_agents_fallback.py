"""Telephones that are members in the switch's own configuration, so that they ring without a gateway:
with one they follow the ledger while somebody is signed in there, and are given back afterwards. What they
and the others were at is known again after the gateway was killed.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest

from gateway.asterisk.settings import QueueSettings
from tests.real.agent_views import NEEDED, WITHIN_S, becomes, force, member, moves, view
from tests.real.service import Seat, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process]

TALKS = ("talking", "", "system")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    queue = QueueSettings(name="hotline", ring_seconds=20, fallback_members=("agent-1",))
    with WholeService(
        tmp_path_factory.mktemp("service"), agents=2, queues=(queue,), role="centre", needed=NEEDED
    ) as whole:
        yield whole


def state(seat: Seat, wanted: str) -> None:
    seat.visitor.post("/api/agents/me/state", {"op_id": str(uuid.uuid4()), "state": wanted})


def test_a_signed_in_agent_at_a_fallback_telephone_is_ranked_and_paused_like_any_other(
    world: WholeService,
) -> None:
    first, second = world.seats
    wait_for(lambda: "penalty" not in member(world, first), "rank of an agent", 20)
    state(second, "rest")
    citizen = world.dial()
    call = world.talking(citizen)
    assert world.seat_on(call) is first
    wait_for(lambda: "paused:talking" in member(world, first), "pause in a call", 20)
    world.hang_up_all(citizen)
    rung = world.rung_legs()
    waiting = world.dial()
    wait_for(lambda: world.supervisor.get("/api/queues/waiting")["waiting"], "a caller who waits", 10)
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
    wait_for(lambda: "penalty 100" in member(world, first), "place of a fallback", 20)
    assert "paused" not in member(world, first)
    citizen = world.dial()
    assert world.seat_on(world.talking(citizen)) is second
    world.hang_up_all(citizen)
    world.ready(second)
    first.visitor.post("/api/agents/me/sign-in", {})
    world.ready(first)


def test_states_return_after_the_gateway_was_killed_also_at_a_fallback_telephone(world: WholeService) -> None:
    """Lesson 14: the state is the server's, and the switch holds it while the server is away."""
    resting, talking = world.seats
    for seat in world.seats:
        seat.visitor.post("/api/agents/me/sign-in", {})
        world.ready(seat)
    force(world, resting, "rest", "quality")
    wait_for(lambda: "paused" in member(world, resting), "pause", WITHIN_S)
    talked = moves(world, talking).count(TALKS)
    citizen = world.dial()
    call = world.talking(citizen)
    assert world.seat_on(call) is talking
    before = {seat.person.id: view(world, seat) for seat in world.seats}
    # A move is written 50 ms after it at the latest, and in the ledger a little later.
    wait_for(lambda: moves(world, talking).count(TALKS) > talked, "record of the move", 10)
    killed(world)
    for seat in world.seats:
        was = before[seat.person.id]
        same = {name: was[name] for name in ("state", "reason", "forced_by", "endpoint", "since", "call_id")}
        becomes(world, seat, **same)
    assert world.talking(citizen, 1) == call
    world.hang_up_all(citizen)
    becomes(world, talking, state="wrap_up", owed=[call])
    force(world, resting, "ready", "staffing")
    resting.visitor.post("/api/agents/me/sign-out", {})
    wait_for(lambda: "penalty 100" in member(world, resting), "place of a fallback", WITHIN_S)


def killed(world: WholeService) -> None:
    """SIGKILL, and a new service on the same switch and database."""
    world.service.program.kill()
    world.service.start(role="centre")
    world.service.wait_healthy(*NEEDED)
