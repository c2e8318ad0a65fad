"""8 kHz to 16 kHz: telephone audio for recognisers and voice models that were made for 16 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_HALF = 16  # taps on each side of the point that lies between two samples
_K = np.arange(-_HALF + 0.5, _HALF)
_SINC = np.sinc(_K) * np.hanning(2 * _HALF + 2)[1:-1]
_BETWEEN: Samples = (_SINC / _SINC.sum()).astype(np.float32)


def floats(pcm: bytes | memoryview) -> Samples:
    """s16le to samples in -1..1; a last odd byte is left out."""
    whole = memoryview(pcm)[: len(pcm) // 2 * 2]
    return np.frombuffer(whole, "<i2").astype(np.float32) / np.float32(32768)


class Doubler:
    """Doubles the rate of a stream piece by piece; the output lags 2 ms behind the input."""

    def __init__(self) -> None:
        self._tail = np.zeros(2 * _HALF - 1, np.float32)

    def feed(self, samples: Samples) -> Samples:
        """Twice as many samples as were given."""
        joined = np.concatenate([self._tail, samples])
        self._tail = joined[-(2 * _HALF - 1) :]
        out = np.empty(2 * len(samples), np.float32)
        out[1::2] = np.convolve(joined, _BETWEEN, "valid")
        out[0::2] = joined[_HALF - 1 : _HALF - 1 + len(samples)]
        return out


def doubled(samples: Samples) -> Samples:
    """A whole utterance at twice its rate."""
    return Doubler().feed(samples)
