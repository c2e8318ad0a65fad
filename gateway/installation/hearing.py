"""Whether a tone is heard in a recording. Pure: A-law in, seconds out."""

from __future__ import annotations

import math
from array import array
from typing import Final

from core.sound.alaw import linear
from core.sound.notes import RATE

WINDOW: Final = RATE // 10
"""Samples that are judged together: a tenth of a second."""
LEAST_SHARE: Final = 0.5
"""Of a window's energy that lies at the tone: speech and music of a caller who hears them too have less."""
LEAST_LEVEL: Final = 300.0
"""Root mean square, of 32,767: what is quieter is silence."""


def seconds_of(tone_hz: float, alaw: bytes) -> float:
    """How long this tone is heard in headerless A-law of 8 kHz."""
    samples = array("h", linear(alaw[: len(alaw) // WINDOW * WINDOW]))
    windows = (samples[at : at + WINDOW] for at in range(0, len(samples), WINDOW))
    return sum(_is_tone(tone_hz, one) for one in windows) * WINDOW / RATE


def _is_tone(tone_hz: float, window: array[int]) -> bool:
    energy = sum(sample * sample for sample in window)
    if energy < len(window) * LEAST_LEVEL**2:
        return False
    return _at(tone_hz, window) >= LEAST_SHARE * energy


def _at(tone_hz: float, window: array[int]) -> float:
    """The energy at one frequency: Goertzel's algorithm; of a pure tone it is that of the whole window."""
    turn = 2 * math.cos(2 * math.pi * tone_hz / RATE)
    last = before = 0.0
    for sample in window:
        last, before = sample + turn * last - before, last
    power = last * last + before * before - turn * last * before
    return 2 * power / len(window)
