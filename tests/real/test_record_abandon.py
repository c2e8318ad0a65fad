"""Callers who give up, and a telephone that nobody answers: the record of each is complete and says which."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.peers import audio
from tests.real.record_world import RecordWorld, quick, sounds, states, talked, whats
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

GREETING_S = 3.0


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    """Its greeting is long enough to give up in it."""
    world = RecordWorld(tmp_path_factory.mktemp("centre"), ring_seconds=6)
    for language in ("zh", "en"):
        audio.tone(world.switch.settings.directories.prompts / language / "greeting.wav", 440, GREETING_S)
    with quick(), world:
        yield world


@pytest.fixture
def world(centre: RecordWorld) -> Iterator[RecordWorld]:
    yield centre
    centre.rest()


def test_record_abandon_in_greeting(world: RecordWorld) -> None:
    citizen = world.dial()
    mine = f'"{world.number(citizen)}"'
    wait(lambda: any(mine in line and '"RECORDING"' in line for line in lines(world)), "recording", 10)
    time.sleep(0.3)
    world.over(citizen)
    record = world.ended(citizen)
    call = record["call"]
    assert (call["outcome"], call["queued_at"], call["answered_at"]) == ("abandoned_greeting", None, None)
    assert (call["talk_s"], call["rings"], call["agents"]) == (0.0, [], [])
    sounds(record)
    assert record["acts"] == []
    world.verifies()


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
    one.phone.deaf()
    try:
        world.sign_in(one)
        citizen = world.dial()
        world.waiting(citizen, "ringing")
        world.sign_in(two)
        call = world.waiting(citizen, "talking", timeout=30)
        time.sleep(2)
        world.over(citizen)
        world.dispose(two, call)
        record = world.ended(citizen)
    finally:
        world.hears(one)
    rings = [(ring["endpoint"], ring["answered"]) for ring in record["call"]["rings"]]
    assert (one.endpoint, False) in rings
    assert rings[-1] == (two.endpoint, True)
    assert talked(record) == [two.endpoint]
    assert "talking" in states(record, two)
    assert "talking" not in states(record, one)
    sounds(record)
    world.verifies()


def lines(world: RecordWorld) -> list[str]:
    return world.switch.cel.read_text(errors="replace").splitlines() if world.switch.cel.exists() else []
