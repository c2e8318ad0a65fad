"""Frames of a network as the switch needs them: one each 20 ms, silence between talks. Pure.

A leg whose peer sends nothing starves, in both directions (asterisk#2089); so it always gets something.
"""

from __future__ import annotations

from collections import deque
from typing import Final

SAMPLES: Final = 160
FRAME: Final = 2 * SAMPLES
"""Bytes of 20 ms, s16le at 8 kHz."""
FRAME_S: Final = 0.02
SILENCE: Final = bytes(FRAME)

AHEAD: Final = 3
"""Frames that wait before a talk is played: its datagrams may come unevenly."""
MOST: Final = 10
"""Frames that wait at most: what comes on top of it pushes the oldest out, so that no talk comes late."""


class FramePacer:
    """The frames of one leg on their way into the switch."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._plays = False
        self._over = False

    def heard(self, frame: bytes) -> bool:
        """20 ms of a talk. False when the oldest that waited was pushed out for it."""
        if self._over:
            self.flush()
        self._waiting.append(frame)
        if len(self._waiting) <= MOST:
            return True
        self._waiting.popleft()
        return False

    def ended(self) -> None:
        """No more of this talk comes; what waits is still played."""
        self._over = True

    def flush(self) -> None:
        """Nothing that waits is played any more."""
        self._waiting.clear()
        self._plays = self._over = False

    def next(self) -> bytes:
        """The frame of these 20 ms."""
        if not self._plays:
            self._plays = len(self._waiting) >= AHEAD or (self._over and bool(self._waiting))
        if not self._plays:
            return SILENCE
        if not self._waiting:
            # A gap, or the end: the next frames wait again.
            self._plays = self._over = False
            return SILENCE
        return self._waiting.popleft()


class Cutter:
    """Sound in pieces of any size, as whole frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def cut(self, sound: bytes | memoryview) -> list[bytes]:
        self._rest += sound
        whole = len(self._rest) // FRAME * FRAME
        frames = [bytes(self._rest[at : at + FRAME]) for at in range(0, whole, FRAME)]
        del self._rest[:whole]
        return frames
