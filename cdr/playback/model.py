"""Where each moment of a talkgroup's time stands in its recordings, and in what is played of them. Pure.

Pieces follow each other and overlap by a second or two: what one holds is taken from it to its end, then from
the next. A time that no piece holds is a gap; it is played as silence, so that every span stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

RATE: Final = 8_000
"""Samples of A-law a second, of one byte each."""
AROUND_S: Final = 0.3
"""What is played before and after a talk where the silence between talks is dropped."""
FINE_S: Final = 0.1
"""A shorter time without sound is no gap: pieces and clocks do not fit together to the sample."""


@dataclass(frozen=True, slots=True)
class RecordingPiece:
    """A recording of `samples` samples that begins at `began`. `key` is whatever names it."""

    key: str
    began: datetime
    samples: int

    @property
    def ended(self) -> datetime:
        """When its last sample was recorded (UTC)."""
        return self.began + timedelta(seconds=self.samples / RATE)


@dataclass(frozen=True, slots=True)
class PlaybackPart:
    """`samples` samples: of the piece `key`, from its sample `start`; None is silence."""

    key: str | None
    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class PlaybackWindow:
    """A time that is played, which begins at the sample `offset` of what is played."""

    since: datetime
    until: datetime
    offset: int

    @property
    def samples(self) -> int:
        """How long it is, in samples of 8 kHz."""
        return samples_in(self.since, self.until)


@dataclass(frozen=True, slots=True)
class PlaybackGap:
    """A time that no piece holds."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PlaybackSpan:
    """Where something stands in what is played, in seconds."""

    from_s: float
    until_s: float


Time = tuple[datetime, datetime]
P = TypeVar("P")


def samples_in(since: datetime, until: datetime) -> int:
    """How many samples of 8 kHz lie between two moments; 0 when they are in the wrong order."""
    return max(0, round((until - since).total_seconds() * RATE))


def whole(since: datetime, until: datetime) -> list[PlaybackWindow]:
    """All of the time is played."""
    return [PlaybackWindow(since, until, 0)]


def without_silence(talks: Iterable[Time], since: datetime, until: datetime) -> list[PlaybackWindow]:
    """Play the transmissions alone, with a short margin around each."""
    around = timedelta(seconds=AROUND_S)
    wanted: list[Time] = []
    for began, ended in sorted(talks):
        first, last = max(since, began - around), min(until, ended + around)
        if first >= last:
            continue
        if wanted and first <= wanted[-1][1]:
            wanted[-1] = (wanted[-1][0], max(wanted[-1][1], last))
        else:
            wanted.append((first, last))
    windows: list[PlaybackWindow] = []
    offset = 0
    for first, last in wanted:
        windows.append(PlaybackWindow(first, last, offset))
        offset += windows[-1].samples
    return windows


def parts(pieces: Sequence[RecordingPiece], windows: Sequence[PlaybackWindow]) -> list[PlaybackPart]:
    """What is played, exactly as long as the windows. `pieces` are in the order of their beginnings."""
    return [part for window in windows for part in _parts_of(pieces, window)]


def _parts_of(pieces: Sequence[RecordingPiece], window: PlaybackWindow) -> list[PlaybackPart]:
    found: list[PlaybackPart] = []
    at, left = window.since, window.samples
    while left > 0:
        piece = next((one for one in pieces if _holds(one, at)), None)
        if piece is None:
            following = min((one.began for one in pieces if one.began > at), default=window.until)
            count = min(left, max(1, samples_in(at, following)))
            found.append(PlaybackPart(None, 0, count))
        else:
            start = samples_in(piece.began, at)
            count = min(left, piece.samples - start)
            found.append(PlaybackPart(piece.key, start, count))
        left -= count
        at += timedelta(seconds=count / RATE)
    return found


def _holds(piece: RecordingPiece, at: datetime) -> bool:
    return piece.began <= at and samples_in(piece.began, at) < piece.samples


def gaps(pieces: Sequence[RecordingPiece], since: datetime, until: datetime) -> list[PlaybackGap]:
    """The times that no piece holds, in order."""
    found: list[PlaybackGap] = []
    at = since
    for piece in sorted(pieces, key=lambda one: one.began):
        if piece.began > at:
            found.append(PlaybackGap(at, min(piece.began, until)))
        at = max(at, piece.ended)
        if at >= until:
            break
    if at < until:
        found.append(PlaybackGap(at, until))
    return [gap for gap in found if (gap.until - gap.since).total_seconds() > FINE_S]


def held_s(pieces: Sequence[RecordingPiece], since: datetime, until: datetime) -> float:
    """How many seconds of the time some piece holds."""
    lost = sum((gap.until - gap.since).total_seconds() for gap in gaps(pieces, since, until))
    return max(0.0, (until - since).total_seconds() - lost)


def span(windows: Sequence[PlaybackWindow], since: datetime, until: datetime) -> PlaybackSpan | None:
    """Where a time stands in what is played; None when nothing of it is."""
    touched = [one for one in windows if one.since < until and since < one.until]
    if not touched:
        return None
    first, last = touched[0], touched[-1]
    start = first.offset + samples_in(first.since, max(since, first.since))
    end = last.offset + samples_in(last.since, min(until, last.until))
    return PlaybackSpan(round(start / RATE, 3), round(end / RATE, 3))
