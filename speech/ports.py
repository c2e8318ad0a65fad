"""Ports of the speech room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from speech.events import (
    AnswerHeard,
    SpeechCapacity,
    TapRefused,
    TranscriptEnded,
    TranscriptGap,
    TranscriptSegment,
)
from speech.model import TapInfo

DurableEvent = TranscriptSegment | TranscriptGap | TranscriptEnded


class TapDirectory(Protocol):
    """Knows which taps the centre has announced."""

    def is_announced(self, tap_id: UUID) -> bool:
        """Whether `resolve` would answer at once."""
        ...

    async def resolve(self, tap_id: UUID) -> TapInfo:
        """What was announced for this UUID; waits until it is (the caller sets the deadline)."""
        ...

    def on_retired(self, close: Callable[[UUID], None]) -> None:
        """Have `close` called with each tap that is no longer wanted."""
        ...


class SegmentSink(Protocol):
    """Where transcripts go: MQTT, in the wired system."""

    async def publish(self, event: DurableEvent) -> None:
        """Return after the destination has acknowledged. Raises `SinkAway` (or any error) when it has not."""
        ...


class CapacityBoard(Protocol):
    """Where a node says how it is; losing one message does no harm, the next follows in seconds."""

    async def announce(self, capacity: SpeechCapacity) -> None:
        """Say how many taps the node takes and has; retained for who comes later."""
        ...

    async def shed(self, event: TapRefused) -> None:
        """Say that a tap was refused, and why."""
        ...

    async def answered(self, event: AnswerHeard) -> None:
        """To who asked; nobody keeps it."""
        ...
