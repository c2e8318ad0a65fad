"""Resamples any rate to 8 kHz in pieces, with a windowed sinc that removes aliases."""

from __future__ import annotations

from math import ceil, gcd
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from speech.model import SAMPLE_RATE
from speech.resample import Samples

_LOBES: Final = 16
_EDGE: Final = 0.94  # of the band that is kept: the rest is the filter's slope


class ToTelephone:
    """One channel. The output begins where the input does; `flush` gives what the filter still holds."""

    def __init__(self, rate: int) -> None:
        shared = gcd(rate, SAMPLE_RATE)
        self._up, self._down = SAMPLE_RATE // shared, rate // shared
        narrow = min(1.0, SAMPLE_RATE / rate)
        self._half = ceil(_LOBES / narrow)
        self._kernels = _kernels(self._up, self._half, narrow * _EDGE)
        self._held = np.zeros(self._half - 1, np.float32)
        self._held_from = -(self._half - 1)  # which input sample the first held one is
        self._taken = self._given = 0

    def feed(self, samples: Samples) -> Samples:
        self._taken += len(samples)
        self._held = np.concatenate([self._held, samples])
        known = self._held_from + len(self._held) - self._half  # input samples with all to their right
        return self._until((known * self._up - 1) // self._down + 1)

    def flush(self) -> Samples:
        self._held = np.concatenate([self._held, np.zeros(self._half + 1, np.float32)])
        return self._until(ceil(self._taken * self._up / self._down))

    def _until(self, end: int) -> Samples:
        if end <= self._given:
            return np.zeros(0, np.float32)
        places = np.arange(self._given, end, dtype=np.int64) * self._down
        at, phase = places // self._up, places % self._up
        windows = sliding_window_view(self._held, 2 * self._half)[at - (self._half - 1) - self._held_from]
        out: Samples = np.einsum("ij,ij->i", windows, self._kernels[phase])
        self._given = end
        first = end * self._down // self._up - (self._half - 1)
        drop = min(len(self._held), max(0, first - self._held_from))
        self._held = self._held[drop:]
        self._held_from += drop
        return out


def _kernels(phases: int, half: int, cutoff: float) -> Samples:
    """One row for each place that an output sample may have between two input samples."""
    between = np.arange(phases)[:, np.newaxis] / phases
    distance = np.arange(-half + 1, half + 1)[np.newaxis, :] - between
    window = np.where(np.abs(distance) < half, 0.5 + 0.5 * np.cos(np.pi * distance / half), 0.0)
    kernels = np.sinc(cutoff * distance) * window
    even: Samples = (kernels / kernels.sum(axis=1, keepdims=True)).astype(np.float32)
    return even
