"""A recording is paused while a card number is said: silence in both files, and the span in the ledger."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest

from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.real.control_world import TONES
from tests.real.record_world import QUICK, Record, RecordWorld, sounds, verified
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


def heard(world: RecordWorld, record: Record, tone: float, track: str) -> tuple[float, list[bool]]:
    """Seconds of this tone in the recording, and whether there is sound at all in each tenth of a second."""
    one = next(found for found in sounds(record) if found["track"] == track)
    samples = audio.read_alaw(world.switch.recordings / one["path"])
    step = audio.RATE // 10
    loud = [bool(np.abs(samples[at : at + step]).max() > 0.01) for at in range(0, len(samples) - step, step)]
    return audio.tone_seconds(samples, tone), loud


def quiet(loud: list[bool]) -> float:
    """The longest silence, in seconds."""
    longest = run = 0
    for one in loud:
        run = 0 if one else run + 1
        longest = max(longest, run)
    return longest / 10


def test_record_recording_paused(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(2)
    op = str(uuid.uuid4())
    asked = time.monotonic()
    begun = world.pause(one, call, op)
    since = time.monotonic()
    assert begun["paused"]
    assert world.pause(one, call, op)["since"] == begun["since"]
    time.sleep(3)
    until = time.monotonic()
    done = world.go_on(one, call)
    ended = time.monotonic()
    assert (done["ended_how"], done["ended_by"]) == ("resumed", one.id)
    time.sleep(2)
    assert world.call(call)["state"] == "talking"
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    (pause,) = record["call"]["pauses"]
    assert (pause["reason"], pause["by"], pause["ended_by"]) == ("card", one.id, one.id)
    for track, tone in (("in", TONES["citizen"]), ("out", TONES[one.endpoint])):
        seconds, loud = heard(world, record, tone, track)
        assert until - since - 0.7 < quiet(loud) < ended - asked + 0.7, (track, quiet(loud))
        assert 2.5 < seconds < 8
    assert [act["label"] for act in record["acts"]] == ["recording-pause", "recording-resume"]
    assert "recording-paused" in [item["what"] for item in record["timeline"]]


def test_record_forgotten_pause_ends_by_itself(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    before = world.resumptions()
    world.pause(one, call)
    wait_for(lambda: world.resumptions() > before, "the end of the pause", 30)
    time.sleep(1.5)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    (pause,) = record["call"]["pauses"]
    assert pause["ended_by"] == "system:recording"
    assert lasted(pause) > QUICK["pause_limit_s"] - 0.5
    _, loud = heard(world, record, TONES["citizen"], "in")
    assert lasted(pause) - 0.7 < quiet(loud) < lasted(pause) + 1.2
    assert any(loud[-10:])


def test_record_pause_ends_with_the_call(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    world.pause(one, call)
    time.sleep(2)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    (pause,) = record["call"]["pauses"]
    assert pause["ended_by"] == ""
    assert pause["until"] is not None
    with pytest.raises(PeerFailed, match=r"40[49]"):
        world.go_on(one, call)


def test_record_pause_goes_on_while_the_call_is_moved(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    world.pause(one, call)
    world.do(one, call, "hold")
    time.sleep(1)
    world.do(one, call, "resume")
    time.sleep(1)
    world.go_on(one, call)
    time.sleep(2)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    (pause,) = record["call"]["pauses"]
    _, loud = heard(world, record, TONES["citizen"], "in")
    assert quiet(loud) > lasted(pause) - 0.7
    assert any(loud[-10:])


def lasted(pause: Record) -> float:
    """Seconds, after the ledger."""
    since, until = (datetime.fromisoformat(pause[end]) for end in ("since", "until"))
    return (until - since).total_seconds()
