"""The order in which units are offered for a case: pure, and each place has its reasons.

A unit is offered when it is on the register, not revoked, has not got this case, and is not known to be off
its shift. The distance is the worst that the position allows: the metres between, the radii of both
positions, and what it may have driven since it was measured (`STALE_MPS`). Everything else is a handicap in
metres, so that one sum orders them all and a reader can follow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from core.place import Position, distance_m
from field.units.model import Unit
from field.units.places.model import UnitPosition

STALE_MPS: Final = 5.0
"""A crew in a city gets so far in a second on the whole: 18 km/h."""
NOWHERE_M: Final = 50_000.0
"""For who has no position, and the most that an old one costs."""
JOB_M: Final = 4_000.0
"""Each open job of the unit weighs as much as so many metres."""
AWAY_M: Final = 10_000.0
"""It is not there by any bearer: it may be reached by telephone."""
UNSKILLED_M: Final = 200_000.0
"""It lacks a skill that the case asks for: behind everybody who has it."""
NO_SHIFT_M: Final = 500.0
"""Nobody has said when it works."""


ReasonCode = Literal[
    "lacks_skill", "has_skill", "near", "no_position", "case_nowhere", "jobs", "free", "offline", "on_shift",
    "no_shift", "invented",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RankReason:
    """Why a unit stands where it stands; `words` are the skills, `number` metres or jobs, `doubt_m` the
    metres by which the distance may be wrong.
    """

    code: ReasonCode
    words: tuple[str, ...] = ()
    number: float = 0.0
    doubt_m: float = 0.0


@dataclass(frozen=True, slots=True)
class RankingRequest:
    """What the case asks for; `place` is where it is, None when nobody knows."""

    place: Position | None
    skills: frozenset[str] = frozenset()
    has_it: frozenset[str] = frozenset()
    """Units that have it, or had it and declined or lost it."""
    invented: bool = False
    """Nobody has measured the place."""


@dataclass(frozen=True, slots=True)
class UnitSnapshot:
    """A unit as it is now; `jobs` are open with it."""

    unit: Unit
    placed: UnitPosition | None = None
    jobs: int = 0


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """`score` in metres, the smaller the better. `metres` is what lies between, None when nobody knows."""

    seen: UnitSnapshot
    score: float
    metres: float | None
    age_s: float | None
    reasons: tuple[RankReason, ...]


def rank(
    asked: RankingRequest, units: Iterable[UnitSnapshot], now: datetime, *, most: int = 10
) -> Sequence[RankedUnit]:
    """The units to offer, the best first; equal ones by name. Total: any positions give an order."""
    found = [_ranked(asked, seen, now) for seen in units if _free(asked, seen.unit, now)]
    return sorted(found, key=lambda one: (one.score, one.seen.unit.unit_id))[: max(0, most)]


def _free(asked: RankingRequest, unit: Unit, now: datetime) -> bool:
    if unit.revoked_at is not None or unit.unit_id in asked.has_it:
        return False
    return unit.shift is None or unit.shift.covers(now)


def _ranked(asked: RankingRequest, seen: UnitSnapshot, now: datetime) -> RankedUnit:
    """Handicaps in metres, each with its reason."""
    found = [_skills(asked, seen.unit), *_distance(asked, seen, now), *_load(seen)]
    age_s = None if seen.placed is None else seen.placed.age_s(now)
    metres = next((one.number for _, one in found if one is not None and one.code == "near"), None)
    reasons = tuple(reason for _, reason in found if reason is not None)
    return RankedUnit(seen, sum(score for score, _ in found), metres, age_s, reasons)


Part = tuple[float, RankReason | None]


def _skills(asked: RankingRequest, unit: Unit) -> Part:
    lacking = asked.skills - set(unit.skills)
    if lacking:
        return UNSKILLED_M, RankReason("lacks_skill", tuple(sorted(lacking)))
    return 0.0, RankReason("has_skill", tuple(sorted(asked.skills))) if asked.skills else None


def _distance(asked: RankingRequest, seen: UnitSnapshot, now: datetime) -> Iterable[Part]:
    if asked.place is None:
        # Where the units are says nothing then; that somebody has no position says nothing either.
        return [(0.0, RankReason("case_nowhere"))]
    if seen.placed is None:
        return [(NOWHERE_M, RankReason("no_position"))]
    fix = seen.placed.fix
    metres = distance_m(asked.place, Position(lon=fix.lon, lat=fix.lat, accuracy_m=fix.accuracy_m))
    doubt = min(NOWHERE_M, asked.place.accuracy_m + fix.accuracy_m + STALE_MPS * seen.placed.age_s(now))
    near = (metres + doubt, RankReason("near", number=metres, doubt_m=doubt))
    return [near, (0.0, RankReason("invented"))] if asked.invented else [near]


def _load(seen: UnitSnapshot) -> Iterable[Part]:
    busy = RankReason("jobs", number=seen.jobs) if seen.jobs else RankReason("free")
    yield JOB_M * seen.jobs, busy
    if not seen.unit.online:
        yield AWAY_M, RankReason("offline")
    yield (NO_SHIFT_M, RankReason("no_shift")) if seen.unit.shift is None else (0.0, RankReason("on_shift"))
