"""Frames of sound as all drivers have them towards the house: 20 ms, 160 samples, s16le, 8 kHz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

RATE: Final = 8_000
FRAME_SAMPLES: Final = 160
FRAME_BYTES: Final = 2 * FRAME_SAMPLES
SILENCE: Final = bytes(FRAME_BYTES)


class Speaker(Protocol):
    """One talk of ours; it keeps what the codec needs between frames."""

    def frame(self, pcm: bytes) -> bytes:
        """A frame of ours as the network has it. Raises `ValueError` for another length."""
        ...


class TransmissionDecoder(Protocol):
    """One talk of somebody else."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that are whole now. Raises `Malformed`."""
        ...

    def rest(self) -> Iterator[bytes]:
        """The last frame, filled up with silence."""
        ...


class Frames:
    """Cuts samples into frames."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, pcm: bytes) -> Iterator[bytes]:
        self._kept += pcm
        while len(self._kept) >= FRAME_BYTES:
            yield bytes(self._kept[:FRAME_BYTES])
            del self._kept[:FRAME_BYTES]

    def rest(self) -> Iterator[bytes]:
        """What is left, filled up with silence to a whole frame."""
        if self._kept:
            yield bytes(self._kept).ljust(FRAME_BYTES, b"\0")
            self._kept.clear()


def checked(pcm: bytes) -> bytes:
    """The frame. Raises `ValueError` for another length."""
    if len(pcm) != FRAME_BYTES:
        raise ValueError(f"a frame of sound has {FRAME_BYTES} bytes, not {len(pcm)}")
    return pcm
