"""Which sound of which recording may fill a gap: pure. All times are UTC.

Only what two people said to each other counts: the time in which the citizen was bridged with a desk.
Prompts and music on hold lie outside it. Whose words they are follows from the leg alone: a leg's own
direction `in`, or what the other one heard while nobody else was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

FILLED = frozenset(
    {"no_node", "no_capacity", "limit", "announce_failed", "switch_refused", "timeout", "displaced"}
    | {"node_lost", "tap_ended", "overload", "engine"}
)
"""Reasons of gaps that are filled. Not `paused`: there the recording has nothing, on purpose."""
_NO_TALK = "holding_bridge"
SLIVER_S = 0.3
"""Shorter pieces hold no word."""


@dataclass(frozen=True, slots=True)
class GapSpan:
    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """How long nothing was transcribed."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True)
class BridgeStay:
    """A leg's time in one bridge."""

    bridge: str
    span: GapSpan


@dataclass(frozen=True, slots=True)
class LegTimes:
    leg_id: UUID
    party: str
    places: tuple[BridgeStay, ...]


@dataclass(frozen=True, slots=True)
class RecordingPart:
    """A finished recording of one direction of a leg; it begins at `since`."""

    recording_id: UUID
    leg_id: UUID
    track: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SpansOfRecording:
    """Take these spans out of that recording, in order; between them is silence."""

    recording: RecordingPart
    spans: tuple[GapSpan, ...]


def leg_times(leg_id: UUID, party: str, stays: Iterable[Mapping[str, Any]], ended: datetime) -> LegTimes:
    """Make it from a leg of the ledger. A stay in a bridge without an end ends with the call."""
    places = []
    for stay in stays:
        since = datetime.fromisoformat(stay["since"])
        until = datetime.fromisoformat(stay["until"]) if stay["until"] else ended
        if stay["kind"] != _NO_TALK and until > since:
            places.append(BridgeStay(stay["bridge"], GapSpan(since, until)))
    return LegTimes(leg_id, party, tuple(places))


def source(
    gap: GapSpan,
    leg_id: UUID,
    legs: Sequence[LegTimes],
    recordings: Sequence[RecordingPart],
    silent: Sequence[GapSpan],
    heard: Sequence[GapSpan],
) -> SpansOfRecording | None:
    """Where what this leg said in the gap is to be had, None where it is not.

    `silent` are the pauses of the recording, `heard` the times of the words of this leg that are known.
    """
    own = next((leg for leg in legs if leg.leg_id == leg_id), None)
    if own is None:
        return None
    talk = within(_together(own, legs), [gap])
    found = _of(recordings, leg_id, "in")
    if found is None:
        found, talk = _overheard(own, legs, recordings, talk)
    if found is None:
        return None
    spans = without(within(talk, [GapSpan(found.since, gap.until)]), [*silent, *heard])
    kept = tuple(span for span in spans if span.seconds >= SLIVER_S)
    return SpansOfRecording(found, kept) if kept else None


def within(spans: Iterable[GapSpan], others: Iterable[GapSpan]) -> list[GapSpan]:
    """The time that lies in both, in order and without overlaps."""
    bounds = merged(others)
    return merged(
        GapSpan(max(one.since, other.since), min(one.until, other.until))
        for one in merged(spans)
        for other in bounds
        if max(one.since, other.since) < min(one.until, other.until)
    )


def without(spans: Iterable[GapSpan], taken: Iterable[GapSpan]) -> list[GapSpan]:
    """The time of `spans` that does not lie in `taken`."""
    left = merged(spans)
    for hole in merged(taken):
        left = [
            piece
            for span in left
            for piece in (
                GapSpan(span.since, min(span.until, hole.since)),
                GapSpan(max(span.since, hole.until), span.until),
            )
            if piece.since < piece.until
        ]
    return merged(left)


def merged(spans: Iterable[GapSpan]) -> list[GapSpan]:
    """In order, overlaps joined; empty ones left out."""
    out: list[GapSpan] = []
    for span in sorted((one for one in spans if one.since < one.until), key=lambda one: one.since):
        if out and span.since <= out[-1].until:
            out[-1] = GapSpan(out[-1].since, max(out[-1].until, span.until))
        else:
            out.append(span)
    return out


def _together(own: LegTimes, legs: Sequence[LegTimes]) -> list[GapSpan]:
    """When this leg was in one bridge with somebody of the other side."""
    return merged(
        span
        for mine in own.places
        for other in legs
        if other.party in {"citizen", "agent"} and other.party != own.party
        for theirs in other.places
        if theirs.bridge == mine.bridge
        for span in within([mine.span], [theirs.span])
    )


def _of(recordings: Sequence[RecordingPart], leg_id: UUID, track: str) -> RecordingPart | None:
    return next((one for one in recordings if (one.leg_id, one.track) == (leg_id, track)), None)


def _overheard(
    own: LegTimes, legs: Sequence[LegTimes], recordings: Sequence[RecordingPart], talk: Sequence[GapSpan]
) -> tuple[RecordingPart | None, list[GapSpan]]:
    """What another leg heard while it was alone in a bridge with this one."""
    for other in legs:
        found = _of(recordings, other.leg_id, "out")
        if other is own or other.party == own.party or found is None:
            continue
        alone: list[GapSpan] = []
        for mine in own.places:
            here = [place.span for place in other.places if place.bridge == mine.bridge]
            thirds = [
                place.span
                for third in legs
                if third is not own and third is not other
                for place in third.places
                if place.bridge == mine.bridge
            ]
            alone += without(within([mine.span], here), thirds)
        spans = within(talk, alone)
        if spans:
            return found, spans
    return None, []


def backoff(tries: int, seconds: float) -> timedelta:
    """How long after the start of an attempt the next may begin: not while the last may be working."""
    return timedelta(seconds=60.0 + seconds + 60.0 * 2 ** min(tries, 8))
