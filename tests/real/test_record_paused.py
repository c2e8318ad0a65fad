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
from tests.real.record_world import Record, RecordWorld, quick, sounds
from tests.real.service import wait

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordWorld]:
    with quick(), RecordWorld(tmp_path_factory.mktemp("centre")) as world:
        yield world


@pytest.fixture
def world(centre: RecordWorld) -> Iterator[RecordWorld]:
    yield centre
    centre.rest()


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
    begun = world.pause(one, call, op)
    assert begun["paused"]
    assert world.pause(one, call, op)["since"] == begun["since"]
    time.sleep(4)
    done = world.go_on(one, call)
    assert (done["ended_how"], done["ended_by"]) == ("resumed", one.id)
    time.sleep(3)
    assert world.call(call)["state"] == "talking"
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    (pause,) = record["call"]["pauses"]
    assert (pause["reason"], pause["by"], pause["ended_by"]) == ("card", one.id, one.id)
    for track, tone in (("in", TONES["citizen"]), ("out", TONES[one.endpoint])):
        seconds, loud = heard(world, record, tone, track)
        assert 3.3 < quiet(loud) < 5.0, (track, quiet(loud))
        assert 3.5 < seconds < 8
    assert [act["label"] for act in record["acts"]] == ["recording-pause", "recording-resume"]
    assert "recording-paused" in [item["what"] for item in record["timeline"]]
    world.verifies()


def test_record_forgotten_pause_ends_by_itself(world: RecordWorld) -> None:
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    world.pause(one, call)
    time.sleep(9)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    (pause,) = record["call"]["pauses"]
    assert pause["ended_by"] == "system:recording"
    _, loud = heard(world, record, TONES["citizen"], "in")
    assert 5 < quiet(loud) < 8.5
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


def test_record_pause_outlives_the_gateway(world: RecordWorld) -> None:
    """Killed in the pause, the gateway ends it at its limit when it is back; Asterisk's marks tell both."""
    one = world.agents[0]
    citizen, call = world.talk(one)
    time.sleep(1)
    world.pause(one, call)
    time.sleep(2)
    world.service.program.kill()
    world.service.start(role="centre")
    wait(lambda: world.call(call)["state"] == "talking", "the call again", 15)
    wait(lambda: world.switch.cel.read_text().count("RECORDING_RESUMED,"), "mark of the end of the pause", 20)
    time.sleep(2)
    world.over(citizen)
    world.dispose(one, call)
    record = world.ended(citizen)
    assert record["call"]["pauses"][-1]["ended_by"] == "system:recording"
    _, loud = heard(world, record, TONES["citizen"], "in")
    assert any(loud[-10:])


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
    length = (moment(pause["until"]) - moment(pause["since"])).total_seconds()
    _, loud = heard(world, record, TONES["citizen"], "in")
    assert quiet(loud) > length - 0.7
    assert any(loud[-10:])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
