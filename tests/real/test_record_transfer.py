"""Calls that are moved about, and one that an agent places: who talked, for how long, who was asked, who
joined; one call, one record.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest

from tests.peers.program import PeerFailed
from tests.real.control_world import NUMBER
from tests.real.record_world import RecordWorld, acts, leg, sounds, states, talked, verified
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    with verified(RecordWorld(tmp_path_factory.mktemp("centre"))) as made:
        yield made


@pytest.fixture
def world(centre: RecordWorld) -> RecordWorld:
    centre.rest()
    return centre


def test_record_blind_transfer(world: RecordWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    time.sleep(1.5)
    world.do(one, call, "transfer", target={"agent_id": two.id})
    wait_for(
        lambda: world.call(call)["state"] == "talking" and world.state_of(two) == "talking", "the second talk"
    )
    time.sleep(2)
    world.over(citizen)
    world.dispose(two, call)
    record = world.ended(citizen)
    assert record["call"]["call_id"] == call
    assert talked(record) == [one.endpoint, two.endpoint]
    assert acts(record) == ["transfer"]
    assert leg(record, two.endpoint)["talk_s"] > 1.5
    assert record["call"]["talk_s"] > 3
    seconds = [found["duration_s"] for found in sounds(record)]
    assert all(found > 4 for found in seconds), "the recording goes on after the transfer"


def test_record_attended_transfer_completed(world: RecordWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    time.sleep(1)
    world.do(one, call, "consult", target={"agent_id": two.id})
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    time.sleep(1.5)
    world.do(one, call, "complete")
    world.until(call, "talking")
    time.sleep(2)
    world.over(citizen)
    world.dispose(two, call)
    record = world.ended(citizen)
    assert record["call"]["call_id"] == call
    assert [verb for verb in acts(record) if verb in {"consult", "complete"}] == ["consult", "complete"]
    assert talked(record) == [one.endpoint, two.endpoint]
    assert leg(record, two.endpoint)["talk_s"] > 3
    assert "talking" in states(record, two)
    sounds(record)


def test_record_attended_transfer_aborted(world: RecordWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    time.sleep(1)
    world.do(one, call, "consult", target={"agent_id": two.id})
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    time.sleep(1)
    world.do(one, call, "abort")
    world.until(call, "talking")
    time.sleep(1.5)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    assert [verb for verb in acts(record) if verb in {"consult", "abort"}] == ["consult", "abort"]
    assert talked(record) == [one.endpoint, two.endpoint]
    last = max(
        (stay for found in record["legs"] if found["party"] == "citizen" for stay in found["stays"]),
        key=lambda stay: str(stay["since"]),
    )
    together = [
        found["endpoint"]
        for found in record["legs"]
        if any(stay["bridge"] == last["bridge"] for stay in found["stays"])
    ]
    assert one.endpoint in together
    assert two.endpoint not in together
    sounds(record)


def test_record_three_way(world: RecordWorld) -> None:
    one, two = world.agents
    citizen, call = world.talk(one)
    world.do(one, call, "consult", target={"agent_id": two.id})
    wait_for(lambda: world.state_of(two) == "talking", "the colleague's answer")
    world.do(one, call, "conference")
    world.until(call, "conference")
    time.sleep(2)
    world.over(citizen)
    for seat in (one, two):
        if call in world.owed(seat):
            world.dispose(seat, call)
    record = world.ended(citizen)
    assert "conference" in acts(record)
    shared = [
        {stay["bridge"] for stay in found["stays"] if stay["kind"] == "softmix"}
        for found in record["legs"]
        if found["talk_s"] > 1 and found["party"] != "switch"
    ]
    assert len(set.intersection(*shared)) == 1, "all three were in one conference"
    assert len(shared) >= 3
    sounds(record)


def test_record_hold(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    world.do(one, call, "hold")
    time.sleep(3)
    world.do(one, call, "resume")
    time.sleep(1)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    assert acts(record) == ["hold", "resume"]
    begun, ended = sorted(found["at"] for found in record["acts"])
    assert begun < ended
    assert [state for state in states(record, one) if state in {"talking", "hold"}] == [
        "talking",
        "hold",
        "talking",
    ]
    seconds = [found["duration_s"] for found in sounds(record)]
    assert all(found > 5 for found in seconds), "what the citizen heard while he was held is recorded too"


def test_record_barge(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    world.do(world.chief, call, "barge")
    world.until(call, "conference")
    time.sleep(2)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    assert "barge" in acts(record)
    (act,) = [found for found in record["acts"] if found["label"] == "barge"]
    assert act["payload"]["actor_id"] == world.chief.id
    assert world.chief.endpoint in [found["endpoint"] for found in record["legs"]]
    sounds(record)


def test_record_outbound(world: RecordWorld) -> None:
    one = world.agents[0]
    world.sign_in(one)
    body = {"op_id": str(uuid.uuid4()), "number": NUMBER, "first": "agent"}
    call = one.visitor.post("/api/calls", body)["call_id"]
    world.until(call, "talking")
    time.sleep(3)
    world.do(one, call, "hangup", whole=True)
    world.switch.wait_idle(15)
    wait_for(lambda: world.owed(one) == [call], "the call among what the agent owes", 20)
    with pytest.raises(PeerFailed, match="disposition-missing"):
        one.visitor.post("/api/agents/me/state", {"state": "ready"})
    world.dispose(one, call)
    wait_for(lambda: world.state_of(one) == "ready", "the end of the wrap-up", 20)
    record = world.whole(call)
    assert (record["call"]["direction"], record["call"]["outcome"]) == ("outbound", "answered")
    assert record["call"]["agents"] == [one.id]
    assert record["call"]["talk_s"] > 2
    assert NUMBER in {found["number"] for found in record["legs"]} | {record["call"]["number"]}
    assert len({found["leg_id"] for found in sounds(record)}) == 1
