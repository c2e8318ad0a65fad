"""Measures a prompt's loudness and sets the common one. Pure: 8 kHz mono s16 samples in and out.

The measure is the one that the built-in prompts were made by (`lab/prompts/telephone.py`): the root
mean square of the 20 ms frames within 30 dB of the loudest. EBU R128 is not: its gate needs 400 ms, and a
spoken digit is shorter.
"""

from __future__ import annotations

import math
import sys
from array import array
from dataclasses import dataclass
from typing import Final

RATE: Final = 8000
FRAME: Final = RATE // 50
FULL: Final = 32768.0
TARGET_DB: Final = -20.0
CEILING: Final = 10 ** (-3.0 / 20)
SILENCE_DB: Final = -55.0
MOST_GAIN_DB: Final = 40.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """Decibels below full scale: speech's mean, and the highest sample."""

    rms_db: float
    peak_db: float


def samples(pcm: bytes) -> array[int]:
    """The level of s16le bytes; an odd last byte is left out."""
    found = array("h")
    found.frombytes(pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def pcm(found: array[int]) -> bytes:
    """s16le bytes."""
    if sys.byteorder == "big":
        found = array("h", found)
        found.byteswap()
    return found.tobytes()


def measure(found: array[int]) -> Loudness:
    peak = max((abs(one) for one in found), default=0) / FULL
    return Loudness(round(_db(_active_rms(found)), 1), round(_db(peak), 1))


def level(found: array[int]) -> array[int]:
    """At the common loudness; peaks are bent softly under -3 dB, what is below two thirds of that is not."""
    gain = min(10 ** (TARGET_DB / 20) / max(_active_rms(found), 1e-6), 10 ** (MOST_GAIN_DB / 20))
    knee = CEILING * 2 / 3
    room = CEILING - knee
    out = array("h")
    for one in found:
        value = one / FULL * gain
        size = abs(value)
        if size > knee:
            value = math.copysign(knee + room * math.tanh((size - knee) / room), value)
        out.append(round(value * (FULL - 1)))
    return out


def _active_rms(found: array[int]) -> float:
    powers = [
        sum(one * one for one in found[start : start + FRAME]) / FRAME
        for start in range(0, len(found) - FRAME + 1, FRAME)
    ]
    loudest = max(powers, default=0.0)
    if loudest <= 0:
        return 0.0
    active = [power for power in powers if power >= loudest / 1000]
    return math.sqrt(sum(active) / len(active)) / FULL


def _db(size: float) -> float:
    return 20 * math.log10(max(size, 1e-5))
