"""Short notes that need no voice, as samples: s16, 8 kHz."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

RATE: Final = 8000

PATCHED_HZ: Final = (780.0, 1100.0)
"""A talkgroup is patched: two notes, rising. They fall when it is so no more."""


def note(frequency: float, *, seconds: float, level: float) -> list[int]:
    """One note that swells and fades; `level` is its peak, 1 is full scale."""
    count = int(seconds * RATE)
    peak = level * 32767
    return [
        int(peak * math.sin(math.pi * index / count) * math.sin(2 * math.pi * frequency * index / RATE))
        for index in range(count)
    ]


def patched(*, level: float) -> list[int]:
    """0.4 s: the talkgroup is patched."""
    return _pair(PATCHED_HZ, level)


def unpatched(*, level: float) -> list[int]:
    """0.4 s: the talkgroup is patched no more."""
    return _pair(PATCHED_HZ[::-1], level)


def _pair(notes: Sequence[float], level: float) -> list[int]:
    return [sample for one in notes for sample in note(one, seconds=0.2, level=level)]
