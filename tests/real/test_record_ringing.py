"""Several telephones ring at once: one wins, and the record tells the winner from those that only rang."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.real.record_world import RecordWorld, leg, quick, sounds, states, talked

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    with quick(), RecordWorld(tmp_path_factory.mktemp("centre"), strategy="ringall") as world:
        yield world


def test_record_parallel_ringing(world: RecordWorld) -> None:
    one, two = world.agents
    one.phone.deaf()
    world.sign_in(one)
    world.sign_in(two)
    citizen = world.dial()
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
    world.verifies()
