"""A citizen goes from one to another: transfer, conference, park, queue; who hears whom is told by tones."""

from __future__ import annotations

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


def test_blind_transfer(world: ControlWorld) -> None:
    """To and fro: each time the recording has what the citizen hears, however telephones number their RTP."""
    one, two = world.agents
    citizen, call = world.talk(one)
    spells = []
    for sender, taker in ((one, two), (two, one), (one, two), (two, one)):
        assert world.do(sender, call, "transfer", target={"agent_id": taker.id})["outcome"] == "done"
        wait_for(lambda taker=taker: world.state_of(taker) == "talking", "the next agent's answer")  # type: ignore[misc]
        wait_for(lambda sender=sender: world.state_of(sender) != "talking", "the first agent's leaving")  # type: ignore[misc]
        spells.append((taker.endpoint, spell(1.5)))
    citizen.hang_up()
    world.switch.wait_idle()
    for endpoint, between in spells:
        assert world.heard_by_citizen(*between)[endpoint] > 0.5
    assert world.said_by_citizen(spells[0][1][0], spells[-1][1][1])["citizen"] > 4
    assert world.silence_of_citizen() < 2
    assert len(world.recordings("out")) == 1


def test_blind_transfer_to_a_number(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(one, call, "transfer", target={"number": NUMBER})
    wait_for(lambda: world.state_of(one) != "talking", "the agent's leaving")
    wait_for(lambda: len(world.outside.heard()) == 1, "the far end's answer")
    between = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*between)["outside"] > 0.6
    assert world.heard_by(world.outside, *between)["citizen"] > 0.6


def test_three_way(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    world.do(one, call, "consult", target={"agent_id": two.id})
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    wait_for(
        lambda: len([leg for leg in world.call(call)["legs"] if leg["state"] == "up"]) == 3, "three legs"
    )
    assert world.do(one, call, "conference")["state"] == "conference"
    three = spell()
    world.do(one, call, "hangup")
    world.until(call, "talking")
    two_left = spell()
    assert world.state_of(one) == "ready"
    world.do(two, call, "hangup")
    world.until(call, "ended")
    citizen.wait(10)
    world.switch.wait_idle()
    assert world.heard_by_citizen(*three)["agent-1"] > 0.6
    assert world.heard_by_citizen(*three)["agent-2"] > 0.6
    assert world.heard_by(two, *three)["citizen"] > 0.6
    assert world.heard_by(two, *three)["agent-1"] > 0.6
    assert world.heard_by(one, *three)["agent-2"] > 0.6
    assert world.heard_by_citizen(*two_left)["agent-2"] > 0.6
    assert world.heard_by_citizen(*two_left)["agent-1"] < NOTHING


def test_park_and_retrieve(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    assert world.do(one, call, "park")["state"] == "parked"
    parked = spell()
    assert world.do(two, call, "retrieve")["outcome"] == "done"
    world.until(call, "talking")
    after = spell()
    assert world.call(call)["agent_ids"][-1] == two.id
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*parked)["agent-1"] < NOTHING
    assert world.heard_by_citizen(*after)["agent-2"] > 0.6
    assert world.silence_of_citizen() < 2


def test_redirect_to_queue(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    world.do(one, call, "hold")
    world.do(one, call, "redirect", target={"queue": "second"})
    wait_for(lambda: "1. PJSIP/trunk" in world.switch.rx("queue show second"), "a caller in the other queue")
    assert world.call(call)["state"] == "queued"
    assert world.call(call)["queue"] == "second"
    wait_for(lambda: world.state_of(one) == "wrap_up", "the agent's leaving")
    citizen.hang_up()
    world.switch.wait_idle()
    assert two


def test_silent_caller_is_asked_and_comes_back(world: ControlWorld) -> None:
    """He is asked, and comes to the queue again; who sent him has left the call."""
    one, _ = world.agents
    citizen, call = world.talk(one)
    assert world.do(one, call, "silent")["outcome"] == "done"
    wait_for(lambda: world.state_of(one) == "wrap_up", "the agent's leaving")
    wait_for(lambda: world.call(call)["state"] == "queued", "the caller in the queue", 30)
    assert "1. PJSIP/trunk" in world.switch.rx("queue show hotline")
    citizen.hang_up()
    world.switch.wait_idle()


def test_call_moved_on(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    with pytest.raises(PeerFailed, match="call-moved-on"):
        world.do(one, call, "resume")
    world.do(one, call, "transfer", target={"agent_id": two.id})
    wait_for(lambda: world.state_of(two) == "talking", "the next agent's answer")
    with pytest.raises(PeerFailed, match="call-moved-on"):
        world.do(one, call, "hold")
    citizen.hang_up()
    world.until(call, "ended")
    with pytest.raises(PeerFailed, match="the call has ended"):
        world.do(two, call, "hold")
