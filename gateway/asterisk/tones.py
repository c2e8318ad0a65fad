"""Makes the few sounds that need no voice: hold tone, tick while digits are awaited, taken. 8 kHz s16le."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import Final

from core.sound.notes import RATE, note, patched, unpatched

HOLD_PAUSE = 0.9
TEST_CITIZEN_HZ: Final = 1000.0
TEST_AGENT_HZ: Final = 1700.0
"""What the two sides of a test call say; no other sound of ours has these notes."""
NOTICE_LEAD = int(0.3 * RATE)
# A quiet rising chord with its pause; the loop is 12 s long and never silent for more than a second.
HOLD_NOTES = (392.0, 493.9, 587.3, 493.9, 440.0, 523.3)


def write_hold(path: Path) -> None:
    """A hold tone that says "you are still connected"; a speech recogniser makes nothing of it."""
    samples: list[int] = []
    for frequency in HOLD_NOTES:
        samples += note(frequency, seconds=1.1, level=0.09)
        samples += [0] * int(HOLD_PAUSE * RATE)
    _write(path, samples)


def write_tick(path: Path) -> None:
    """One second with one soft tick: somebody is waiting for your digits."""
    samples = note(880.0, seconds=0.06, level=0.05)
    _write(path, samples + [0] * (RATE - len(samples)))


def write_taken(path: Path) -> None:
    """A short sound after the digits: they were taken, or the waiting is over."""
    _write(path, note(660.0, seconds=0.15, level=0.08))


def write_beep(path: Path) -> None:
    """Speak now."""
    _write(path, note(800.0, seconds=0.4, level=0.2))


def write_granted(path: Path) -> None:
    """You have the floor: two short notes, rising."""
    _write(path, note(950.0, seconds=0.12, level=0.2) + [0] * 240 + note(1250.0, seconds=0.15, level=0.2))


def write_queued(path: Path) -> None:
    """Wait: one short note."""
    _write(path, note(620.0, seconds=0.2, level=0.2))


def write_denied(path: Path) -> None:
    """Not now: one long low note."""
    _write(path, note(310.0, seconds=0.6, level=0.25))


def write_over(path: Path) -> None:
    """The tone for a lost floor: two short falling notes."""
    _write(path, note(1250.0, seconds=0.12, level=0.2) + [0] * 240 + note(620.0, seconds=0.15, level=0.2))


def write_patched(path: Path) -> None:
    """Everybody in a talkgroup: it is patched. Until its leg is unmuted there is silence."""
    _write(path, [0] * NOTICE_LEAD + patched(level=0.15))


def write_unpatched(path: Path) -> None:
    """Everybody in a talkgroup: it is patched no more."""
    _write(path, [0] * NOTICE_LEAD + unpatched(level=0.15))


def write_listen(path: Path) -> None:
    """Six seconds in which we listen whether somebody speaks, with a soft tick every two."""
    _write(path, _quiet(6, every=2))


def write_answer(path: Path) -> None:
    """Eight seconds in which he may say a code, with a soft tick every two."""
    _write(path, _quiet(8, every=2))


def write_message(path: Path) -> None:
    """The time for a message, `message-<seconds>`: a soft tick every four seconds says that we are there."""
    _write(path, _quiet(int(path.stem.rpartition("-")[2]), every=4))


def write_test_citizen(path: Path) -> None:
    """Five seconds of what the citizen of a test call says."""
    _write(path, note(TEST_CITIZEN_HZ, seconds=5.0, level=0.25))


def write_test_agent(path: Path) -> None:
    """Five seconds of what the agent of a test call says."""
    _write(path, note(TEST_AGENT_HZ, seconds=5.0, level=0.25))


def _quiet(seconds: int, *, every: int) -> list[int]:
    tick = note(880.0, seconds=0.04, level=0.02)
    return (tick + [0] * (every * RATE - len(tick))) * (seconds // every)


def _write(path: Path, samples: list[int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
