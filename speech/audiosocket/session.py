"""One AudioSocket connection as a state machine on an injected clock: UUID first, then audio, then the end.

Pure: it says what happened and when to give up, the server does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from core.sound.audiosocket import UUID_BYTES, FrameKind

PROD_S = 1.0
"""A tap that sends nothing for so long is prodded, and again each time: see `AudioSocketSession.prod`."""


class CloseReason(Enum):
    """Why a connection is over."""

    HANGUP = auto()  # the channel ended: the normal way
    PEER_ERROR = auto()
    NO_UUID = auto()  # something else came first
    TWO_UUIDS = auto()
    SILENT = auto()  # no UUID in time
    IDLE = auto()  # nothing for longer than any hold lasts


@dataclass(frozen=True, slots=True)
class AudioSocketOpened:
    tap_id: UUID


@dataclass(frozen=True, slots=True)
class AudioReceived:
    """s16le at 8 kHz; a view into the receive buffer: copy it before returning."""

    pcm: memoryview


@dataclass(frozen=True, slots=True)
class Ignored:
    """A frame that is allowed and means nothing here (DTMF, other sample rates, unknown kinds, odd bytes)."""

    kind: int


@dataclass(frozen=True, slots=True)
class AudioSocketClosed:
    end: CloseReason


Outcome = AudioSocketOpened | AudioReceived | Ignored | AudioSocketClosed


class AudioSocketSession:
    def __init__(self, now: float, *, hello_within: float, idle_for: float) -> None:
        self._idle_for = idle_for
        self._deadline = now + hello_within
        self._prod_at = now + PROD_S
        self.tap_id: UUID | None = None
        self.ended: CloseReason | None = None

    @property
    def deadline(self) -> float:
        """When `expire` is to be asked next."""
        return self._deadline

    def frame(self, kind: int, payload: memoryview, now: float) -> Outcome:  # noqa: PLR0911  # one for each rule
        """What this frame means. After `AudioSocketClosed` nothing more is accepted."""
        if self.ended is not None:
            return AudioSocketClosed(self.ended)
        if kind == FrameKind.HANGUP:
            return self._close(CloseReason.HANGUP)
        if kind == FrameKind.ERROR:
            return self._close(CloseReason.PEER_ERROR)
        if kind == FrameKind.UUID:
            return self._uuid(payload, now)
        if self.tap_id is None:
            return self._close(CloseReason.NO_UUID)
        self._deadline = now + self._idle_for
        self._prod_at = now + PROD_S
        if kind == FrameKind.SLIN and len(payload) % 2 == 0:
            return AudioReceived(payload)
        return Ignored(kind)

    def expire(self, now: float) -> AudioSocketClosed | None:
        """`AudioSocketClosed` if the deadline has passed."""
        if self.ended is not None:
            return AudioSocketClosed(self.ended)
        if now < self._deadline:
            return None
        return self._close(CloseReason.SILENT if self.tap_id is None else CloseReason.IDLE)

    def prod(self, now: float) -> bool:
        """Whether the channel is to be sent a frame now, so that it looks whether its party is still there.

        ChanSpy of Asterisk 22 waits without a limit for a frame of its own channel when the party hangs up in
        the instant in which it takes sound from it; channel and party then stay in the switch for ever.
        """
        if self.ended is not None or self.tap_id is None or now < self._prod_at:
            return False
        self._prod_at = now + PROD_S
        return True

    def _uuid(self, payload: memoryview, now: float) -> Outcome:
        if self.tap_id is not None:
            return self._close(CloseReason.TWO_UUIDS)
        if len(payload) != UUID_BYTES:
            return self._close(CloseReason.NO_UUID)
        self.tap_id = UUID(bytes=bytes(payload))
        self._deadline = now + self._idle_for
        self._prod_at = now + PROD_S
        return AudioSocketOpened(self.tap_id)

    def _close(self, end: CloseReason) -> AudioSocketClosed:
        self.ended = end
        return AudioSocketClosed(end)
