"""Hold, resume, consult: each by its HTTP verb, on a real switch; who hears whom is told by tones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.program import PeerFailed
from tests.real.control_world import NOTHING, ControlWorld, spell
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path) as world:
        yield world


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


def test_resume_by_any_key_without_the_gateway(world: ControlWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(one, call, "hold")
    world.service.program.kill()
    one.phone.command("sndcode", "5")
    wait(lambda: any(row[1] == "control-resume" for row in world.channels()), "the agent's resumption", 8)
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6


def test_holder_gone_returns_to_queue(world: ControlWorld) -> None:
    """The gateway is killed while a citizen is held, and then the agent's phone goes, too."""
    one, two = world.agents
    citizen, call = world.talk(one)
    world.sign_in(two)
    world.do(one, call, "hold")
    world.service.program.kill()
    one.phone.close()
    wait(lambda: any("agent-2" in row[0] and row[4] == "Up" for row in world.channels()), "another agent", 40)
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-2"] > 0.6
    assert world.silence_of_citizen() < 5


def test_consult_complete(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    asked = world.do(one, call, "consult", target={"agent_id": two.id})
    assert asked["state"] == "consulting"
    wait(lambda: world.state_of(two) == "talking", "the colleague's answer")
    wait(lambda: all(leg["state"] == "up" for leg in world.call(call)["legs"]), "three legs that are up")
    between = spell(3)
    assert world.call(call)["state"] == "consulting"
    assert world.state_of(one) == "talking"
    done = world.do(one, call, "complete")
    assert done["outcome"] == "done"
    world.until(call, "talking")
    wait(lambda: world.state_of(one) not in {"talking", "hold"}, "the first agent's leaving")
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
    wait(lambda: world.state_of(two) == "talking", "the colleague's answer")
    assert world.do(one, call, "abort")["state"] == "talking"
    wait(lambda: world.state_of(two) not in {"talking", "ringing"}, "the colleague's leaving")
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6
    assert world.heard_by_citizen(*after)["agent-2"] < NOTHING


def test_consult_that_nobody_answers_returns_to_the_citizen(world: ControlWorld) -> None:
    one, two = world.agents
    two.phone.deaf()
    citizen, call = world.talk(one)
    world.do(one, call, "consult", target={"endpoint": "agent-2"})
    time.sleep(2)
    assert world.call(call)["state"] == "consulting"
    world.until(call, "talking", timeout=15)
    after = spell()
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.heard_by_citizen(*after)["agent-1"] > 0.6


def test_a_phone_that_cannot_be_rung_is_said_so(world: ControlWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    two.phone.close()
    wait(
        lambda: "Unavail" in world.switch.rx("pjsip show contacts") or not world.switch.registered("agent-2"),
        "loss",
        30,
    )
    with pytest.raises(PeerFailed, match="phone-unreachable"):
        world.do(one, call, "consult", target={"endpoint": "agent-2"})
    assert world.call(call)["state"] == "talking"
    citizen.hang_up()
