"""What is said in talkgroups is kept: each talk once in the ledger, and its sound at its span. It is
recalled, also by the command line, and heard again on the desk in a real Chromium.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from tests.console.page import KeptTab, Page
from tests.console.seats import open_workspace, sit_at_desk
from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.peers.running import running
from tests.peers.songhua import Person
from tests.real.radio.group_patch_world import APP, CREW, TONES
from tests.real.radio.recording_world import (
    DEAF,
    LI,
    ONE,
    PIECE_S,
    RATE,
    TWO,
    WANG,
    WRITTEN_S,
    RecordingWorld,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.real


SOUND: Final = "document.querySelector('[data-testid=recall-sound]')"
LISTEN: Final = """(async () => {
  const context = new AudioContext(), ear = context.createAnalyser(), wave = new Float32Array(2048);
  ear.fftSize = wave.length;
  context.createMediaStreamSource(SOUND.captureStream()).connect(ear);
  const amplitude = (hz) => {
    let re = 0, im = 0;
    wave.forEach((value, i) => {
      const turn = (2 * Math.PI * hz * i) / context.sampleRate;
      re += value * Math.cos(turn);
      im += value * Math.sin(turn);
    });
    return (2 * Math.hypot(re, im)) / wave.length;
  };
  const sums = TONES.map(() => 0);
  for (let look = 0; look < 80; look++) {
    await new Promise((done) => setTimeout(done, 25));
    ear.getFloatTimeDomainData(wave);
    TONES.forEach((hz, n) => (sums[n] += amplitude(hz)));
  }
  return sums.map((sum) => sum / 80);
})()"""
"""How loud each tone is in what the player plays in the next two seconds, of 1."""


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
    short = world.recall_short(ONE, began)
    assert len(short.sound) / RATE == pytest.approx(short.told["seconds"], abs=0.01)
    assert len(short.sound) < len(recalled.sound) / 2
    assert heard(short.of(short.talks[1]), TWO) > 2.2
    # The other talkgroup has its own recording, and its own row.
    (there,) = world.told(TWO, began, 1)
    assert (there["party"], there["came_from"]) == ("svx:CREW-B", "")
    assert heard(world.recall(TWO, began, written=True).sound, TWO) > 2.2


def test_who_may_hears_it_and_it_is_written_down_and_nobody_else_hears_it(world: RecordingWorld) -> None:
    world.recall(ONE, now(), written=True)
    rows = audited(world)
    assert rows[-2:] == [(WANG.id, "list-talks"), (WANG.id, "listen")]
    for who in (LI, DEAF):
        visitor = world.service.sign_in(who)
        for path in (f"/api/talkgroups/{ONE}/recall", f"/api/talkgroups/{ONE}/recall/talks"):
            with pytest.raises(PeerFailed, match="403"):
                visitor.get(path)
    assert audited(world) == rows


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


def test_a_talkgroup_of_terminals_is_recorded_while_somebody_is_there(
    world: RecordingWorld, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert not world.recorded(APP)
    voice = world.bring_voice(APP, CREW, tmp_path_factory.mktemp("voice"))
    wait_for(lambda: world.recorded(APP), "a recorder beside a crew")
    voice.end()
    wait_for(lambda: not world.recorded(APP), "the recorder's end", 15)
    wait_for(
        lambda: world.wang.get(f"/api/talkgroups/{APP}/recall/talks?seconds=60")["recordings"], "a row", 10
    )


@contextlib.asynccontextmanager
async def desk(air: RecordingWorld, tab: KeptTab, person: Person) -> AsyncIterator[Page]:
    """The page of this person, with the talkgroups to be seen."""
    async with tab.page() as page:
        await sit_at_desk(page, air.service.address, person.id, person.password)
        await open_workspace(page, "field")
        # The rows stand still when the networks are there.
        await page.until_attribute(f"network-{TWO}", "data-stage", "up")
        yield page


def audited(air: RecordingWorld) -> list[tuple[str, str]]:
    """Who has asked for what of the talkgroup, in order."""
    rows = air.ask_database(
        f"SELECT actor, action FROM identity_audit WHERE subject LIKE 'talkgroup:{ONE} %' ORDER BY seq"
    )
    return [(str(actor), str(action)) for actor, action in rows]


async def test_a_radios_talk_is_heard_again_and_both_looks_are_in_the_audit_trail(
    air: RecordingWorld, tab: KeptTab
) -> None:
    await asyncio.to_thread(air.talk, ONE, TONES[ONE], 4.0)
    await asyncio.sleep(WRITTEN_S)
    before = audited(air)
    async with desk(air, tab, WANG) as page:
        await page.focus(f"recall-open-{ONE}")
        await page.press("Enter")
        await page.until_text("recall-talk-0", "CREW-A")
        assert "没有录音" not in await page.text("recall-panel")
        await page.press("Enter")
        await page.until(f"{SOUND}.duration > 4 && !{SOUND}.paused", "a sound that is played")
        began = await page.run(f"{SOUND}.currentTime")
        other, mine = await page.run(
            LISTEN.replace("SOUND", SOUND).replace("TONES", str([TONES[TWO], TONES[ONE]]))
        )
        assert mine > 0.02
        assert mine > 10 * other
        assert await page.run(f"{SOUND}.currentTime") > began + 1
        # With its silence the time is ten minutes, and the talk is found in it as well.
        await page.click("recall-skip")
        await page.until_text("recall-talk-0", "CREW-A")
        await page.focus("recall-talks")
        await page.press("Enter")
        await page.until(f"{SOUND}.duration > 590 && !{SOUND}.paused", "the whole time")
        _, mine = await page.run(
            LISTEN.replace("SOUND", SOUND).replace("TONES", str([TONES[TWO], TONES[ONE]]))
        )
        assert mine > 0.02
        assert page.errors == []
    assert audited(air)[len(before) :] == [(WANG.id, one) for one in ("list-talks", "listen") * 2]


async def test_a_supervisor_without_the_right_to_listen_is_told_so(air: RecordingWorld, tab: KeptTab) -> None:
    before = audited(air)
    async with desk(air, tab, DEAF) as page:
        await page.click(f"recall-open-{ONE}")
        await page.until_text("recall-trouble", "没有收听这个通话组的权限")
        await page.choose("language", "en")
        await page.until_text("recall-refresh", "Refresh")
        await page.click("recall-refresh")
        await page.until_text("recall-trouble", "you may not listen to this talkgroup")
    assert audited(air) == before
