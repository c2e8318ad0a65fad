"""Ports of the transcript backfill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BackfillJob:
    """What one leg said in one gap: `seconds` of sound from `began` on. `likely` is the call's language."""

    gap_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: str
    likely: str | None
    began: datetime
    seconds: float


class BackfillSpeechPort(Protocol):
    def has_room(self) -> bool:
        """Whether a recogniser has nothing else to do; never waits."""
        ...

    async def transcribe(self, work: BackfillJob, sound: Iterator[bytes]) -> bool:
        """Give the sound (s16le, 8 kHz) to a recogniser; True when all of it was taken, False when it had no
        room after all. The words come as segments with the gap's id, and their end by `TranscriptEnded`.

        `sound` is blocking, and closed by whoever gave it. Raises what it raises, and `OSError`,
        `TimeoutError` when the recogniser is away.
        """
        ...
