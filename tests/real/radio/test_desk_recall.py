"""Instant recall on the desk in a real Chromium: what a radio said through a real switch is heard again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest

from tests.console.page import Page, new_page
from tests.console.seats import sit_at_desk
from tests.peers.chromium import ChromiumPeer
from tests.peers.running import running
from tests.peers.songhua import Person
from tests.real.radio.group_patch_world import TONES
from tests.real.radio.recording_world import DEAF, ONE, TWO, WANG, RecordingWorld

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

WRITTEN_S: Final = 5.0
"""Asterisk writes four seconds at a time."""
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


@contextlib.asynccontextmanager
async def desk(air: RecordingWorld, chromium: ChromiumPeer, person: Person) -> AsyncIterator[Page]:
    """The page of this person, with the talkgroups to be seen."""
    async with new_page(chromium) as page:
        await sit_at_desk(page, air.service.address, person.id, person.password)
        await page.click("view-floor")
        # The rows stand still when the networks are there.
        await page.until_attribute(f"network-{TWO}", "data-stage", "up")
        yield page


async def test_a_radios_talk_is_heard_again_and_both_looks_are_in_the_audit_trail(
    air: RecordingWorld, chromium: ChromiumPeer
) -> None:
    await asyncio.to_thread(air.talk, ONE, TONES[ONE], 4.0)
    await asyncio.sleep(WRITTEN_S)
    before = audited(air)
    async with desk(air, chromium, WANG) as page:
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


async def test_a_supervisor_without_the_right_to_listen_is_told_so(
    air: RecordingWorld, chromium: ChromiumPeer
) -> None:
    before = audited(air)
    async with desk(air, chromium, DEAF) as page:
        await page.click(f"recall-open-{ONE}")
        await page.until_text("recall-trouble", "没有收听这个通话组的权限")
        await page.choose("language", "en")
        await page.click("recall-refresh")
        await page.until_text("recall-trouble", "you may not listen to this talkgroup")
    assert audited(air) == before


def audited(air: RecordingWorld) -> list[tuple[str, str]]:
    """Who has asked for what of the talkgroup, in order."""
    rows = air.ask_database(
        f"SELECT actor, action FROM identity_audit WHERE subject LIKE 'talkgroup:{ONE} %' ORDER BY seq"
    )
    return [(str(actor), str(action)) for actor, action in rows]
