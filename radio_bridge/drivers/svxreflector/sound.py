"""Our sound (20 ms, 160 samples, s16le, 8 kHz) in the codecs of reflectors and back.

A reflector converts nothing, so we speak whichever one it has: S16 is what SvxLink computes with, at 16 kHz;
Opus is decoded and encoded by libopus, which takes either rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from radio_bridge.errors import Malformed

RATE: Final = 8_000
FRAME_SAMPLES: Final = 160
FRAME_BYTES: Final = 2 * FRAME_SAMPLES
SILENCE: Final = bytes(FRAME_BYTES)

MOST_BYTES: Final = 32_000
"""A datagram with more than a second of S16 is none of a radio."""
OPUS_MOST_SAMPLES: Final = 960
"""120 ms at 8 kHz, the longest packet that Opus has."""
OPUS_MOST_BYTES: Final = 1_500
OPUS_BIT_RATE: Final = 20_000
"""As SvxLink sends it."""

_TAPS: Final = 31
_AT = np.arange(_TAPS) - _TAPS // 2
_KERNEL: Final = (np.sinc(_AT / 2) / 2 * np.hamming(_TAPS)).astype(np.float32)
"""A half-band filter: what is above 4 kHz must not come back as something below it. 1 ms of delay."""

_Samples = NDArray[np.float32]


class Speaker(Protocol):
    """One talk of ours; it keeps what the codec needs between frames."""

    def frame(self, pcm: bytes) -> bytes:
        """A frame of ours as the network has it. Raises `ValueError` for another length."""
        ...


class Listener(Protocol):
    """One talk of somebody else."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that are whole now. Raises `Malformed`."""
        ...

    def rest(self) -> Iterator[bytes]:
        """The last frame, filled up with silence."""
        ...


@dataclass(frozen=True, slots=True)
class Codec:
    """`silence` is 20 ms of it as the network has it."""

    name: str
    silence: bytes
    speaker: Callable[[], Speaker]
    listener: Callable[[], Listener]


class _Frames:
    """Cuts samples into frames."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, pcm: bytes) -> Iterator[bytes]:
        self._kept += pcm
        while len(self._kept) >= FRAME_BYTES:
            yield bytes(self._kept[:FRAME_BYTES])
            del self._kept[:FRAME_BYTES]

    def rest(self) -> Iterator[bytes]:
        if self._kept:
            yield bytes(self._kept).ljust(FRAME_BYTES, b"\0")
            self._kept.clear()


class _S16Speaker:
    def __init__(self) -> None:
        self._tail: _Samples = np.zeros(_TAPS - 1, np.float32)

    def frame(self, pcm: bytes) -> bytes:
        samples = _floats(_checked(pcm))
        spread = np.zeros(2 * len(samples), np.float32)
        spread[::2] = 2 * samples
        joined = np.concatenate([self._tail, spread])
        self._tail = joined[-(_TAPS - 1) :]
        return _s16(np.convolve(joined, _KERNEL, "valid"))


class _S16Listener:
    def __init__(self) -> None:
        self._tail: _Samples = np.zeros(_TAPS - 1, np.float32)
        self._odd = b""
        self._frames = _Frames()

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


class _OpusSpeaker:
    def __init__(self, opus: Any) -> None:
        self._encoder = opus.Encoder(RATE, 1, "voip")
        self._encoder.bitrate = OPUS_BIT_RATE

    def frame(self, pcm: bytes) -> bytes:
        packet: bytes = self._encoder.encode(_checked(pcm), FRAME_SAMPLES)
        return packet


class _OpusListener:
    def __init__(self, opus: Any) -> None:
        self._decoder = opus.Decoder(RATE, 1)
        self._failure: type[Exception] = opus.OpusError
        self._frames = _Frames()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if len(data) > OPUS_MOST_BYTES:
            raise Malformed(f"{len(data)} bytes of Opus in one datagram")
        try:
            pcm: bytes = self._decoder.decode(data, OPUS_MOST_SAMPLES)
        except self._failure as error:
            raise Malformed("no Opus packet") from error
        yield from self._frames.add(pcm)

    def rest(self) -> Iterator[bytes]:
        yield from self._frames.rest()


def codecs() -> Mapping[str, Codec]:
    """By the reflector's name for them; OPUS only where libopus is."""
    found = {"S16": Codec("S16", bytes(2 * FRAME_BYTES), _S16Speaker, _S16Listener)}
    opus = _opus()
    if opus is not None:
        silence = _OpusSpeaker(opus).frame(SILENCE)
        found["OPUS"] = Codec("OPUS", silence, lambda: _OpusSpeaker(opus), lambda: _OpusListener(opus))
    return found


def _opus() -> Any:
    try:
        import opuslib_next  # noqa: PLC0415  # it fails where libopus is missing, with a bare `Exception`
    except Exception:  # noqa: BLE001
        return None
    return opuslib_next


def _checked(pcm: bytes) -> bytes:
    if len(pcm) != FRAME_BYTES:
        raise ValueError(f"a frame of sound has {FRAME_BYTES} bytes, not {len(pcm)}")
    return pcm


def _floats(pcm: bytes) -> _Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32)


def _s16(samples: NDArray[Any]) -> bytes:
    whole: NDArray[np.int16] = np.clip(np.rint(samples), -32768, 32767).astype("<i2")
    return whole.tobytes()
