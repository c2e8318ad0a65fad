"""Something dies in the middle of a call, and the call's record is complete all the same."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from cdr.complete import BUFFER_S
from tests.real.record_world import RecordWorld, quick, sounds, states, talked
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

AWAY_S = 12.0
KILLED_LOSES_S = BUFFER_S + 0.4
"""Asterisk writes 32,768 bytes at a time: 4.1 s of A-law, and a little for what is under way."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    with quick(), RecordWorld(tmp_path_factory.mktemp("centre")) as world:
        yield world


@pytest.fixture
def world(centre: RecordWorld) -> Iterator[RecordWorld]:
    yield centre
    centre.rest()


def test_record_gateway_restarted_in_the_call(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    world.service.program.kill()
    time.sleep(3)
    world.service.start(role="centre")
    wait(lambda: world.call(call)["state"] == "talking", "the call after the restart", 20)
    time.sleep(1)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    assert (record["call"]["closed_by"], record["call"]["outcome"]) == ("asterisk", "answered")
    assert record["call"]["talk_s"] > 4
    assert all(found["duration_s"] > 5 for found in sounds(record))
    assert "talking" in states(record, one)
    world.verifies()


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
    world.verifies()


def test_record_asterisk_restarted_in_the_call(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(3 + KILLED_LOSES_S)
    world.switch.kill()
    time.sleep(1)
    citizen.close()
    world.switch.restart()
    wait(lambda: world.call(call)["state"] == "ended", "end of the call that is gone", 30)
    world.dispose(one, call)
    record = world.ended(citizen, within=40)
    assert (record["call"]["closed_by"], record["call"]["outcome"]) == ("reader", "answered")
    assert all(found["ended_at"] for found in record["legs"])
    assert all(found["duration_s"] > 2 for found in sounds(record))
    world.verifies()
