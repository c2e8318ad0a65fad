"""Hold, resume, consult: each by its HTTP verb, on a real switch; who hears whom is told by tones."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.peers.program import PeerFailed
from tests.real.control_world import NOTHING, ControlWorld, spell
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path_factory.mktemp("centre")) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> ControlWorld:
    centre.rest()
    return centre


def test_hold_and_resume(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    before = spell()
    assert world.do(one, call, "hold")["state"] == "hold"
    assert world.state_of(one) == "hold"
    held = spell(4)
    assert world.do(one, call, "resume")["state"] == "talking"
    assert world.state_of(one) == "talking"
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*before)["agent-1"] > 0.6
    assert world.heard_by_citizen(*held)["agent-1"] < NOTHING
    assert world.heard_by(one, *held)["citizen"] < NOTHING
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6
    assert world.heard_by(one, *after)["citizen"] > 0.6
    assert world.silence_of_citizen() < 1.5
    # One recording goes through all of it.
    assert world.said_by_citizen(held[0], after[1])["citizen"] > 5
    assert world.state_of(one) == "wrap_up"


def test_consult_complete(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    asked = world.do(one, call, "consult", target={"agent_id": two.id})
    assert asked["state"] == "consulting"
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    wait_for(lambda: all(leg["state"] == "up" for leg in world.call(call)["legs"]), "three legs that are up")
    between = spell(3)
    assert world.call(call)["state"] == "consulting"
    assert world.state_of(one) == "talking"
    done = world.do(one, call, "complete")
    assert done["outcome"] == "done"
    world.until(call, "talking")
    wait_for(lambda: world.state_of(one) not in {"talking", "hold"}, "the first agent's leaving")
    after = spell()
    assert world.call(call)["agent_ids"] == [one.id, two.id]
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*between)["agent-1"] < NOTHING
    assert world.heard_by_citizen(*between)["agent-2"] < NOTHING
    assert world.heard_by(two, *between)["agent-1"] > 0.6
    assert world.heard_by(one, *between)["agent-2"] > 0.6
    assert world.heard_by(one, *between)["citizen"] < NOTHING
    assert world.heard_by_citizen(*after)["agent-2"] > 0.6
    assert world.heard_by(two, *after)["citizen"] > 0.6
    assert world.said_by_citizen(between[0], after[1])["citizen"] > 4
    # The colleague has the call now, and owes what it was about.
    agents = {row["agent_id"]: row for row in world.chief.visitor.get("/api/agents")["agents"]}
    assert agents[one.id]["owed"] == []
    assert agents[two.id]["owed"] == [call]


def test_consult_abort(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    world.do(one, call, "consult", target={"endpoint": "agent-2"})
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    assert world.do(one, call, "abort")["state"] == "talking"
    wait_for(lambda: world.state_of(two) not in {"talking", "ringing"}, "the colleague's leaving")
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6
    assert world.heard_by_citizen(*after)["agent-2"] < NOTHING


def test_consult_that_nobody_answers_returns_to_the_citizen(world: ControlWorld) -> None:
    one, two = world.agents
    two.phone.leave()
    citizen, call = world.talk(one)
    world.do(one, call, "consult", target={"endpoint": "agent-2"})
    time.sleep(2)
    assert world.call(call)["state"] == "consulting"
    world.until(call, "talking", within=15)
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6


def test_a_phone_that_cannot_be_rung_is_said_so(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    two.phone.program.stop(3)
    wait_for(lambda: not world.reachable(two), "loss of the telephone", 30)
    with pytest.raises(PeerFailed, match="phone-unreachable"):
        world.do(one, call, "consult", target={"endpoint": "agent-2"})
    assert world.call(call)["state"] == "talking"
    citizen.hang_up()
