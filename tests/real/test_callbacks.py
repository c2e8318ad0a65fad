"""Callbacks on a real switch, with phones and a carrier: who gave up is called back, once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest

from tests.real.callback_world import CallbackWorld
from tests.real.record_world import Record, sounds, talked, verified
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallbackWorld]:
    made = CallbackWorld(tmp_path_factory.mktemp("centre"))
    with verified(made):
        yield made


@pytest.fixture
def world(centre: CallbackWorld) -> CallbackWorld:
    centre.rest()
    return centre


def test_an_abandoned_call_is_called_back_with_its_place_agent_first_then_the_citizen(
    world: CallbackWorld,
) -> None:
    """Once, and the ledger keeps each step of it: the lost call, the call back, and what led to which."""
    ann = world.somebody()
    one = world.agents[0]
    world.abandons(ann)
    first = world.callback(ann)
    assert first is not None
    world.abandons(ann)
    world.sign_in(one)
    callback = world.offered(one, ann)
    row = world.callback(ann)
    assert row is not None
    assert (row["place"], len(row["calls"])) == (first["place"], 2), "one callback for one number"
    time.sleep(1)
    assert world.rung() == [], "nothing rings before somebody accepts"
    assert world.chief.visitor.get("/api/board")["callbacks_open"] == 1

    op = str(uuid.uuid4())
    world.accept(one, callback, op)
    world.reaches(ann, "talking")
    world.accept(one, callback, op)
    time.sleep(1)
    assert world.dialled() == [ann]
    assert len(world.rung()) == 1
    one.phone.command("hangup")
    closed = world.closed_as(ann, "reached")
    attempt = closed["attempts"][0]
    assert attempt["agent_id"] == one.id
    world.switch.wait_idle()
    kept = world.service.run("callbacks", "list", "--closed", "--json")
    assert attempt["call_id"] in kept
    assert ann not in kept, "masked unless --reveal is given"

    lost, back = closed["calls"][0]["call_id"], attempt["call_id"]
    wait_for(lambda: world.owed(one) == [back], "the call that went back among what he owes")
    assert world.state_of(one) == "wrap_up"
    world.dispose(one, back)
    before, after = _told(world, lost), _told(world, back)
    assert before["call"]["outcome"] == "abandoned_queue"
    assert (after["call"]["direction"], after["call"]["outcome"]) == ("outbound", "answered")
    assert talked(after) == [one.endpoint]
    assert [step["id"] for step in before["callbacks"]] == [step["id"] for step in after["callbacks"]]
    sounds(after)


def test_busy_and_no_answer_count_and_are_tried_again_later(world: CallbackWorld) -> None:
    ann = world.somebody()
    one = world.agents[0]
    world.carrier_takes("486")
    world.abandons(ann)
    world.sign_in(one)
    world.accept(one, world.offered(one, ann))
    row = world.waits_again(ann, "busy")
    assert row["due"] > row["attempts"][0]["ended"]
    world.carrier_takes("rings")
    world.accept(one, world.offered(one, ann, count=2))
    wait_for(lambda: len(world.dialled()) == 2, "a second attempt")
    one.phone.command("hangup")
    world.waits_again(ann, "hung_up")
    world.carrier_takes("answers")
    world.accept(one, world.offered(one, ann, count=3))
    world.reaches(ann, "talking")
    one.phone.command("hangup")
    outcomes = [attempt["outcome"] for attempt in world.closed_as(ann, "reached")["attempts"]]
    assert outcomes == ["busy", "hung_up", "reached"]
    assert world.dialled() == [ann, ann, ann]


def test_a_citizen_who_phones_again_and_is_answered_is_not_called_back(world: CallbackWorld) -> None:
    ann = world.somebody()
    one = world.agents[0]
    world.abandons(ann)
    world.sign_in(one)
    callback = world.offered(one, ann)
    again = world.waits(ann)
    wait_for(world.talks, "talk in his own call")
    closed = world.closed_as(ann, "withdrawn")
    assert closed["callback_id"] == callback
    over = world.offers(one, "hotline.callback_offer_over")
    assert [told["why"] for told in over] == ["withdrawn"]
    assert world.dialled() == []
    again.hang_up()


def _told(world: CallbackWorld, call: str) -> Record:
    """The whole record of a call, once it has its callback."""

    def there() -> bool:
        return any(step["label"] == "reached" for step in world.record(call)["callbacks"])

    wait_for(there, f"callback in the record of {call}", 30)
    return world.whole(call)
