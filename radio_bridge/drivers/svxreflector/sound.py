"""Our sound (20 ms, 160 samples, s16le, 8 kHz) in the codecs of reflectors and back.

A reflector converts nothing, so we speak whichever one it has: S16 is what SvxLink computes with, at 16 kHz;
Opus is decoded and encoded by libopus, which takes either rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.malformed import Malformed
from radio_bridge.drivers.opus import OpusListener, OpusSpeaker, libopus
from radio_bridge.drivers.sound import FRAME_BYTES, SILENCE, Frames, Speaker, TransmissionDecoder, checked

MOST_BYTES: Final = 32_000
"""A datagram with more than a second of S16 is none of a radio."""

_TAPS: Final = 31
_AT = np.arange(_TAPS) - _TAPS // 2
_KERNEL: Final = (np.sinc(_AT / 2) / 2 * np.hamming(_TAPS)).astype(np.float32)
"""A half-band filter: what is above 4 kHz must not come back as something below it. 1 ms of delay."""

_Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Codec:
    """`silence` is 20 ms of it as the network has it."""

    name: str
    silence: bytes
    speaker: Callable[[], Speaker]
    listener: Callable[[], TransmissionDecoder]


class _S16Speaker:
    def __init__(self) -> None:
        self._tail: _Samples = np.zeros(_TAPS - 1, np.float32)

    def frame(self, pcm: bytes) -> bytes:
        samples = _floats(checked(pcm))
        spread = np.zeros(2 * len(samples), np.float32)
        spread[::2] = 2 * samples
        joined = np.concatenate([self._tail, spread])
        self._tail = joined[-(_TAPS - 1) :]
        return _s16(np.convolve(joined, _KERNEL, "valid"))


class _S16Listener:
    def __init__(self) -> None:
        self._tail: _Samples = np.zeros(_TAPS - 1, np.float32)
        self._odd = b""
        self._frames = Frames()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if len(data) > MOST_BYTES:
            raise Malformed(f"{len(data)} bytes of sound in one datagram")
        # Pairs of samples become one; what is over waits for the next datagram.
        data = self._odd + data
        whole = len(data) // 4 * 4
        self._odd = data[whole:]
        if whole:
            joined = np.concatenate([self._tail, _floats(data[:whole])])
            self._tail = joined[-(_TAPS - 1) :]
            yield from self._frames.add(_s16(np.convolve(joined, _KERNEL, "valid")[::2]))

    def rest(self) -> Iterator[bytes]:
        yield from self._frames.rest()


def codecs() -> Mapping[str, Codec]:
    """By the reflector's name for them; OPUS only where libopus is."""
    found = {"S16": Codec("S16", bytes(2 * FRAME_BYTES), _S16Speaker, _S16Listener)}
    opus = libopus()
    if opus is not None:
        silence = OpusSpeaker(opus).frame(SILENCE)
        found["OPUS"] = Codec("OPUS", silence, lambda: OpusSpeaker(opus), lambda: OpusListener(opus))
    return found


def _floats(pcm: bytes) -> _Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32)


def _s16(samples: NDArray[Any]) -> bytes:
    whole: NDArray[np.int16] = np.clip(np.rint(samples), -32768, 32767).astype("<i2")
    return whole.tobytes()
