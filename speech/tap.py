"""One connected tap: keeps what arrives until the centre has said whose audio it is, then streams it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from uuid import UUID

from core.metrics import counter
from speech.model import BYTES_PER_SECOND, TapInfo
from speech.stream import LegStream

_unclaimed = counter("speech_unclaimed_bytes", "Audio dropped because its tap was never announced")


class TapBuffer:
    """Fills the port `Listener` of the AudioSocket server. Keeps at most `keep_s` seconds of early audio."""

    def __init__(
        self,
        tap_id: UUID,
        *,
        keep_s: float,
        on_closed: Callable[[TapBuffer], None],
        idle: Callable[[], bool] = lambda: True,
        known: bool = True,
    ) -> None:
        self.tap_id = tap_id
        self.known = known
        """The centre has announced it: only then it counts among the streams."""
        self._idle = idle
        self._room = int(keep_s * BYTES_PER_SECOND)
        self._early: deque[tuple[bytes, float]] = deque()
        self._stream: LegStream | None = None
        self._on_closed = on_closed
        self.is_closed = False
        self.info: TapInfo | None = None

    @property
    def patient(self) -> bool:
        """Whether the tap carries a recording."""
        return self.info is not None and self.info.late is not None

    @property
    def ready(self) -> bool:
        """A recording goes on when its last utterance is done and a recogniser has nothing else to do."""
        return self.is_closed or (self._idle() and not (self._stream is not None and self._stream.busy))

    def audio(self, pcm: bytes, now: float) -> None:
        if self._stream is not None:
            self._stream.feed(pcm, now)
        elif len(pcm) <= self._room:
            self._room -= len(pcm)
            self._early.append((pcm, now))
        else:
            _unclaimed.inc(len(pcm))

    def silent(self) -> None:
        if self._stream is not None:
            self._stream.silent()

    def closed(self, now: float) -> None:  # noqa: ARG002  # the port's signature
        """The connection is gone; a stream that is known ends, an unknown one may still become known."""
        if self.is_closed:
            return
        self.is_closed = True
        if self._stream is not None:
            self._stream.close()
        self._on_closed(self)

    def claim(self, info: TapInfo, stream: LegStream) -> None:
        """The tap is announced: everything kept goes through, with the times at which it arrived."""
        self.info = info
        self._stream = stream
        while self._early:
            stream.feed(*self._early.popleft())
        if self.is_closed:
            stream.close()

    def abandon(self) -> None:
        """The tap was not announced: the audio is dropped and counted."""
        _unclaimed.inc(sum(len(pcm) for pcm, _ in self._early))
        self._early.clear()
        self._room = 0
