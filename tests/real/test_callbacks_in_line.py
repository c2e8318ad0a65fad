"""Callbacks and callers stand in one line: each in his turn, and never more at once than agents are free."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.peers.program import PeerFailed
from tests.real.callback_world import CallbackWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallbackWorld]:
    with CallbackWorld(tmp_path_factory.mktemp("centre")) as made:
        yield made


@pytest.fixture
def world(centre: CallbackWorld) -> CallbackWorld:
    centre.rest()
    return centre


def test_a_caller_who_came_earlier_is_served_first(world: CallbackWorld) -> None:
    ann, ben = world.somebody(), world.somebody()
    one = world.agents[0]
    early = world.waits(ben)
    world.abandons(ann)
    world.sign_in(one)
    wait_for(world.talks, "talk with who waited")
    assert world.offers(one) == []
    assert world.stage(ann) == "waiting"
    early.hang_up()
    world.dispose_all()
    world.offered(one, ann)


def test_a_caller_who_came_later_does_not_take_the_place(world: CallbackWorld) -> None:
    ann, ben = world.somebody(), world.somebody()
    one = world.agents[0]
    world.abandons(ann)
    late = world.waits(ben)
    world.sign_in(one)
    callback = world.offered(one, ann)
    time.sleep(2)
    assert world.rung() == [], "the queue rings nobody to whom a callback is offered"
    world.decline(one, callback)
    wait_for(world.talks, "talk with who came later")
    late.hang_up()


def test_freepbx_525_two_agents_never_dial_one_number_at_once(world: CallbackWorld) -> None:
    ann = world.somebody()
    world.carrier_takes("rings")
    world.abandons(ann)
    world.abandons(ann)
    first, second = world.agents
    world.sign_in(first)
    world.sign_in(second)
    callback = world.offered(first, ann)
    with pytest.raises(PeerFailed, match="callback-not-offered"):
        world.accept(second, callback)
    world.accept(first, callback)
    wait_for(lambda: len(world.dialled()) == 1, "the attempt")
    time.sleep(2)
    assert world.offers(second) == []
    assert len(world.dialled()) == 1
    first.phone.command("hangup")
    world.waits_again(ann, "hung_up")


def test_freepbx_621_and_twilio_9_in_order_and_never_more_than_agents(world: CallbackWorld) -> None:
    ann, ben, carl = world.somebody(), world.somebody(), world.somebody()
    for number in (ann, ben, carl):
        world.abandons(number)
    first, second = world.agents
    for seat in (first, second):
        world.sign_in(seat)
    callback = world.offered(first, ann)
    world.offered(second, ben)
    time.sleep(1)
    assert world.stage(carl) == "waiting"
    world.accept(first, callback)
    world.reaches(ann, "talking")
    first.phone.command("hangup")
    world.closed_as(ann, "reached")
    time.sleep(1)
    assert world.stage(carl) == "waiting", "he has not said yet what his call was about"
    world.dispose_all()
    world.offered(first, carl)
