"""Callers who give up, and telephones that ring in vain, one by one or several at once: the record of each
call is complete, and tells who won from those who only rang.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from gateway.asterisk.settings import QueueSettings
from tests.peers import audio
from tests.real.record_world import RecordWorld, leg, sounds, states, talked, verified, whats
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

GREETING_S = 3.0
TEAM = "96322"
FLOW = """
flow: team
languages: [zh, en]
start: greet
steps:
  greet: {play: greeting, notice: true, next: person}
  person: {queue: team}
"""
QUEUES = (
    QueueSettings(name="hotline", ring_seconds=6),
    QueueSettings(name="team", ring_seconds=20, strategy="ringall"),
)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    """Its greeting is long enough to give up in it."""
    folder = tmp_path_factory.mktemp("centre")
    flows = folder / "flows"
    flows.mkdir()
    (flows / "team.yaml").write_text(FLOW)
    entries = [{"flow": "team", "called": TEAM}]
    made = RecordWorld(folder, queues=QUEUES, overrides={"ivr": {"flows": str(flows), "entries": entries}})
    for language in ("zh", "en"):
        audio.tone(made.switch.settings.directories.prompts / language / "greeting.wav", 440, GREETING_S)
    with verified(made):
        yield made


@pytest.fixture
def world(centre: RecordWorld) -> RecordWorld:
    centre.rest()
    return centre


def test_record_abandon_in_greeting(world: RecordWorld) -> None:
    citizen = world.dial()
    mine = f'"{world.number(citizen)}"'
    wait_for(lambda: any(mine in line and '"RECORDING"' in line for line in lines(world)), "recording", 10)
    time.sleep(0.3)
    world.over(citizen)
    record = world.ended(citizen)
    call = record["call"]
    assert (call["outcome"], call["queued_at"], call["answered_at"]) == ("abandoned_greeting", None, None)
    assert (call["talk_s"], call["rings"], call["agents"]) == (0.0, [], [])
    sounds(record)
    assert record["acts"] == []


def test_record_abandon_in_queue(world: RecordWorld) -> None:
    citizen = world.dial()
    world.waiting(citizen, "queued")
    time.sleep(2)
    world.over(citizen)
    record = world.ended(citizen)
    call = record["call"]
    assert (call["outcome"], call["queue"], call["answered_at"]) == ("abandoned_queue", "hotline", None)
    assert 1.5 < call["wait_s"] < 6
    heard = [one["duration_s"] for one in sounds(record)]
    assert all(seconds > 2 for seconds in heard)
    assert [what for what in whats(record) if what in {"queued", "ended"}] == ["queued", "ended"]


def test_record_no_answer_then_next_agent(world: RecordWorld) -> None:
    one, two = world.agents
    one.phone.leave()
    world.sign_in(one)
    citizen = world.dial()
    world.waiting(citizen, "ringing")
    world.sign_in(two)
    call = world.waiting(citizen, "talking")
    time.sleep(2)
    world.over(citizen)
    world.dispose(two, call)
    record = world.ended(citizen)
    rings = [(ring["endpoint"], ring["answered"]) for ring in record["call"]["rings"]]
    assert (one.endpoint, False) in rings
    assert rings[-1] == (two.endpoint, True)
    assert talked(record) == [two.endpoint]
    assert "talking" in states(record, two)
    assert "talking" not in states(record, one)
    sounds(record)


def test_record_parallel_ringing(world: RecordWorld) -> None:
    one, two = world.agents
    one.phone.leave()
    world.sign_in(one)
    world.sign_in(two)
    citizen = world.dial(called=TEAM)
    call = world.waiting(citizen, "talking")
    time.sleep(2)
    world.over(citizen)
    world.dispose(two, call)
    record = world.ended(citizen)
    rings = {ring["endpoint"]: ring["answered"] for ring in record["call"]["rings"]}
    assert rings == {one.endpoint: False, two.endpoint: True}
    assert leg(record, one.endpoint)["talk_s"] == 0
    assert leg(record, two.endpoint)["talk_s"] > 1.5
    assert (talked(record), record["call"]["outcome"]) == ([two.endpoint], "answered")
    assert "talking" not in states(record, one)
    assert states(record, two).count("talking") == 1
    sounds(record)


def lines(world: RecordWorld) -> list[str]:
    return world.switch.cel.read_text(errors="replace").splitlines() if world.switch.cel.exists() else []
