"""Open cases near a place: in metres where there are coordinates, by the same address or crossing else."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.life import store
from cases.life.duplicates import box_around, crossings
from cases.life.model import Case
from core.place import Position, distance_m

MOST_NEAR = 50
LOOKED_AT = 500
EXACT_M = 1.0
"""The accuracy of a place that is asked for: the distance is to its point."""


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """Where somebody asks for cases: `lon` and `lat` in degrees (WGS-84), or a place in words."""

    lon: float | None = None
    lat: float | None = None
    metres: float = 200.0
    address: str = ""
    crossing: str = ""
    district: str | None = None


@dataclass(frozen=True, slots=True)
class NearbyCase:
    """`metres` is None for a case that is found by its words alone."""

    case: Case
    metres: float | None


async def near(connection: AsyncConnection, asked: SearchPlace) -> list[NearbyCase]:
    """Nearest first, then those found by words, newest first."""
    point = None
    if asked.lon is not None and asked.lat is not None:
        point = Position(lon=asked.lon, lat=asked.lat, accuracy_m=EXACT_M)
    places = [asked.address, *(crossings(asked.crossing) if asked.crossing else ())]
    found = await store.open_at(
        connection,
        district=asked.district,
        places=places,
        box=None if point is None else box_around(point.lon, point.lat, asked.metres),
        limit=LOOKED_AT,
    )
    measured: list[tuple[float, Case]] = []
    by_words: list[Case] = []
    for case in found:
        metres = None if point is None else _metres(case, point)
        if metres is not None and metres <= asked.metres:
            measured.append((metres, case))
        elif case.address in places or case.crossing in places:
            by_words.append(case)
    measured.sort(key=lambda one: one[0])
    out = [NearbyCase(case, round(metres, 1)) for metres, case in measured]
    return [*out, *(NearbyCase(case, None) for case in by_words)][:MOST_NEAR]


def _metres(case: Case, point: Position) -> float | None:
    if case.lon is None or case.lat is None:
        return None
    return distance_m(point, Position(lon=case.lon, lat=case.lat, accuracy_m=EXACT_M))
