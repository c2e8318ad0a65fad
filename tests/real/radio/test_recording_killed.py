"""What is said in talkgroups is kept though a role, the broker or the switch is killed: each talk is once in
the ledger, and its sound at its span.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.peers import audio
from tests.peers.running import running
from tests.real.radio.group_patch_world import TONES
from tests.real.radio.recording_world import ONE, RecordingWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process]


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingWorld]:
    with running(RecordingWorld(tmp_path_factory.mktemp("recording"))) as made:
        yield made


@pytest.fixture
def world(air: RecordingWorld) -> Iterator[RecordingWorld]:
    yield air
    air.part_all()
    air.quiet()


def now() -> datetime:
    return datetime.now(UTC)


def heard(sound: audio.Samples, group: str) -> float:
    return audio.tone_seconds(sound, TONES[group], share=0.1)


def test_roles_that_are_killed_in_mid_talk_lose_no_sound_and_double_no_talk(world: RecordingWorld) -> None:
    began = now()
    # The role centre: the switch records on, and the talk is in the ledger when the centre is back.
    world.radio_sets[ONE].say(TONES[ONE], 6.0)
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks")
    time.sleep(1.5)
    world.service.program.kill()
    time.sleep(1.0)
    world.restart_centre()
    world.quiet()
    (talk,) = world.told(ONE, began, 1)
    assert talk["end_seen"]
    recalled = world.recall(ONE, began)
    assert heard(recalled.of(recalled.talks[-1]), ONE) > 5.5
    assert recalled.lost_s() == 0
    # The role radio: what was said until then is there, and the row says that nobody saw the end.
    began = now()
    world.radio_sets[ONE].say(TONES[ONE], 5.0)
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks")
    time.sleep(2.5)
    world.radio.kill()
    world.radio.start()
    wait_for(world.linked, "links to the reflector", 30)
    world.quiet()
    world.ready(ONE)
    cut, *rest = world.told(ONE, began, 1)
    assert (cut["cause"], cut["end_seen"]) == ("restarted", False)
    # Whoever still talked when it was back talks anew.
    assert len(rest) <= 1
    recalled = world.recall(ONE, began)
    assert heard(recalled.of(recalled.talks[0]), ONE) > 1.0
    assert world.ask_database("SELECT count(*) FROM radio_open_talks") == [(0,)]
    # Legs to a role that is away are no calls.
    assert world.ask_database("SELECT 1 FROM cdr_cel_rows WHERE channel = 'OutgoingSpoolFailed'") == []


def test_a_broker_that_is_killed_in_mid_talk_doubles_no_talk(world: RecordingWorld) -> None:
    began = now()
    world.radio_sets[ONE].say(TONES[ONE], 4.0)
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks")
    time.sleep(1.0)
    world.broker.program.kill()
    world.broker.start()
    world.quiet()
    world.ready(ONE)
    found = world.told(ONE, began, 1)
    assert len({talk["talk_id"] for talk in found}) == len(found)
    spans = [(talk["began_at"], talk["ended_at"]) for talk in found]
    assert all(one[1] <= two[0] for one, two in pairwise(spans)), spans


def test_a_switch_that_is_killed_loses_four_seconds_at_most_and_the_gap_is_told(
    world: RecordingWorld,
) -> None:
    began = now()
    world.radio_sets[ONE].say(TONES[ONE], 10.0)
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks")
    time.sleep(7.0)
    world.switch.kill()
    time.sleep(0.5)
    world.switch.restart()
    world.service.wait_healthy("asterisk", "recorders")
    wait_for(lambda: world.recorded(ONE), "a recorder after the kill", 15)
    world.quiet()
    world.ready(ONE)
    world.talk(ONE, TONES[ONE], 2.0)
    found = world.told(ONE, began, 2)
    assert len(found) == 2
    recalled = world.recall(ONE, began)
    cut, after = recalled.talks
    assert heard(recalled.of(cut), ONE) > 2.0
    assert cut["recorded_s"] < cut["until_s"] - cut["from_s"]
    assert recalled.lost_s() > 0.3
    assert heard(recalled.of(after), ONE) > 1.7
    world.settled()
    wait_for(
        lambda: len(world.ask_database("SELECT 1 FROM cdr_recordings WHERE state = 'expected'")) <= 4,
        "pieces that are hashed", 30,
    )  # fmt: skip
    assert not world.ask_database("SELECT path, state FROM cdr_recordings WHERE state = 'orphan'")
    said = world.verify()
    assert "file-changed" not in said
    assert "record-changed" not in said
