"""When a tone begins and ends in sound whose clock is known, by looks of 10 ms. Pure.

A mouth and an ear are looked at alike, so that what a look blurs is in both and not in their difference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from tests.peers.audio import Samples

LOOK_S: Final = 0.01
LEAST: Final = 0.1
"""Amplitude, of 1: a third of what the tones of this bench have."""
QUIET_LOOKS: Final = 6
"""Without the tone before it begins anew: longer than a frame that is missing."""

Block = tuple[float, Samples]
"""When its first sample was said or heard (`time.monotonic`), and its samples, -1 to 1."""
Look = tuple[float, float]
"""When it begins, and the tone's amplitude in it."""


def looks(blocks: Iterable[Block], rate: int, hz: float) -> list[Look]:
    """`hz` a multiple of 100: other such tones are not seen in the look."""
    step = round(LOOK_S * rate)
    probe = np.exp(-2j * math.pi * hz * np.arange(step) / rate) * 2 / step
    found: list[Look] = []
    rest: Samples = np.zeros(0)
    for at, samples in blocks:
        begin = at - len(rest) / rate
        joined = np.concatenate([rest, samples])
        whole = len(joined) // step
        amplitudes = np.abs(joined[: whole * step].reshape(whole, step) @ probe)
        found += [(begin + number * LOOK_S, float(one)) for number, one in enumerate(amplitudes)]
        rest = joined[whole * step :]
    return found


def onsets(seen: Sequence[Look], *, least: float = LEAST) -> list[float]:
    """When the tone begins after it was away."""
    found: list[float] = []
    last = -math.inf
    for at, amplitude in seen:
        if amplitude < least:
            continue
        if at - last > QUIET_LOOKS * LOOK_S:
            found.append(at)
        last = at
    return found


def last_heard(seen: Sequence[Look], *, least: float = LEAST) -> float | None:
    """The end of the last look in which the tone is."""
    loud = [at for at, amplitude in seen if amplitude >= least]
    return loud[-1] + LOOK_S if loud else None


def loud_s(seen: Sequence[Look], *, least: float = LEAST) -> float:
    """For how long the tone is there."""
    return LOOK_S * sum(amplitude >= least for _, amplitude in seen)


def delays(said: Sequence[float], heard: Sequence[float], *, within: float) -> tuple[list[float], int]:
    """Seconds from each beginning in a mouth to the next one in the ear, and how many never came there."""
    found = [min((one - at for one in heard if 0 <= one - at <= within), default=None) for at in said]
    came = [one for one in found if one is not None]
    return came, len(found) - len(came)


def bursts(rate: int, hz: float, gaps: Iterable[float], *, level: float, hum: float = 0.0) -> Samples:
    """A burst of 200 ms after each gap (seconds). `hum` is the level of a 400 Hz tone beneath all of it."""
    parts: list[Samples] = []
    for gap in gaps:
        parts += [np.zeros(round(gap * rate)), np.full(rate // 5, level)]
    envelope = np.concatenate([*parts, np.zeros(rate // 2)])
    times = np.arange(len(envelope)) / rate
    sound = envelope * np.sin(2 * math.pi * hz * times) + hum * np.sin(2 * math.pi * 400 * times)
    return np.asarray(sound, dtype=np.float64)
