"""What a telephone said before it was granted the floor: its first syllable is how it asked for it. Pure.

Frames of the conference are kept for a moment. When the telephone's sound is carried, it is carried from
before its request on, and so much later to its end.
"""

from __future__ import annotations

from collections import deque

from radio_bridge.sound.pace import FRAME_S


class Preroll:
    """The frames of one conference, each with when it came (monotonic seconds). `most_s` is the longest delay
    of a talk: not more than its key is held after the last sound, so that no last word is cut off.
    """

    def __init__(self, most_s: float) -> None:
        self._frames: deque[tuple[float, bytes]] = deque(maxlen=round(most_s / FRAME_S))

    def keep(self, frame: bytes, at: float) -> None:
        """Keep a frame that came at this monotonic second."""
        self._frames.append((at, frame))

    def clear(self) -> None:
        """Forget all frames."""
        self._frames.clear()

    def next(self, since: float) -> bytes | None:
        """The oldest frame that came since then and was not taken yet."""
        while self._frames and self._frames[0][0] < since:
            self._frames.popleft()
        return self._frames.popleft()[1] if self._frames else None
