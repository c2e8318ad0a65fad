"""Agents' states on real peers: what is forced, lost, paused behind our back or cut short comes right, and no
call is harmed. Tests of `facts` that others met with such systems are named after the lesson.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.peers.program import PeerFailed
from tests.real.agent_views import NEEDED, WITHIN_S, becomes, force, member, moves, op, view
from tests.real.service import WholeService
from tests.waiting import seconds_until, wait_for

pytestmark = pytest.mark.real

PAGE_LOST_S = 2.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    overrides = {
        "hotline": {
            "queues": ["hotline"],
            "wrap_up_s": 2.0,
            "wrap_up_extend_s": 30.0,
            "wrap_up_most_s": 40.0,
            "page_lost_pause_s": PAGE_LOST_S,
        }
    }
    with WholeService(
        tmp_path_factory.mktemp("service"), agents=2, overrides=overrides, role="centre", needed=NEEDED
    ) as whole:
        yield whole


@pytest.fixture
def ready(world: WholeService) -> WholeService:
    world.switch.rx("channel request hangup all")
    world.switch.wait_idle(20)
    for seat in world.seats:
        if view(world, seat)["state"] == "signed_out":
            seat.visitor.post("/api/agents/me/sign-in", {})
        world.ready(seat)
    return world


def test_a_member_paused_at_the_switch_is_ready_again_within_5_s(ready: WholeService) -> None:
    """Lesson 10 (asterisk 1006, 607, 1181): the ledger is ours, the switch an actuator; drift is alarmed."""
    world, seat = ready, ready.seats[0]
    before = world.metric('songhua_hotline_queue_drift_total{what="paused"}')
    world.switch.rx(f"queue pause member PJSIP/{seat.endpoint} queue hotline")
    assert "paused" in member(world, seat)
    took = wait_for(lambda: "paused" not in member(world, seat), "member that takes calls", WITHIN_S)
    assert took <= WITHIN_S
    assert world.metric('songhua_hotline_queue_drift_total{what="paused"}') == before + 1
    wait_for(lambda: world.metric("songhua_hotline_queue_drift_repaired_total") >= 1, "counted repair", 20)


def test_a_member_removed_at_the_switch_is_back_within_5_s(ready: WholeService) -> None:
    world, seat = ready, ready.seats[0]
    world.switch.rx(f"queue remove member PJSIP/{seat.endpoint} from hotline")
    assert not member(world, seat)
    assert seconds_until(lambda: member(world, seat), "member", WITHIN_S) <= WITHIN_S


def test_a_member_unpaused_at_the_switch_in_a_rest_is_not_rung(ready: WholeService) -> None:
    world, seat = ready, ready.seats[0]
    seat.visitor.post("/api/agents/me/state", {"op_id": op(), "state": "rest", "reason": "lunch"})
    wait_for(lambda: "paused" in member(world, seat), "pause", 20)
    world.switch.rx(f"queue unpause member PJSIP/{seat.endpoint} queue hotline")
    assert "paused" not in member(world, seat)
    assert seconds_until(lambda: "paused:rest:lunch" in member(world, seat), "pause", WITHIN_S) <= WITHIN_S
    assert view(world, seat)["state"] == "rest"


def test_a_telephone_that_is_gone_is_shown_and_gets_no_call(ready: WholeService) -> None:
    world, (gone, other) = ready, ready.seats
    gone.phone.program.kill()
    try:
        # Asterisk asks each telephone every 5 s and waits 3 s for the answer.
        becomes(world, gone, 12, state="unreachable", phone="lost")
        rung = world.rung_legs()
        for _ in range(2):
            citizen = world.dial()
            assert world.seat_on(world.talking(citizen)) is other
            world.hang_up_all(citizen)
            world.ready(other)
        assert len(world.rung_legs() - rung) == 2, "only the other telephone rang"
    finally:
        gone.phone.start()
    becomes(world, gone, 12, state="ready", phone="here")


def test_a_telephone_lost_in_a_call_shows_at_once_and_the_call_survives(ready: WholeService) -> None:
    world = ready
    citizen = world.dial()
    call = world.talking(citizen)
    seat = world.seat_on(call)
    seat.phone.program.kill()
    try:
        becomes(world, seat, 12, phone="lost", state="talking")
        assert world.call_of(citizen) is not None
    finally:
        seat.phone.start()
    becomes(world, seat, 12, phone="here")
    assert world.call_of(citizen) is not None
    world.hang_up_all(citizen)


def test_a_page_lost_in_a_call_shows_at_once_and_keeps_the_call(ready: WholeService) -> None:
    """Lesson 14 (amazon-connect-streams 428): a presence lease here, and a reload brings all back."""
    world = ready
    citizen = world.dial()
    call = world.talking(citizen)
    seat = world.seat_on(call)
    screen = world.screen(seat)
    becomes(world, seat, page="here")
    screen.close()
    becomes(world, seat, page="lost", state="talking", call_id=call)
    becomes(world, seat, next_state="busy", state="talking")
    again = world.screen(seat)
    (mine,) = [one for one in again.snapshots[-1]["agents"] if one["agent_id"] == seat.person.id]
    assert (mine["state"], mine["call_id"]) == ("talking", call)
    becomes(world, seat, page="here", next_state=None, state="talking")
    assert world.talking(citizen, 1) == call
    again.close()
    world.hang_up_all(citizen)


def test_an_agent_whose_page_stays_away_is_paused_and_comes_back_with_it(ready: WholeService) -> None:
    world, seat = ready, ready.seats[0]
    screen = world.screen(seat)
    becomes(world, seat, page="here")
    screen.close()
    becomes(world, seat, state="busy", reason="page_lost")
    wait_for(lambda: "paused:busy:page_lost" in member(world, seat), "pause")
    screen = world.screen(seat)
    becomes(world, seat, state="ready", page="here")
    screen.close()
    seat.visitor.post("/api/agents/me/state", {"op_id": op(), "state": "ready"})


def test_a_supervisor_forces_a_state_and_it_is_shown_with_his_name(ready: WholeService) -> None:
    world, seat = ready, ready.seats[0]
    forced = force(world, seat, "busy", "quality")
    assert (forced["state"], forced["reason"], forced["forced_by"]) == ("busy", "quality", "zhao.lei")
    wait_for(lambda: "paused" in member(world, seat), "pause", 20)
    with pytest.raises(PeerFailed, match="unknown-reason"):
        force(world, seat, "rest", "siesta")
    with pytest.raises(PeerFailed, match="403"):
        world.seats[1].visitor.post(
            f"/api/agents/{seat.person.id}/state", {"op_id": op(), "state": "ready", "reason": "staffing"}
        )
    lifted = seat.visitor.post("/api/agents/me/state", {"op_id": op(), "state": "ready"})
    assert (lifted["state"], lifted["forced_by"]) == ("ready", None)
    wait_for(lambda: ("busy", "quality", "zhao.lei") in moves(world, seat), "record of the move", 10)
    audit = world.ask_database("SELECT actor, subject FROM identity_audit WHERE action = 'force-state'")
    assert ("zhao.lei", f"user:{seat.person.id}") in [tuple(row) for row in audit]


def test_a_forced_sign_out_in_a_call_lets_the_call_go_on(ready: WholeService) -> None:
    world = ready
    citizen = world.dial()
    call = world.talking(citizen)
    seat = world.seat_on(call)
    told = force(world, seat, "signed_out", "absent")
    assert (told["state"], told["next_state"]) == ("talking", "signed_out")
    wait_for(lambda: not member(world, seat), "end of membership", 20)
    assert world.talking(citizen, 1) == call
    world.hang_up_all(citizen)
    becomes(world, seat, state="signed_out", forced_by="zhao.lei")
    assert view(world, seat)["owed"] == [call], "the disposition is still owed"


def test_wrap_up_is_extended_and_does_not_end_without_a_disposition(ready: WholeService) -> None:
    """Lesson 14 (amazon-connect-streams 952): a change of state never closes after-call work."""
    world = ready
    citizen = world.dial()
    call = world.talking(citizen)
    seat = world.seat_on(call)
    world.hang_up_all(citizen)
    becomes(world, seat, state="wrap_up", owed=[call])
    body = {"op_id": op(), "seconds": 25}
    first = seat.visitor.post("/api/agents/me/wrap-up/extend", body)
    again = seat.visitor.post("/api/agents/me/wrap-up/extend", body)
    assert again["wrap_up_until"] == first["wrap_up_until"], "the same op_id extends once"
    with pytest.raises(PeerFailed, match="wrap-up-spent"):
        seat.visitor.post("/api/agents/me/wrap-up/extend", {"op_id": op(), "seconds": 25})
    time.sleep(2.5)
    assert view(world, seat)["overdue"] is False
    seat.visitor.post("/api/agents/me/state", {"op_id": op(), "state": "rest", "reason": "break"})
    force(world, seat, "busy", "staffing")
    with pytest.raises(PeerFailed, match="disposition-missing"):
        force(world, seat, "ready", "staffing")
    assert view(world, seat)["state"] == "wrap_up"
    assert view(world, seat)["next_state"] == "busy"
    assert "paused" in member(world, seat)
    world.dispose(seat, call)
    becomes(world, seat, state="busy", forced_by="zhao.lei")
    world.supervisor.post(
        f"/api/agents/{seat.person.id}/state", {"op_id": op(), "state": "ready", "reason": "staffing"}
    )
    becomes(world, seat, state="ready")
