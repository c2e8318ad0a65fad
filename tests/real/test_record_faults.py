"""Something dies in the middle of a call, and the call's record is complete all the same."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from cdr.complete import BUFFER_S
from tests.peers import audio
from tests.real.control_world import TONES
from tests.real.record_world import RecordWorld, sounds, states, talked, verified
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(240)]

AWAY_S = 12.0
KILLED_LOSES_S = BUFFER_S + 0.4
"""Asterisk writes 32,768 bytes at a time: 4.1 s of A-law, and a little for what is under way."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    with verified(RecordWorld(tmp_path_factory.mktemp("centre"))) as made:
        yield made


@pytest.fixture
def world(centre: RecordWorld) -> RecordWorld:
    centre.rest()
    return centre


def test_record_gateway_restarted_in_the_call(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    world.kill_service()
    time.sleep(3)
    world.start_service()
    wait_for(lambda: world.call(call)["state"] == "talking", "the call after the restart", 20)
    time.sleep(1)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    assert (record["call"]["closed_by"], record["call"]["outcome"]) == ("asterisk", "answered")
    assert record["call"]["talk_s"] > 4
    assert all(found["duration_s"] > 5 for found in sounds(record))
    assert "talking" in states(record, one)


def test_record_database_away_in_the_call(world: RecordWorld) -> None:
    one = world.agents[0]
    world.sign_in(one)
    with world.database_away():
        away = time.monotonic()
        citizen = world.dial()
        call = world.waiting(citizen, "talking")
        time.sleep(2)
        world.over(citizen)
        time.sleep(max(0.0, AWAY_S - (time.monotonic() - away)))
    world.dispose(one, call)
    record = world.ended(citizen)
    assert (record["call"]["outcome"], talked(record)) == ("answered", [one.endpoint])
    assert states(record, one).count("talking") == 1
    sounds(record)


def test_record_asterisk_restarted_in_the_call(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(3 + KILLED_LOSES_S)
    world.switch.kill()
    time.sleep(1)
    citizen.close()
    world.switch.restart()
    wait_for(lambda: world.call(call)["state"] == "ended", "end of the call that is gone", 30)
    world.dispose(one, call)
    record = world.ended(citizen, within=40)
    assert (record["call"]["closed_by"], record["call"]["outcome"]) == ("reader", "answered")
    assert all(found["ended_at"] for found in record["legs"])
    assert all(found["duration_s"] > 2 for found in sounds(record))


def test_record_pause_outlives_the_gateway(world: RecordWorld) -> None:
    """Killed in the pause, the gateway ends it at its limit when it is back; Asterisk's marks tell both."""
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    before = world.resumptions()
    world.pause(one, call)
    time.sleep(2)
    world.kill_service()
    world.start_service()
    wait_for(lambda: world.call(call)["state"] == "talking", "the call again", 30)
    wait_for(lambda: world.resumptions() > before, "mark of the pause's end", 30)
    time.sleep(2)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    assert record["call"]["pauses"][-1]["ended_by"] == "system:recording"
    (sound,) = [one for one in sounds(record) if one["track"] == "in"]
    samples = audio.read_alaw(world.switch.recordings / sound["path"])
    assert audio.tone_seconds(samples[-audio.RATE :], TONES["citizen"]) > 0
