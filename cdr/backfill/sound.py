"""The sound of spans of a recording, as a live tap would have brought it: s16le, 8 kHz. Blocking code."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from threading import Lock

from cdr.backfill.model import GapSpan
from cdr.recordings.sound import RecordedSound
from core.sound.alaw import linear

RATE = 8_000
PIECE_S = 1.0


class RecordingReader:
    """Pieces that are taken in threads, one after another, and may be closed at any time from another."""

    def __init__(self, pieces: Generator[bytes]) -> None:
        self._pieces = pieces
        self._taken = Lock()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._taken:
            return next(self._pieces)

    def close(self) -> None:
        """Close the file, once the piece that is being read is there. Blocks until then."""
        with self._taken:
            self._pieces.close()


def seconds_of(spans: Sequence[GapSpan]) -> float:
    """From the beginning of the first to the end of the last, in seconds."""
    return (spans[-1].until - spans[0].since).total_seconds()


def pieces(sound: RecordedSound, began: datetime, spans: Sequence[GapSpan]) -> Generator[bytes]:
    """From the beginning of the first span to the end of the last, silence between; pieces of a second.

    `began` is when the recording, headerless A-law, begins. What it does not hold is silence too.
    Raises as `RecordedSound.read`.
    """
    at = spans[0].since
    for span in spans:
        yield from _silence((span.since - at).total_seconds())
        start = max(0, round((span.since - began).total_seconds() * RATE))
        end = min(sound.size, start + round(span.seconds * RATE))
        given = 0
        for block in sound.read(start, end) if end > start else ():
            for offset in range(0, len(block), int(RATE * PIECE_S)):
                part = block[offset : offset + int(RATE * PIECE_S)]
                given += len(part)
                yield linear(part)
        yield from _silence(span.seconds - given / RATE)
        at = span.until


def _silence(seconds: float) -> Iterator[bytes]:
    left = round(seconds * RATE)
    while left > 0:
        count = min(left, int(RATE * PIECE_S))
        left -= count
        yield bytes(2 * count)
