"""Two talkgroups are patched on a real reflector and a real switch: who hears whom, by their tones."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.sound.notes import PATCHED_HZ
from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.peers.running import running
from tests.real.radio.group_patch_world import (
    APP,
    CREW,
    LI,
    LICENSED,
    ONE,
    RADIOS,
    STUTTER_S,
    TONES,
    TWO,
    VOICE,
    WANG,
    GroupPatchWorld,
    VoiceLeg,
    notices_in,
)
from tests.waiting import until, wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

RISING, FALLING = list(PATCHED_HZ), list(PATCHED_HZ[::-1])


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GroupPatchWorld]:
    with running(GroupPatchWorld(tmp_path_factory.mktemp("groups"))) as made:
        yield made


@pytest.fixture
def world(air: GroupPatchWorld) -> Iterator[GroupPatchWorld]:
    yield air
    air.part_all()
    air.quiet()


def test_a_radio_is_heard_in_the_other_talkgroup_both_ways_and_not_after_the_end(
    world: GroupPatchWorld,
) -> None:
    assert world.patch(ONE, TWO)["outcome"] == "done"
    assert world.patched(TWO) == ONE
    world.ready(ONE, TWO)
    for here, there in ((ONE, TWO), (TWO, ONE)):
        world.listen(ONE, TWO)
        world.radio_sets[here].say(TONES[here], 2.0)
        wait_for(lambda there=there: world.on_air(there), "talk in the other talkgroup")  # type: ignore[misc]
        world.quiet()
        (carried,) = world.heard(there, TONES[here])
        assert carried > 1.5
    # One hop: what came over is not brought back, and nobody is keyed by it afterwards.
    world.listen(ONE, TWO)
    time.sleep(2.0)
    assert world.heard(ONE, *TONES.values()) == [0.0, 0.0]
    assert not world.on_air(ONE)
    assert not world.on_air(TWO)
    # In mid-talk the patch ends: nothing is heard from that moment on.
    world.radio_sets[ONE].say(TONES[ONE], 4.0)
    wait_for(lambda: world.heard(TWO, TONES[ONE])[0] > 0, "talk in the other talkgroup")
    world.unpatch(ONE)
    wait_for(lambda: not world.on_air(TWO), "end of the talk in the other talkgroup", 2)
    world.listen(TWO)
    time.sleep(1.5)
    (carried,) = world.heard(TWO, TONES[ONE])
    assert carried < 0.3
    assert world.patched(ONE) is None
    assert "Local/" not in world.switch.rx("core show channels concise")


def test_who_may_patch_and_only_once(world: GroupPatchWorld) -> None:
    li = world.service.sign_in(LI)
    body = {"op_id": str(uuid.uuid4()), "talkgroup": ONE, "other": TWO}
    with pytest.raises(PeerFailed, match="may-not-patch"):
        li.post("/api/patches", body)
    with pytest.raises(PeerFailed, match="class-guard"):
        world.patch(ONE, LICENSED)
    with pytest.raises(PeerFailed, match="invalid"):
        world.patch(ONE, ONE)
    op = str(uuid.uuid4())
    for _ in range(2):
        assert world.patch(ONE, TWO, op)["outcome"] == "done"
    with pytest.raises(PeerFailed, match="talkgroup-patched"):
        world.patch(APP, TWO)
    with pytest.raises(PeerFailed, match="may-not-patch"):
        li.post(f"/api/patches/{TWO}/end", {"op_id": str(uuid.uuid4())})
    world.ready(ONE, TWO)


def test_who_listens_and_the_radios_hear_by_a_tone_that_they_are_patched_and_that_it_is_over(
    world: GroupPatchWorld, tmp_path: Path
) -> None:
    voice = world.bring_voice(APP, CREW, tmp_path)
    try:
        world.listen(ONE, TWO)
        world.patch(APP, ONE)
        world.until_notes(ONE, RISING)
        world.notice_is_over()
        time.sleep(2 * STUTTER_S)
        world.unpatch(ONE)
        world.until_notes(ONE, RISING + FALLING)
        world.notice_is_over()
        # In the conference it is heard as well, once each; and nobody else's radios have a part in it.
        assert notices_in(voice.sound()) == RISING + FALLING
        assert world.notes(ONE) == RISING + FALLING
        assert world.heard(ONE, VOICE) == [0.0]
        assert world.notes(TWO) == []
    finally:
        voice.end()


def test_a_tone_waits_for_the_end_of_a_talk_and_comes_once(world: GroupPatchWorld, tmp_path: Path) -> None:
    radio = world.radio_sets[ONE]
    voice = world.bring_voice(APP, CREW, tmp_path)
    try:
        world.listen(ONE)
        radio.say(TONES[ONE], 6.0)
        wait_for(lambda: world.talker(ONE) == f"svx:{RADIOS[ONE]}", "talk of a radio")
        world.patch(APP, ONE)
        world.ready(ONE)
        assert radio.speaking

        def is_over() -> bool:
            notes = world.notes(ONE)
            over = not radio.speaking
            assert over or notes == [], "a tone in a talk"
            return over

        wait_for(is_over, "end of the radio's talk", 20)
        world.until_notes(ONE, RISING)
        world.notice_is_over()
        time.sleep(2.0)
        assert world.notes(ONE) == RISING
        # Where the talk came over, its listeners heard it and no tone in it.
        heard = voice.sound()
        assert audio.tone_seconds(heard, TONES[ONE], share=0.1) > 1.5
        assert notices_in(_while(heard, TONES[ONE])) == []
    finally:
        voice.end()


def _while(samples: audio.Samples, tone: float) -> audio.Samples:
    """From the first moment of this tone to the last tenth of a second, in which another one may begin."""
    step = audio.RATE // 10
    loud = [
        at for at in range(0, len(samples) - step + 1, step)
        if audio.tone_seconds(samples[at : at + step], tone, share=0.1)
    ]  # fmt: skip
    return samples[loud[0] : loud[-1]]


async def test_a_crew_talks_when_the_network_has_granted_it_as_well_and_waits_while_a_radio_talks(
    world: GroupPatchWorld, tmp_path: Path
) -> None:
    def prepare() -> VoiceLeg:
        voice = world.bring_voice(APP, CREW, tmp_path)
        world.patch(APP, ONE)
        world.ready(ONE)
        return voice

    voice = await asyncio.to_thread(prepare)
    crew = await world.handset(CREW, APP)
    radio = world.radio_sets[ONE]
    try:
        radio.say(TONES[ONE], 3.0)
        await until(lambda: crew.state.talker is not None, "a talk that came over")
        assert crew.state.talker is not None
        assert (crew.state.talker.party, crew.state.talker.name) == (f"patch:{ONE}", "svx:CREW-A")
        await crew.press()
        assert (await crew.until_told("queued", "granted")).result == "queued"
        await crew.until_told("granted")
        # It has the floor of both: our callsign is on the air, and no radio.
        assert world.on_air(ONE)
        assert not radio.speaking
        world.listen(ONE)
        await until(lambda: world.heard(ONE, VOICE)[0] > 1.0, "voice of the crew on the network")
        await crew.let_go()
        await until(lambda: not world.on_air(ONE), "a network that is free", 20)
        assert voice.heard(TONES[ONE]) > 2.5
        # While a radio talks, an emergency is heard in its own talkgroup alone: this network cuts nobody off.
        radio.say(TONES[ONE], 2.0)
        await until(lambda: crew.state.talker is not None, "a talk that came over")
        await crew.press(emergency=True)
        await crew.until_told("granted")
        await until(
            lambda: crew.state.talker is not None and crew.state.talker.party == CREW, "an emergency", 2
        )
        await crew.let_go()
    finally:
        voice.end()


@pytest.mark.own_process
def test_roles_that_are_killed_leave_nobody_keyed_and_the_patch_lives_on(world: GroupPatchWorld) -> None:
    world.patch(ONE, TWO)
    world.ready(ONE, TWO)
    world.radio_sets[ONE].say(TONES[ONE], 5.0)
    wait_for(lambda: world.on_air(TWO), "talk in the other talkgroup")
    world.radio.kill()
    wait_for(lambda: not world.on_air(TWO), "free talkgroup without the role radio", 1.5)
    world.radio.start()
    wait_for(world.linked, "links to the reflector", 30)
    world.quiet()
    world.ready(ONE, TWO)
    assert _is_carried(world)
    # The role centre: without its word the patch counts no more, and nobody is carried.
    world.radio_sets[ONE].say(TONES[ONE], 9.0)
    wait_for(lambda: world.on_air(TWO), "talk in the other talkgroup")
    world.service.program.kill()
    wait_for(lambda: not world.on_air(TWO), "free talkgroup without the role centre", 6)
    world.restart_centre()
    wait_for(lambda: world.patched(ONE) == TWO, "patch as the switch has it", 15)
    world.quiet()
    world.ready(ONE, TWO)
    assert _is_carried(world)


def _is_carried(world: GroupPatchWorld) -> bool:
    world.listen(TWO)
    world.radio_sets[ONE].say(TONES[ONE], 2.0)
    wait_for(lambda: world.on_air(TWO), "talk in the other talkgroup")
    world.quiet()
    (carried,) = world.heard(TWO, TONES[ONE])
    return carried > 1.5


def test_the_command_line_joins_lists_and_parts(world: GroupPatchWorld) -> None:
    def songhua(*words: str) -> str:
        return world.service.run(*words, "--user", WANG.id, env={"SONGHUA_PASSWORD": WANG.password})

    assert "patched" in songhua("patch", "begin", ONE, APP)
    listed = songhua("patch", "list")
    assert ONE in listed
    assert APP in listed
    songhua("patch", "end", APP)
    assert world.patched(ONE) is None
