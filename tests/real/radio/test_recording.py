"""What is said in talkgroups is kept: each talk once in the ledger, and its sound at its span, whatever
dies.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.peers.running import running
from tests.real.radio.group_patch_world import APP, CREW, TONES
from tests.real.radio.recording_world import DEAF, LI, ONE, PIECE_S, RATE, TWO, WANG, RecordingWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


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


def begins(sound: audio.Samples) -> float:
    """After how many seconds something is heard."""
    loud = audio.loudness(sound) > audio.AUDIBLE
    return float(loud.argmax()) * 0.05 if loud.any() else float("inf")


def test_each_talk_is_found_at_its_span_also_who_comes_by_a_patch(world: RecordingWorld) -> None:
    began = now()
    world.talk(ONE, TONES[ONE], 3.0)
    world.patch(ONE, TWO)
    world.ready(ONE, TWO)
    world.talk(TWO, TONES[TWO], 2.5)
    world.unpatch(ONE)
    first, second = world.told(ONE, began, 2)
    assert (first["party"], first["came_from"]) == ("svx:CREW-A", "")
    assert (second["party"], second["name"], second["came_from"]) == (f"patch:{TWO}", "svx:CREW-B", TWO)
    recalled = world.recall(ONE, began)
    first, second = recalled.talks
    assert recalled.gaps == []
    for talk, tone, other, length in ((first, ONE, TWO, 3.0), (second, TWO, ONE, 2.5)):
        sound = recalled.of(talk)
        assert heard(sound, tone) > length - 0.3
        assert heard(sound, other) == 0
        assert begins(sound) < 1.0
    # Nobody is heard outside of the spans: everybody is muted, and only the tone of the patch is there.
    between = recalled.sound[round((first["until_s"] + 0.3) * RATE) : round((second["from_s"] - 0.1) * RATE)]
    assert heard(between, ONE) == heard(between, TWO) == 0
    # Without the silence, each is where it is said to be.
    short = world.recall(ONE, began, "--drop-silence")
    assert len(short.sound) / RATE == pytest.approx(short.told["seconds"], abs=0.01)
    assert len(short.sound) < len(recalled.sound) / 2
    assert heard(short.of(short.talks[1]), TWO) > 2.2
    # The other talkgroup has its own recording, and its own row.
    (there,) = world.told(TWO, began, 1)
    assert (there["party"], there["came_from"]) == ("svx:CREW-B", "")
    assert heard(world.recall(TWO, began).sound, TWO) > 2.2


def test_who_may_hears_it_and_it_is_written_down_and_nobody_else_hears_it(world: RecordingWorld) -> None:
    world.recall(ONE, now())
    rows = world.ask_database(
        f"SELECT actor, action FROM identity_audit WHERE subject LIKE 'talkgroup:{ONE} %' ORDER BY seq DESC"
    )
    assert rows[:2] == [(WANG.id, "listen"), (WANG.id, "list-talks")]
    for who in (LI, DEAF):
        visitor = world.service.sign_in(who)
        for path in (f"/api/talkgroups/{ONE}/recall", f"/api/talkgroups/{ONE}/recall/talks"):
            with pytest.raises(PeerFailed, match="403"):
                visitor.get(path)
    after = world.ask_database(f"SELECT 1 FROM identity_audit WHERE subject LIKE 'talkgroup:{ONE} %'")
    assert len(after) == len(rows)


def test_a_talk_over_the_border_of_two_files_is_whole(world: RecordingWorld) -> None:
    wait_for(lambda: len(world.recorders(ONE)) == 1, "one recorder", PIECE_S)
    before = world.recorders(ONE)
    began = now()
    while world.recorders(ONE) == before and (now() - began).total_seconds() < 2 * PIECE_S:
        world.talk(ONE, TONES[ONE], 5.0)
    recalled = world.recall(ONE, began)
    assert len(recalled.told["recordings"]) >= 2
    assert recalled.gaps == []
    for talk in recalled.talks:
        sound = recalled.of(talk, edge_s=0)[RATE // 2 : -RATE // 4]
        # Half a second would be missing if the next file began as the former one ends; a radio stutters less.
        assert heard(sound, ONE) > len(sound) / RATE - 0.4
        assert audio.longest_silence(sound) < 0.3


def test_roles_that_are_killed_in_mid_talk_lose_no_sound_and_double_no_talk(world: RecordingWorld) -> None:
    began = now()
    # The role centre: the switch records on, and the talk is in the ledger when the centre is back.
    world.radio_sets[ONE].say(TONES[ONE], 6.0)
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks", 5)
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
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks", 5)
    time.sleep(2.5)
    world.radio.kill()
    world.start_radio()
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
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks", 5)
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
    wait_for(lambda: world.radio_sets[ONE].speaking, "a radio that talks", 5)
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


def test_a_talkgroup_of_terminals_is_recorded_while_somebody_is_there(
    world: RecordingWorld, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert not world.recorded(APP)
    voice = world.bring_voice(APP, CREW, tmp_path_factory.mktemp("voice"))
    wait_for(lambda: world.recorded(APP), "a recorder beside a crew", 5)
    voice.end()
    wait_for(lambda: not world.recorded(APP), "the recorder's end", 15)
    wait_for(
        lambda: world.wang.get(f"/api/talkgroups/{APP}/recall/talks?seconds=60")["recordings"], "a row", 10
    )
