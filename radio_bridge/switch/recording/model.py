"""Decides how many recorders one talkgroup's conference needs. Pure.

A recorder is a leg of nobody that hears all and says nothing. It writes one file for as long as it is there.
Before its file becomes too long the next one comes, and the former leaves when both have been there for a
while, so that between two files nothing is missing.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RECORDER: Final = "recorder:"
"""Begins the party of a recorder's leg; the switch's clock when it came follows, in seconds since 1970."""
OVERLAP_S: Final = 2.0
PLACED_S: Final = 3.0
"""A recorder that is not there so long after it was asked for is asked for anew."""
SPREAD_S: Final = 60
"""Files of several talkgroups do not all end at once."""


@dataclass(frozen=True, slots=True)
class ConferenceRecorder:
    """`since` is when it came, by the switch's clock."""

    channel: str
    since: float


@dataclass(frozen=True, slots=True)
class ConferenceSnapshot:
    """A talkgroup's conference as it is. `unknown`: there may be recorders of which nothing is known yet;
    `asked` is how many seconds ago one was asked for.
    """

    recorders: Sequence[ConferenceRecorder]
    unknown: bool = False
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class AddRecorder:
    """One more is to come."""


@dataclass(frozen=True, slots=True)
class StopRecorder:
    """It is to leave."""

    channel: str


def recorder_of(channel: str, party: str) -> ConferenceRecorder | None:
    """None for a leg that is no recorder."""
    if not party.startswith(RECORDER):
        return None
    try:
        return ConferenceRecorder(channel, float(party.removeprefix(RECORDER)))
    except ValueError:
        # One that cannot say since when it is there gives way to one that can.
        return ConferenceRecorder(channel, 0.0)


def longest(group: str, piece_s: float) -> float:
    """How long a file of this talkgroup becomes."""
    spread = min(SPREAD_S, piece_s / 10)
    return piece_s + zlib.crc32(group.encode()) % 1000 / 1000 * spread


def next_step(
    seen: ConferenceSnapshot, *, wanted: bool, now: float, longest_s: float
) -> AddRecorder | StopRecorder | None:
    """`now` is the switch's clock, or ours. One step; what follows is seen when it has been done."""
    recorders = sorted(seen.recorders, key=lambda one: one.since)
    if not wanted:
        return StopRecorder(recorders[0].channel) if recorders else None
    if len(recorders) > 1:
        newest = recorders[-1]
        return StopRecorder(recorders[0].channel) if now - newest.since >= OVERLAP_S else None
    pending = seen.asked is not None and seen.asked < PLACED_S
    if pending:
        return None
    if recorders:
        return AddRecorder() if now - recorders[0].since >= longest_s else None
    return None if seen.unknown else AddRecorder()
