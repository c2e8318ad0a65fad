"""Minutes of what is no speech give no utterance: scripts/faults makes each of them ten minutes long."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from gateway.asterisk import tones
from speech.vad import GateOutcome, VoiceGate
from tests.speech.test_vad import pcm

SECONDS = float(os.environ.get("SONGHUA_SILENCE_S", "8"))
BLOCK = 8_000
Sound = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Seconds since the beginning, for one block: the samples of it, of full scale 1."""


def tone(t: np.ndarray, *frequencies: float) -> np.ndarray:
    return sum((np.sin(2 * np.pi * one * t) for one in frequencies), np.zeros(len(t)))


SOUNDS: dict[str, Sound] = {
    "silence": lambda t, _: np.zeros(len(t)),
    "comfort noise": lambda t, dice: 0.003 * dice.normal(size=len(t)),
    "line noise": lambda t, dice: 0.02 * dice.normal(size=len(t)) + 0.01 * tone(t, 50, 150),
    "a noisy street": lambda t, dice: (0.05 + 0.04 * np.sin(2 * np.pi * t / 7)) * dice.normal(size=len(t)),
    "ring-back": lambda t, _: 0.3 * tone(t, 450) * ((t % 5) < 1),
    "busy": lambda t, _: 0.3 * tone(t, 450) * ((t % 0.7) < 0.35),
    "lost packets": lambda t, dice: (
        0.02 * dice.normal(size=len(t)) * np.repeat(dice.random(len(t) // 160) > 0.3, 160)
    ),
}


def blocks(sound: Sound, seconds: float) -> Iterator[bytes]:
    dice = np.random.default_rng(11)
    for number in range(max(1, round(seconds))):
        yield pcm(sound((np.arange(BLOCK) + number * BLOCK) / BLOCK, dice))


@pytest.mark.parametrize("name", SOUNDS)
def test_however_long_it_lasts_nothing_is_an_utterance(name: str) -> None:
    gate = VoiceGate()
    found = [outcome for block in blocks(SOUNDS[name], SECONDS) for outcome in gate.feed(block)]
    assert [*found, *gate.flush()] == []


def test_nor_is_the_music_that_is_played_on_hold(tmp_path: Path) -> None:
    tones.write_hold(tmp_path / "hold.wav")
    with wave.open(str(tmp_path / "hold.wav")) as file:
        music = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    gate = VoiceGate()
    found: list[GateOutcome] = []
    for at in count(0, BLOCK):
        if at >= SECONDS * BLOCK:
            break
        piece = np.take(music, np.arange(at, at + BLOCK), mode="wrap")
        found += gate.feed(piece.astype("<i2").tobytes())
    assert [*found, *gate.flush()] == []
