"""Is a draft the repeat of a case that is filed already? A pure rule: it offers, and merges nothing.

The same class, not older than a day, and the same spot: within 50 m where both have coordinates that are as
close as that, or both invented ones, else the same house number, building or named place, or the same
crossing, in words. Within minutes the same street will do: several people phone about one thing, and each
names another spot of it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from math import cos, radians
from typing import Literal

from cases.drafting.model import Draft, Duplicate, FieldName
from cases.life.model import OPEN, Case
from cases.life.position import ReportPosition
from core.place import Position, distance_m

METRES_PER_DEGREE = 111_320.0
Why = Literal["near", "same-address", "same-crossing", "same-street", "incident"]
_STREET_ONLY = re.compile(
    r"(?:路|街|道|巷|胡同)$|\b(?:street|road|avenue|lane|boulevard|lu|jie)$", re.IGNORECASE
)
_STREET = re.compile(
    r"^.{1,12}?(?:大街|大道|路|街|巷|胡同)|^[\w .'-]{1,40}?\b(?:street|road|avenue|lane|boulevard|lu|jie)\b",
    re.IGNORECASE,
)


def repeat_of(
    case: Case,
    draft: Draft,
    *,
    position: ReportPosition | None,
    now: datetime,
    within_m: float,
    within_h: float,
    street_within_min: float = 0.0,
) -> Duplicate | None:
    """Why the draft may be this case again, None where it is not. `position` is the draft's own."""
    if case.category != draft.value(FieldName.CATEGORY) or case.state not in OPEN:
        return None
    if not timedelta(0) <= now - case.filed_at <= timedelta(hours=within_h):
        return None
    metres = _metres(case, position, within_m)
    invented = position is not None and position.invented
    why = _same_words(case, draft) if metres is None or invented else None
    if why is None and metres is not None and metres <= within_m:
        return duplicate(case, "near", round(metres, 1))
    soon = now - case.filed_at <= timedelta(minutes=street_within_min)
    if why is None and soon and _same_district(case, draft) and streets_of(draft) & _streets_of_case(case):
        why = "same-street"
    return None if why is None else duplicate(case, why)


def streets_of(draft: Draft) -> frozenset[str]:
    """The streets that the draft's place names."""
    return named_streets(draft.value(FieldName.ADDRESS), draft.value(FieldName.CROSSING))


def _streets_of_case(case: Case) -> frozenset[str]:
    return named_streets(case.address, case.crossing)


def named_streets(address: str | None, crossing: str | None) -> frozenset[str]:
    """The streets of an address and a crossing, in one spelling."""
    named = _streets(crossing) if crossing else frozenset[str]()
    street = _STREET.match(address or "")
    return named | {street[0].casefold()} if street else named


def _same_district(case: Case, draft: Draft) -> bool:
    district = draft.value(FieldName.DISTRICT)
    return district is None or case.district is None or case.district == district


def _same_words(case: Case, draft: Draft) -> Why | None:
    if not _same_district(case, draft):
        return None
    crossing, address = draft.value(FieldName.CROSSING), draft.value(FieldName.ADDRESS)
    if crossing is not None and case.crossing is not None and _streets(crossing) == _streets(case.crossing):
        return "same-crossing"
    if address is not None and address == case.address and not _STREET_ONLY.search(address):
        return "same-address"
    return None


def _metres(case: Case, draft: ReportPosition | None, within_m: float) -> float | None:
    """How far apart they are; None where one of them is not placed as closely as the question needs. Invented
    positions are consistent with each other, and say nothing beside a measured one.
    """
    if draft is None or case.lon is None or case.lat is None or case.accuracy_m is None:
        return None
    if draft.invented != case.invented:
        return None
    there = Position(lon=case.lon, lat=case.lat, accuracy_m=case.accuracy_m)
    if draft.invented:
        return distance_m(draft.position, there) if draft.exact and _is_spot(case) else None
    if max(draft.position.accuracy_m, there.accuracy_m) > within_m:
        return None
    return distance_m(draft.position, there)


def _is_spot(case: Case) -> bool:
    """Whether its words name a spot, and not a whole street."""
    return case.crossing is not None or not _STREET_ONLY.search(case.address or "")


def box_around(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """West, south, east, north of the square that holds every point within `metres`."""
    d_lat = metres / METRES_PER_DEGREE
    d_lon = metres / (METRES_PER_DEGREE * max(cos(radians(lat)), 0.01))
    return lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat


def crossings(crossing: str) -> tuple[str, ...]:
    """The crossing as it may have been written: its streets in either order."""
    one, _, other = crossing.removesuffix("交口").partition("与")
    return (crossing, f"{other}与{one}交口") if other else (crossing,)


def _streets(crossing: str) -> frozenset[str]:
    return frozenset(crossing.removesuffix("交口").split("与"))


def duplicate(case: Case, why: Why, metres: float | None = None) -> Duplicate:
    """The case as a draft names it."""
    return Duplicate(case_id=case.case_id, number=case.number, why=why, metres=metres, filed_at=case.filed_at)
