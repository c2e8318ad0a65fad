"""Callbacks on a real switch, with phones and a carrier: who gave up is called back, once, in his turn."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.peers.carrier import Takes
from tests.peers.program import PeerFailed
from tests.real.callback_world import CallbackWorld
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

ANN, BEN, CARL = "13904510001", "13904510002", "13904510003"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CallbackWorld]:
    with CallbackWorld(tmp_path) as world:
        yield world


def test_an_abandoned_call_is_called_back_with_its_place_agent_first_then_the_citizen(
    world: CallbackWorld,
) -> None:
    (seat,) = world.seats
    world.abandons(ANN)
    first = world.callback(ANN)
    assert first is not None
    world.abandons(ANN)
    world.sign_in(seat)
    callback = world.offered(seat, ANN)
    row = world.callback(ANN)
    assert row is not None
    assert (row["place"], len(row["calls"])) == (first["place"], 2), "one callback for one number"
    time.sleep(1)
    assert world.rung() == [], "nothing rings before somebody accepts"
    assert world.chief.get("/api/board")["callbacks_open"] == 1

    op = str(uuid.uuid4())
    world.accept(seat, callback, op)
    wait(lambda: world.stage(ANN) == "talking", "talk with the citizen")
    world.accept(seat, callback, op)
    assert world.dialled() == [ANN]
    assert len(world.rung()) == 1
    seat.phone.command("hangup")
    closed = world.closed_as(ANN, "reached")
    attempt = closed["attempts"][0]
    assert attempt["agent_id"] == seat.id
    world.switch.wait_idle()
    kept = world.service.run("callbacks", "list", "--closed", "--json")
    assert attempt["call_id"] in kept
    assert ANN not in kept, "masked unless --reveal is given"


def test_the_ledger_keeps_each_step_of_a_callback(world: CallbackWorld) -> None:
    (seat,) = world.seats
    world.abandons(ANN)
    world.sign_in(seat)
    world.accept(seat, world.offered(seat, ANN))
    wait(lambda: world.stage(ANN) == "talking", "talk with the citizen")
    seat.phone.command("hangup")
    call = world.closed_as(ANN, "reached")["calls"][0]["call_id"]

    def filed() -> bool:
        record = world.chief.get(f"/api/ledger/calls/{call}?reveal=true")
        return "reached" in str(record.get("callbacks", record))

    wait(filed, "callback in the ledger", 20)


def test_a_caller_who_came_earlier_is_served_first(world: CallbackWorld) -> None:
    (seat,) = world.seats
    early = world.waits(BEN)
    world.abandons(ANN)
    world.sign_in(seat)
    wait(lambda: any(call["state"] == "talking" for call in world.calls()), "talk with who waited")
    assert seat.screen.of("hotline.callback_offered") == []
    assert world.stage(ANN) == "waiting"
    early.hang_up()
    _dispose(world)
    world.offered(seat, ANN)


def test_a_caller_who_came_later_does_not_take_the_place(world: CallbackWorld) -> None:
    (seat,) = world.seats
    world.abandons(ANN)
    late = world.waits(BEN)
    world.sign_in(seat)
    callback = world.offered(seat, ANN)
    time.sleep(2)
    assert world.rung() == [], "the queue rings nobody to whom a callback is offered"
    seat.visitor.post(f"/api/callbacks/{callback}/decline", {"op_id": str(uuid.uuid4())})
    wait(lambda: any(call["state"] == "talking" for call in world.calls()), "talk with who came later")
    late.hang_up()


def test_busy_and_no_answer_count_and_are_tried_again_later(world: CallbackWorld) -> None:
    (seat,) = world.seats
    _carrier(world, "486")
    world.abandons(ANN)
    world.sign_in(seat)
    world.accept(seat, world.offered(seat, ANN))
    row = world.waits_again(ANN, "busy")
    assert row["due"] > row["attempts"][0]["ended"]
    _carrier(world, "rings")
    world.accept(seat, world.offered(seat, ANN, count=2))
    wait(lambda: len(world.dialled()) == 2, "a second attempt")
    seat.phone.command("hangup")
    world.waits_again(ANN, "hung_up")
    _carrier(world, "answers")
    world.accept(seat, world.offered(seat, ANN, count=3))
    wait(lambda: world.stage(ANN) == "talking", "talk with the citizen")
    seat.phone.command("hangup")
    outcomes = [attempt["outcome"] for attempt in world.closed_as(ANN, "reached")["attempts"]]
    assert outcomes == ["busy", "hung_up", "reached"]
    assert world.dialled() == [ANN, ANN, ANN]


def test_a_citizen_who_phones_again_and_is_answered_is_not_called_back(world: CallbackWorld) -> None:
    (seat,) = world.seats
    world.abandons(ANN)
    world.sign_in(seat)
    callback = world.offered(seat, ANN)
    again = world.waits(ANN)
    wait(lambda: any(call["state"] == "talking" for call in world.calls()), "talk in his own call")
    closed = world.closed_as(ANN, "withdrawn")
    assert closed["callback_id"] == callback
    assert [one.event["why"] for one in seat.screen.of("hotline.callback_offer_over")] == ["withdrawn"]
    assert world.dialled() == []
    again.hang_up()


def test_killed_between_acceptance_and_ring_nothing_rings_twice(world: CallbackWorld) -> None:
    (seat,) = world.seats
    world.abandons(ANN)
    world.sign_in(seat)
    callback = world.offered(seat, ANN)
    # What the gateway sends from now on reaches nobody: it is killed after writing down and before the ring.
    world.link.swallow()
    asking = threading.Thread(target=_accept_in_vain, args=(world, callback), daemon=True)
    asking.start()
    stage = "SELECT stage FROM hotline_callbacks"
    wait(lambda: world.ask(stage) == "placing", "acceptance in the database")
    time.sleep(0.3)
    world.kill_service()
    asking.join(15)
    world.start_again()
    row = world.waits_again(ANN, "unknown")
    assert row["attempts"][0]["agent_id"] == seat.id
    time.sleep(1)
    assert world.dialled_back() == [], "what was not sent is not sent again"
    assert world.dialled() == []


def test_killed_while_the_phone_rings_the_attempt_goes_on_and_is_followed(world: CallbackWorld) -> None:
    (seat,) = world.seats
    _carrier(world, "rings")
    world.abandons(ANN)
    world.sign_in(seat)
    world.accept(seat, world.offered(seat, ANN))
    wait(lambda: world.stage(ANN) == "dialling", "the citizen's phone")
    world.kill_service()
    world.start_again()
    wait(lambda: world.stage(ANN) == "dialling", "the attempt, taken up again", 5)
    seat.phone.command("hangup")
    world.waits_again(ANN, "hung_up")
    assert len(world.dialled_back()) == 1
    assert len(world.dialled()) == 1


def test_a_call_given_up_while_no_gateway_ran_is_called_back_all_the_same(world: CallbackWorld) -> None:
    world.kill_service()
    citizen = world.phones(ANN)
    wait(lambda: "hotline has 1 calls" in world.switch.rx("queue show hotline"), "a caller who waits")
    time.sleep(3)
    citizen.hang_up()
    world.switch.wait_idle()
    world.start_again()
    wait(lambda: world.callback(ANN) is not None, "callback out of the ledger", 40)
    row = world.callback(ANN)
    assert row is not None
    assert row["place"] < row["created"]
    time.sleep(3)
    rows = world.chief.get("/api/callbacks")
    assert (rows["total"], len(rows["callbacks"][0]["calls"])) == (1, 1)


def test_freepbx_525_two_agents_never_dial_one_number_at_once(tmp_path: Path) -> None:
    with CallbackWorld(tmp_path, agents=2) as world:
        _carrier(world, "rings")
        world.abandons(ANN)
        world.abandons(ANN)
        first, second = world.seats
        world.sign_in(first)
        world.sign_in(second)
        callback = world.offered(first, ANN)
        with pytest.raises(PeerFailed, match="callback-not-offered"):
            world.accept(second, callback)
        world.accept(first, callback)
        wait(lambda: len(world.dialled()) == 1, "the attempt")
        time.sleep(2)
        assert second.screen.of("hotline.callback_offered") == []
        assert len(world.dialled()) == 1
        first.phone.command("hangup")
        world.waits_again(ANN, "hung_up")


def test_freepbx_621_and_twilio_9_in_order_and_never_more_than_agents(tmp_path: Path) -> None:
    with CallbackWorld(tmp_path, agents=2) as world:
        for number in (ANN, BEN, CARL):
            world.abandons(number)
        for seat in world.seats:
            world.sign_in(seat)
        first, second = world.seats
        callback = world.offered(first, ANN)
        world.offered(second, BEN)
        time.sleep(1)
        assert world.stage(CARL) == "waiting"
        world.accept(first, callback)
        wait(lambda: world.stage(ANN) == "talking", "talk with the first one")
        first.phone.command("hangup")
        world.closed_as(ANN, "reached")
        time.sleep(1)
        assert world.stage(CARL) == "waiting", "he has not said yet what his call was about"
        _dispose(world)
        world.offered(first, CARL)


def _dispose(world: CallbackWorld) -> None:
    """Say what the ended calls were about, so that their agent is ready again."""

    def owed() -> list[tuple[str, str]]:
        rows = world.chief.get("/api/agents")["agents"]
        return [(row["agent_id"], call) for row in rows for call in row["owed"]]

    wait(owed, "a call without a disposition")
    for agent_id, call in owed():
        seat = next(seat for seat in world.seats if seat.id == agent_id)
        seat.visitor.post(f"/api/calls/{call}/disposition", {"op_id": str(uuid.uuid4()), "kind": "enquiry"})
        seat.visitor.post("/api/agents/me/state", {"state": "ready"})


def _carrier(world: CallbackWorld, how: Takes) -> None:
    world.carrier.stop()
    world.carrier.takes(how)
    world.carrier.start()


def _accept_in_vain(world: CallbackWorld, callback: str) -> None:
    with suppress(PeerFailed, OSError):
        world.accept(world.seats[0], callback)
