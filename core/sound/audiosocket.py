"""AudioSocket bytes to frames, in place: `kind u8 | length u16 big-endian | payload`.

Pure and without copies; a frame's payload is a view that is valid until the next call.
Kinds as in Asterisk's res_audiosocket: checked against Asterisk 22.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

HEADER = 3
UUID_BYTES = 16
# 20 ms at 192 kHz is 7,680 bytes; nothing that Asterisk sends comes near the 65,535 that the field allows.
MAX_PAYLOAD = 8192


class FrameError(ValueError):
    """The bytes are not AudioSocket; the connection is closed and counted."""


class FrameKind(IntEnum):
    HANGUP = 0x00
    UUID = 0x01
    DTMF = 0x03
    SLIN = 0x10
    SLIN12 = 0x11
    SLIN16 = 0x12
    SLIN24 = 0x13
    SLIN32 = 0x14
    SLIN44 = 0x15
    SLIN48 = 0x16
    SLIN96 = 0x17
    SLIN192 = 0x18
    ERROR = 0xFF


Frame = tuple[int, memoryview]


class AudioSocketDecoder:
    """A fixed buffer that the transport fills (`space`, `filled`) and `frames` empties."""

    def __init__(self, size: int = 4 * MAX_PAYLOAD) -> None:
        if size < HEADER + MAX_PAYLOAD:
            raise ValueError("the buffer must hold one whole frame")
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)
        self._used = 0

    def space(self) -> memoryview:
        """Where the next bytes go; never empty once `frames` was run to its end."""
        return self._view[self._used :]

    def filled(self, count: int) -> None:
        """`count` bytes have been written into `space()`."""
        self._used += count

    def frames(self) -> Iterator[Frame]:
        """Each whole frame, in order; what is left of a torn one stays for the next call.

        Raises `FrameError` on a length that no AudioSocket peer sends: nothing after it can be trusted.
        """
        at = 0
        try:
            while self._used - at >= HEADER:
                kind = self._buffer[at]
                length = self._buffer[at + 1] << 8 | self._buffer[at + 2]
                if length > MAX_PAYLOAD:
                    raise FrameError(f"frame of {length} bytes")
                if self._used - at - HEADER < length:
                    break
                start = at + HEADER
                at = start + length
                yield kind, self._view[start:at]
        finally:
            rest = self._used - at
            if at and rest:
                self._buffer[:rest] = self._buffer[at : self._used]
            self._used = rest

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Frames of `data` given as a whole, however long; for tests and tools."""
        rest = memoryview(data)
        while rest:
            space = self.space()
            count = min(len(space), len(rest))
            space[:count] = rest[:count]
            self.filled(count)
            rest = rest[count:]
            yield from self.frames()


def encode(kind: int, payload: bytes = b"") -> bytes:
    """One frame; raises `FrameError` if the payload is too long."""
    if len(payload) > MAX_PAYLOAD:
        raise FrameError(f"frame of {len(payload)} bytes")
    return bytes((kind,)) + len(payload).to_bytes(2, "big") + payload
