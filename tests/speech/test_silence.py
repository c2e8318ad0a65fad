"""Silence, tones and noise make no segment, through gate and stream (scripts/faults: ten minutes)."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gateway.asterisk import tones
from speech.stream import LegStream
from speech.vad import VoiceGate
from tests.speech.fakes import silence, spoken
from tests.speech.test_languages import Outlet, Pool, leg, say, tapped

SECONDS = round(float(os.environ.get("SONGHUA_SILENCE_S", "15")))
SECOND = 16000
Make = Callable[[int, Path], bytes]


def pcm(samples: np.ndarray) -> bytes:
    return bytes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def times(seconds: int) -> np.ndarray:
    return np.arange(8000 * seconds) / 8000


def looped(write: Callable[[Path], None], name: str = "tone.wav") -> Make:
    """A sound of ours as a caller hears it while he waits: again and again."""

    def make(seconds: int, folder: Path) -> bytes:
        write(folder / name)
        with wave.open(str(folder / name)) as file:
            once = bytes(file.readframes(file.getnframes()))
        return (once * (seconds * SECOND // len(once) + 1))[: seconds * SECOND]

    return make


def noise(level: float, *, pink: bool = False) -> Make:
    def make(seconds: int, _: Path) -> bytes:
        made = np.random.default_rng(5).normal(size=8000 * seconds)
        if pink:
            made = np.convolve(made, np.exp(-np.arange(40) / 8), "same") / 2
        return pcm(level * made)

    return make


def through_g711(make: Make) -> Make:
    """Eight bits a sample: what is left of quiet noise are single steps."""

    def made(seconds: int, folder: Path) -> bytes:
        samples = np.frombuffer(make(seconds, folder), "<i2") / 32768
        coded = np.sign(samples) * np.round(np.log1p(255 * np.abs(samples)) / np.log(256) * 127) / 127
        return pcm(np.sign(coded) * (256 ** np.abs(coded) - 1) / 255)

    return made


def ringback(seconds: int, _: Path) -> bytes:
    """China: 450 Hz, one second on and four off."""
    t = times(seconds)
    return pcm(0.3 * np.sin(2 * np.pi * 450 * t) * ((t % 5) < 1))


def music(seconds: int, _: Path) -> bytes:
    """Notes with overtones that swell and fade, two voices: music on hold without singing."""
    rng, t = np.random.default_rng(11), np.arange(2800) / 8000
    swell = np.minimum(t * 20, 1) * np.exp(-2.5 * t)
    notes = rng.choice([196, 220, 247, 262, 294, 330, 349, 392, 440, 494, 523], (seconds * 3, 2))
    bars = [
        swell * sum(np.sin(2 * np.pi * f * k * t) / k**1.5 for f in pair for k in (1, 2, 3, 4))
        for pair in notes
    ]
    whole = np.concatenate(bars)
    return pcm(0.15 * np.resize(whole, 8000 * seconds))


SOUNDS: dict[str, Make] = {
    "silence": lambda seconds, _: bytes(seconds * SECOND),
    "hold tone": looped(tones.write_hold),
    "hold tone over G.711": through_g711(looped(tones.write_hold)),
    "tick": looped(tones.write_tick),
    "taken": looped(tones.write_taken),
    "beep": looped(tones.write_beep),
    "listen": looped(tones.write_listen),
    "message": looped(tones.write_message, "message-8.wav"),
    "ring-back": ringback,
    "ring-back over G.711": through_g711(ringback),
    "quiet line noise": noise(0.003),
    "line noise": noise(0.02),
    "line noise over G.711": through_g711(noise(0.01)),
    "loud pink noise": noise(0.2, pink=True),
    "music": music,
    "hum": lambda seconds, _: pcm(0.1 * np.sin(2 * np.pi * 50 * times(seconds))),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SOUNDS)
async def test_what_is_no_speech_makes_no_segment(name: str, tmp_path: Path) -> None:
    pool, sink = Pool({"zh": 1.0}), Outlet()
    stream = leg(pool, await tapped(language="zh"), sink)
    fed_in_frames(stream, SOUNDS[name](SECONDS, tmp_path))
    assert (pool.asked, sink.finals, sink.partials) == ([], [], [])


@pytest.mark.parametrize("name", ["silence", "hold tone", "ring-back", "line noise", "music"])
async def test_speech_behind_it_is_still_heard(name: str, tmp_path: Path) -> None:
    pool = Pool({"zh": 1.0})
    stream = leg(pool, await tapped(language="zh"), Outlet())
    fed_in_frames(stream, SOUNDS[name](10, tmp_path))
    say(stream)
    assert len(pool.asked) >= 1


def test_a_leg_of_which_all_is_lost_makes_no_segment() -> None:
    gate = VoiceGate()
    assert [*gate.flush()] == []
    assert [*gate.feed(b""), *gate.feed(b"\0"), *gate.flush()] == []


@pytest.mark.parametrize("size", [1, 3, 321, 513, 3201])
def test_odd_lengths_lose_no_speech(size: int) -> None:
    audio = silence(0.5) + spoken() + silence(1)
    whole, pieces = VoiceGate(), VoiceGate()
    one = list(whole.feed(audio))
    many = [outcome for at in range(0, len(audio), size) for outcome in pieces.feed(audio[at : at + size])]
    assert many == one


def fed_in_frames(stream: LegStream, audio: bytes) -> None:
    for at in range(0, len(audio), 320):
        stream.feed(audio[at : at + 320], (at + 320) / SECOND)
