"""A tone is told from silence, from speech and from another tone; who hears nothing is named."""

from __future__ import annotations

import bisect
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sound.alaw import LEVELS
from core.sound.notes import RATE, note
from gateway.asterisk.tones import TEST_AGENT_HZ, TEST_CITIZEN_HZ, write_hold, write_test_agent
from gateway.installation.errors import InstallationStopped
from gateway.installation.hearing import seconds_of
from gateway.installation.test_call import LEAST_S, place_test_call
from tests.peers.checkout import CHECKOUT

CODES = sorted(range(256), key=lambda code: LEVELS[code])
SIZES = [LEVELS[code] for code in CODES]


def alaw(samples: Sequence[int]) -> bytes:
    """Each sample as the code above it: good enough for a tone."""
    return bytes(CODES[min(bisect.bisect_left(SIZES, sample), 255)] for sample in samples)


def sound(file: Path) -> bytes:
    with wave.open(str(file), "rb") as opened:
        return alaw(array("h", opened.readframes(opened.getnframes())))


def test_a_tone_is_heard_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    write_test_agent(tmp_path / "tone.wav")
    heard = sound(tmp_path / "tone.wav")
    assert 4.0 <= seconds_of(TEST_AGENT_HZ, heard) <= 5.0
    assert seconds_of(TEST_CITIZEN_HZ, heard) == 0.0


def test_neither_silence_nor_music_nor_speech_is_taken_for_it(tmp_path: Path) -> None:
    write_hold(tmp_path / "hold.wav")
    prompts = CHECKOUT / "ivr" / "prompts"
    files = [tmp_path / "hold.wav", prompts / "zh" / "greeting.wav", prompts / "en" / "greeting.wav"]
    for tone in (TEST_AGENT_HZ, TEST_CITIZEN_HZ):
        assert seconds_of(tone, alaw([0] * RATE * 3)) == 0.0
        assert max(seconds_of(tone, sound(file)) for file in files) < LEAST_S


@given(st.binary(max_size=3 * RATE))
def test_nothing_is_heard_for_longer_than_it_lasts(anything: bytes) -> None:
    assert 0.0 <= seconds_of(TEST_AGENT_HZ, anything) <= len(anything) / RATE


class SilentSwitch:
    """Takes the call; what both sides hear lies in files. `came`: the call reached the agent."""

    def __init__(self, folder: Path, *, came: bool = True, refused: str = "") -> None:
        self.folder, self.came, self.refused, self.placed = folder, came, refused, 0

    async def place(self) -> str:
        self.placed += 1
        return self.refused

    async def recordings(self) -> tuple[str, str]:
        if not self.placed or not self.came:
            return "", ""
        return str(self.folder / "citizen"), str(self.folder / "agent")

    def heard(self, name: str, tone_hz: float) -> None:
        (self.folder / f"{name}.alaw").write_bytes(alaw(note(tone_hz, seconds=3.0, level=0.25)))


async def test_a_call_heard_on_both_sides_is_placed_once(tmp_path: Path) -> None:
    switch = SilentSwitch(tmp_path)
    switch.heard("citizen-in", TEST_CITIZEN_HZ)
    switch.heard("citizen-out", TEST_AGENT_HZ)
    switch.heard("agent-in", TEST_CITIZEN_HZ)
    assert (await place_test_call(switch, longest_s=30)).both
    assert switch.placed == 1


@pytest.mark.parametrize(
    ("silent", "said"),
    [
        ("citizen-in", "the recording lacks the citizen"),
        ("citizen-out", "the citizen does not hear the agent"),
        ("agent-in", "the agent does not hear the citizen"),
    ],
)
async def test_a_side_that_hears_nothing_is_named_and_the_call_is_not_placed_again(
    tmp_path: Path, silent: str, said: str
) -> None:
    switch = SilentSwitch(tmp_path)
    for name in {"citizen-in", "citizen-out", "agent-in"} - {silent}:
        switch.heard(name, TEST_AGENT_HZ if name == "citizen-out" else TEST_CITIZEN_HZ)
    with pytest.raises(InstallationStopped) as stopped:
        await place_test_call(switch, longest_s=1.5)
    assert stopped.value.detail == f"the test call: {said}"
    assert "songhua doctor" in stopped.value.remedy
    assert switch.placed == 1


async def test_a_call_that_asterisk_refuses_or_loses_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(InstallationStopped, match="does not take the test call: no such context"):
        await place_test_call(SilentSwitch(tmp_path, refused="no such context"), longest_s=1)
    with pytest.raises(InstallationStopped, match="did not come through"):
        await place_test_call(SilentSwitch(tmp_path, came=False), longest_s=0.7)
