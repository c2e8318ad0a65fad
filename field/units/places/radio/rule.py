"""Which of a unit's positions is the newest: a pure reducer over what came, in whatever order it came.

The unit's own clock orders its positions, and ours bounds it. A source's clock that differs from ours by
more than `NEAR_S` is either wrong or what it sends was kept for a while. Where the bearer tells when a
report was sent, by the unit's clock, that settles it; else the two are told apart by pace: what is sent
as it happens comes at the pace at which it was measured, what was kept comes faster. So a clock that is
wrong by a day neither wins over others nor hides its unit for longer than one report, and what was kept
is history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from core.place import Position, distance_m
from field.units.places.model import PositionFix, UnitPosition

NEAR_S: Final = 60.0
"""A clock that differs by less is taken for right: that is within the expiry of a position at the broker."""
PACED_S: Final = 2.0
"""Two reports that came closer together than this say nothing of pace."""
SLACK_S, SLACK = 0.5, 0.2
"""How far the pace of reports may differ from that of measuring: seconds, and a share of the time between."""
WORST_ACCURACY_M: Final = 20_000.0
FASTEST_MPS: Final = 90.0
"""324 km/h: no crew's vehicle; a railway's emergency train is below."""
COARSE: Final = 4.0
"""Another source is not shown while it is so many times less accurate than what came `NEAR_S` ago at most."""
MOST_SOURCES: Final = 8

Fate = Literal["newest", "older", "again", "coarser", "vague", "nowhere", "too_far", "too_many_sources"]
"""`newest` is shown. `older` and `coarser` belong to the track alone; the others are dropped and counted."""
KEPT: Final = frozenset({"newest", "older", "coarser"})


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """A source's clock as far as its reports show it: `offset_s` is what is to be added to its times."""

    last: PositionFix
    offset_s: float = 0.0
    reckoning: int = 0


@dataclass(frozen=True, slots=True)
class UnitTrack:
    """What is known of where a unit is. `doubted` is a position that is too far away to be believed alone."""

    shown: UnitPosition | None = None
    clocks: Mapping[str, ClockOffset] = field(default_factory=lambda: MappingProxyType({}))
    doubted: UnitPosition | None = None


@dataclass(frozen=True, slots=True)
class JudgedReport:
    """What became of a report, and when it was measured."""

    fate: Fate
    placed: UnitPosition


def apply(track: UnitTrack, fix: PositionFix) -> tuple[UnitTrack, JudgedReport]:
    """The track after the report. `fix.received_at` must not go back from one call to the next."""
    known = track.clocks.get(fix.source)
    if (useless := _useless(track, known, fix)) is not None:
        return track, JudgedReport(useless, UnitPosition(fix, fix.received_at))
    clock, offset_s = _judged(known, fix)
    measured = min(fix.received_at, fix.device_at + timedelta(seconds=offset_s))
    placed = UnitPosition(fix, measured, clock.reckoning)
    timed = replace(track, clocks=MappingProxyType({**track.clocks, fix.source: clock}))
    if not _newer(timed, placed):
        return timed, JudgedReport("older", placed)
    shown = track.shown
    if shown is not None and not _reachable(shown, placed):
        # One wild position is a fault of the receiver. Two that agree are where it is.
        if track.doubted is None or not _reachable(track.doubted, placed):
            return replace(timed, doubted=placed), JudgedReport("too_far", placed)
    elif shown is not None and _coarser(shown, placed):
        return timed, JudgedReport("coarser", placed)
    return replace(timed, shown=placed, doubted=None), JudgedReport("newest", placed)


def _useless(track: UnitTrack, known: ClockOffset | None, fix: PositionFix) -> Fate | None:
    """Why the report says nothing, whatever is known of the unit; None when it says something."""
    if not 0 < fix.accuracy_m <= WORST_ACCURACY_M:
        return "vague"
    # Receivers without a fix say zero, zero.
    if not (-180 <= fix.lon <= 180 and -90 <= fix.lat <= 90) or (abs(fix.lon) < 1e-3 and abs(fix.lat) < 1e-3):
        return "nowhere"
    if known is None and len(track.clocks) >= MOST_SOURCES:
        return "too_many_sources"
    seen = (known.last if known else None, track.shown.fix if track.shown else None)
    return "again" if any(one is not None and _same(one, fix) for one in seen) else None


def _same(one: PositionFix, other: PositionFix) -> bool:
    return (one.source, one.device_at, one.lon, one.lat) == (
        other.source,
        other.device_at,
        other.lon,
        other.lat,
    )


def _judged(known: ClockOffset | None, fix: PositionFix) -> tuple[ClockOffset, float]:
    """The source's clock after this report, and what is to be added to the report's own time."""
    told = fix.sent_at is not None
    behind_s = (fix.received_at - (fix.sent_at or fix.device_at)).total_seconds()
    before = known or ClockOffset(fix)
    offset_s = before.offset_s
    if abs(behind_s) <= NEAR_S:
        # It agrees with ours, so it is right, whatever it was before.
        return _with_offset(before, fix, 0.0, anew=offset_s != 0.0), 0.0
    if abs(behind_s - offset_s) <= NEAR_S:
        offset_s = min(offset_s, behind_s)
        return _with_offset(before, fix, offset_s, anew=False), offset_s
    # Further ahead than it was: it would have been measured after we have it.
    if told or behind_s < offset_s or (known is not None and _paced(known.last, fix)):
        return _with_offset(before, fix, behind_s, anew=True), behind_s
    # Kept for a while, as far as the clock is known; or the next report shows that the clock is wrong.
    return replace(before, last=fix), offset_s


def _with_offset(clock: ClockOffset, fix: PositionFix, offset_s: float, *, anew: bool) -> ClockOffset:
    return ClockOffset(fix, offset_s, clock.reckoning + 1 if anew else clock.reckoning)


def _paced(last: PositionFix, fix: PositionFix) -> bool:
    """Whether as much time passed between the two on the unit's clock as on ours."""
    came = (fix.received_at - last.received_at).total_seconds()
    measured = (fix.device_at - last.device_at).total_seconds()
    return came >= PACED_S and abs(measured - came) <= SLACK_S + SLACK * came


def _newer(track: UnitTrack, placed: UnitPosition) -> bool:
    shown = track.shown
    if shown is None:
        return True
    if shown.fix.source == placed.fix.source and shown.reckoning == placed.reckoning:
        return placed.fix.device_at > shown.fix.device_at
    return placed.measured_at > shown.measured_at


def _reachable(shown: UnitPosition, placed: UnitPosition) -> bool:
    """Whether the unit can have come from the one to the other in the time between."""
    between = abs((placed.measured_at - shown.measured_at).total_seconds())
    return _apart_m(shown, placed) <= FASTEST_MPS * (between + 1.0)


def _apart_m(one: UnitPosition, other: UnitPosition) -> float:
    """Metres between the two circles; 0 when they touch."""
    positions = [
        Position(lon=each.fix.lon, lat=each.fix.lat, accuracy_m=each.fix.accuracy_m) for each in (one, other)
    ]
    return max(0.0, distance_m(*positions) - one.fix.accuracy_m - other.fix.accuracy_m)


def _coarser(shown: UnitPosition, placed: UnitPosition) -> bool:
    if shown.fix.source == placed.fix.source:
        return False
    fresh = (placed.measured_at - shown.measured_at).total_seconds() <= NEAR_S
    return fresh and placed.fix.accuracy_m > COARSE * shown.fix.accuracy_m
