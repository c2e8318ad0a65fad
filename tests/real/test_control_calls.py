"""Placing calls, keys, mute, hanging up: each by its HTTP verb, on a real switch."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.peers.program import PeerFailed
from tests.real.control_world import NOTHING, NUMBER, ControlWorld, spell
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


def test_click_to_call_agent_first(world: ControlWorld) -> None:
    one, two = world.agents
    body = {"op_id": str(uuid.uuid4()), "number": NUMBER, "first": "agent"}
    placed = one.visitor.post("/api/calls", body)
    assert one.visitor.post("/api/calls", body) == placed
    call = placed["call_id"]
    world.until(call, "talking")
    assert world.call(call)["direction"] == "outbound"
    before = spell()
    world.do(one, call, "hold")
    held = spell()
    world.do(one, call, "consult", target={"agent_id": two.id})
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    world.do(one, call, "complete")
    wait_for(lambda: world.state_of(one) != "talking", "the agent's leaving")
    after = spell()
    world.do(two, call, "hangup", whole=True)
    world.switch.wait_idle()
    assert len(one.phone.heard()) == len(world.outside.heard()) == 1
    assert world.heard_by(world.outside, *before)["agent-1"] > 0.6
    assert world.heard_by(one, *before)["outside"] > 0.6
    assert world.heard_by(world.outside, *held)["agent-1"] < NOTHING
    assert world.heard_by(world.outside, *after)["agent-2"] > 0.6


def test_click_to_call_citizen_first(world: ControlWorld) -> None:
    one = world.agents[0]
    body = {"op_id": str(uuid.uuid4()), "number": NUMBER, "first": "citizen"}
    placed = one.visitor.post("/api/calls", body)
    wait_for(lambda: world.state_of(one) == "talking", "the agent's answer")
    before = spell()
    one.visitor.post("/api/calls", body)
    call = next(found["call_id"] for found in world.calls() if found["state"] == "talking")
    assert call == placed["call_id"]
    world.do(one, call, "hold")
    held = spell()
    world.do(one, call, "resume")
    after = spell()
    world.do(one, call, "hangup", whole=True)
    world.switch.wait_idle()
    assert len(one.phone.heard()) == len(world.outside.heard()) == 1
    # The recording is of the half that faces the trunk: what comes into it is what the citizen hears.
    assert world.said_by_citizen(*before)["agent-1"] > 0.6
    assert world.said_by_citizen(*held)["agent-1"] < NOTHING
    assert world.said_by_citizen(*after)["agent-1"] > 0.6


def test_a_caller_id_that_is_not_ours_is_refused(world: ControlWorld) -> None:
    body = {"op_id": str(uuid.uuid4()), "number": NUMBER, "first": "agent", "caller_id": "110"}
    with pytest.raises(PeerFailed, match="caller-id-not-allowed"):
        world.agents[0].visitor.post("/api/calls", body)
    assert world.calls() == []


def test_mute_and_unmute(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(one, call, "mute")
    assert [leg["muted"] for leg in world.call(call)["legs"] if leg["role"] == "agent"] == [True]
    muted = spell()
    world.do(one, call, "unmute")
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*muted)["agent-1"] < NOTHING
    assert world.heard_by(one, *muted)["citizen"] > 0.6
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6


def test_send_digits(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one, speaks=False)
    world.do(one, call, "digits", digits="12#")
    wait_for(lambda: citizen.keys() == "12#", "the keys at the citizen's end", 20)
    citizen.hang_up()


def test_hangup(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    answer = world.do(one, call, "hangup")
    assert answer["outcome"] == "done"
    assert citizen.wait(10) == 0
    world.until(call, "ended")
    assert world.state_of(one) == "wrap_up"


def test_answer_says_that_a_sip_telephone_is_answered_by_hand(world: ControlWorld) -> None:
    one = world.agents[0]
    one.phone.leave()
    world.sign_in(one)
    citizen = world.dial()
    wait_for(lambda: any(found["state"] == "ringing" for found in world.calls()), "ringing")
    call = world.calls()[0]["call_id"]
    with pytest.raises(PeerFailed, match="phone-must-answer"):
        world.do(one, call, "answer")
    citizen.hang_up()
